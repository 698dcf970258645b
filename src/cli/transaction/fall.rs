//! What becomes of services that do not work as they were planned: a second try, a smaller change, what their author wrote.

use super::attempt::{Attempt, Outcomes};
use super::notes::Notes;
use super::said;
use crate::cli::passthrough;
use crate::cli::start::{Starting, VolumesBefore};
use crate::cli::unsaved;
use crate::diagnostic::audience::Moment;
use crate::engine::Container;
use crate::load::Project;
use crate::model;
use crate::pipeline::failure::Failure;
use crate::pipeline::trust::changes;
use crate::watch::outcome::Outcome;
use indexmap::IndexSet;

/// A service that does not work, and whose fault that may be.
pub(super) struct FailedService {
    /// Its key in the project.
    pub name: String,
    /// What was seen.
    pub outcome: Outcome,
}

/// Whether something does not work, and nothing that it leans on is open: it need not wait for the others.
pub(super) fn is_clear(project: &Project, open: &IndexSet<String>, known: &Outcomes) -> bool {
    let is_open = |name: &String| open.contains(name) && !known.contains_key(name);
    let mut failed = known.iter().filter(|(_, o)| matches!(o, Outcome::Failed { .. }));
    failed.any(|(name, _)| !needs(project, name).iter().any(is_open))
}

/// Those that do not work, and do not lean on another one that does not.
pub(super) fn failed(attempt: &Attempt, outcomes: &Outcomes) -> Vec<FailedService> {
    let Some(prepared) = attempt.prepared() else {
        return Vec::new();
    };
    let all: IndexSet<&str> = outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Failed { .. }))
        .map(|(name, _)| name.as_str())
        .collect();
    let leans = |name: &str| {
        let needs = needs(&prepared.project, name);
        needs.iter().any(|other| other != name && all.contains(other.as_str()))
    };
    let roots: Vec<&str> = all.iter().copied().filter(|name| !leans(name)).collect();
    // A circle leans on itself.
    let roots = if roots.is_empty() { all.into_iter().collect() } else { roots };
    let failed = roots.into_iter().filter_map(|name| {
        let outcome = outcomes.get(name)?.clone();
        let name = name.to_owned();
        Some(FailedService { name, outcome })
    });
    failed.collect()
}

/// Whether they are to be started once more as they are planned: they ended at a time when others may not have been up yet.
/// Plain Compose would have left them ended.
pub(super) fn again(attempt: &mut Attempt, failed: &[FailedService]) -> bool {
    let is_alone = attempt
        .prepared()
        .is_none_or(|prepared| prepared.project.active.len() < 2);
    let ended = |one: &FailedService| {
        matches!(&one.outcome, Outcome::Failed { why, .. } if why.starts_with(crate::watch::ENDED))
    };
    if is_alone || !failed.iter().all(|one| ended(one) && !attempt.tried.contains(&one.name)) {
        return false;
    }
    let names = || failed.iter().map(|one| one.name.clone());
    attempt.tried.extend(names());
    attempt.open.extend(names());
    true
}

/// Lets services fall one step: their former owners are put back, and the plan is made without what did not work. Whether
/// anything is to be started again.
///
/// # Errors
/// What keeps the owners, or the plan, from being made.
pub(super) fn go_back(
    attempt: &mut Attempt,
    failed: &[FailedService],
    before: &VolumesBefore,
) -> Result<bool, Failure> {
    let session = attempt.session;
    let Some(prepared) = attempt.ready.prepared.as_ref() else {
        return Ok(false);
    };
    let images = attempt.images()?;
    let mut notes = Notes::of(session, attempt.engine, prepared);
    let mut names: Vec<&str> = Vec::new();
    for one in failed {
        let planned = prepared.plan.services.get(&one.name);
        match (planned.is_some_and(changes), images.get(&one.name)) {
            (true, Some(image)) => {
                notes.add(notes.receipt(prepared, &one.name, image, &one.outcome));
                names.push(&one.name);
            }
            // What its author wrote does not work, either.
            _ => {
                notes.forget_failures(&one.name);
                said::fails_as_written(session, one);
            }
        }
    }
    // What was there before this start may have data of its own.
    let mut old: Vec<&str> = names.clone();
    let is_old = |c: &Container| before.has(&c.id);
    let containers = attempt.containers()?;
    old.retain(|name| containers.iter().any(|c| c.service() == *name && is_old(c)));
    let mut kept = old.clone();
    unsaved::keep(attempt.engine, prepared, session, &mut kept)?;
    names.retain(|name| !old.contains(name) || kept.contains(name));
    notes.write();
    session.finding_out.retries.set(false);
    if names.is_empty() {
        return Ok(false);
    }
    Starting::new(attempt.invocation, prepared, &attempt.ready.pass, session)?.take_back(&names, before)?;
    let fallen: IndexSet<String> = names.into_iter().map(str::to_owned).collect();
    // What became of them is told below, with what was seen.
    attempt.ready = passthrough::ready("up", attempt.invocation, &session.in_moment(Moment::Proof))?;
    for one in failed.iter().filter(|one| fallen.contains(&one.name)) {
        said::fell(session, one, attempt.prepared());
    }
    attempt.open.extend(fallen);
    Ok(true)
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
