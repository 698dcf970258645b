//! *readable*: secrets, configs and what a service mounts to read must be readable for its user. Nothing is changed on
//! the host: the service joins the group that may read a file; else each is told with the cure. A file that is mounted for
//! it is one that it needs; what of a directory it reads, mostly nobody knows.
//!
//! - [`copied`]: what Compose copies in
//! - [`mod@directory`]: what of a directory cannot be read
//!
//! Directories above a mount do not count: the engine mounts the file itself. What lies below a mounted directory does.

mod copied;
mod directory;

use super::cure;
use super::reach::{Right, known, may_join};
use crate::facts::host::{self, Found, FoundKind, UNMAPPED};
use crate::facts::settings::Ids;
use crate::model::{Mount, MountKind};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome, Safety};
use crate::plan::intent::Intent;
use crate::plan::service_facts::Writes;
use crate::tree::{self, Node, Origin};

/// The control's id.
pub(crate) const ID: &str = "readable";

/// One decision for each file that can be looked at here.
pub(crate) fn decide(cx: &Context) -> Vec<Decision> {
    let Some(identity) = cx.start.user() else {
        return Vec::new();
    };
    let ids = identity.ids;
    let mut decisions = Vec::new();
    for mount in cx.service.mounts().iter().filter(|m| m.kind == MountKind::Bind) {
        decisions.extend(bind(cx, mount, ids));
    }
    for (section, folder) in [("secrets", "/run/secrets/"), ("configs", "/")] {
        let items = cx.service.get(section).map(Node::items).unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            let Some(name) = item.get("source").and_then(Node::as_str) else {
                continue;
            };
            let Some(definition) = cx.project.tree.at(&tree::Path::of([section, name])) else {
                continue;
            };
            let target = item.get("target").and_then(Node::as_str).unwrap_or(name);
            let target = if target.starts_with('/') {
                target.to_owned()
            } else {
                format!("{folder}{target}")
            };
            decisions.extend(match definition.get("file").and_then(Node::as_str) {
                Some(source) => file(cx, source, &target, item.origin, ids),
                None if definition.get("external").is_some() => None,
                None => {
                    let at = cx.service.path_of(section).join(index);
                    copied::decide(cx, item, &at, target)
                }
            });
        }
    }
    decisions
}

/// What is mounted of the host: a file, or a directory. One that is written belongs to the control *volumes*.
fn bind(cx: &Context, mount: &Mount, ids: Ids) -> Option<Decision> {
    let source = mount.source?;
    let found = cx.host.look(source.as_ref())?;
    match found.kind {
        FoundKind::File => file(cx, source, &mount.target, mount.node.origin, ids),
        // Who looks at the whole system takes what everybody may read.
        FoundKind::Directory if host::is_the_system(source.as_ref()) => None,
        FoundKind::Directory
            if !mount.read_only && cx.facts.writes(cx.service, &mount.target) == Writes::Does =>
        {
            None
        }
        FoundKind::Directory => directory::decide(cx, source, mount, ids),
        _ => None,
    }
}

/// A single file of the host: its mode there is its mode in the container.
fn file(cx: &Context, source: &str, target: &str, origin: Origin, ids: Ids) -> Option<Decision> {
    let found = cx
        .host
        .look(source.as_ref())
        .filter(|f| f.kind == FoundKind::File)?;
    let groups = groups(cx);
    let evidence = vec![Evidence::File(origin)];
    if found.is_readable(ids, &groups) {
        let intent = Intent::Readable {
            path: target.to_owned(),
            copied: None,
        };
        return Some(cx.holds(ID, intent, format!("{ids} can read {source}"), evidence));
    }
    if may_join(cx, found, Right::Read, ids) {
        return Some(joined(cx, source, target, &found, evidence));
    }
    let help = if found.mode & 0o040 != 0 && found.gid != 0 && found.gid != UNMAPPED {
        format!("`group_add: [\"{}\"]`, the group that may read it", found.gid)
    } else {
        cure::read(cx, source.as_ref(), source.as_ref(), &found, ids)
    };
    let because = format!(
        "{ids} cannot read {source} ({} {:04o}{})",
        found.owner(),
        found.mode,
        cx.settings.engine.counted()
    );
    Some(known(cx, ID, (&found, Right::Read), because, evidence, help))
}

/// The service joins the group that may read a file which is mounted for it.
fn joined(cx: &Context, source: &str, target: &str, found: &Found, evidence: Vec<Evidence>) -> Decision {
    let gid = found.gid;
    let path = target.to_owned();
    Decision {
        outcome: Outcome::Change(vec![
            Intent::Group { gid },
            Intent::Readable { path, copied: None },
        ]),
        safety: Safety::Behaviour(format!(
            "it may do whatever group {gid} may with files of this machine"
        )),
        ..cx.decision(
            ID,
            format!("{source} belongs to {}, and its group may read it", found.owner()),
            evidence,
        )
    }
}

/// The supplementary groups of the service's user: those its author adds, and those of the image.
fn groups(cx: &Context) -> Vec<u32> {
    let own = cx.start.user().map(|i| i.groups.clone()).unwrap_or_default();
    [cx.service.added_groups(), own].concat()
}
