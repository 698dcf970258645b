//! Claims on who the processes are and what they may.

use super::Judgement;
use crate::capability;
use crate::verify::observation::{Credentials, Observation, Powers, Process};

const NONE_SEEN: &str = "no process was seen";
const ONLY_PROC: &str = "the engine's `top` shows no capabilities";
const UIDS: [&str; 4] = ["real", "effective", "saved", "filesystem"];

pub(super) fn uid(seen: &Observation, uid: u32) -> Judgement {
    every(seen, |c| wrong_id("uid", c.uid, |id| id != uid))
}

pub(super) fn gid(seen: &Observation, gid: u32) -> Judgement {
    every(seen, |c| wrong_id("gid", c.gid, |id| id != gid))
}

pub(super) fn no_root(seen: &Observation) -> Judgement {
    let found = every(seen, |c| wrong_id("uid", c.uid, |id| id == 0));
    // Healthchecks and `exec` run as the container's user, whatever its first process became.
    match (&found, &seen.engine.healthcheck) {
        (Judgement::Held, Some(command)) if is_root(&seen.engine.user) => {
            Judgement::broken(format!("its healthcheck runs as uid 0: {command}"))
        }
        _ => found,
    }
}

pub(super) fn no_root_group(seen: &Observation) -> Judgement {
    every(seen, |c| {
        wrong_id("gid", c.gid, |id| id == 0)
            .or_else(|| c.groups.contains(&0).then(|| "has supplementary group 0".into()))
    })
}

pub(super) fn in_group(seen: &Observation, gid: u32) -> Judgement {
    every(seen, |c| {
        (!c.groups.contains(&gid) && c.gid[1] != gid).then(|| format!("has groups {:?} only", c.groups))
    })
}

pub(super) fn groups(seen: &Observation, gids: &[u32]) -> Judgement {
    every(seen, |c| {
        let extra = c
            .groups
            .iter()
            .find(|g| !gids.contains(g) && !c.gid.contains(g))?;
        Some(format!("has supplementary group {extra}"))
    })
}

pub(super) fn bounding_set(seen: &Observation, expected: &[String]) -> Judgement {
    let expected = capability::mask(expected);
    powers(seen, |p| {
        let (more, less) = (p.bounding & !expected, expected & !p.bounding);
        if more != 0 {
            Some(format!("has {} in the bounding set", list(more)))
        } else if less != 0 {
            Some(format!("has {} not in the bounding set", list(less)))
        } else {
            None
        }
    })
}

pub(super) fn no_capabilities(seen: &Observation) -> Judgement {
    powers(seen, |p| {
        let sets = [
            ("ambient", p.ambient),
            ("effective", p.effective),
            ("permitted", p.permitted),
        ];
        let (name, mask) = sets.into_iter().find(|(_, mask)| *mask != 0)?;
        Some(format!("has {} in the {name} set", list(mask)))
    })
}

pub(super) fn no_new_privileges(seen: &Observation) -> Judgement {
    powers(seen, |p| {
        (!p.no_new_privileges).then(|| "has no no-new-privileges".into())
    })
}

pub(super) fn seccomp(seen: &Observation) -> Judgement {
    powers(seen, |p| {
        (p.seccomp.unwrap_or(0) == 0).then(|| "has no seccomp filter".into())
    })
}

/// Programs that keep a child running, whatever becomes of it.
const SUPERVISORS: [&str; 9] = [
    "s6-supervise",
    "runsv",
    "supervise",
    "supervisord",
    "circusd",
    "monit",
    "horust",
    "multirun",
    "pm2",
];

/// The same command again and again under a parent that stays: it keeps starting what keeps failing. Daemons
/// fork for every client, and scripts run tools in loops; so the parent must be a supervisor, or the log must
/// repeat a failure.
pub(super) fn steady(seen: &Observation) -> Judgement {
    if seen.processes.is_empty() {
        return Judgement::unchecked(NONE_SEEN);
    }
    let fails = seen.failure.as_ref();
    let found = respawned(seen)
        .into_iter()
        .find(|r| supervises(r.parent) || fails.is_some());
    Judgement::unless(found.map(|r| {
        let says = fails.map_or_else(String::new, |f| format!("; its log says again and again: {f}"));
        format!(
            "{} started {} {} times within {} ms{says}",
            name(r.parent),
            r.what(),
            r.times,
            seen.window_ms
        )
    }))
}

/// A process that starts something again and again.
pub(crate) struct Respawned<'o> {
    /// Who starts it.
    pub parent: &'o Process,
    /// One that was started, if any was seen before it was gone.
    pub child: Option<&'o Process>,
    /// How often within the window.
    pub times: usize,
}

impl Respawned<'_> {
    /// What was started, as far as it was seen.
    pub(crate) fn what(&self) -> String {
        self.child
            .map_or_else(|| "something".to_owned(), |c| format!("`{}`", short(&c.command)))
    }
}

/// Those that started one command, or collected a child, three times or more within the window.
pub(crate) fn respawned(seen: &Observation) -> Vec<Respawned<'_>> {
    let all = || seen.processes.iter().filter(|p| !p.entered);
    let stay = all().filter(|p| !p.gone);
    stay.filter_map(|parent| {
        let works = || {
            let new = all().filter(|c| c.parent == parent.pid && c.seen_ms.0 > 0);
            new.filter(|c| !c.command.starts_with("sleep "))
        };
        let alike = |c: &&Process| works().filter(|o| o.command == c.command).count();
        let child = works().max_by_key(alike);
        let reaped = usize::try_from(parent.reaped).unwrap_or(0);
        let times = child.as_ref().map_or(0, alike).max(reaped);
        (times >= 3).then_some(Respawned { parent, child, times })
    })
    .collect()
}

/// Whether a process does nothing but keep others running; also as a script under its interpreter.
pub(crate) fn supervises(process: &Process) -> bool {
    let program = |w: &str| w.rsplit('/').next().is_some_and(|n| SUPERVISORS.contains(&n));
    process.command.split(' ').take(2).any(program)
}

/// Whether a `user:` is root for certain.
pub(crate) fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or_default();
    name.is_empty() || name == "root" || name.parse() == Ok(0)
}

fn wrong_id(what: &str, ids: [u32; 4], wrong: impl Fn(u32) -> bool) -> Option<String> {
    let at = ids.iter().position(|id| wrong(*id))?;
    if ids.iter().all(|id| *id == ids[at]) {
        return Some(format!("has {what} {}", ids[at]));
    }
    Some(format!("has {} {what} {}", UIDS[at], ids[at]))
}

fn every(seen: &Observation, wrong: impl Fn(&Credentials) -> Option<String>) -> Judgement {
    let mut all = Vec::new();
    for process in &seen.processes {
        if let Some(found) = process.credentials.iter().find_map(&wrong) {
            all.push(format!("{} {found}", name(process)));
        }
    }
    match all.len() {
        0 if seen.processes.is_empty() => Judgement::unchecked(NONE_SEEN),
        0 => Judgement::Held,
        1 => Judgement::broken(all.remove(0)),
        2 => Judgement::broken(format!("{} (and one process more)", all.remove(0))),
        more => Judgement::broken(format!("{} (and {} processes more)", all.remove(0), more - 1)),
    }
}

fn powers(seen: &Observation, wrong: impl Fn(&Powers) -> Option<String>) -> Judgement {
    let unknown = seen
        .processes
        .iter()
        .flat_map(|p| &p.credentials)
        .any(|c| c.powers.is_none());
    match every(seen, |c| c.powers.as_ref().and_then(&wrong)) {
        Judgement::Held if unknown => Judgement::unchecked(ONLY_PROC),
        verdict => verdict,
    }
}

fn list(mask: u64) -> String {
    let names = capability::names(mask);
    if names.len() > 4 {
        format!("{} and {} more", names[..3].join(", "), names.len() - 3)
    } else {
        names.join(", ")
    }
}

/// `nginx: master process (pid 7)`, shortened.
fn name(process: &Process) -> String {
    let command = short(&process.command);
    let entered = if process.entered {
        ", entered from outside"
    } else {
        ""
    };
    format!("`{command}` (pid {}{entered})", process.pid)
}

fn short(command: &str) -> String {
    command.chars().take(60).collect::<String>().trim_end().to_owned()
}
