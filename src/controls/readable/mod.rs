//! *readable*: secrets, configs and what a service mounts to read must be readable for its user. Nothing is changed on
//! the host: the service joins the group that may read a file; else each is told with the cure. A file that is mounted for
//! it is one that it needs, and so is a directory that is closed as a whole or is one of keys by its name; of other
//! directories nobody knows what of them it reads.
//!
//! Directories above a mount do not count: the engine mounts the file itself. What lies below a mounted directory does.

mod copied;

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
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// The control's id.
pub(crate) const ID: &str = "readable";

/// How far a mounted directory is looked through: levels, and entries in all.
const LEVELS: usize = 3;
const ENTRIES: usize = 400;

/// What is in the names of directories that hold the keys and certificates of a service, sorted.
const OF_KEYS: &[&str] = &["cert", "keys", "letsencrypt", "pki", "secret", "ssl", "tls"];

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
        FoundKind::Directory => directory(cx, source, mount, ids),
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

/// What of a directory the user cannot read; a part of a large one is looked at.
fn directory(cx: &Context, source: &str, mount: &Mount, ids: Ids) -> Option<Decision> {
    let groups = groups(cx);
    // The nearest first.
    let mut waiting = VecDeque::from([(PathBuf::from(source), 0)]);
    let mut out_of_reach = Vec::new();
    for _ in 0..ENTRIES {
        let Some((path, level)) = waiting.pop_front() else {
            break;
        };
        let Some(found) = cx.host.look(&path) else {
            continue;
        };
        let is_directory = found.kind == FoundKind::Directory;
        let is_within_reach =
            found.is_readable(ids, &groups) && (!is_directory || found.is_searchable(ids, &groups));
        if found.kind == FoundKind::Special {
            continue;
        }
        if !is_within_reach {
            out_of_reach.push((path, found));
        } else if is_directory && level < LEVELS {
            waiting.extend(cx.host.entries(&path).into_iter().map(|entry| (entry, level + 1)));
        }
    }
    let (first, found) = out_of_reach.first()?;
    let path = first.display().to_string();
    let is_needed = first.as_path() == Path::new(source) || is_of_keys(&mount.target);
    // What is mounted to be written may well be closed in part.
    if !is_needed && !mount.read_only {
        return None;
    }
    let (because, help) = match out_of_reach.len() - 1 {
        0 => (
            format!("{ids} cannot read {path} ({} {:04o})", found.owner(), found.mode),
            cure::read(cx, source.as_ref(), first, found, ids),
        ),
        more => (
            format!("{ids} cannot read {path} and {more} more below {source}"),
            cure::read_below(cx, source.as_ref(), &out_of_reach, ids),
        ),
    };
    let evidence = vec![Evidence::File(mount.node.origin)];
    Some(match is_needed {
        true => known(cx, ID, (found, Right::Read), because, evidence, help),
        false => {
            let help = format!("if the service reads that: {help}");
            cx.hindrance(ID, because, evidence, help)
        }
    })
}

/// Whether a directory of the container is there for keys and certificates, by a name on the way to it.
fn is_of_keys(target: &str) -> bool {
    let target = target.to_lowercase();
    let mut names = target.split('/');
    names.any(|name| OF_KEYS.iter().any(|word| name.contains(word)))
}

/// The supplementary groups of the service's user: those its author adds, and those of the image.
fn groups(cx: &Context) -> Vec<u32> {
    let own = cx.start.user().map(|i| i.groups.clone()).unwrap_or_default();
    [cx.service.added_groups(), own].concat()
}
