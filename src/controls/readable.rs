//! *readable*: secrets, configs and files that a service mounts must be readable for its user. Nothing is
//! changed on the host: each file there is a finding with the cure. What Compose itself copies in is made readable.

use super::namespaces::HOST_PATHS;
use super::shell_word;
use crate::facts::host::{Found, FoundKind};
use crate::model::MountKind;
use crate::plan::claim::Claim;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Edit, Evidence, Op, Outcome, Safety};
use crate::plan::identity::Identity;
use crate::tree::{Node, Origin, Path};
use std::collections::VecDeque;
use std::path::Path as FilePath;

/// The control's id.
pub const ID: &str = "readable";

/// One decision for each file that can be looked at here.
pub fn decide(cx: &Context) -> Vec<Decision> {
    if cx.start.user().is_none() {
        return Vec::new();
    }
    let mut decisions = Vec::new();
    for mount in cx.service.mounts().iter().filter(|m| m.kind == MountKind::Bind) {
        let Some(source) = mount.source else { continue };
        decisions.extend(file(cx, source, &mount.target, mount.node.origin));
        if mount.read_only {
            decisions.extend(directory(cx, source, mount.node.origin));
        }
    }
    for (section, folder) in [("secrets", "/run/secrets/"), ("configs", "/")] {
        let items = cx.service.get(section).map(Node::items).unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            let Some(name) = item.get("source").and_then(Node::as_str) else {
                continue;
            };
            let definition = cx.project.tree.at(&Path::of([section, name]));
            let target = item.get("target").and_then(Node::as_str).unwrap_or(name);
            let target = if target.starts_with('/') {
                target.to_owned()
            } else {
                format!("{folder}{target}")
            };
            let told = |key: &str| definition.and_then(|d| d.get(key));
            if let Some(source) = told("file").and_then(Node::as_str) {
                decisions.extend(file(cx, source, &target, item.origin));
            } else if told("content").is_some() || told("environment").is_some() {
                let at = cx.service.path_of(section).join(index);
                decisions.extend(copied(cx, item, &at, target));
            }
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
    let groups = groups(cx, identity);
    let evidence = vec![Evidence::File(origin)];
    if found.is_readable(identity.ids, &groups) {
        return Some(Decision {
            claims: vec![Claim::Readable {
                path: target.to_owned(),
            }],
            ..cx.decision(ID, format!("{} can read {source}", identity.ids), evidence)
        });
    }
    Some(closed(cx, identity, source, &found, 0, evidence))
}

/// How many files of a directory are looked at: a library of films must not cost anything.
const MOST: usize = 300;

/// A directory that the service only reads: it, and what stands in it, nearest first. Of those that are the host
/// itself nobody can know what the service is after.
fn directory(cx: &Context, source: &str, origin: Origin) -> Option<Decision> {
    let identity = cx.start.user()?;
    let path = FilePath::new(source);
    let is_virtual = ["/dev", "/proc", "/sys"].iter().any(|v| path.starts_with(v));
    if is_virtual || HOST_PATHS.iter().any(|host| path == FilePath::new(host)) {
        return None;
    }
    cx.host.directory(path)?;
    let groups = groups(cx, identity);
    let mut left = VecDeque::from([path.to_owned()]);
    let mut unreadable = Vec::new();
    for _ in 0..MOST {
        let Some(path) = left.pop_front() else { break };
        let Some(found) = cx.host.look(&path) else {
            continue;
        };
        match found.kind {
            FoundKind::Directory if found.is_open(identity.ids, &groups) => {
                left.extend(cx.host.entries(&path))
            }
            FoundKind::File if found.is_readable(identity.ids, &groups) => {}
            FoundKind::Special => {}
            FoundKind::Directory | FoundKind::File => unreadable.push((path, found)),
        }
    }
    let (first, found) = unreadable.first()?;
    let evidence = vec![Evidence::File(origin)];
    let others = unreadable.len() - 1;
    Some(closed(
        cx,
        identity,
        &first.display().to_string(),
        found,
        others,
        evidence,
    ))
}

/// What the user cannot read, and what lets it.
fn closed(
    cx: &Context,
    identity: &Identity,
    path: &str,
    found: &Found,
    others: usize,
    evidence: Vec<Evidence>,
) -> Decision {
    let Found { uid, gid, mode, kind } = *found;
    let (bits, letters) = match kind {
        FoundKind::Directory => (0o050, "g+rx"),
        FoundKind::File | FoundKind::Special => (0o040, "g+r"),
    };
    let help = if mode & bits == bits && gid != 0 {
        format!("`group_add: [\"{gid}\"]`, the group that may read it")
    } else {
        let word = shell_word(path);
        format!(
            "`sudo chgrp {} {word} && sudo chmod {letters} {word}`",
            identity.ids.gid
        )
    };
    let more = match others {
        0 => String::new(),
        n => format!(", and {n} more beside it"),
    };
    let because = format!(
        "{} cannot read {path} ({uid}:{gid} {mode:04o}){more}",
        identity.ids
    );
    cx.finding(ID, because, evidence, help)
}

/// The supplementary groups of the service's user: those its author adds, and those of the image.
fn groups(cx: &Context, identity: &Identity) -> Vec<u32> {
    let mut groups = cx.service.added_groups();
    groups.extend(&identity.groups);
    groups
}

/// What Compose copies into the container: root's, unless an owner is given. With one, engine 20.10 looks the
/// service's user up by name and finds none for a number, so that nothing starts.
fn copied(cx: &Context, item: &Node, at: &Path, target: String) -> Option<Decision> {
    // An author's own `user:` works as they want it.
    let identity = cx.start.user().filter(|i| !i.is_written)?;
    let said = |key: &str| item.get(key).and_then(Node::scalar_text);
    let mode = said("mode").and_then(|m| u32::from_str_radix(&m, 8).ok());
    let found = Found {
        uid: 0,
        gid: 0,
        mode: mode.unwrap_or(0o444),
        kind: FoundKind::File,
    };
    let owners = ["uid", "gid"].into_iter().filter(|key| said(key).is_some());
    let mut edits: Vec<Edit> = owners
        .map(|key| Edit {
            path: at.join(key),
            op: Op::Remove,
        })
        .collect();
    let mut evidence = vec![Evidence::File(item.origin)];
    if !edits.is_empty() {
        evidence.push(Evidence::Engine(
            "20.10 cannot give a copied file an owner where `user:` is a number (moby#34142)",
        ));
    }
    if !found.is_readable(identity.ids, &groups(cx, identity)) {
        edits.push(Edit {
            path: at.join("mode"),
            op: Op::Set(Node::synthetic("0444")),
        });
    }
    let claims = vec![Claim::Readable { path: target.clone() }];
    if edits.is_empty() {
        let because = format!("{} can read {target}, which Compose copies in", identity.ids);
        return Some(Decision {
            claims,
            ..cx.decision(ID, because, evidence)
        });
    }
    Some(Decision {
        outcome: Outcome::Change(edits),
        safety: Safety::Behaviour(format!("every process in it may read {target}")),
        claims,
        ..cx.decision(ID, format!("{} has to read {target}", identity.ids), evidence)
    })
}
