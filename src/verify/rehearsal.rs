//! A profile's own test: what is started, in which order, and what came of it.
//!
//! Two projects. In one the image runs as its author wrote it and is then hardened on what root left in the volumes.
//! In the other it is hardened from its first start on, restarted, and made anew on the same volumes.

use super::claims::Judgement;
use super::probe::Probe;
use super::report::{Report, ServiceReport};
use crate::facts::check::TESTED;
use crate::facts::profile::{Class, Test};
use crate::plan::claim::Claim;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One start of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Round {
    /// The image as its author wrote it, on fresh volumes.
    AsWritten,
    /// Hardened, on the volumes of that.
    OverRoot,
    /// Hardened, on fresh volumes.
    FirstStart,
    /// The same containers, restarted.
    Restart,
    /// New containers on the same volumes.
    Recreated,
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Round::AsWritten => "as written",
            Round::OverRoot => "hardened, on volumes of a run as written",
            Round::FirstStart => "hardened, first start",
            Round::Restart => "hardened, restarted",
            Round::Recreated => "hardened, made anew on its volumes",
        })
    }
}

impl Round {
    /// Whether it begins on empty volumes, so that there is something to store first.
    pub(crate) fn is_fresh(self) -> bool {
        matches!(self, Round::AsWritten | Round::FirstStart)
    }

    /// Whether the plan is in force.
    pub(crate) fn is_hardened(self) -> bool {
        self != Round::AsWritten
    }
}

/// What came of one start.
#[derive(Debug, Serialize)]
pub(crate) struct RoundOutcome {
    /// Which start.
    pub round: Round,
    /// Why it is none that works; empty when it works and every claim holds.
    pub wrong: Vec<String>,
    /// How many processes were seen.
    pub processes: usize,
    /// Those with uid 0 at any time.
    pub root_processes: Vec<String>,
    /// The union of the effective sets; absent when it was not seen.
    pub effective: Option<Vec<String>>,
    /// The union of the bounding sets; absent when it was not seen.
    pub bounding: Option<Vec<String>>,
    /// How many claims of the plan hold.
    pub held: usize,
}

/// What came of a profile's test.
#[derive(Debug, Serialize)]
pub(crate) struct Rehearsal {
    pub profile: String,
    /// The image it was tried on.
    pub image: Option<String>,
    /// The class it claims for that image.
    pub class: Class,
    /// Why it was not run.
    pub not_run: Option<String>,
    /// Every start.
    pub rounds: Vec<RoundOutcome>,
}

impl RoundOutcome {
    /// A start that came to nothing.
    pub(crate) fn failed(round: Round, why: String) -> RoundOutcome {
        RoundOutcome {
            round,
            wrong: vec![why],
            processes: 0,
            root_processes: Vec::new(),
            effective: None,
            bounding: None,
            held: 0,
        }
    }

    /// What was seen of the tested service. Of a run as written only that it answers is asked.
    pub(crate) fn judged(round: Round, report: &Report) -> RoundOutcome {
        let Some(service) = report.services.iter().find(|s| s.seen.service == TESTED) else {
            let why = report
                .unread
                .first()
                .map_or("it is gone".to_owned(), |u| u.why.clone());
            return RoundOutcome::failed(round, why);
        };
        RoundOutcome {
            round,
            wrong: wrong(round, service),
            processes: service.processes,
            root_processes: service.root_processes.clone(),
            effective: service.effective.clone(),
            bounding: service.bounding.clone(),
            held: service.count().0,
        }
    }

    /// Whether it works and every claim holds.
    pub(crate) fn works(&self) -> bool {
        self.wrong.is_empty()
    }
}

fn wrong(round: Round, service: &ServiceReport) -> Vec<String> {
    let asked = |claim: &Claim| round.is_hardened() || matches!(claim, Claim::Running | Claim::Answers);
    let asked = service.claims.iter().filter(|j| asked(&j.claim));
    asked
        .filter_map(|judged| match &judged.verdict {
            Judgement::Held => None,
            Judgement::Broken { found } => Some(format!("not so: {} ({found})", judged.text)),
            Judgement::Unchecked { why } | Judgement::Pending { why } => {
                Some(format!("could not be checked: {} ({why})", judged.text))
            }
        })
        .collect()
}

/// The project of a test; `image` is the tested one, `others` replace the images of neighbours.
pub(crate) fn project(
    test: &Test,
    profile: &str,
    image: &str,
    others: &BTreeMap<String, String>,
    name: &str,
) -> Value {
    let mut tested = test.service.clone();
    tested.insert("image".into(), image.into());
    tested.insert("x-nrcompose".into(), json!({ "profile": profile }));
    let mut configs = Map::new();
    for (index, (path, text)) in test.files.iter().enumerate() {
        let name = format!("file{index}");
        // Compose would read variables in it.
        configs.insert(name.clone(), json!({"content": text.replace('$', "$$")}));
        let mount = json!({"source": name, "target": path});
        if let Value::Array(list) = tested.entry("configs").or_insert_with(|| json!([])) {
            list.push(mount);
        }
    }
    let mut services = Map::new();
    let mut volumes = BTreeSet::new();
    named_volumes(&tested, &mut volumes);
    services.insert(TESTED.into(), tested.into());
    for (neighbour, definition) in &test.neighbours {
        let mut definition = definition.clone();
        if let Some(image) = others.get(neighbour) {
            definition.insert("image".into(), image.as_str().into());
        }
        let skip = json!({"skip": "it is no part of what is tested"});
        definition.insert("x-nrcompose".into(), skip);
        named_volumes(&definition, &mut volumes);
        services.insert(neighbour.clone(), definition.into());
    }
    let volumes: Map<String, Value> = volumes.into_iter().map(|v| (v, json!({}))).collect();
    json!({"name": name, "services": services, "volumes": volumes, "configs": configs})
}

/// Every image of a test.
pub(crate) fn images(project: &Value) -> Vec<String> {
    let services = project.get("services").and_then(Value::as_object);
    let images = services
        .into_iter()
        .flat_map(Map::values)
        .filter_map(|s| s.get("image")?.as_str());
    images.map(str::to_owned).collect()
}

fn named_volumes(service: &Map<String, Value>, into: &mut BTreeSet<String>) {
    let mounts = service.get("volumes").and_then(Value::as_array);
    for mount in mounts.into_iter().flatten() {
        let source = match mount {
            Value::String(short) => short.split_once(':').map(|(source, _)| source),
            long => long.get("source").and_then(Value::as_str),
        };
        into.extend(
            source
                .filter(|s| !s.starts_with(['/', '.', '~', '$']))
                .map(str::to_owned),
        );
    }
}

/// A command of a test, to be run where it says.
pub(crate) fn probe(test: &Test, command: &[String]) -> Probe {
    Probe {
        place: test.place.as_deref().unwrap_or(TESTED).to_owned(),
        image: None,
        run: command.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_of_a_test_has_what_the_test_left_out() {
        let test: Test = serde_yaml::from_str(
            "service: {volumes: ['data:/data', '/tmp:/host', {type: volume, source: more, target: /more}]}\n\
             files: {/etc/a.conf: 'x $y'}\n\
             neighbours: {db: {image: postgres, volumes: ['db:/db']}}\n\
             probe: [ls]",
        )
        .unwrap();
        let others = BTreeMap::from([("db".to_owned(), "postgres:16".to_owned())]);
        let project = project(&test, "app", "app:1", &others, "p");
        let names: Vec<&String> = project["volumes"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["data", "db", "more"]);
        assert_eq!(images(&project), ["app:1", "postgres:16"]);
        assert_eq!(project["configs"]["file0"]["content"], "x $$y");
        assert_eq!(project["services"][TESTED]["configs"][0]["target"], "/etc/a.conf");
        assert_eq!(project["services"][TESTED]["x-nrcompose"]["profile"], "app");
        assert!(project["services"]["db"]["x-nrcompose"]["skip"].is_string());
    }
}
