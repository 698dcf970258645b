//! *tmpfs*: runtime and cache directories that the image keeps for another user become a tmpfs of the
//! service's own.
//!
//! Only the short form can say an owner. A tmpfs without `uid=` belongs to root, and `mode=` is ignored by
//! older runtimes where the directory exists, so uid and gid are always given. Nothing is mounted where the
//! image lets the user write anyway, nor over what the service mounts itself.

use super::read_only;
use crate::facts::profile::{Init, Kind, Writable};
use crate::facts::settings::Ids;
use crate::model::{TmpfsEntry, clean_path};
use crate::plan::claim::Claim;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Edit, Evidence, Op, Outcome, Safety};
use crate::tree::Node;

/// The control's id.
pub const ID: &str = "tmpfs";

/// Directories every image lets everybody write.
const OPEN: &[&str] = &["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock"];

/// One decision a directory.
pub fn decide(cx: &Context) -> Vec<Decision> {
    let Some(identity) = cx.start.user() else {
        return Vec::new();
    };
    let ids = identity.ids;
    let asked = asked(cx);
    let wanted: Vec<&Writable> = cx
        .facts
        .profile
        .writable
        .iter()
        .chain(&asked)
        .filter(|w| w.may_be_tmpfs() && !w.optional)
        .filter(|w| needs_help(cx, w, ids))
        .collect();
    let covered = |w: &Writable| {
        wanted.iter().any(|other| {
            w.path != other.path
                && w.path
                    .strip_prefix(&other.path)
                    .is_some_and(|rest| rest.starts_with('/'))
        })
    };
    let mut decisions: Vec<Decision> = wanted
        .iter()
        .filter(|w| !covered(w))
        .filter_map(|w| mount(cx, w, ids))
        .collect();
    let named: Vec<String> = wanted.iter().map(|w| clean_path(&w.path)).collect();
    decisions.extend(
        cx.service
            .tmpfs()
            .iter()
            .filter(|t| !named.contains(&t.path))
            .filter_map(|t| own(cx, t, ids)),
    );
    decisions
}

/// Directories that nrcompose's configuration names, and `/tmp` when the root filesystem is to be read-only.
fn asked(cx: &Context) -> Vec<Writable> {
    let known = |path: &str| cx.facts.profile.writable.iter().any(|w| w.path == path);
    let tmp = (read_only::holds(cx) && !known("/tmp")).then_some("/tmp");
    let named = cx
        .config
        .tmpfs
        .iter()
        .map(|(path, _)| path.as_str())
        .filter(|p| !known(p));
    named.chain(tmp).map(runtime).collect()
}

/// A directory nothing is known of but that it is written.
fn runtime(path: &str) -> Writable {
    Writable {
        path: clean_path(path),
        kind: Kind::Runtime,
        owner: None,
        mode: None,
        tmpfs: None,
        exec: false,
        volume: false,
        content: false,
        optional: false,
        evidence: Vec::new(),
    }
}

/// Whether the user could not write the image's own directory. s6-overlay looks at who owns `/run`, not at
/// whether it can write there.
fn needs_help(cx: &Context, w: &Writable, ids: Ids) -> bool {
    if w.path == "/run" && is_s6(cx) {
        return true;
    }
    if read_only::holds(cx) || cx.config.tmpfs.iter().any(|(path, _)| clean_path(path) == w.path) {
        return true;
    }
    if OPEN.contains(&w.path.as_str()) && w.mode.is_none() {
        return false;
    }
    !cx.image_lets_write(w, ids)
}

/// Whether its init is s6-overlay 3.
fn is_s6(cx: &Context) -> bool {
    cx.facts
        .profile
        .init
        .as_ref()
        .is_some_and(|i| i.value == Init::S6OverlayV3)
}

/// A tmpfs at `w`, unless something is mounted there already.
fn mount(cx: &Context, w: &Writable, ids: Ids) -> Option<Decision> {
    if let Some(entry) = cx.service.tmpfs().iter().find(|t| t.path == w.path) {
        return Some(with_owner(cx, entry, ids, w.exec, vec![evidence(cx, w)]));
    }
    if cx.service.mounts().iter().any(|m| m.target == w.path) {
        return None;
    }
    let mut options = format!("{}:uid={},gid={}", w.path, ids.uid, ids.gid);
    if let Some(mode) = w.mode.as_deref().filter(|m| *m != "0755" && *m != "755") {
        options.push_str(&format!(",mode={mode}"));
    }
    if w.exec {
        options.push_str(",exec");
    }
    Some(Decision {
        outcome: Outcome::Change(vec![cx.add("tmpfs", options)]),
        safety: Safety::Behaviour(format!(
            "what is written below {} is gone when the container stops",
            w.path
        )),
        claims: vec![
            Claim::Tmpfs {
                path: w.path.clone(),
                exec: w.exec,
            },
            Claim::Writable { path: w.path.clone() },
        ],
        ..cx.decision(
            ID,
            if read_only::holds(cx) && cx.image_lets_write(w, ids) || w.evidence.is_empty() {
                format!("it writes {}, and the root filesystem is read-only", w.path)
            } else {
                format!("it writes {}, which is not {}'s in the image", w.path, ids.uid)
            },
            vec![evidence(cx, w)],
        )
    })
}

/// The author's own tmpfs without an owner would belong to root.
fn own(cx: &Context, entry: &TmpfsEntry, ids: Ids) -> Option<Decision> {
    if OPEN.contains(&entry.path.as_str()) || entry.option("mode").is_some_and(|m| m.ends_with("777")) {
        return None;
    }
    let decision = with_owner(cx, entry, ids, false, vec![Evidence::File(entry.node.origin)]);
    (!matches!(decision.outcome, Outcome::AlreadyOk)).then_some(decision)
}

/// The author's tmpfs, owned by the service's user. What is missing is put behind the author's own text, so that
/// its variables stay.
fn with_owner(cx: &Context, entry: &TmpfsEntry, ids: Ids, exec: bool, evidence: Vec<Evidence>) -> Decision {
    let mut missing: Vec<String> = Vec::new();
    for (name, value) in [("uid", ids.uid), ("gid", ids.gid)] {
        if entry.option(name).is_none() {
            missing.push(format!("{name}={value}"));
        }
    }
    // Of `noexec` and `exec` the later one counts.
    if exec && entry.options.iter().rfind(|o| o.ends_with("exec")) != Some(&"exec") {
        missing.push("exec".to_owned());
    }
    let claims = vec![
        Claim::Tmpfs {
            path: entry.path.clone(),
            exec,
        },
        Claim::Writable {
            path: entry.path.clone(),
        },
    ];
    if missing.is_empty() {
        let because = format!("{} is a tmpfs of its own already", entry.path);
        return Decision {
            claims,
            ..cx.decision(ID, because, evidence)
        };
    }
    let list = cx.service.get("tmpfs").map(Node::items).unwrap_or_default();
    let index = list
        .iter()
        .position(|n| n.as_str() == entry.node.as_str())
        .unwrap_or(0);
    let separator = if entry.options.is_empty() { ":" } else { "," };
    let extended = |text: &str| {
        format!(
            "{}{separator}{}",
            text.trim_end_matches([':', ',']),
            missing.join(",")
        )
    };
    let mut node = Node::synthetic(extended(entry.node.as_str().unwrap_or(&entry.path)));
    node.raw = entry.node.raw.as_deref().map(|raw| extended(raw).into());
    let edit = Edit {
        path: cx.service.path_of("tmpfs").join(index),
        op: Op::Set(node),
    };
    let because = format!("a tmpfs on {} without an owner belongs to root", entry.path);
    Decision {
        outcome: Outcome::Change(vec![edit]),
        claims,
        ..cx.decision(ID, because, evidence)
    }
}

/// Who says that the directory is written: the person, else the profile.
fn evidence(cx: &Context, w: &Writable) -> Evidence {
    let named = cx
        .config
        .tmpfs
        .iter()
        .find(|(path, _)| clean_path(path) == w.path);
    match named {
        Some((_, origin)) => Evidence::File(*origin),
        None if w.evidence.is_empty() => {
            Evidence::Default("a read-only root filesystem leaves /tmp unwritable")
        }
        None => cx.facts.evidence(&format!("writable.{}", w.path), &w.evidence),
    }
}
