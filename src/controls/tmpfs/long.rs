//! A tmpfs of the author's in the long form, which cannot say an owner: written in the short form, it can.

use super::ID;
use crate::facts::settings::Ids;
use crate::model::{Mount, MountKind};
use crate::plan::claim::Claim;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Edit, Evidence, Op, Outcome, Safety};
use crate::template::has_variables;
use crate::tree::Node;

/// The author's own long entries, each with its place in `volumes`.
pub(super) fn all<'a>(cx: &Context<'a>) -> Vec<(usize, Mount<'a>)> {
    let items = cx.service.get("volumes").map(Node::items).unwrap_or_default();
    let mounts = items
        .iter()
        .enumerate()
        .filter_map(|(i, n)| Some((i, Mount::of(n)?)));
    mounts
        .filter(|(_, m)| m.kind == MountKind::Tmpfs && !m.read_only)
        .collect()
}

/// The same tmpfs, owned by the service's user; `needed` where the service is known to write there.
pub(super) fn with_owner(
    cx: &Context,
    (index, mount): &(usize, Mount),
    ids: Ids,
    exec: bool,
    needed: bool,
    mut evidence: Vec<Evidence>,
) -> Option<Decision> {
    let option = |key: &str| mount.node.get("tmpfs").and_then(|t| t.get(key));
    let mode = option("mode").and_then(Node::scalar_text);
    let mode = mode.and_then(|text| text.parse::<u32>().ok());
    if !needed && mode.is_some_and(|mode| mode & 0o777 == 0o777) {
        return None;
    }
    let path = &mount.target;
    evidence.push(Evidence::File(mount.node.origin));
    let because = format!("a tmpfs on {path} in the long form cannot say an owner, and belongs to root");
    let said = [mount.node.get("target"), option("size"), option("mode")];
    let mut raw = said.iter().flatten().filter_map(|n| n.raw.as_deref());
    if raw.any(has_variables) || mount.node.raw.as_deref().is_some_and(has_variables) {
        let help = format!("write it in the short form: `tmpfs: [\"{path}:size=…\"]`");
        return Some(match needed {
            true => cx.refusal(ID, because, evidence, help),
            false => cx.hindrance(ID, because, evidence, help),
        });
    }
    let mut text = format!("{path}:uid={},gid={}", ids.uid, ids.gid);
    if let Some(size) = option("size").and_then(Node::scalar_text) {
        text.push_str(&format!(",size={size}"));
    }
    if let Some(mode) = mode {
        text.push_str(&format!(",mode={mode:04o}"));
    }
    if exec {
        text.push_str(",exec");
    }
    let removed = Edit {
        path: cx.service.path_of("volumes").join(index),
        op: Op::Remove,
    };
    Some(Decision {
        outcome: Outcome::Change(vec![removed, cx.add("tmpfs", text)]),
        safety: Safety::Hardening,
        claims: vec![
            Claim::Tmpfs {
                path: path.clone(),
                exec,
            },
            Claim::Writable { path: path.clone() },
        ],
        ..cx.decision(ID, because, evidence)
    })
}
