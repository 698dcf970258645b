//! How the files of a project reach Compose: with an override, or as their author wrote them.

use crate::act::compose::Pass;
use crate::locate::{FoundBy, Location};
use std::path::PathBuf;

/// The override, in the way the other files came.
pub(super) fn handed(location: &Location, path: PathBuf) -> Pass {
    match location.found_by {
        found_by if location.files.iter().all(|f| f.path.as_os_str() == "-") => Pass::Piped {
            directory: location.directory.clone(),
            path,
            by_flag: found_by == FoundBy::Flags,
        },
        FoundBy::Flags => Pass::Flag(path),
        _ => Pass::Variable(paths(location).chain([path]).collect()),
    }
}

/// The author's files alone. Compose would find an override of ours again by itself; where it was named by `-f`, that
/// flag is not handed on.
pub(super) fn as_written(location: &Location) -> Pass {
    match location.found_by {
        FoundBy::Flags => Pass::Nothing,
        _ if location.left_out.is_empty() => Pass::Nothing,
        _ => Pass::Variable(paths(location).collect()),
    }
}

fn paths(location: &Location) -> impl Iterator<Item = PathBuf> {
    location.files.iter().map(|f| f.path.clone())
}
