//! Claims on files.

use super::Judgement;
use super::access::{Want, ancestors, denied, describe};
use super::container::mount_of;
use crate::capability;
use crate::verify::logs::Denial;
use crate::verify::observation::{Credentials, Observation, RaisingFile};

pub(super) fn writable(seen: &Observation, path: &str) -> Judgement {
    if mount_of(seen, path).is_some_and(|m| m.has("ro")) {
        return Judgement::broken(format!("{path} is on a read-only mount"));
    }
    someone(seen, path, Want::Write)
}

pub(super) fn readable(seen: &Observation, path: &str) -> Judgement {
    someone(seen, path, Want::Read)
}

/// Held when one of the service's own processes may. A service with several users has a worker that must
/// and a master that need not, and which is which only the service knows.
fn someone(seen: &Observation, path: &str, want: Want) -> Judgement {
    let mut reason = None;
    for who in own(seen) {
        match denied(seen, who, path, want) {
            Ok(None) => return Judgement::Held,
            Ok(Some(why)) => reason = reason.or(Some(Judgement::broken(why))),
            Err(why) => return Judgement::unchecked(why),
        }
    }
    reason.unwrap_or_else(|| Judgement::unchecked("no process was seen"))
}

fn own(seen: &Observation) -> impl Iterator<Item = &Credentials> {
    seen.processes
        .iter()
        .filter(|p| !p.entered)
        .flat_map(|p| &p.credentials)
}

pub(super) fn owned_by(seen: &Observation, path: &str, uid: u32, gid: u32) -> Judgement {
    match seen.paths.get(path) {
        None => Judgement::unchecked(format!("the owner of {path} could not be read")),
        Some(None) => Judgement::broken(format!("{path} does not exist")),
        Some(Some(fact)) if (fact.uid, fact.gid) == (uid, gid) => Judgement::Held,
        Some(Some(fact)) => Judgement::broken(describe(path, *fact)),
    }
}

pub(super) fn passwd_entry(seen: &Observation, uid: u32) -> Judgement {
    match &seen.passwd {
        None => Judgement::unchecked("its /etc/passwd could not be read"),
        Some(uids) => {
            Judgement::unless((!uids.contains(&uid)).then(|| format!("there is no entry for {uid}")))
        }
    }
}

/// A setuid file is harmless to a process that cannot gain privileges.
pub(super) fn no_setuid(seen: &Observation) -> Judgement {
    if seen.processes.is_empty() {
        return Judgement::unchecked("no process was seen");
    }
    let can_gain: Vec<&Credentials> = own(seen)
        .filter(|c| c.powers.as_ref().is_none_or(|p| !p.no_new_privileges))
        .collect();
    if can_gain.is_empty() {
        return Judgement::Held;
    }
    if can_gain.iter().all(|c| c.powers.is_none())
        && seen.engine.security_opt.iter().any(|o| o.starts_with("no-new-"))
    {
        return Judgement::unchecked("whether the processes can gain privileges was not seen");
    }
    let Some(files) = &seen.raising else {
        return Judgement::unchecked("its files were not looked at");
    };
    let raised = files
        .iter()
        .filter_map(|f| can_gain.iter().find_map(|c| raises(f, c)).map(|what| (f, what)));
    let mut raised: Vec<(&RaisingFile, String)> = raised.collect();
    // Those that give root first.
    raised.sort_by_key(|(file, _)| (file.mode & 0o4000 == 0, file.path.clone()));
    Judgement::unless(raised.first().map(|(file, what)| {
        let more = match raised.len() {
            1 => String::new(),
            n => format!(" (and {} files more)", n - 1),
        };
        format!("{} ({:04o}) gives {what}{more}", file.path, file.mode)
    }))
}

fn raises(file: &RaisingFile, who: &Credentials) -> Option<String> {
    let bit = if who.uid[3] == file.uid {
        0o100
    } else if who.gid[3] == file.gid || who.groups.contains(&file.gid) {
        0o010
    } else {
        0o001
    };
    let bounding = who.powers.as_ref().map_or(u64::MAX, |p| p.bounding);
    let effective = who.powers.as_ref().map_or(0, |p| p.effective);
    let gained = file.capabilities & bounding & !effective;
    if file.mode & bit == 0 || who.uid[1] == 0 {
        // It may not run it, or has nothing to gain.
        None
    } else if file.mode & 0o4000 != 0 && who.uid[1] != file.uid {
        Some(format!("uid {}", file.uid))
    } else if file.mode & 0o2010 == 0o2010 && who.gid[1] != file.gid {
        Some(format!("gid {}", file.gid))
    } else if gained != 0 {
        Some(capability::names(gained).join(", "))
    } else {
        None
    }
}

pub(super) fn no_denials(seen: &Observation) -> Judgement {
    match &seen.denials {
        None => Judgement::unchecked("its log could not be read"),
        Some(_) => Judgement::unless(
            told_denials(seen)
                .next()
                .map(|d| format!("{} -> {}: {}", d.line, d.control, d.advice)),
        ),
    }
}

/// The denials of its log that are no history.
pub(crate) fn told_denials(seen: &Observation) -> impl Iterator<Item = &Denial> {
    seen.denials.iter().flatten().filter(|d| !harmless(seen, d))
}

/// A program that asks for a capability which is out of reach is refused by the kernel before it runs.
pub(super) fn executes(seen: &Observation) -> Judgement {
    let Some(capable) = &seen.capable else {
        return Judgement::unchecked("its programs were not looked at");
    };
    let bounding = own(seen).filter_map(|c| c.powers.as_ref()).map(|p| p.bounding);
    let Some(bounding) = bounding.reduce(|all, one| all & one) else {
        return Judgement::unchecked("what its processes may was not seen");
    };
    let refused = capable.iter().filter_map(|(path, names)| {
        let out_of_reach = capability::names(capability::mask(names) & !bounding);
        (!out_of_reach.is_empty()).then(|| {
            let name = path.rsplit('/').next().unwrap_or(path);
            format!(
                "{name} cannot be executed in it: {path} asks for {}",
                out_of_reach.join(", ")
            )
        })
    });
    let refused: Vec<String> = refused.collect();
    Judgement::unless((!refused.is_empty()).then(|| refused.join("; ")))
}

/// A denial on a path that the service may write by now: entrypoints try to change an owner that is right
/// already, say so, and go on.
fn harmless(seen: &Observation, denial: &Denial) -> bool {
    let Some(path) = &denial.path else {
        return false;
    };
    let directory = ancestors(path).last().unwrap_or("/");
    let place = match seen.paths.get(path.as_str()) {
        Some(Some(_)) => path.as_str(),
        // It does not exist: then it could be made.
        _ => directory,
    };
    matches!(writable(seen, place), Judgement::Held)
}
