//! The lines that a Dockerfile lacks.

use super::ID;
use crate::facts::profile::Class;
use crate::model::MountKind;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence};
use crate::plan::identity::Identity;

/// What its own Dockerfile could say, so that nothing would have to be changed for it.
pub(super) fn decide(cx: &Context, identity: &Identity) -> Option<Decision> {
    let build = cx.service.get("build").filter(|_| !identity.is_written)?;
    let profile = &cx.facts.profile;
    let says_it = profile.class.value == Class::Nonroot
        && profile
            .user
            .as_ref()
            .is_some_and(|u| (u.uid, u.gid) == (identity.ids.uid, identity.ids.gid));
    if says_it {
        return None;
    }
    let mounts = cx.service.mounts();
    let named = mounts
        .iter()
        .filter(|m| m.kind == MountKind::Named && !m.read_only)
        .map(|m| m.target.as_str());
    let written = profile
        .writable
        .iter()
        .filter(|w| !w.optional && !cx.image_lets_write(w, identity.ids))
        .map(|w| w.path.as_str());
    let mut paths: Vec<&str> = named.chain(written).collect();
    paths.sort_unstable();
    paths.dedup();
    let user = format!("`USER {}`", identity.ids);
    let help = if paths.is_empty() {
        user
    } else {
        let paths = paths.join(" ");
        format!(
            "`RUN mkdir -p {paths} && chown {} {paths}` and {user}",
            identity.ids
        )
    };
    Some(cx.finding(
        ID,
        "its Dockerfile could say so itself",
        vec![Evidence::File(build.origin)],
        format!("at its end: {help}"),
    ))
}
