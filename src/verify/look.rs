//! Looks at running containers: processes, logs and files side by side, nothing of it judged.

use super::claims;
use super::logs::{self, lines};
use super::observation::{Observation, Process, Way};
use super::observe::paths::ContainerFiles;
use super::observe::proc::ProcView;
use super::observe::window::{Watch, suspicious, watch};
use super::observe::{files, helper, local, mounts, network, programs, top};
use super::request::{VerifyRequest, claims_of};
use crate::engine::{Container, Engine};
use crate::plan::claim::Claim;
use anyhow::Result;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// The window when none is asked for: enough for what stays, and hidden behind the engine's other answers.
const SHORT: Duration = Duration::from_millis(200);
/// The window when something looks as if it were started over and over: a supervisor waits a second.
const LONG: Duration = Duration::from_millis(3500);

/// Everything but what can only be known afterwards. Processes, logs and files are looked at side by side.
pub(super) fn look(
    engine: &dyn Engine,
    containers: &[Container],
    request: &VerifyRequest<'_>,
) -> Vec<Observation> {
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
        if files::may_matter(seen) {
            seen.raising = files::of_container(engine, container, request.cache);
        }
    }
    let may_read = request.wait != Some(Duration::ZERO);
    programs::look(engine, request.cache, may_read, containers, &mut seen);
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
    let claims = claims_of(request, container);
    let log = lines::of(engine, container).ok();
    let denials = log.as_deref().map(logs::denials);
    let pid = here(container, request).map(|_| container.state.pid);
    let table = pid.and_then(|p| std::fs::read_to_string(format!("/proc/{p}/mountinfo")).ok());
    let mounts = table.map(|t| mounts::parse(&t));
    let files = ContainerFiles::of(engine, id, pid, mounts.as_deref());
    let denied = denials.iter().flatten().filter_map(|d| d.path.as_deref());
    let volumes = container.mounts.iter().map(|m| m.destination.as_str());
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

/// Who listens in a container by now.
pub(super) fn listening(engine: &dyn Engine, container: &Container, seen: &mut Observation) {
    match seen.way {
        Way::Proc => {
            let process = Path::new("/proc").join(container.state.pid.to_string());
            seen.listening = network::listeners(&process);
        }
        Way::Helper => {
            if let Ok(told) = helper::look(engine, container, None, Duration::ZERO) {
                seen.listening = told.listening;
            }
        }
        Way::Top | Way::None => {}
    }
}

/// What was logged since: of a request that was just made and refused.
pub(super) fn log_again(engine: &dyn Engine, container: &Container, seen: &mut Observation) {
    let Ok(log) = lines::of(engine, container) else {
        return;
    };
    let denials = logs::denials(&log);
    let pid = (seen.way == Way::Proc).then_some(container.state.pid);
    let files = ContainerFiles::of(engine, &container.id, pid, seen.mounts.as_deref());
    let facts = files.facts(denials.iter().filter_map(|d| d.path.as_deref()));
    seen.paths.extend(facts);
    seen.denials = Some(denials);
}

/// A thread of ours that panicked is a mistake of ours, shown like any other error.
pub(super) fn joined<T>(handle: thread::ScopedJoinHandle<'_, T>) -> Result<T> {
    handle
        .join()
        .map_err(|_| anyhow::anyhow!("looking at containers: a part of the program failed"))
}
