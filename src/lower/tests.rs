//! Every intent at every target has a row.

use super::{Row, Scope, TARGETS};
use crate::facts::engine::EngineFacts;
use crate::facts::host::Elsewhere;
use crate::facts::settings::Settings;
use crate::load::{Options, Project, load};
use crate::locate::{self, locate};
use crate::model;
use crate::plan::Plan;
use crate::plan::intent::Intent;
use crate::plan::intent::samples::samples;
use crate::plan::service_facts::FactSources;

/// What becomes of each kind of intent, a column a target, where the engine is a current one.
const ROWS: &[(&str, &[&str])] = &[
    ("run_as", &["done"]),
    ("run_as_root", &["done"]),
    ("group", &["done"]),
    ("no_new_privileges", &["done"]),
    ("capabilities", &["done"]),
    ("scratch", &["done"]),
    ("own", &["together"]),
    ("volume", &["done"]),
    ("writable", &["needless"]),
    ("readable", &["done"]),
    ("listen", &["needless"]),
    ("publish", &["done"]),
    ("file", &["done"]),
    ("account", &["done"]),
    ("env", &["done"]),
    ("mention", &["done"]),
    ("read_only_root", &["done"]),
    ("own_init", &["done"]),
    ("socket_proxy", &["done"]),
];

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

/// The rows of these intents, a column a target.
fn rows(intents: &[Intent], engine: &EngineFacts) -> Vec<(&'static str, Vec<&'static str>)> {
    let project = web();
    let plan = planned(&project, engine);
    let service = model::service(&project, "web").unwrap();
    let scope = Scope {
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
    let columns = |intent: &Intent| TARGETS.iter().map(|t| word((t.row)(&scope, intent))).collect();
    intents.iter().map(|i| (i.kind(), columns(i))).collect()
}

#[test]
fn every_intent_has_a_row_at_every_target() {
    let rows = rows(&samples(), &EngineFacts::default());
    let wanted: Vec<(&str, Vec<&str>)> = ROWS.iter().map(|(kind, row)| (*kind, row.to_vec())).collect();
    assert_eq!(rows, wanted);
    assert!(ROWS.iter().all(|(_, row)| row.len() == TARGETS.len()));
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
    assert_eq!(rows(&wanted, &current), [("listen", vec!["needless"])]);
    assert_eq!(rows(&wanted, &old), [("listen", vec!["done"])]);
}
