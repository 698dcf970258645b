//! A service on a machine made up for a test, and what becomes of it.

use super::machine::Machine;
use super::support::settings;
use nrcompose::diagnostic::audience::Topic;
use nrcompose::facts::Catalog;
use nrcompose::facts::config::Config;
use nrcompose::facts::host::FoundKind::{self, File};
use nrcompose::facts::settings::{Ids, Settings};
use nrcompose::load::{Options, load};
use nrcompose::locate::locate;
use nrcompose::plan::service_facts::FactSources;
use nrcompose::plan::{Plan, ServicePlan, Verdict};

/// An image that runs as 4000:5000 and writes `/data`; how it starts, and with which capabilities as root, is the test's.
pub(crate) const PROFILE: &str = "images: [example.org/own]
about: a test
evidence: {t: {kind: documented, says: here}}
class: {value: CLASS, evidence: t}
start: {value: START, evidence: t}
user: {uid: 4000, gid: 5000, others: none, evidence: t}
writable:
  - {path: /data, kind: data, evidence: t}
  - {path: /media, kind: data, optional: true, evidence: t}
";

/// What a test plans for.
pub(crate) struct Scene {
    pub(crate) class: &'static str,
    pub(crate) start: &'static str,
    /// Of the start as root; none where none is known.
    pub(crate) capabilities: &'static str,
    pub(crate) machine: Machine,
    pub(crate) force: bool,
}

pub(crate) fn scene() -> Scene {
    Scene {
        class: "user",
        start: "drops",
        capabilities: "CHOWN, DAC_OVERRIDE, SETGID, SETUID",
        machine: Machine::default(),
        force: false,
    }
}

impl Scene {
    pub(crate) fn with(mut self, path: &str, uid: u32, gid: u32, mode: u32, kind: FoundKind) -> Scene {
        self.machine = self.machine.with(path, uid, gid, mode, kind);
        self
    }

    /// A key that everybody may read.
    pub(crate) fn with_key(mut self, path: &str) -> Scene {
        self.machine = self.machine.with(path, 0, 0, 0o644, File).with_key(path);
        self
    }

    /// The plan of a service of that image with these attributes.
    pub(crate) fn plan(&self, more: &str) -> ServicePlan {
        self.plan_of("example.org/own:1", more)
    }

    pub(crate) fn plan_of(&self, image: &str, more: &str) -> ServicePlan {
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "services: {{app: {{image: \"{image}\", {more}}}}}\nsecrets: {{key: {{file: /srv/key}}}}\n"
        );
        std::fs::write(directory.path().join("compose.yaml"), text).unwrap();
        let mut profile = PROFILE.replace("CLASS", self.class).replace("START", self.start);
        if !self.capabilities.is_empty() {
            profile += &format!(
                "root_start: {{capabilities: [{}], evidence: t}}\n",
                self.capabilities
            );
        }
        let profiles = tempfile::tempdir().unwrap();
        std::fs::write(profiles.path().join("own.yaml"), profile).unwrap();
        let location = locate(&settings(directory.path(), &["compose.yaml"], &[])).unwrap();
        let project = load(&location, &Options::default()).unwrap();
        let sources = FactSources {
            catalog: Catalog::open(&[profiles.path().to_owned()]).unwrap(),
            ..FactSources::default()
        };
        let settings = Settings {
            default_user: Some(Ids { uid: 1000, gid: 2000 }),
            force: self.force,
            ..Settings::default()
        };
        let mut plan = Plan::new(&project, &sources, &Config::default(), settings, &self.machine).unwrap();
        plan.services.swap_remove("app").unwrap()
    }
}

/// What becomes of a service, in a word.
pub(crate) fn falls_to(plan: &ServicePlan) -> &'static str {
    match plan.verdict {
        Verdict::Nonroot => "hardened",
        Verdict::RootStart => "root",
        Verdict::OnlyNoNewPrivileges { .. } => "nnp",
        Verdict::Refused { .. } => "as written",
        _ => "else",
    }
}

/// What a person is told of at a start, though the service starts hardened.
pub(crate) fn hindrances(plan: &ServicePlan) -> usize {
    let decisions = plan.decisions.iter();
    decisions.filter(|d| d.topic() == Topic::Hindrance).count()
}

pub(crate) const DATA: &str = "volumes: ['/srv/a:/data']";
pub(crate) const KEY: &str = "volumes: ['/srv/key:/key:ro']";
