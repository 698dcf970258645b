//! Which directories and links of an image are kept of all that it has.

use crate::engine::tar::TarEntry;
use crate::image_files::MOUNTED;

/// Links to directories are known this far down.
pub(super) const LINK_DEPTH: usize = 3;

/// Directories whose owner may matter: volumes, what is not plain root's, and where data usually goes.
pub(super) fn is_of_interest(path: &str, entry: &TarEntry, volumes: &[String]) -> bool {
    let depth = path.matches('/').count();
    if is_below_one_of(path, &MOUNTED) || depth > 8 {
        return false;
    }
    !is_plain(entry) || is_always_noted(path, volumes)
}

/// Whether it is as anybody's root makes one.
pub(super) fn is_plain(entry: &TarEntry) -> bool {
    (entry.uid, entry.gid, entry.mode) == (0, 0, 0o755)
}

/// Whether a directory would be among those that are known of an image, whoever owns it: where none is, there is none.
pub(super) fn is_always_noted(path: &str, volumes: &[String]) -> bool {
    const PLACES: [&str; 6] = [
        "/run",
        "/var/lib",
        "/var/cache",
        "/var/log",
        "/var/run",
        "/var/spool",
    ];
    let depth = path.matches('/').count();
    depth <= 1
        || volumes.iter().any(|v| v.trim_end_matches('/') == path)
        || is_below_one_of(path, &PLACES) && depth <= 4
}

fn is_below_one_of(path: &str, directories: &[&str]) -> bool {
    directories.iter().any(|above| is_below(path, above))
}

/// Whether a path is that of a directory, or leads into it.
pub(super) fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
