//! *volumes*: whom each volume must belong to.
//!
//! An empty named volume takes owner and mode of the image's directory at every container create, a used one
//! keeps what it has, and what it has nobody can know: a file that root put in, a restored backup, another user of an
//! earlier start. So for every volume that the service writes the plan says who must own it, and the renderer brings
//! that about between create and start. What others have is never re-owned, neither are host directories: their owner
//! is a finding, and a service that needs another is left as it is.

mod asked;
mod bind;
mod kept;
mod nocopy;
mod programs;
mod unmounted;

use crate::facts::profile::Writable;
use crate::facts::settings::{Giver, Ids};
use crate::model::{self, Mount, MountKind, is_within};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome, Safety};
use crate::plan::intent::{Intent, VolumeOwner};
use crate::plan::shares::subpath;

/// The control's id.
pub(super) const ID: &str = "volumes";

/// One decision a mount that the service writes.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    let Some(identity) = cx.start.user() else {
        return Vec::new();
    };
    let ids = identity.ids;
    let mounts = cx.service.mounts();
    let written = mounts.iter().filter(|m| !m.read_only);
    let mut decisions: Vec<Decision> = written
        .flat_map(|mount| match mount.kind {
            MountKind::Named => named(cx, mount, ids).into_iter().collect(),
            MountKind::Anonymous => anonymous(cx, mount, ids).into_iter().collect(),
            MountKind::Bind => bind::decide(cx, mount, ids),
            MountKind::Tmpfs | MountKind::Other => Vec::new(),
        })
        .collect();
    decisions.extend(asked::in_vain(cx));
    decisions.extend(
        cx.facts
            .profile
            .writable
            .iter()
            .filter_map(|w| unmounted::decide(cx, w, ids)),
    );
    decisions
}

/// A named volume.
fn named(cx: &Context, mount: &Mount, ids: Ids) -> Option<Decision> {
    let volume = mount.source?;
    if let Some(kept) = kept::why(cx, mount, ids) {
        return Some(kept::decide(cx, mount, ids, kept));
    }
    let mut evidence = vec![Evidence::File(mount.node.origin)];
    evidence.extend(asked::volume(cx, volume).map(Evidence::File));
    let written = cx.facts.written_at(&mount.target);
    evidence.extend(
        written
            .iter()
            .map(|w| cx.facts.evidence(&format!("writable.{}", w.path), &w.evidence)),
    );
    let nothing_to_copy = nocopy::of_mount(cx, mount, ids);
    let own = Intent::Own(VolumeOwner {
        volume: Some(volume.to_owned()),
        subpath: subpath(mount.node),
        nocopy: mount.nocopy() || nothing_to_copy.is_some(),
        target: mount.target.clone(),
        ids,
    });
    evidence.extend(nothing_to_copy.filter(|e| !evidence.contains(e)));
    Some(Decision {
        outcome: Outcome::of(is_arranged(cx, mount), vec![own]),
        safety: Safety::Behaviour(format!("everything in the volume {volume} is given to {ids}")),
        ..cx.decision(
            ID,
            format!("the service writes the volume {volume} as {ids}"),
            evidence,
        )
    })
}

/// Why a volume without a name is given to nobody: it is given by who can look at the container that has it, and where no
/// other service has it, too.
fn kept_nameless(cx: &Context, target: &str, ids: Ids) -> Option<String> {
    let is_one_off = cx.settings.one_off.as_deref() == Some(cx.service.name);
    if cx.settings.giver != Giver::Helper {
        Some(format!(
            "the volume at {target} has no name, so it cannot be given to {ids}"
        ))
    } else if let Some(other) = cx.lends_its_volumes_to() {
        Some(format!(
            "{other} has the volume at {target}, too (`volumes_from`), so it is not given to {ids}"
        ))
    } else {
        is_one_off.then(|| {
            format!(
                "`run` makes and starts its container in one step, so the new volume at {target} is not given to {ids}"
            )
        })
    }
}

/// A volume without a name, given to the service's user.
fn nameless(cx: &Context, target: &str, nocopy: bool, ids: Ids, evidence: Vec<Evidence>) -> Decision {
    let own = Intent::Own(VolumeOwner {
        volume: None,
        subpath: None,
        nocopy,
        target: target.to_owned(),
        ids,
    });
    Decision {
        outcome: Outcome::Change(vec![own]),
        safety: Safety::Behaviour(format!("everything in the volume at {target} is given to {ids}")),
        ..cx.decision(
            ID,
            format!("the service writes the volume at {target} as {ids}"),
            evidence,
        )
    }
}

/// Whether a service that nrcompose added gives the volume to its user already.
fn is_arranged(cx: &Context, mount: &Mount) -> bool {
    let name = model::init_name(cx.service.name);
    model::service(cx.project, &name).is_some_and(|other| {
        model::added_for(other) == Some(cx.service.name)
            && mount
                .source
                .is_some_and(|source| cx.around.mounted(other).contains(source))
    })
}

/// Whether a fresh volume, which takes owner and mode of the image's directory and what is in it, can be written.
fn suits_when_fresh(cx: &Context, mount: &Mount, ids: Ids) -> bool {
    if mount.nocopy() {
        return false;
    }
    let groups = cx.start.user().map(|i| i.groups.as_slice()).unwrap_or_default();
    let lets_write = |path: &str| {
        let found = cx.facts.directory(path);
        found.is_some_and(|d| d.is_writable(ids, groups))
    };
    let within: Vec<&Writable> = cx
        .facts
        .written_at(&mount.target)
        .into_iter()
        .filter(|w| w.path != mount.target && is_within(&w.path, &mount.target))
        .collect();
    lets_write(&mount.target) || (!within.is_empty() && within.iter().all(|w| lets_write(&w.path)))
}

/// An anonymous volume: only its container knows it, so that no service beside it can re-own it. What of it suits when it is
/// new may have been filled by root since.
fn anonymous(cx: &Context, mount: &Mount, ids: Ids) -> Option<Decision> {
    let Some(because) = kept_nameless(cx, &mount.target, ids) else {
        let evidence = vec![Evidence::File(mount.node.origin)];
        return Some(nameless(cx, &mount.target, mount.nocopy(), ids, evidence));
    };
    if suits_when_fresh(cx, mount, ids) {
        return None;
    }
    Some(cx.hindrance(
        ID,
        because,
        vec![Evidence::File(mount.node.origin)],
        format!("give it a name: `NAME:{}`", mount.target),
    ))
}

/// The supplementary groups that the service will have.
fn groups(cx: &Context) -> Vec<u32> {
    let mut groups = cx.service.added_groups();
    groups.extend(cx.start.user().into_iter().flat_map(|i| &i.groups));
    groups
}
