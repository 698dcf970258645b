//! Volumes that nothing of the image is copied into. The engine gives an empty volume the owner and mode of the image's
//! directory, even of an empty one, at every container create: `compose run`, and an `up` of one service without what it
//! depends on, would take it away from the running service again. Where the image has nothing to copy, `nocopy` says
//! that its owner stays.

use crate::facts::settings::Ids;
use crate::model::Mount;
use crate::plan::context::Context;
use crate::plan::decision::Evidence;
use crate::plan::shares::subpath;
use crate::template::has_variables;
use crate::tree::Node;

/// Who says that nothing is lost by it at a mount of the author's, where it is of use.
pub(super) fn of_mount(cx: &Context, mount: &Mount, ids: Ids) -> Option<Evidence> {
    let is_said = mount.node.get("volume").and_then(|v| v.get("nocopy")).is_some();
    if is_said || subpath(mount.node).is_some() || has_variable(mount.node) {
        return None;
    }
    of_path(cx, &mount.target, ids)
}

/// The same of a path that a volume of ours is mounted at. A directory that is the user's already is of more use as it
/// is: then whoever creates the container gives the volume its owner.
pub(super) fn of_path(cx: &Context, path: &str, ids: Ids) -> Option<Evidence> {
    let owner = cx.facts.directory(path).map(|d| (d.uid, d.gid));
    if owner == Some((ids.uid, ids.gid)) {
        return None;
    }
    cx.facts.bare(path)
}

/// Whether a part of an entry comes from a variable, which an entry of ours would have to resolve.
fn has_variable(entry: &Node) -> bool {
    let is_variable = |node: &Node| node.raw.as_deref().is_some_and(has_variables);
    is_variable(entry) || entry.as_map().is_some_and(|map| map.values().any(has_variable))
}
