//! What a container comes to in a few words: its ids, whether it works, what a person should know beside the claims.

use super::{Judged, Works};
use crate::plan::claim::Claim;
use crate::verify::answer::Reply;
use crate::verify::claims::{self, Judgement};
use crate::verify::observation::{Observation, Way};
use crate::verify::verdict_word::is_root_process;

/// Effective uid and gid of its own processes, root last.
pub(super) fn ids(seen: &Observation) -> Vec<String> {
    let own = seen.processes.iter().filter(|p| !p.entered && !p.gone);
    let mut ids: Vec<(u32, u32)> = own
        .flat_map(|p| p.credentials.last().map(|c| (c.uid[1], c.gid[1])))
        .collect();
    ids.sort_unstable_by_key(|(uid, gid)| (*uid == 0, *uid, *gid));
    ids.dedup();
    ids.into_iter().map(|(uid, gid)| format!("{uid}:{gid}")).collect()
}

pub(super) fn works(seen: &Observation, claims: &[Judged]) -> Works {
    let about = |c: &Claim| {
        let work = [
            Claim::Running,
            Claim::Healthy,
            Claim::Steady,
            Claim::NoDenials,
            Claim::Answers,
        ];
        work.contains(c)
            || matches!(
                c,
                Claim::Writable { .. }
                    | Claim::Readable { .. }
                    | Claim::Listens { .. }
                    | Claim::ListensInside { .. }
                    | Claim::Responds { .. }
                    | Claim::Connected
            )
    };
    let of_work = || claims.iter().filter(|j| about(&j.claim)).map(|j| &j.verdict);
    if of_work().any(|v| matches!(v, Judgement::Broken { .. })) {
        Works::No
    } else if of_work().any(|v| matches!(v, Judgement::Pending { .. })) {
        Works::Unknown
    } else if seen.probe.as_ref().is_some_and(|p| p.code == Some(0)) || says(seen).is_some() {
        Works::Answers
    } else if seen.engine.health.is_some() {
        Works::Healthy
    } else if seen.answers.iter().any(|a| a.reply == Reply::Open) {
        Works::Listens
    } else {
        Works::Runs
    }
}

/// What it says at a port, in a protocol that is known: HTTP before all others.
pub(crate) fn says(seen: &Observation) -> Option<&Reply> {
    let all = || {
        seen.answers
            .iter()
            .map(|a| &a.reply)
            .filter(|r| r.fault().is_none())
    };
    all()
        .find(|r| matches!(r, Reply::Http { .. }))
        .or_else(|| all().find(|r| matches!(r, Reply::Spoke { .. })))
}

pub(super) fn notes(seen: &Observation) -> Vec<String> {
    let mut notes = seen.notes.clone();
    match seen.way {
        Way::Proc => {}
        Way::Helper => notes.push("looked at by a helper container, which is removed again".into()),
        Way::Top => notes.push("looked at through the engine's `top`: capabilities are not shown".into()),
        Way::None if seen.engine.status == "running" => {
            notes.push("its processes could not be looked at".into());
        }
        Way::None => {}
    }
    if seen.processes.iter().any(|p| p.entered && is_root_process(p)) {
        notes.push("a process that entered it from outside is root: `exec`, or its healthcheck".into());
    }
    if seen.engine.restarts > 0 && seen.engine.up_ms.is_some_and(|up| up >= 10_000) {
        notes.push(format!(
            "restarted {} times before it stayed",
            seen.engine.restarts
        ));
    }
    let raises_nobody = !seen.processes.is_empty()
        && seen
            .processes
            .iter()
            .flat_map(|p| &p.credentials)
            .all(|c| c.powers.as_ref().is_some_and(|p| p.no_new_privileges));
    if raises_nobody && !seen.setuid.is_empty() {
        notes.push(format!("{} cannot become root in it", seen.setuid.join(", ")));
    }
    for r in claims::respawned(seen).iter().filter(|r| r.child.is_some()) {
        let (parent, what) = (&r.parent.command, r.what());
        notes.push(format!(
            "`{parent}` started {what} {} times within {} ms",
            r.times, seen.window_ms
        ));
    }
    for bind in seen.engine.binds.iter().filter(|b| b.writable) {
        if let Some(Some(fact)) = seen.paths.get(&bind.target)
            && fact.directory
            && fact.mode & 0o1002 == 0o0002
        {
            notes.push(format!(
                "{} ({}) may be written by anybody",
                bind.target, bind.source
            ));
        }
    }
    notes
}
