//! A tmpfs of the author's in the long form, which cannot say an owner: written in the short form, it can.

use super::ID;
use crate::facts::settings::Ids;
use crate::model::{Mount, MountKind};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome, Safety};
use crate::plan::intent::{Intent, Scratch};
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
    let scratch = Scratch {
        path: path.clone(),
        uid: Some(ids.uid),
        gid: Some(ids.gid),
        size: option("size").and_then(Node::scalar_text),
        mode: mode.map(|mode| format!("{mode:04o}")),
        exec,
        instead_of: Some(cx.service.path_of("volumes").join(index)),
        is_writable: true,
        ..Scratch::default()
    };
    Some(Decision {
        outcome: Outcome::Change(vec![Intent::Scratch(scratch)]),
        safety: Safety::Hardening,
        ..cx.decision(ID, because, evidence)
    })
}
