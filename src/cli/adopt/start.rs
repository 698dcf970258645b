//! The hardened start of what was taken over, and its proof.

use super::scene::AdoptScene;
use crate::act::compose;
use crate::cli::passthrough;
use crate::cli::session::progress;
use crate::cli::start::{self, Next};
use crate::cli::transaction::receipt_book::ReceiptBook;
use crate::cli::unsaved::meant;
use crate::cli::watched;
use crate::pipeline::Prepared;
use crate::pipeline::failure::Failure;
use crate::pipeline::trust::changes;
use crate::watch::outcome::ServiceOutcome;
use crate::watch::{ServiceWatch, StandingsSeen};
use indexmap::IndexMap;
use std::ffi::OsString;

/// What came of services that were started.
#[derive(Default)]
pub(super) struct StartProof {
    /// Those that work as planned, or of which nobody knows yet.
    pub(super) works: Vec<String>,
    /// Those that do not work.
    pub(super) failed: Vec<String>,
}

/// Starts these services as `up -d` does, all of the project if none is named, and watches each until it works, fails, or
/// nobody can say; what came of it is kept as for any start. Those that start as they are written, or are left as they
/// run, are neither.
///
/// # Errors
/// Nothing could be started or looked at.
pub(super) fn start_and_prove(scene: &AdoptScene, services: &[String]) -> Result<StartProof, Failure> {
    let session = scene.session;
    let invocation = scene.invocation(&["up", "-d"], services);
    let ready = passthrough::ready("up", &invocation, session)?;
    let code = match start::before("up", &invocation, &ready, session)? {
        Next::HandOn(rest) => compose::run(&rest, &ready.pass, session.settings.stdin.taken())?,
        Next::Ended(code) => code,
    };
    let Some(prepared) = ready.prepared else {
        return Ok(StartProof::default());
    };
    let names = watched_names(scene, &prepared, &invocation.command);
    let expected = watched::expected(&prepared)?;
    let watch = ServiceWatch {
        engine: &scene.engine,
        project: &prepared.project.name,
        services: watched::services(&prepared, &names, session),
        claims: &expected.claims,
        probes: &expected.probes,
        lacks: false,
        stop: &|| false,
        is_enough: &|_| false,
        progress: &|_, _| {},
    };
    let outcomes = watch.run(&mut StandingsSeen::default())?;
    note(scene, &prepared, &outcomes)?;
    let mut proof = StartProof::default();
    for name in names.into_iter().filter(|name| !outcomes.contains_key(name)) {
        progress(&format!("{name} was not started"));
        proof.failed.push(name);
    }
    for (name, outcome) in &outcomes {
        match outcome {
            ServiceOutcome::Failed { why, log, .. } => {
                let log: String = log.iter().map(|line| format!("\n    | {line}")).collect();
                progress(&format!("{name} does not work as it was planned: {why}{log}"));
                proof.failed.push(name.clone());
                continue;
            }
            ServiceOutcome::Open { why } => {
                progress(&format!("{name}: nobody knows yet whether it works: {why}"));
            }
            ServiceOutcome::Passed {
                broken: Some(broken), ..
            } => progress(&format!("{name} works, but not all is as planned: {broken}")),
            ServiceOutcome::Passed { .. } => {}
        }
        proof.works.push(name.clone());
    }
    if proof.failed.is_empty() && code != 0 {
        progress(&format!(
            "docker compose up ended with code {code}, though every service works"
        ));
    }
    Ok(proof)
}

/// The services of a start that the plan changes.
fn watched_names(scene: &AdoptScene, prepared: &Prepared, command: &[OsString]) -> Vec<String> {
    let left = |name: &String| {
        let left = scene.session.left.get();
        left.is_some_and(|left| left.contains_key(name))
    };
    let is_changed = |name: &String| prepared.plan.services.get(name).is_some_and(changes);
    let all = meant(&prepared.project, command).into_iter();
    all.filter(|name| !left(name) && is_changed(name)).collect()
}

/// Keeps what came of each for the next start, which then tries nothing again that failed.
fn note(
    scene: &AdoptScene,
    prepared: &Prepared,
    outcomes: &IndexMap<String, ServiceOutcome>,
) -> Result<(), Failure> {
    let containers = scene.containers()?;
    let mut book = ReceiptBook::of(scene.session, &scene.engine, prepared);
    for (name, outcome) in outcomes {
        if let Some(container) = containers.iter().find(|c| c.service() == name) {
            book.add(book.receipt(prepared, name, &container.image, outcome));
        }
    }
    book.write();
    Ok(())
}
