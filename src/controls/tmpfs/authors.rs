//! Short `tmpfs:` entries of the author's: without an owner they belong to root.

use super::ID;
use crate::controls::tmpfs_places::OPEN;
use crate::facts::settings::Ids;
use crate::model::TmpfsEntry;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome};
use crate::plan::intent::{Intent, Scratch};

/// The author's own tmpfs, given to the service's user; what everybody may write stays.
pub(super) fn own(cx: &Context, entry: &TmpfsEntry, ids: Ids) -> Option<Decision> {
    let is_open = entry.option("mode").is_some_and(|mode| mode.ends_with("777"));
    if is_open || is_everybodys(entry) {
        return None;
    }
    let decision = with_owner(cx, entry, ids, false, vec![Evidence::File(entry.node.origin)]);
    (!matches!(decision.outcome, Outcome::AlreadyOk(_))).then_some(decision)
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
    let is_owned = !is_everybodys(entry);
    let scratch = Scratch {
        path: entry.path.clone(),
        uid: is_owned.then_some(ids.uid),
        gid: is_owned.then_some(ids.gid),
        exec,
        instead_of: Some(entry.place(cx.service)),
        is_writable: true,
        ..Scratch::default()
    };
    if scratch.missing(entry).is_empty() {
        let because = format!("{} is a tmpfs of its own already", entry.path);
        return cx.holds(ID, Intent::Scratch(scratch), because, evidence);
    }
    let because = format!("a tmpfs on {} without an owner belongs to root", entry.path);
    Decision {
        outcome: Outcome::Change(vec![Intent::Scratch(scratch)]),
        ..cx.decision(ID, because, evidence)
    }
}
