//! Which containers of a project are there, which run, and which should: the services that nobody started, the replicas that
//! are missing, what ended though it was to stay.

use super::claims::Judgement;
use super::logs::lines;
use super::observation::Observation;
use super::observe::{facts, local};
use super::report::{Judged, ServiceReport, Unread};
use super::request::VerifyRequest;
use crate::diagnostic::Diagnostic;
use crate::engine::{Container, Engine, Info};
use crate::model::INIT_PREFIX;
use crate::plan::claim::Claim;
use anyhow::{Result, bail};
use std::collections::BTreeSet;

/// How many lines of a log are shown.
const LINES: usize = 5;

/// The containers asked for.
pub(super) struct There {
    /// Those whose processes can be looked at.
    pub running: Vec<Container>,
    /// Those that do not run, and should.
    pub down: Vec<Container>,
    /// Those that cannot be looked at.
    pub unread: Vec<Unread>,
}

/// Finds and sorts them.
///
/// # Errors
/// The engine does not answer; there is no such project or service.
pub(super) fn find(engine: &dyn Engine, request: &VerifyRequest<'_>) -> Result<There> {
    let project = request.project;
    let mut all = engine.of_project(project)?;
    all.retain(|c| !c.oneoff() && !c.service().starts_with(INIT_PREFIX));
    if all.is_empty() {
        let none = format!("looking for the project {project}: it has no containers");
        let help =
            "start it with `nrcompose up -d`, or name another with `-p`; `docker compose ls` lists them";
        bail!(Diagnostic::error(none).help(help));
    }
    if let Some(unknown) = request
        .services
        .iter()
        .find(|s| !request.wanted.contains_key(*s) && !all.iter().any(|c| c.service() == **s))
    {
        let known: BTreeSet<&str> = all.iter().map(Container::service).collect();
        let known: Vec<&str> = known.into_iter().collect();
        let none = format!("looking for the service {unknown}: it has no container");
        bail!(Diagnostic::error(none).help(format!("there are {}", known.join(", "))));
    }
    all.retain(|c| request.services.is_empty() || request.services.iter().any(|s| s == c.service()));
    all.sort_by(|a, b| (a.service(), &a.name).cmp(&(b.service(), &b.name)));
    let (running, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|c| c.state.status == "running");
    let (paused, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|c| c.state.status == "paused");
    let unread = paused.iter().map(|c| Unread::new(c, state(c))).collect();
    let down = rest.into_iter().filter(|c| !is_done(c, request)).collect();
    Ok(There {
        running,
        down,
        unread,
    })
}

/// Whether it ended as it should: a job, and nothing that others are to reach.
fn is_done(container: &Container, request: &VerifyRequest<'_>) -> bool {
    if container.state.status != "exited" || container.state.exit_code != 0 {
        return false;
    }
    let is_job = request.wanted.get(container.service()).is_some_and(|w| w.is_job);
    is_job || stays(container).is_none()
}

/// Why a container is to stay, as far as it says so itself.
fn stays(container: &Container) -> Option<&'static str> {
    let host = &container.host_config;
    let is_checked = container
        .config
        .healthcheck
        .as_ref()
        .is_some_and(|h| h.test.first().is_some_and(|t| t != "NONE"));
    if !host.port_bindings.is_empty() {
        Some("it publishes ports")
    } else if ["always", "unless-stopped"].contains(&host.restart_policy.name.as_str()) {
        Some("it is to be restarted always")
    } else if is_checked {
        Some("it has a healthcheck")
    } else if !container.config.exposed_ports.is_empty() {
        Some("its image listens on ports")
    } else {
        None
    }
}

/// How it stands, in words behind "it".
pub(super) fn state(container: &Container) -> String {
    let state = &container.state;
    match state.status.as_str() {
        "exited" | "dead" => format!("exited with code {}", state.exit_code),
        "restarting" => format!(
            "keeps restarting ({} times so far, last exit code {})",
            container.restart_count, state.exit_code
        ),
        "running" if container.restart_count > 0 => format!(
            "ended while it was looked at, and was restarted ({} times so far)",
            container.restart_count
        ),
        "paused" => "is paused".to_owned(),
        "created" if !state.error.is_empty() => format!("did not start: {}", state.error),
        "created" => "was created, and not started".to_owned(),
        other => format!("is {other}"),
    }
}

/// What is to be said of what does not run, and of what is not there at all.
pub(super) fn reports(
    engine: &dyn Engine,
    request: &VerifyRequest<'_>,
    info: &Info,
    down: Vec<Container>,
) -> Vec<ServiceReport> {
    let gids = local::socket_gids();
    let mut all: Vec<ServiceReport> = down.iter().map(|c| report_down(engine, c, info, &gids)).collect();
    all.extend(missing(engine, request).unwrap_or_default());
    all
}

fn report_down(engine: &dyn Engine, container: &Container, info: &Info, gids: &[u32]) -> ServiceReport {
    let mut found = format!("it {}", state(container));
    if container.state.status == "exited" && container.state.exit_code == 0 {
        found += &stays(container).map_or(String::new(), |why| format!(", and {why}"));
    }
    if container.state.oom_killed {
        found += "; it had no memory left";
    }
    let service = container.service().to_owned();
    let last = lines::last(engine, &container.id, LINES);
    let mut notes: Vec<String> = last
        .into_iter()
        .map(|line| format!("its log ends: {line}"))
        .collect();
    notes.push(format!(
        "`nrcompose test {service}` tries it as its author wrote it, too; `docker compose logs {service}` has all of its log"
    ));
    let seen = Observation {
        container: container.name.trim_start_matches('/').to_owned(),
        image: container.image.clone(),
        engine: facts::of(container, info, gids),
        service,
        notes,
        ..Observation::default()
    };
    ServiceReport::new(seen, vec![Judged::new(Judgement::broken(found), Claim::Running)])
}

/// The services and replicas that have no container.
fn missing(engine: &dyn Engine, request: &VerifyRequest<'_>) -> Result<Vec<ServiceReport>> {
    if request.wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut there = engine.of_project(request.project)?;
    there.retain(|c| !c.oneoff());
    let asked = |service: &String| request.services.is_empty() || request.services.contains(service);
    let mut all = Vec::new();
    for (service, wanted) in request.wanted.iter().filter(|(service, _)| asked(service)) {
        let count = there.iter().filter(|c| c.service() == service).count();
        if count >= wanted.replicas {
            continue;
        }
        let found = match count {
            0 => "it has no container".to_owned(),
            n => format!("it has {n} of {} containers", wanted.replicas),
        };
        let seen = Observation {
            service: service.clone(),
            notes: vec![format!("`nrcompose up -d {service}` starts it")],
            ..Observation::default()
        };
        all.push(ServiceReport::new(
            seen,
            vec![Judged::new(Judgement::broken(found), Claim::Running)],
        ));
    }
    Ok(all)
}
