//! `!reset` and `!override` take away what the files before said.

use crate::tree::{Node, Path};

/// Removes what stands at these paths.
pub(super) fn apply(node: &mut Node, paths: &[Path]) {
    for path in paths {
        remove(node, path.segments());
    }
}

fn remove(node: &mut Node, path: &[String]) {
    let (Some(map), Some((key, rest))) = (node.as_map_mut(), path.split_first()) else {
        return;
    };
    if rest.is_empty() {
        map.shift_remove(key);
    } else if let Some(child) = map.get_mut(key) {
        remove(child, rest);
    }
}
