//! Configs and secrets that Compose copies into the container.

use crate::lower::{Edit, Scope};
use crate::plan::intent::Copied;
use crate::tree::Node;

/// No owner, which engines before 23 cannot give where `user:` is a number, and a mode that lets the user read it.
pub(super) fn edits(scope: &Scope, copied: &Copied) -> Vec<Edit> {
    let is_said = |key: &&str| {
        let node = scope.project.tree.at(&copied.entry.join(key));
        node.and_then(Node::scalar_text).is_some()
    };
    let owners = ["uid", "gid"].into_iter().filter(is_said);
    let mut edits: Vec<Edit> = owners.map(|key| Edit::remove(copied.entry.join(key))).collect();
    if copied.is_opened {
        edits.push(Edit::set(copied.entry.join("mode"), "0444"));
    }
    edits
}
