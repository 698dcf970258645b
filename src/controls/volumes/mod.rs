//! *volumes*: whom each volume must belong to.
//!
//! An empty named volume takes owner and mode of the image's directory at every container create, a used one
//! keeps what it has. So nothing is needed where the image's directory and what earlier runs left both suit
//! the planned user; everywhere else the plan says who must own the volume, and the renderer brings it about
//! between create and start. Host directories are never re-owned: their owner is a finding.

mod bind;
mod unmounted;

use crate::facts::profile::{Start as ImageStart, Writable};
use crate::facts::settings::Ids;
use crate::model::{self, Mount, MountKind};
use crate::plan::around::Writer;
use crate::plan::claim::Claim;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome, Safety, VolumeOwner};
use crate::tree::Node;

/// The control's id.
pub const ID: &str = "volumes";

/// One decision a mount that the service writes.
pub fn decide(cx: &Context) -> Vec<Decision> {
    let Some(identity) = cx.start.user() else {
        return Vec::new();
    };
    let ids = identity.ids;
    let mounts = cx.service.mounts();
    let written = mounts.iter().filter(|m| !m.read_only);
    let mut decisions: Vec<Decision> = written
        .filter_map(|mount| match mount.kind {
            MountKind::Named => named(cx, mount, ids),
            MountKind::Anonymous => anonymous(cx, mount, ids),
            MountKind::Bind => bind::decide(cx, mount, ids),
            MountKind::Tmpfs | MountKind::Other => None,
        })
        .collect();
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
    let declared = declared(cx, mount);
    let claims = vec![Claim::Writable {
        path: mount.target.clone(),
    }];
    let mut evidence = vec![Evidence::File(mount.node.origin)];
    evidence.extend(declared.map(|w| cx.facts.evidence(&format!("writable.{}", w.path), &w.evidence)));
    if declared.is_some_and(|w| suits_when_fresh(cx, w, mount, ids)) && suits_when_used(cx, ids) {
        let because = format!(
            "{} belongs to {ids} in the image, and earlier runs left it so",
            mount.target
        );
        return Some(Decision {
            claims,
            ..cx.decision(ID, because, evidence)
        });
    }
    if let Some(owner) = other_owner(cx, volume, declared.is_some(), ids) {
        return Some(cx.hindrance(
            ID,
            format!("{volume} is shared with {owner}, which runs as another user and owns it"),
            evidence,
            format!("mount {volume} with `:ro` here, or give both services one user"),
        ));
    }
    let owner = VolumeOwner {
        volume: volume.to_owned(),
        subpath: mount
            .node
            .get("volume")
            .and_then(|v| v.get("subpath"))
            .and_then(Node::as_str)
            .map(str::to_owned),
        target: mount.target.clone(),
        ids,
    };
    Some(Decision {
        outcome: if is_arranged(cx, mount) {
            Outcome::AlreadyOk
        } else {
            Outcome::Change(Vec::new())
        },
        safety: Safety::Behaviour(format!("everything in the volume {volume} is given to {ids}")),
        claims: vec![
            Claim::OwnedBy {
                path: mount.target.clone(),
                uid: ids.uid,
                gid: ids.gid,
            },
            Claim::Writable {
                path: mount.target.clone(),
            },
        ],
        ownership: vec![owner],
        ..cx.decision(
            ID,
            format!("the service writes the volume {volume} as {ids}"),
            evidence,
        )
    })
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

/// What the profile says of the mounted directory.
fn declared<'a>(cx: &'a Context, mount: &Mount) -> Option<&'a Writable> {
    cx.facts.profile.writable.iter().find(|w| w.path == mount.target)
}

/// Whether a fresh volume, which takes the image's owner and mode, can be written.
fn suits_when_fresh(cx: &Context, w: &Writable, mount: &Mount, ids: Ids) -> bool {
    let nocopy = mount
        .node
        .get("volume")
        .and_then(|v| v.get("nocopy"))
        .and_then(Node::as_bool);
    nocopy != Some(true) && cx.image_lets_write(w, ids)
}

/// Whether what a run without nrcompose left in the volume belongs to the planned user.
fn suits_when_used(cx: &Context, ids: Ids) -> bool {
    let profile = &cx.facts.profile;
    let drops = profile.start.as_ref().is_some_and(|s| {
        matches!(
            s.value,
            ImageStart::Drops | ImageStart::Nonroot | ImageStart::RootMaster
        )
    });
    drops
        && profile
            .user
            .as_ref()
            .is_some_and(|u| u.uid == ids.uid && u.gid == ids.gid)
}

/// Another service that writes the same volume as somebody else and has the better claim to it: a profile that
/// names the directory, else the place in the file.
fn other_owner<'a>(cx: &'a Context, volume: &str, is_declared: bool, ids: Ids) -> Option<&'a str> {
    let writers = cx.around.writers(cx.project, cx.all, volume)?;
    let own = model::place(cx.project, cx.service.name)?;
    let declared = writers.first_beside(ids, true);
    let others = writers.first_beside(ids, false).filter(|_| !is_declared);
    let has_better_claim = |w: &Writer, declares: bool| declares != is_declared || w.place < own;
    let better = [
        declared.filter(|w| has_better_claim(w, true)),
        others.filter(|w| has_better_claim(w, false)),
    ];
    let first = better.into_iter().flatten().min_by_key(|w| w.place);
    first.map(|w| w.name)
}

/// An anonymous volume: only its container knows it, so nobody else can re-own it.
fn anonymous(cx: &Context, mount: &Mount, ids: Ids) -> Option<Decision> {
    if declared(cx, mount).is_some_and(|w| cx.image_lets_write(w, ids)) {
        return None;
    }
    Some(cx.hindrance(
        ID,
        format!(
            "the volume at {} has no name, so it cannot be given to {ids}",
            mount.target
        ),
        vec![Evidence::File(mount.node.origin)],
        format!("give it a name: `NAME:{}`", mount.target),
    ))
}
