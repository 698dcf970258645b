//! *tmpfs*: runtime and cache directories that the image keeps for another user become a tmpfs of the
//! service's own.
//!
//! Only the short form can say an owner. A tmpfs without `uid=` belongs to root, and `mode=` is ignored by
//! older runtimes where the directory exists, so uid and gid are always given. Nothing is mounted where the
//! image lets the user write anyway, nor at or below what its author mounts: what is written there is to be kept.
//! What nrcompose's configuration names is mounted, whatever a profile says of it.

mod authors;
mod long;
mod named;

use super::tmpfs_places::{OPEN, is_kept, is_named};
use super::{inline_file, read_only};
use crate::facts::profile::{Init, Writable, WritableKind};
use crate::facts::settings::Ids;
use crate::model::{TmpfsEntry, is_within};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome, Safety};
use crate::plan::intent::{Intent, Scratch};

/// The control's id.
pub(super) const ID: &str = "tmpfs";

/// The mode of those.
const OPEN_MODE: &str = "1777";

/// One decision a directory.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    let mut decisions = named::decide(cx);
    let Some(identity) = cx.start.user() else {
        return decisions;
    };
    let ids = identity.ids;
    let tmp = asked_tmp(cx);
    let written = cx.facts.profile.writable.iter().chain(&tmp);
    let wanted: Vec<&Writable> = written
        .filter(|w| w.may_be_tmpfs() && !w.optional && !is_named(cx, &w.path))
        .filter(|w| needs_help(cx, w, ids))
        .filter(|w| entry_at(cx, &w.path).is_some() || !is_kept(cx, &w.path))
        .collect();
    let covered = |w: &Writable| {
        let mut others = wanted.iter().filter(|other| other.path != w.path);
        others.any(|other| is_within(&w.path, &other.path))
    };
    let uncovered = wanted.iter().filter(|w| !covered(w));
    decisions.extend(uncovered.filter_map(|w| mount(cx, w, ids)));
    let is_decided = |path: &str| {
        let path = cx.resolved(path);
        is_named(cx, &path) || wanted.iter().any(|w| cx.resolved(&w.path) == path)
    };
    let others = cx.service.tmpfs().into_iter().filter(|t| !is_decided(&t.path));
    decisions.extend(others.filter_map(|t| authors::own(cx, &t, ids)));
    let long = long::all(cx).into_iter().filter(|(_, m)| !is_decided(&m.target));
    decisions.extend(long.filter_map(|m| long::with_owner(cx, &m, ids, false, false, Vec::new())));
    decisions
}

/// The author's own short entry for exactly this directory.
fn entry_at<'a>(cx: &Context<'a>, path: &str) -> Option<TmpfsEntry<'a>> {
    let path = cx.resolved(path);
    let mut entries = cx.service.tmpfs().into_iter();
    entries.find(|t| cx.resolved(&t.path) == path)
}

/// `/tmp` when the root filesystem is to be read-only, unless the profile knows it.
fn asked_tmp(cx: &Context) -> Option<Writable> {
    let is_known = cx.facts.profile.writable.iter().any(|w| w.path == "/tmp");
    (!is_known && read_only::holds(cx)).then(|| Writable {
        path: "/tmp".to_owned(),
        kind: WritableKind::Runtime,
        owner: None,
        mode: None,
        tmpfs: None,
        exec: false,
        volume: false,
        content: false,
        optional: false,
        evidence: Vec::new(),
    })
}

/// Whether the user could not write the image's own directory. s6-overlay looks at who owns `/run`, not at
/// whether it can write there.
fn needs_help(cx: &Context, w: &Writable, ids: Ids) -> bool {
    if w.path == "/run" && is_s6(cx) || read_only::holds(cx) {
        return true;
    }
    if OPEN.contains(&w.path.as_str()) && w.mode.is_none() {
        return false;
    }
    !cx.image_lets_write(w, ids)
}

/// Whether its init is s6-overlay 3.
fn is_s6(cx: &Context) -> bool {
    let init = cx.facts.profile.init.as_ref();
    init.is_some_and(|i| i.value == Init::S6OverlayV3)
}

/// The mode that has to be said of a directory: of one for everybody always, since an image may lack it.
fn mode_of<'w>(path: &str, known: Option<&'w str>) -> Option<&'w str> {
    let known = known.or_else(|| OPEN.contains(&path).then_some(OPEN_MODE));
    known.filter(|m| *m != "0755" && *m != "755")
}

/// What Compose copies to a place that a tmpfs would hide.
fn hidden(cx: &Context, path: &str) -> Option<(String, String)> {
    let path = cx.resolved(path);
    let mut copied = inline_file::copied(cx).into_iter();
    let found = copied.find(|(_, target)| is_within(target, &path) && *target != path)?;
    Some((found.0.to_owned(), found.1))
}

/// A tmpfs at `w`, unless something is mounted there already.
fn mount(cx: &Context, w: &Writable, ids: Ids) -> Option<Decision> {
    if let Some(entry) = entry_at(cx, &w.path) {
        return Some(authors::with_owner(
            cx,
            &entry,
            ids,
            w.exec,
            vec![evidence(cx, w)],
        ));
    }
    let place = cx.resolved(&w.path);
    if let Some(entry) = long::all(cx)
        .iter()
        .find(|(_, m)| cx.resolved(&m.target) == place)
    {
        return long::with_owner(cx, entry, ids, w.exec, true, vec![evidence(cx, w)]);
    }
    if cx.holder(&w.path).is_some_and(|h| h.target == place) {
        return None;
    }
    if let Some((name, target)) = hidden(cx, &w.path) {
        return Some(cx.refusal(
            ID,
            format!(
                "it needs a tmpfs on {}, which would hide {name}, which Compose copies to {target}",
                w.path
            ),
            vec![evidence(cx, w)],
            format!("give {name} another `target`, or a `file:`, which is mounted instead"),
        ));
    }
    let scratch = Scratch {
        path: w.path.clone(),
        uid: Some(ids.uid),
        gid: Some(ids.gid),
        mode: mode_of(&w.path, w.mode.as_deref()).map(str::to_owned),
        exec: w.exec,
        is_writable: true,
        ..Scratch::default()
    };
    Some(Decision {
        outcome: Outcome::Change(vec![Intent::Scratch(scratch)]),
        safety: Safety::Behaviour(format!(
            "what is written below {} is gone when the container stops",
            w.path
        )),
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

/// Who says that the directory is written.
fn evidence(cx: &Context, w: &Writable) -> Evidence {
    if w.evidence.is_empty() {
        return Evidence::Default("a read-only root filesystem leaves /tmp unwritable");
    }
    cx.facts.evidence(&format!("writable.{}", w.path), &w.evidence)
}
