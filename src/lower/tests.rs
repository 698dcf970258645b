//! Every intent at every target has a row.

use super::{Row, Scope, TARGETS, TargetInfo};
use crate::facts::engine::EngineFacts;
use crate::facts::host::Elsewhere;
use crate::facts::settings::Giver;
use crate::facts::settings::Settings;
use crate::load::{Options, Project, load};
use crate::locate::{self, locate};
use crate::model;
use crate::plan::Plan;
use crate::plan::intent::Intent;
use crate::plan::intent::samples::samples;
use crate::plan::service_facts::FactSources;

fn web() -> Project {
    let directory = tempfile::tempdir().unwrap();
    let text = "services: {web: {image: \"nginx:1.27\", ports: [\"80:80\"]}}\n";
    std::fs::write(directory.path().join("compose.yaml"), text).unwrap();
    let settings = locate::ProcessSettings {
        cwd: directory.path().to_owned(),
        ..Default::default()
    };
    load(&locate(&settings).unwrap(), &Options::default()).unwrap()
}

fn planned(project: &Project, engine: &EngineFacts) -> Plan {
    let settings = Settings {
        engine: engine.clone(),
        ..Settings::default()
    };
    let sources = FactSources::default();
    Plan::new(project, &sources, &Default::default(), settings, &Elsewhere).unwrap()
}

/// What becomes of these intents at a target, by kind.
fn rows(target: &TargetInfo, intents: &[Intent], engine: &EngineFacts) -> Vec<(&'static str, &'static str)> {
    let project = web();
    let plan = planned(&project, engine);
    let service = model::service(&project, "web").unwrap();
    let scope = Scope {
        giver: Giver::InitService,
        project: &project,
        service,
        planned: &plan.services["web"],
        engine,
    };
    let word = |row: Row<()>| match row {
        Row::Done(()) => "done",
        Row::Together => "together",
        Row::Needless(why) => {
            assert!(!why.is_empty());
            "needless"
        }
        Row::Cannot(why) => {
            assert!(!why.is_empty());
            "cannot"
        }
    };
    let row = |intent: &Intent| (intent.kind(), word((target.row)(&scope, intent)));
    intents.iter().map(row).collect()
}

#[test]
fn every_intent_has_the_row_at_every_target_that_the_target_lists() {
    for target in TARGETS {
        let rows = rows(target, &samples(), &EngineFacts::default());
        assert_eq!(rows, target.rows, "{}", target.name);
    }
}

/// The intent is there whatever the engine; only its row differs.
#[test]
fn a_port_is_needless_on_a_bridge_and_said_where_the_engine_is_old() {
    let old = EngineFacts {
        version: Some((19, 3)),
        ..EngineFacts::default()
    };
    let current = EngineFacts::default();
    let listens = |engine: &EngineFacts| -> Vec<Intent> {
        let plan = planned(&web(), engine);
        let intents = plan.services["web"].intents().cloned();
        intents.filter(|i| matches!(i, Intent::Listen(_))).collect()
    };
    let wanted = listens(&current);
    assert_eq!(wanted.len(), 1, "{wanted:?}");
    assert_eq!(listens(&old), wanted);
    let compose = &TARGETS[0];
    assert_eq!(rows(compose, &wanted, &current), [("listen", "needless")]);
    assert_eq!(rows(compose, &wanted, &old), [("listen", "done")]);
}
