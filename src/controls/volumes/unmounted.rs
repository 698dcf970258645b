//! Directories of an image that nothing is mounted at.

use super::{ID, kept, nocopy};
use crate::controls::tmpfs_places;
use crate::facts::profile::{Writable, WritableKind};
use crate::facts::settings::Ids;
use crate::model::{MountKind, own_name};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Instead, Outcome, Safety};
use crate::plan::intent::{Intent, VolumeOwner};

/// A directory that must be kept, that nothing is mounted at, and that the user cannot write. What a container keeps in
/// its own layer is gone with it, so a volume of ours takes nothing away; what an image declares as a `VOLUME` may hold
/// the data of a container that runs already, and only its author can say what becomes of that: a volume of ours would
/// hide it.
pub(super) fn decide(cx: &Context, w: &Writable, ids: Ids) -> Option<Decision> {
    if w.may_be_tmpfs() || w.optional || cx.holder(&w.path).is_some() {
        return None;
    }
    let is_declared = w.volume || cx.is_in_volume_of_image(&w.path);
    // Nothing hides it, and what an earlier start left in it is looked at.
    if is_declared && super::kept_nameless(cx, &w.path, ids).is_none() && !tmpfs_places::is_named(cx, &w.path)
    {
        let target = cx.volume_of_image(&w.path).unwrap_or_else(|| w.path.clone());
        let evidence = vec![cx.facts.evidence(&format!("writable.{}", w.path), &w.evidence)];
        return Some(super::nameless(cx, &target, false, ids, evidence));
    }
    if cx.image_lets_write(w, ids) || tmpfs_places::is_named(cx, &w.path) {
        return None;
    }
    let evidence = vec![cx.facts.evidence(&format!("writable.{}", w.path), &w.evidence)];
    let because = format!(
        "it writes {}, which is not {ids}'s in the image, and nothing is mounted there",
        w.path
    );
    let help = format!("mount a volume: `volumes: [\"NAME:{}\"]`", w.path);
    let keeps_elsewhere = || {
        let mounts = cx.service.mounts();
        let mut kept = mounts.iter().filter(|m| !m.read_only);
        kept.any(|m| matches!(m.kind, MountKind::Named | MountKind::Bind))
    };
    match w.kind {
        // A user that somebody says works as they want it.
        _ if cx.user_is_said() => Some(cx.hindrance(ID, because, evidence, help)),
        WritableKind::Config => Some(cx.finding(ID, because, evidence, help)),
        _ if is_declared && keeps_elsewhere() => Some(cx.finding(ID, because, evidence, help)),
        _ if is_declared => Some(cx.obstacle(ID, because, evidence, help, Instead::RootStart)),
        _ => Some(
            match kept::unsafe_or_unable(cx, &w.path, &own_name(cx.service.name, &w.path), ids) {
                // It cannot write there as its author wrote it either.
                Some(_) if cx.is_its_own_user() => cx.hindrance(ID, because, evidence, help),
                Some(kept) => {
                    let because = format!("{because}; {}", kept.because);
                    cx.obstacle(ID, because, evidence, help, Instead::RootStart)
                }
                None => volume_of_ours(cx, w, ids, because, evidence),
            },
        ),
    }
}

/// A named volume for a directory, given to the service's user.
fn volume_of_ours(
    cx: &Context,
    w: &Writable,
    ids: Ids,
    because: String,
    mut evidence: Vec<Evidence>,
) -> Decision {
    let name = own_name(cx.service.name, &w.path);
    let path = w.path.clone();
    let nothing_to_copy = nocopy::of_path(cx, &path, ids);
    let owner = VolumeOwner {
        volume: Some(name.clone()),
        subpath: None,
        nocopy: nothing_to_copy.is_some(),
        target: path.clone(),
        ids,
    };
    evidence.extend(nothing_to_copy.filter(|e| !evidence.contains(e)));
    Decision {
        outcome: Outcome::Change(vec![Intent::Volume { name, path }, Intent::Own(owner)]),
        safety: Safety::Behaviour(format!("what it writes to {} outlives its container", w.path)),
        ..cx.decision(ID, because, evidence)
    }
}
