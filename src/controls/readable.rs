//! *readable*: secrets, configs and files that a service mounts must be readable for its user. Nothing is
//! changed on the host: each is a finding with the cure.

use super::shell_word;
use crate::facts::host::FoundKind;
use crate::model::MountKind;
use crate::plan::claim::Claim;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence};
use crate::tree::{Node, Origin, Path};

/// The control's id.
pub const ID: &str = "readable";

/// One decision for each file that can be looked at here.
pub fn decide(cx: &Context) -> Vec<Decision> {
    if cx.start.user().is_none() {
        return Vec::new();
    }
    let mut decisions = Vec::new();
    for mount in cx.service.mounts().iter().filter(|m| m.kind == MountKind::Bind) {
        decisions.extend(
            mount
                .source
                .and_then(|source| file(cx, source, &mount.target, mount.node.origin)),
        );
    }
    for (section, folder) in [("secrets", "/run/secrets/"), ("configs", "/")] {
        for item in cx.service.get(section).map(Node::items).unwrap_or_default() {
            let Some(name) = item.get("source").and_then(Node::as_str) else {
                continue;
            };
            let definition = cx.project.tree.at(&Path::of([section, name]));
            let Some(source) = definition.and_then(|d| d.get("file")).and_then(Node::as_str) else {
                continue;
            };
            let target = item.get("target").and_then(Node::as_str).unwrap_or(name);
            let target = if target.starts_with('/') {
                target.to_owned()
            } else {
                format!("{folder}{target}")
            };
            decisions.extend(file(cx, source, &target, item.origin));
        }
    }
    decisions
}

/// A single file of the host: its mode there is its mode in the container.
fn file(cx: &Context, source: &str, target: &str, origin: Origin) -> Option<Decision> {
    let identity = cx.start.user()?;
    let found = cx
        .host
        .look(source.as_ref())
        .filter(|f| f.kind == FoundKind::File)?;
    let groups = cx.service.added_groups();
    let evidence = vec![Evidence::File(origin)];
    if found.is_readable(identity.ids, &groups) {
        return Some(Decision {
            claims: vec![Claim::Readable {
                path: target.to_owned(),
            }],
            ..cx.decision(ID, format!("{} can read {source}", identity.ids), evidence)
        });
    }
    let help = if found.mode & 0o040 != 0 && found.gid != 0 {
        format!("`group_add: [\"{}\"]`, the group that may read it", found.gid)
    } else {
        format!(
            "`sudo chgrp {} {path} && sudo chmod g+r {path}`",
            identity.ids.gid,
            path = shell_word(source)
        )
    };
    Some(cx.finding(
        ID,
        format!(
            "{} cannot read {source} ({}:{} {:04o})",
            identity.ids, found.uid, found.gid, found.mode
        ),
        evidence,
        help,
    ))
}
