//! Services that do not work, and which of them that is due to.

use crate::load::Project;
use crate::model;
use crate::watch::outcome::ServiceOutcome;
use indexmap::{IndexMap, IndexSet};

/// What came of services that were watched, by their names.
pub(super) type ServiceOutcomes = IndexMap<String, ServiceOutcome>;

/// A service that does not work, and whose fault that may be.
pub(super) struct FailedService {
    /// Its key in the project.
    pub name: String,
    /// What was seen.
    pub outcome: ServiceOutcome,
}

impl FailedService {
    /// Why it does not work.
    pub(super) fn why(&self) -> &str {
        match &self.outcome {
            ServiceOutcome::Failed { why, .. } => why,
            ServiceOutcome::Passed { .. } | ServiceOutcome::Open { .. } => "",
        }
    }
}

/// Whether something does not work, and nothing that it leans on is open: it need not wait for the others.
pub(super) fn is_clear(project: &Project, open: &IndexSet<String>, known: &ServiceOutcomes) -> bool {
    let is_open = |name: &String| open.contains(name) && !known.contains_key(name);
    let mut failed = known
        .iter()
        .filter(|(_, o)| matches!(o, ServiceOutcome::Failed { .. }));
    failed.any(|(name, _)| !needs(project, name).iter().any(is_open))
}

/// Those that do not work, and do not lean on another one that does not.
pub(super) fn failed(project: &Project, outcomes: &ServiceOutcomes) -> Vec<FailedService> {
    let all: IndexSet<&str> = outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, ServiceOutcome::Failed { .. }))
        .map(|(name, _)| name.as_str())
        .collect();
    let leans = |name: &str| {
        let needs = needs(project, name);
        needs
            .iter()
            .any(|other| other != name && all.contains(other.as_str()))
    };
    let roots: Vec<&str> = all.iter().copied().filter(|name| !leans(name)).collect();
    // A circle leans on itself.
    let roots = if roots.is_empty() {
        all.into_iter().collect()
    } else {
        roots
    };
    let failed = roots.into_iter().filter_map(|name| {
        let outcome = outcomes.get(name)?.clone();
        let name = name.to_owned();
        Some(FailedService { name, outcome })
    });
    failed.collect()
}

/// The services that a service cannot start without, itself among them.
fn needs(project: &Project, name: &str) -> IndexSet<String> {
    let mut all = IndexSet::from([name.to_owned()]);
    let mut at = 0;
    while let Some(name) = all.get_index(at).cloned() {
        at += 1;
        let service = model::service(project, &name);
        let depends = service.and_then(|s| s.get("depends_on")?.as_map());
        all.extend(depends.into_iter().flat_map(|d| d.keys().cloned()));
    }
    all
}
