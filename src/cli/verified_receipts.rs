//! What `verify` found to hold of services that were started as they are planned now, kept for the next start and written for
//! others.

use super::session::Session;
use super::transaction::receipt_book::ReceiptBook;
use crate::act::receipts::Receipts;
use crate::act::state::StateDirectory;
use crate::diagnostic::Diagnostic;
use crate::engine::{Composed, Engine};
use crate::pipeline::failure::Failure;
use crate::pipeline::fingerprint::of_project;
use crate::pipeline::trust::changes;
use crate::pipeline::{Prepared, engine};
use crate::verify::claims::Judgement;
use crate::verify::report::{Report, ServiceReport};
use crate::watch::outcome::ServiceOutcome;
use std::path::Path;

/// Keeps a receipt of each service that passed, and writes those to `file`, if there is one.
///
/// # Errors
/// The engine does not say which containers there are; the file cannot be written.
pub(crate) fn keep(
    session: &Session,
    engine: &dyn Engine,
    prepared: &Prepared,
    report: &Report,
    file: Option<&Path>,
) -> Result<(), Failure> {
    let project = &prepared.project;
    let there = engine.composed(Some(&project.name));
    let there = there.map_err(|error| engine::told(&error))?;
    let mut book = ReceiptBook::of(session, engine, prepared);
    let mut passed = Receipts::default();
    for (name, planned) in &prepared.plan.services {
        let own: Vec<&ServiceReport> = report
            .services
            .iter()
            .filter(|s| s.seen.service == *name)
            .collect();
        let is_unread = report.unread.iter().any(|unread| unread.service == *name);
        let [first, ..] = own.as_slice() else { continue };
        if is_unread || !changes(planned) || !own.iter().all(|s| is_held(s)) {
            continue;
        }
        if !is_of_this_plan(session, prepared, name, &there) {
            continue;
        }
        if let Some(receipt) = book.receipt(prepared, name, &first.seen.image, &ServiceOutcome::of(&own)) {
            passed.add(receipt.clone());
            book.add(Some(receipt));
        }
    }
    book.write();
    match file {
        Some(file) => write(session, file, &passed),
        None => Ok(()),
    }
}

/// Whether nothing speaks against a container.
fn is_held(service: &ServiceReport) -> bool {
    let broken =
        |verdict: &Judgement| matches!(verdict, Judgement::Broken { .. } | Judgement::Pending { .. });
    !service.claims.iter().any(|judged| broken(&judged.verdict))
}

/// Whether the containers of a service are those that were started by the plan as it is now: else they show nothing of it.
fn is_of_this_plan(session: &Session, prepared: &Prepared, service: &str, there: &[Composed]) -> bool {
    let project = &prepared.project;
    let Ok(state) = StateDirectory::find(&session.settings.environment) else {
        return false;
    };
    let mut own = there.iter().filter(|c| !c.oneoff && c.service == service);
    match state.read_started(&project.name, &project.directory) {
        Some(last) => {
            last.project == of_project(project, &prepared.hardened)
                && own.all(|c| last.containers.get(&c.id).is_some_and(|name| name == service))
        }
        // Nothing of a start is kept in CI but its override.
        None => {
            let path = state.override_path(&project.name, &project.directory);
            session.finding_out.is_off && state.read_override(&path) == prepared.text
        }
    }
}

fn write(session: &Session, file: &Path, passed: &Receipts) -> Result<(), Failure> {
    if passed.is_empty() {
        let text = format!(
            "writing {}: no service passed, so there is no receipt",
            file.display()
        );
        let help = "start with `nrcompose up -d`, and see what `nrcompose verify` says";
        return Err(Diagnostic::error(text).help(help).into());
    }
    let is_ours = |old: &[u8]| Receipts::read(&String::from_utf8_lossy(old)).is_ok();
    session.write(file, &passed.text()?, &is_ours)
}
