//! What the user of a service may not do with what it is given of this machine, and who may: from that follows what
//! becomes of the service.
//!
//! Plain Compose starts most services as root, which reads and writes nearly everything. Where our user is known to fail and
//! that root is known not to, a hardened start would be the worse one; where both fail, it is no worse.

use super::privileges::is_taken_away;
use crate::facts::host::{Found, UNMAPPED};
use crate::facts::profile::{Class, ImageStart};
use crate::facts::settings::Ids;
use crate::model::UserSpec;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Instead};

/// What is done with a file, a directory or a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    Read,
    Write,
}

/// The capability by which root passes over modes.
const OVERRIDE: &str = "DAC_OVERRIDE";

/// Groups whose members are as good as root, or reach what is nobody else's.
const POWERFUL: &[&str] = &[
    "adm",
    "disk",
    "docker",
    "incus",
    "incus-admin",
    "kmem",
    "libvirt",
    "lxd",
    "podman",
    "root",
    "shadow",
    "sudo",
    "wheel",
];

impl Right {
    fn is_given(self, found: &Found, ids: Ids, groups: &[u32]) -> bool {
        match self {
            Right::Read => found.is_readable(ids, groups),
            Right::Write => found.is_writable(ids, groups),
        }
    }
}

/// A decision about something that the service does not work without and that its user may not use: the service does not
/// start as that user, unless it would be no better off otherwise, of which a person is only told.
pub(super) fn known(
    cx: &Context,
    control: &'static str,
    (found, right): (&Found, Right),
    because: String,
    evidence: Vec<Evidence>,
    help: String,
) -> Decision {
    match instead(cx, found, right) {
        Some(instead) => cx.obstacle(control, because, evidence, help, instead),
        None => cx.hindrance(control, because, evidence, help),
    }
}

/// The smallest start that may use it; none where plain Compose starts the service as somebody who may not either.
fn instead(cx: &Context, found: &Found, right: Right) -> Option<Instead> {
    if !may_as_written(cx, found, right) {
        return None;
    }
    Some(match may_by_root_start(cx, found, right) {
        true => Instead::RootStart,
        false => Instead::AsWritten,
    })
}

/// Whether whom plain Compose starts may use it.
fn may_as_written(cx: &Context, found: &Found, right: Right) -> bool {
    if cx.is_its_own_user() {
        return false;
    }
    match without_us(cx) {
        Some(ids) => right.is_given(found, ids, &cx.service.added_groups()),
        None => may_root(found, right, !is_taken_away(cx, OVERRIDE)),
    }
}

/// Who the service is without us, where that is not root.
fn without_us(cx: &Context) -> Option<Ids> {
    let profile = &cx.facts.profile;
    match cx.service.user() {
        Some(UserSpec::Numeric { uid: 0, .. }) => None,
        Some(UserSpec::Numeric { uid, gid }) => Some(Ids {
            uid,
            gid: gid.unwrap_or(0),
        }),
        Some(UserSpec::Named { user, .. }) => {
            let entry = cx.facts.lookup_user(&user).filter(|entry| entry.uid != 0)?;
            Some(Ids {
                uid: entry.uid,
                gid: entry.gid,
            })
        }
        Some(UserSpec::Nobody) | None => {
            let user = profile.user.as_ref().filter(|u| u.uid != 0)?;
            (profile.class.value == Class::Nonroot).then_some(Ids {
                uid: user.uid,
                gid: user.gid,
            })
        }
    }
}

/// Whether the root start that is known for the image may use it, with no more than its capabilities. What is written is
/// mostly written by another user after that start, who is given it with `CHOWN`.
fn may_by_root_start(cx: &Context, found: &Found, right: Right) -> bool {
    let profile = &cx.facts.profile;
    let Some(root) = &profile.root_start else {
        return false;
    };
    let has = |name: &str| root.capabilities.iter().any(|c| c == name) && !is_taken_away(cx, name);
    let stays = profile
        .start
        .as_ref()
        .is_some_and(|s| s.value == ImageStart::Root);
    may_root(found, right, has(OVERRIDE)) && (right == Right::Read || stays || has("CHOWN"))
}

/// Whether root in a container may use it. Over what belongs to nobody that containers have, it has no power.
fn may_root(found: &Found, right: Right, overrides: bool) -> bool {
    let is_mapped = found.uid != UNMAPPED && found.gid != UNMAPPED;
    overrides && is_mapped || right.is_given(found, Ids { uid: 0, gid: 0 }, &[])
}

/// Whether the group of something may use it, and is one that a service can be given.
pub(super) fn may_join(cx: &Context, found: Found, right: Right, ids: Ids) -> bool {
    let as_member = right.is_given(&found, ids, &[found.gid])
        && (right == Right::Read || found.is_searchable(ids, &[found.gid]));
    let is_powerful = || {
        let name = cx.host.group(found.gid);
        name.is_some_and(|name| POWERFUL.contains(&name.as_str()))
    };
    as_member && found.gid != 0 && found.gid != UNMAPPED && !is_powerful()
}
