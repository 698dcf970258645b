//! The hardened start of what was taken over, and its proof.

use super::scene::Scene;
use crate::act::compose;
use crate::cli::passthrough;
use crate::cli::session::progress;
use crate::cli::start::{self, Next};
use crate::cli::unsaved::meant;
use crate::cli::verify::{self, VerifyArgs};
use crate::engine::Container;
use crate::pipeline::Prepared;
use crate::pipeline::failure::Failure;
use crate::verify::wait_until_stable::settle;
use std::time::Duration;

/// How long a stack may take to stand.
const LIMIT: Duration = Duration::from_secs(180);

/// Starts these services as `up -d` does, all of the project if none is named, waits until they stand one way or the other,
/// and proves them. Gives those that do not run as planned or do not answer; those that are left as they are do not count.
///
/// # Errors
/// Nothing could be started or looked at.
pub(super) fn start_and_prove(scene: &Scene, services: &[String]) -> Result<Vec<String>, Failure> {
    let session = scene.session;
    let invocation = scene.invocation(&["up", "-d"], services);
    let ready = passthrough::ready("up", &invocation, session)?;
    let code = match start::before("up", &invocation, &ready, session)? {
        Next::HandOn(rest) => compose::run(&rest, &ready.pass, session.settings.stdin.taken())?,
        Next::Ended(code) => code,
    };
    let prepared = match ready.prepared {
        Some(prepared) => prepared,
        None => scene.prepare()?,
    };
    settle(&scene.engine, &scene.project.name, LIMIT)?;
    let judged = judged(scene, &prepared, &invocation.command);
    let args = VerifyArgs {
        services: judged.clone(),
        probe: true,
        ..VerifyArgs::default()
    };
    let expected = verify::expected(&prepared)?;
    let mut out = Vec::new();
    let report = verify::verify(&scene.engine, &scene.project.name, &expected, &args, &mut out)?;
    let broken = report.broken();
    let containers = scene.containers()?;
    let stands = |name: &str| {
        let mut own = containers.iter().filter(|c| c.service() == name).peekable();
        own.peek().is_some() && own.all(is_well)
    };
    let mut failed = judged;
    failed.retain(|name| broken.contains(&name.as_str()) || !stands(name));
    if !failed.is_empty() {
        progress(&String::from_utf8_lossy(&out));
    }
    if failed.is_empty() && code != 0 {
        // Something that was waited for did not come about, and nobody says of what.
        progress(&format!(
            "docker compose up ended with code {code}, though every service stands"
        ));
    }
    Ok(failed)
}

/// The services of a start that the plan changes.
fn judged(scene: &Scene, prepared: &Prepared, command: &[std::ffi::OsString]) -> Vec<String> {
    let left = |name: &String| {
        let left = scene.session.left.get();
        left.is_some_and(|left| left.contains_key(name))
    };
    let is_planned = |name: &String| {
        let planned = prepared.plan.services.get(name);
        planned.is_some_and(|planned| !planned.is_refused()) && !left(name)
    };
    meant(&prepared.project, command)
        .into_iter()
        .filter(is_planned)
        .collect()
}

/// Whether a container runs, or has done what it was for.
fn is_well(container: &Container) -> bool {
    let state = &container.state;
    let health = state.health.as_ref().map_or("", |health| health.status.as_str());
    match state.status.as_str() {
        "running" => health != "unhealthy",
        "exited" => state.exit_code == 0,
        _ => false,
    }
}
