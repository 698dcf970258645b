//! Configs and secrets that Compose copies into the container.

use super::ID;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Edit, Evidence, Op, Outcome, Safety};
use crate::tree::Node;

/// A config or secret that Compose copies in. Engines before 23 look its owner up in the container as they do a
/// user's name, and fail where that is a number and `user:` is set (moby#34142); what everybody may read needs none.
pub(super) fn decide(cx: &Context, section: &str, index: usize, item: &Node, name: &str) -> Option<Decision> {
    let owned: Vec<&str> = ["uid", "gid"]
        .into_iter()
        .filter(|key| item.get(key).is_some())
        .collect();
    if owned.is_empty() || cx.start.user().is_none_or(|i| i.is_written) {
        return None;
    }
    let mode = item.get("mode").and_then(Node::scalar_text);
    let mode = mode.and_then(|m| u32::from_str_radix(m.trim_start_matches("0o"), 8).ok());
    let because = format!("with `user:`, engines before 23 cannot give {name} to an owner of its own");
    let evidence = vec![
        Evidence::File(item.origin),
        Evidence::Engine("the owner of what is copied in (moby#34142)"),
    ];
    if mode.is_some_and(|m| m & 0o004 == 0) {
        let help = "remove its `uid`, `gid` and `mode`, or keep it in a file that the user may read";
        return Some(cx.hindrance(ID, because, evidence, help));
    }
    let path = cx.service.path_of(section).join(index);
    Some(Decision {
        outcome: Outcome::Change(
            owned
                .iter()
                .map(|key| Edit {
                    path: path.join(key),
                    op: Op::Remove,
                })
                .collect(),
        ),
        safety: Safety::Behaviour(format!(
            "{name} belongs to root in the container; everybody may read it"
        )),
        ..cx.decision(ID, because, evidence)
    })
}
