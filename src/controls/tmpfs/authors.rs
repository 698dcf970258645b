//! Short `tmpfs:` entries of the author's: without an owner they belong to root.

use super::ID;
use crate::controls::tmpfs_places::OPEN;
use crate::facts::settings::Ids;
use crate::model::TmpfsEntry;
use crate::plan::claim::Claim;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Edit, Evidence, Op, Outcome};
use crate::tree::Node;

/// The author's own tmpfs, given to the service's user; what everybody may write stays.
pub(super) fn own(cx: &Context, entry: &TmpfsEntry, ids: Ids) -> Option<Decision> {
    let is_open = entry.option("mode").is_some_and(|mode| mode.ends_with("777"));
    if is_open || is_everybodys(entry) {
        return None;
    }
    let decision = with_owner(cx, entry, ids, false, vec![Evidence::File(entry.node.origin)]);
    (!matches!(decision.outcome, Outcome::AlreadyOk)).then_some(decision)
}

/// Whether it is a directory that everybody may write, and its author leaves it so: the engine takes over the image's
/// mode of it, and 1777 where the image lacks it.
fn is_everybodys(entry: &TmpfsEntry) -> bool {
    let mode = entry.option("mode");
    OPEN.contains(&entry.path.as_str()) && mode.is_none_or(|mode| mode.ends_with("777"))
}

/// The author's tmpfs, owned by the service's user.
pub(super) fn with_owner(
    cx: &Context,
    entry: &TmpfsEntry,
    ids: Ids,
    exec: bool,
    evidence: Vec<Evidence>,
) -> Decision {
    let mut missing: Vec<String> = Vec::new();
    for (name, value) in [("uid", ids.uid), ("gid", ids.gid)] {
        if entry.option(name).is_none() && !is_everybodys(entry) {
            missing.push(format!("{name}={value}"));
        }
    }
    if exec && !executes(entry) {
        missing.push("exec".to_owned());
    }
    let claims = vec![
        Claim::Tmpfs {
            path: entry.path.clone(),
            exec,
        },
        Claim::Writable {
            path: entry.path.clone(),
        },
    ];
    if missing.is_empty() {
        let because = format!("{} is a tmpfs of its own already", entry.path);
        return Decision {
            claims,
            ..cx.decision(ID, because, evidence)
        };
    }
    let because = format!("a tmpfs on {} without an owner belongs to root", entry.path);
    Decision {
        outcome: Outcome::Change(vec![extended(cx, entry, &missing)]),
        claims,
        ..cx.decision(ID, because, evidence)
    }
}

/// Whether programs can be executed from it: of `noexec` and `exec` the later one counts.
pub(super) fn executes(entry: &TmpfsEntry) -> bool {
    let mut said = entry.options.iter().rev();
    said.find(|o| ["exec", "noexec"].contains(o)) == Some(&"exec")
}

/// The edit that puts options behind the author's own text, so that its variables stay.
pub(super) fn extended(cx: &Context, entry: &TmpfsEntry, options: &[String]) -> Edit {
    let separator = if entry.options.is_empty() { ":" } else { "," };
    let extended = |text: &str| {
        let text = text.trim_end_matches([':', ',']);
        format!("{text}{separator}{}", options.join(","))
    };
    let mut node = Node::synthetic(extended(entry.node.as_str().unwrap_or(&entry.path)));
    node.raw = entry.node.raw.as_deref().map(|raw| extended(raw).into());
    let list = cx.service.path_of("tmpfs");
    Edit {
        path: entry.index.map_or_else(|| list.clone(), |index| list.join(index)),
        op: Op::Set(node),
    }
}
