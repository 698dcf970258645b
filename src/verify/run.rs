//! Looks at the containers of a project and judges them.

use super::claims::{self, judge};
use super::observation::{Observation, Process, Way};
use super::observe::files::Cache;
use super::observe::paths::ContainerFiles;
use super::observe::proc::ProcView;
use super::observe::window::{Watch, suspicious, watch};
use super::observe::{facts, files, helper, local, mounts, network, top};
use super::probe::Probe;
use super::report::{Judged, Report, ServiceReport, Unread};
use super::{baseline_claims, logs};
use crate::diagnostic::Diagnostic;
use crate::engine::{Container, Engine, ErrorKind, Info};
use crate::model::INIT_PREFIX;
use crate::plan::claim::Claim;
use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// The window when none is asked for: enough for what stays, and hidden behind the engine's other answers.
pub const SHORT: Duration = Duration::from_millis(200);
/// The window when something looks as if it were started over and over: a supervisor waits a second.
const LONG: Duration = Duration::from_millis(3500);
/// How much of a log is read.
const LOG_LINES: usize = 500;

/// What to look at.
pub struct VerifyRequest<'r> {
    /// The Compose project's name.
    pub project: &'r str,
    /// Only these services; empty is all.
    pub services: &'r [String],
    /// How long to watch; `None` decides by what is seen.
    pub window: Option<Duration>,
    /// What must hold, by service. Those that are not in here are held to what must hold of any.
    pub claims: &'r BTreeMap<String, Vec<Claim>>,
    /// What to run to know that a service works, by service.
    pub probes: &'r BTreeMap<String, Probe>,
    /// Where scans of images are kept.
    pub cache: &'r Cache,
    /// Only this way of looking at processes; `None` takes the least intrusive one that works.
    pub way: Option<Way>,
}

/// Looks and judges.
///
/// # Errors
/// The engine does not answer; there is no such project or service; nothing of it runs.
pub fn run(engine: &dyn Engine, request: &VerifyRequest<'_>) -> Result<Report> {
    let (info, before, seen, mut unread) = thread::scope(|scope| {
        // Its answer is slow and needed last.
        let info = scope.spawn(|| engine.info());
        let (looking, unread) = sort(find(engine, request)?);
        let seen = look(engine, &looking, request);
        anyhow::Ok((joined(info)??, looking, seen, unread))
    })?;
    let seen = afterwards(engine, &info, &before, seen, &mut unread);
    let mut report = Report::new(request.project, &info, unread);
    for seen in seen {
        let claims = claims_of(request, &seen.service);
        let judged = claims
            .into_iter()
            .map(|claim| Judged::new(judge(&claim, &seen), claim))
            .collect();
        report.services.push(ServiceReport::new(seen, judged));
    }
    Ok(report)
}

/// The containers asked for, by service and name.
fn find(engine: &dyn Engine, request: &VerifyRequest<'_>) -> Result<Vec<Container>> {
    let project = request.project;
    let mut all = inspect(engine, &engine.project(project)?)?;
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
        .find(|s| !all.iter().any(|c| c.service() == **s))
    {
        let known: BTreeSet<&str> = all.iter().map(Container::service).collect();
        let known: Vec<&str> = known.into_iter().collect();
        let none = format!("looking for the service {unknown}: it has no container");
        bail!(Diagnostic::error(none).help(format!("there are {}", known.join(", "))));
    }
    all.retain(|c| request.services.is_empty() || request.services.iter().any(|s| s == c.service()));
    all.sort_by(|a, b| (a.service(), &a.name).cmp(&(b.service(), &b.name)));
    if !all.iter().any(|c| c.state.is_up()) {
        let states: Vec<String> = all
            .iter()
            .map(|c| format!("{} {}", c.service(), state(c)))
            .collect();
        let none = format!(
            "looking at the project {project}: nothing of it runs ({})",
            states.join(", ")
        );
        bail!(Diagnostic::error(none).help("start it with `nrcompose up -d`"));
    }
    Ok(all)
}

/// Several in one call; one that went away meanwhile only costs itself.
fn inspect(engine: &dyn Engine, ids: &[String]) -> Result<Vec<Container>> {
    match engine.inspect(ids) {
        Err(error) if error.kind == ErrorKind::NotFound => {
            let each = ids
                .iter()
                .filter_map(|id| engine.inspect(std::slice::from_ref(id)).ok());
            Ok(each.flatten().collect())
        }
        found => Ok(found?),
    }
}

/// Those whose processes can be looked at, and why the others cannot.
fn sort(containers: Vec<Container>) -> (Vec<Container>, Vec<Unread>) {
    let (looking, rest): (Vec<_>, Vec<_>) = containers.into_iter().partition(|c| c.state.status == "running");
    let done = |c: &&Container| {
        let once = ["", "no", "on-failure"].contains(&c.host_config.restart_policy.name.as_str());
        once && c.state.status == "exited" && c.state.exit_code == 0
    };
    let unread = rest
        .iter()
        .filter(|c| !done(c))
        .map(|c| Unread::new(c, state(c)))
        .collect();
    (looking, unread)
}

fn state(container: &Container) -> String {
    let state = &container.state;
    match state.status.as_str() {
        "exited" | "dead" => format!("exited with code {}", state.exit_code),
        "restarting" => format!(
            "keeps restarting ({} times so far, last exit code {})",
            container.restart_count, state.exit_code
        ),
        "paused" => "is paused".to_owned(),
        other => format!("is {other}"),
    }
}

/// Everything but what can only be known afterwards. Processes, logs and files are looked at side by side.
fn look(engine: &dyn Engine, containers: &[Container], request: &VerifyRequest<'_>) -> Vec<Observation> {
    let mut seen = thread::scope(|scope| {
        let beside: Vec<_> = containers
            .iter()
            .map(|c| scope.spawn(|| look_at_files(engine, c, request)))
            .collect();
        let mut seen = watch_all(engine, containers, request, request.window.unwrap_or(SHORT));
        for (seen, beside) in seen.iter_mut().zip(beside) {
            if let Ok(beside) = joined(beside) {
                seen.denials = beside.denials;
                seen.failure = beside.failure;
                seen.paths = beside.paths;
                seen.passwd = beside.passwd;
                seen.mounts = seen.mounts.take().or(beside.mounts);
            }
        }
        seen
    });
    if request.window.is_none()
        && seen
            .iter()
            .any(|s| s.failure.is_some() || suspicious(&s.processes))
    {
        for (old, new) in seen.iter_mut().zip(watch_all(engine, containers, request, LONG)) {
            old.window_ms += new.window_ms;
            old.processes = longer(std::mem::take(&mut old.processes), new.processes);
        }
    }
    for (seen, container) in seen.iter_mut().zip(containers) {
        // Last, so that its own processes are not taken for the service's.
        seen.probe = request
            .probes
            .get(&seen.service)
            .map(|p| p.run(engine, container, containers));
        if files::may_matter(seen) {
            seen.raising = files::of_container(engine, container, request.cache);
        }
    }
    seen
}

/// Watches the processes of all containers at once, each in the best way there is for it.
fn watch_all(
    engine: &dyn Engine,
    containers: &[Container],
    request: &VerifyRequest<'_>,
    window: Duration,
) -> Vec<Observation> {
    thread::scope(|scope| {
        let mut views = Vec::new();
        let mut others = Vec::new();
        for (index, container) in containers.iter().enumerate() {
            match here(container, request) {
                Some(view) => views.push((index, Watch::new(view))),
                None => others.push((
                    index,
                    scope.spawn(move || from_outside(engine, container, request, window)),
                )),
            }
        }
        let mut seen: Vec<Observation> = containers.iter().map(|c| blank(c, window)).collect();
        let (places, watches): (Vec<_>, Vec<_>) = views.into_iter().unzip();
        for (index, processes) in places.into_iter().zip(watch(watches, window)) {
            let process = Path::new("/proc").join(containers[index].state.pid.to_string());
            seen[index].way = Way::Proc;
            seen[index].processes = processes;
            seen[index].listening = network::listeners(&process);
            let table = std::fs::read_to_string(process.join("mountinfo")).ok();
            seen[index].mounts = table.map(|t| mounts::parse(&t));
        }
        for (index, other) in others {
            if let Ok(other) = joined(other) {
                seen[index] = other;
            }
        }
        seen
    })
}

/// Two looks at one container, the second longer: what only the first saw is gone.
fn longer(first: Vec<Process>, second: Vec<Process>) -> Vec<Process> {
    let again = |p: &Process| second.iter().any(|s| (s.pid, &s.command) == (p.pid, &p.command));
    let mut all: Vec<Process> = first.into_iter().filter(|p| !again(p)).collect();
    for process in &mut all {
        process.gone = true;
    }
    all.extend(second);
    all
}

fn blank(container: &Container, window: Duration) -> Observation {
    Observation {
        service: container.service().to_owned(),
        container: container.name.trim_start_matches('/').to_owned(),
        image: container.image.clone(),
        window_ms: u64::try_from(window.as_millis()).unwrap_or(u64::MAX),
        ..Observation::default()
    }
}

fn here(container: &Container, request: &VerifyRequest<'_>) -> Option<ProcView> {
    match request.way {
        None | Some(Way::Proc) => local::view(&container.id, container.state.pid),
        _ => None,
    }
}

/// A container that is not in this machine's `/proc`.
fn from_outside(
    engine: &dyn Engine,
    container: &Container,
    request: &VerifyRequest<'_>,
    window: Duration,
) -> Observation {
    let mut seen = blank(container, window);
    let image = engine
        .images(std::slice::from_ref(&container.image))
        .ok()
        .and_then(|mut i| i.pop().flatten());
    let told = match request.way {
        Some(Way::Top) => Err(anyhow::anyhow!("it was not asked for")),
        _ => helper::look(engine, container, image.as_ref(), window),
    };
    match told {
        Ok(told) => {
            seen.way = Way::Helper;
            seen.processes = told.processes;
            seen.listening = told.listening;
            seen.mounts = told.mounts;
        }
        Err(error) => {
            seen.notes.push(format!("no helper could be used: {error:#}"));
            if let Ok(processes) = top::watch(engine, &container.id, window) {
                seen.way = Way::Top;
                seen.processes = processes;
            }
        }
    }
    seen
}

/// What does not depend on the processes.
fn look_at_files(engine: &dyn Engine, container: &Container, request: &VerifyRequest<'_>) -> Observation {
    let id = &container.id;
    let claims = claims_of(request, container.service());
    let log = engine.logs(id, container.state.log_since(), LOG_LINES);
    let log = log.ok();
    let denials = log.as_deref().map(logs::denials);
    let pid = here(container, request).map(|_| container.state.pid);
    let table = pid.and_then(|p| std::fs::read_to_string(format!("/proc/{p}/mountinfo")).ok());
    let mounts = table.map(|t| mounts::parse(&t));
    let files = ContainerFiles::of(engine, id, pid, mounts.as_deref());
    let denied = denials.iter().flatten().filter_map(|d| d.path.as_deref());
    let volumes = container
        .mounts
        .iter()
        .filter(|m| m.rw)
        .map(|m| m.destination.as_str());
    let wanted = claims
        .iter()
        .filter_map(claims::paths)
        .chain(denied)
        .chain(volumes);
    let paths = files.facts(wanted);
    let asks_passwd = claims.iter().any(|c| matches!(c, Claim::PasswdEntry { .. }));
    let passwd = if asks_passwd {
        files.text("/etc/passwd")
    } else {
        None
    };
    Observation {
        denials,
        failure: log.as_deref().and_then(logs::repeated_failure),
        paths,
        passwd: passwd.map(|text| uids(&text)),
        mounts,
        ..Observation::default()
    }
}

fn uids(passwd: &str) -> Vec<u32> {
    passwd
        .lines()
        .filter_map(|l| l.split(':').nth(2)?.parse().ok())
        .collect()
}

/// What became of the containers while they were looked at; what the engine says of them now.
fn afterwards(
    engine: &dyn Engine,
    info: &Info,
    before: &[Container],
    seen: Vec<Observation>,
    unread: &mut Vec<Unread>,
) -> Vec<Observation> {
    let ids: Vec<String> = before.iter().map(|c| c.id.clone()).collect();
    let after = inspect(engine, &ids).unwrap_or_default();
    let gids = local::socket_gids();
    let mut kept = Vec::new();
    for (mut seen, before) in seen.into_iter().zip(before) {
        match after.iter().find(|a| a.id == before.id) {
            None => unread.push(Unread::new(before, "was removed while it was looked at".into())),
            Some(now) if now.state.status != "running" || now.state.started_at != before.state.started_at => {
                let why = format!("ended while it was looked at; now it {}", state(now));
                unread.push(Unread::new(now, why));
            }
            Some(now) => {
                seen.engine = facts::of(now, info, &gids);
                kept.push(seen);
            }
        }
    }
    kept
}

fn claims_of(request: &VerifyRequest<'_>, service: &str) -> Vec<Claim> {
    let planned = request
        .claims
        .get(service)
        .cloned()
        .unwrap_or_else(baseline_claims::without_plan);
    let answers = request.probes.contains_key(service).then_some(Claim::Answers);
    let mut claims = Vec::new();
    // Several decisions may rest on one claim.
    for claim in planned.into_iter().chain(baseline_claims::works()).chain(answers) {
        if !claims.contains(&claim) {
            claims.push(claim);
        }
    }
    claims
}

/// A thread of ours that panicked is a mistake of ours, shown like any other error.
fn joined<T>(handle: thread::ScopedJoinHandle<'_, T>) -> Result<T> {
    handle
        .join()
        .map_err(|_| anyhow::anyhow!("looking at containers: a part of the program failed"))
}
