//! Whether an image can give a volume away by itself: it takes a shell and `chown`.

use super::links::absolute;
use crate::engine::tar::{FileKind, TarEntry};
use std::collections::{BTreeMap, BTreeSet};

/// The programs of an image and the links that lead to them.
#[derive(Default)]
pub(super) struct Programs {
    files: BTreeSet<String>,
    links: BTreeMap<String, String>,
}

/// Where the service that gives volumes away looks for it.
const CHOWN: [&str; 3] = ["/busybox/chown", "/bin/chown", "/usr/bin/chown"];

/// A path that takes more links than that is a circle.
const MOST_LINKS: usize = 40;

impl Programs {
    /// Takes in an entry of the image.
    pub(super) fn see(&mut self, path: &str, entry: &TarEntry) {
        match (entry.kind, &entry.link) {
            (FileKind::Link, Some(to)) => {
                self.links.insert(path.to_owned(), absolute(path, to));
            }
            (FileKind::File, _) if entry.mode & 0o111 != 0 => {
                self.files.insert(path.to_owned());
            }
            _ => {}
        }
    }

    /// Whether `/bin/sh` and `chown` are there, where they are looked for.
    pub(super) fn give_away(&self) -> bool {
        let is_there = |path: &&str| self.resolved(path).is_some_and(|p| self.files.contains(&p));
        is_there(&"/bin/sh") && CHOWN.iter().any(is_there)
    }

    /// A path with every link on its way followed, inside the image.
    fn resolved(&self, path: &str) -> Option<String> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let ends = path.char_indices().filter(|(i, c)| *i > 0 && *c == '/');
            let ends = ends.map(|(i, _)| i).chain([path.len()]);
            let hit = ends
                .filter_map(|end| self.links.get(&path[..end]).map(|to| (end, to)))
                .next();
            match hit {
                Some((end, to)) => path = absolute("/", &format!("{to}{}", &path[end..])),
                None => return Some(path),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(entries: &[(&str, &str)]) -> Programs {
        let mut programs = Programs::default();
        for (path, to) in entries {
            let entry = TarEntry {
                kind: if to.is_empty() {
                    FileKind::File
                } else {
                    FileKind::Link
                },
                mode: 0o755,
                link: (!to.is_empty()).then(|| (*to).to_owned()),
                ..TarEntry::default()
            };
            programs.see(path, &entry);
        }
        programs
    }

    #[test]
    fn links_lead_to_the_shell() {
        let merged = [
            ("/bin", "usr/bin"),
            ("/usr/bin/sh", "dash"),
            ("/usr/bin/dash", ""),
        ];
        assert!(!programs(&merged).give_away(), "there is no chown");
        let chown = [&merged[..], &[("/usr/bin/chown", "")]].concat();
        assert!(programs(&chown).give_away());
        let busybox = [
            ("/bin/busybox", ""),
            ("/bin/sh", "/bin/busybox"),
            ("/bin/chown", "../bin/busybox"),
        ];
        assert!(programs(&busybox).give_away());
    }

    #[test]
    fn a_link_to_nothing_or_to_itself_is_no_shell() {
        for to in ["/nowhere/sh", "/bin/sh", "sh"] {
            assert!(
                !programs(&[("/bin/sh", to), ("/bin/chown", "")]).give_away(),
                "{to}"
            );
        }
        assert!(!programs(&[("/busybox/sh", ""), ("/busybox/chown", "")]).give_away());
    }
}
