//! `up` in the background as a transaction: what is not known to work is watched after it was started, and what does not work
//! goes back by itself to what plain Compose would have left, with the owners of before.
//!
//! - [`child`]: Compose, beside this process
//! - [`mod@attempt`]: one start, and what came of it
//! - [`mod@failed`], [`fall`]: which services do not work, and what becomes of them
//! - [`lived`]: how those fared that were down before
//! - [`receipt_book`]: what is kept for the next start
//! - [`said`]: what the person is told

mod attempt;
mod child;
mod failed;
mod fall;
mod lived;
pub(crate) mod receipt_book;
mod said;

use super::session::Session;
use super::start::{self, Ready, VolumesBefore};
use super::unsaved;
use crate::act::compose::Invocation;
use crate::act::date;
use crate::docker;
use crate::pipeline::Prepared;
use crate::pipeline::failure::Failure;
use crate::pipeline::trust::changes;
use crate::watch::StandingsSeen;
use attempt::Attempt;
use child::Stop;
use indexmap::IndexSet;

/// How often one service may fail in one start: a second try, three smaller changes, and what its author wrote.
const FALLS: usize = 5;

/// Whether `verb` starts something that is to be watched.
pub(super) fn is_one(verb: &str, invocation: &Invocation, ready: &Ready, session: &Session) -> bool {
    let Some(prepared) = &ready.prepared else {
        return false;
    };
    let is_meant = verb == "up" && session.watches && !session.finding_out.trusts;
    is_meant && !start::makes_only(&invocation.command) && !open(prepared, invocation, session).is_empty()
}

/// The services of a start of which nobody knows yet that they work as they are planned, or that they still do.
fn open(prepared: &Prepared, invocation: &Invocation, session: &Session) -> IndexSet<String> {
    let may_be_another = start::may_change_images(prepared, &invocation.command);
    let left = session.left.get();
    let mut meant = unsaved::meant(&prepared.project, &invocation.command);
    meant.retain(|name| {
        let planned = prepared.plan.services.get(name);
        let is_left = left.is_some_and(|left| left.contains_key(name));
        let is_down = || {
            session
                .there
                .get()
                .is_some_and(|all| all.iter().any(|c| c.service == *name && c.is_down()))
        };
        planned.is_some_and(|s| changes(s) && !is_left && (may_be_another || !s.is_tried_here || is_down()))
    });
    meant
}

/// Starts, watches, lets fall what does not work, and keeps what was found out. Gives the exit code of Compose.
///
/// # Errors
/// As a start, and what keeps services from going back.
pub(super) fn run(invocation: &Invocation, ready: Ready, session: &Session) -> Result<u8, Failure> {
    let stop = Stop::caught()?;
    let engine = session.docker()?.kept();
    let before = match &ready.prepared {
        Some(prepared) => VolumesBefore::look(prepared, &engine)?,
        None => VolumesBefore::default(),
    };
    let open = ready
        .prepared
        .as_ref()
        .map(|prepared| open(prepared, invocation, session))
        .unwrap_or_default();
    let mut attempt = Attempt {
        invocation,
        session,
        engine: &engine,
        stop: &stop,
        ready,
        open,
        tried: IndexSet::new(),
        fallen: IndexSet::new(),
        began: date::now(),
        last_runs: lived::of_those_down(session, &engine),
        stands: StandingsSeen::default(),
    };
    let rounds = attempt.open.len() * FALLS + 1;
    let mut code = attempt.start()?;
    for round in 1..=rounds {
        end_if_wanted(&attempt);
        let outcomes = attempt.watch()?;
        attempt.note(&outcomes)?;
        attempt.open.retain(|name| !outcomes.contains_key(name));
        said::outcomes(session, &outcomes, &|name| attempt.is_planned(name));
        end_if_wanted(&attempt);
        let failed = attempt
            .prepared()
            .map(|prepared| failed::failed(&prepared.project, &outcomes))
            .unwrap_or_default();
        // What worked here as it is planned does not fail for its plan: that is to be seen, and no reason to hand root back.
        let failed = attempt.still_there(failed)?;
        let is_well = failed.is_empty();
        let (outages, failed): (Vec<_>, Vec<_>) = failed
            .into_iter()
            .partition(|one| attempt.is_tried_here(&one.name) && !attempt.is_refuted(&one.name));
        outages.iter().for_each(|one| said::outage(session, one));
        if round < rounds && !failed.is_empty() {
            let goes_on = fall::again(&mut attempt, &failed)
                || fall::is_allowed(&attempt) && fall::go_back(&mut attempt, &failed, &before)?;
            if !fall::is_allowed(&attempt) && !goes_on {
                failed.iter().for_each(|one| said::stays(session, one));
            }
            if goes_on {
                code = attempt.start()?;
            }
            docker::shield(false);
        }
        if attempt.open.is_empty() || is_well {
            said::not_started(session, &attempt.open);
            break;
        }
    }
    if let Some(prepared) = attempt.prepared() {
        start::note(invocation, prepared, &attempt.ready.pass, session)?;
    }
    Ok(code)
}

/// Ends this process where the person wants no more of it.
fn end_if_wanted(attempt: &Attempt) {
    if attempt.stop.is_wanted() {
        said::stopped(attempt.session, &attempt.open);
        attempt.stop.end();
    }
}
