//! What an earlier start as root left below a directory that suits otherwise: looked for within bounds, since a plan must
//! not wait for a large tree.

use super::{Found, FoundKind};
use crate::facts::ids::Ids;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How many entries are looked at.
const MOST_LOOKS: usize = 500;
/// How deep.
const MOST_DEPTH: usize = 4;
/// For how long: a disk may be slow.
const LONGEST: Duration = Duration::from_millis(25);
/// How many are named.
const MOST_FOUND: usize = 100;

/// Names of directories that tools make while a program is built or runs.
const TOOLS: &[&str] = &[
    ".cache",
    ".mypy_cache",
    ".next",
    ".nuxt",
    ".pytest_cache",
    ".venv",
    "__pycache__",
    "build",
    "coverage",
    "dist",
    "log",
    "logs",
    "node_modules",
    "target",
    "tmp",
    "vendor",
    "venv",
];

/// Whether a directory is one that tools make and write again, by its name.
pub fn is_made_by_tools(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| TOOLS.contains(&name))
}

/// What is root's below `top` and not to be written by these ids: the nearest first. What is in such a directory is not
/// looked at.
pub(super) fn below(
    look: &dyn Fn(&Path) -> Option<Found>,
    entries: &dyn Fn(&Path) -> Vec<PathBuf>,
    top: &Path,
    ids: Ids,
    groups: &[u32],
) -> Vec<PathBuf> {
    let started = Instant::now();
    let mut waiting = VecDeque::from([(top.to_owned(), 1)]);
    let mut found = Vec::new();
    let mut looks = 0;
    while let Some((directory, depth)) = waiting.pop_front() {
        for path in entries(&directory) {
            looks += 1;
            if looks > MOST_LOOKS || found.len() == MOST_FOUND || started.elapsed() > LONGEST {
                return found;
            }
            let Some(entry) = look(&path).filter(|e| e.kind != FoundKind::Special) else {
                continue;
            };
            if entry.uid == 0 && !entry.is_writable(ids, groups) {
                found.push(path);
            } else if entry.kind == FoundKind::Directory && depth < MOST_DEPTH {
                waiting.push_back((path, depth + 1));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const IDS: Ids = Ids { uid: 1000, gid: 2000 };

    /// Owner, group and mode by path; a directory ends with a slash.
    fn found(tree: &[(&str, u32, u32, u32)]) -> Vec<String> {
        let tree: BTreeMap<PathBuf, Found> = tree
            .iter()
            .map(|(path, uid, gid, mode)| {
                let kind = match path.ends_with('/') {
                    true => FoundKind::Directory,
                    false => FoundKind::File,
                };
                let found = Found {
                    uid: *uid,
                    gid: *gid,
                    mode: *mode,
                    kind,
                };
                (PathBuf::from(path.trim_end_matches('/')), found)
            })
            .collect();
        let entries = |path: &Path| {
            let paths = tree.keys().filter(|p| p.parent() == Some(path));
            paths.cloned().collect()
        };
        let all = below(&|p| tree.get(p).copied(), &entries, Path::new("/a"), IDS, &[30]);
        all.iter().map(|p| p.display().to_string()).collect()
    }

    #[test]
    fn what_root_left_is_found_nearest_first_and_not_entered() {
        let left = found(&[
            ("/a/src/", 1000, 2000, 0o755),
            ("/a/src/__pycache__/", 0, 0, 0o755),
            ("/a/src/__pycache__/x.pyc", 0, 0, 0o644),
            ("/a/node_modules/", 0, 0, 0o755),
            ("/a/open", 0, 0, 0o666),
            ("/a/of_group", 0, 2000, 0o664),
            ("/a/of_added_group", 0, 30, 0o664),
            ("/a/of_another", 7, 7, 0o600),
        ]);
        assert_eq!(left, ["/a/node_modules", "/a/src/__pycache__"]);
    }

    #[test]
    fn no_more_is_looked_at_than_can_be_at_once() {
        let looked = std::cell::Cell::new(0);
        let look = |_: &Path| {
            looked.set(looked.get() + 1);
            Some(Found {
                uid: 1000,
                gid: 2000,
                mode: 0o755,
                kind: FoundKind::Directory,
            })
        };
        let entries = |path: &Path| (0..10).map(|i| path.join(i.to_string())).collect();
        assert_eq!(
            below(&look, &entries, Path::new("/a"), IDS, &[]),
            [""; 0].map(PathBuf::from)
        );
        assert!(looked.get() <= MOST_LOOKS, "{}", looked.get());
    }
}
