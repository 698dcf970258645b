//! What becomes of services that do not work as they were planned: a second try, a smaller change, what their author wrote.

use super::attempt::Attempt;
use super::failed::FailedService;
use super::receipt_book::ReceiptBook;
use super::said;
use crate::cli::passthrough;
use crate::cli::start::{Starting, VolumesBefore};
use crate::cli::unsaved;
use crate::diagnostic::audience::Moment;
use crate::docker;
use crate::engine::Container;
use crate::facts::settings::Policy;
use crate::pipeline::failure::Failure;
use crate::pipeline::trust::changes;
use crate::watch::outcome::ServiceOutcome;
use indexmap::IndexSet;

/// Whether they are to be started once more as they are planned: they ended at a time when others may not have been up yet.
/// Plain Compose would have left them ended.
pub(super) fn again(attempt: &mut Attempt, failed: &[FailedService]) -> bool {
    let is_alone = attempt
        .prepared()
        .is_none_or(|prepared| prepared.project.active.len() < 2);
    let ended = |one: &FailedService| matches!(&one.outcome, ServiceOutcome::Failed { why, .. } if why.starts_with(crate::watch::ENDED));
    if is_alone
        || !failed
            .iter()
            .all(|one| ended(one) && !attempt.tried.contains(&one.name))
    {
        return false;
    }
    let names = || failed.iter().map(|one| one.name.clone());
    attempt.tried.extend(names());
    attempt.fallen = names().collect();
    attempt.open.extend(names());
    true
}

/// Whether services may go back by themselves. Under policy strict and `--nr-no-fallback`, what cannot be as planned is to
/// be seen.
pub(super) fn is_allowed(attempt: &Attempt) -> bool {
    let policy = attempt.prepared().map(|prepared| prepared.plan.settings.policy);
    policy != Some(Policy::Strict) && !attempt.session.no_fallback
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
    let mut notes = ReceiptBook::of(session, attempt.engine, prepared);
    let (mut names, mut alike): (Vec<&str>, IndexSet<&str>) = Default::default();
    for one in failed {
        let planned = prepared.plan.services.get(&one.name);
        match (planned.is_some_and(changes), images.get(&one.name)) {
            (true, Some(image)) => {
                notes.add(notes.receipt(prepared, &one.name, image, &one.outcome));
                names.push(&one.name);
            }
            // What its author wrote does not work, either.
            (false, Some(_)) if notes.is_same_as_planned(&one.name, &attempt.began, one.why()) => {
                names.push(&one.name);
                alike.insert(&one.name);
            }
            _ => {
                notes.fails_alike(&one.name);
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
    // From here until it is started again, a service has no container: that is not where a Ctrl-C may end it.
    docker::shield(true);
    Starting::new(attempt.invocation, prepared, &attempt.ready.pass, session)?.take_back(&names, before)?;
    let fallen: IndexSet<String> = names.into_iter().map(str::to_owned).collect();
    // What became of them is told below, with what was seen.
    attempt.ready = passthrough::ready("up", attempt.invocation, &session.in_moment(Moment::Proof))?;
    for one in failed.iter().filter(|one| fallen.contains(&one.name)) {
        match alike.contains(one.name.as_str()) {
            true => said::is_as_written(session, one),
            false => said::fell(session, one, attempt.prepared()),
        }
    }
    attempt.open.extend(fallen.iter().cloned());
    attempt.fallen = fallen;
    Ok(true)
}
