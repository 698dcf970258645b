//! *readable*: secrets, configs and files that a service mounts must be readable for its user. Nothing is
//! changed on the host: each file there is a finding with the cure. What Compose itself copies in is made readable.

use super::shell_word;
use crate::facts::host::{Found, FoundKind};
use crate::model::MountKind;
use crate::plan::claim::Claim;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Edit, Evidence, Op, Outcome, Safety};
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
    if !found.is_readable(identity.ids, &cx.service.added_groups()) {
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
