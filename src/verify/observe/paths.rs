//! Owner and mode of paths in a container, without running anything in it.

use crate::engine::tar::{self, FileKind};
use crate::engine::{Engine, ErrorKind};
use crate::verify::claims;
use crate::verify::observation::{KernelMount, PathFact};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// How often a link is followed.
const LINKS: usize = 8;

/// How the files of a container are reached.
pub(crate) struct ContainerFiles<'e> {
    pub engine: &'e dyn Engine,
    /// The container.
    pub id: &'e str,
    /// Its root as this machine's `/proc` shows it, when this process may look into it.
    pub root: Option<std::path::PathBuf>,
    /// Its mounts: what is on a tmpfs is not in the engine's archive.
    pub mounts: Option<&'e [KernelMount]>,
}

impl<'e> ContainerFiles<'e> {
    /// Looks whether the container's root can be seen directly.
    pub(crate) fn of(
        engine: &'e dyn Engine,
        id: &'e str,
        pid: Option<u32>,
        mounts: Option<&'e [KernelMount]>,
    ) -> Self {
        let root = pid.map(|p| Path::new("/proc").join(p.to_string()).join("root"));
        ContainerFiles {
            engine,
            id,
            root: root.filter(|r| fs::read_dir(r).is_ok()),
            mounts,
        }
    }

    /// The facts of these paths and of every directory above them.
    pub(crate) fn facts<'p>(
        &self,
        paths: impl Iterator<Item = &'p str>,
    ) -> BTreeMap<String, Option<PathFact>> {
        let mut facts = BTreeMap::new();
        for path in paths {
            for one in claims::ancestors(path).chain([path]) {
                if !facts.contains_key(one)
                    && let Some(fact) = self.fact(one)
                {
                    facts.insert(one.to_owned(), fact);
                }
            }
        }
        facts
    }

    /// A small text file; empty when there is none, `None` when it cannot be known.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        const LIMIT: u64 = 1 << 20;
        match self.engine.archive(self.id, path) {
            Ok(archive) => {
                let bytes = tar::content(archive, LIMIT).ok()??;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            Err(error) if error.kind == ErrorKind::NotFound => Some(String::new()),
            Err(_) => None,
        }
    }

    /// `None` when it cannot be known, `Some(None)` when there is no such path.
    fn fact(&self, path: &str) -> Option<Option<PathFact>> {
        match &self.root {
            Some(root) => direct(root, path),
            None => self.by_archive(path),
        }
    }

    fn by_archive(&self, path: &str) -> Option<Option<PathFact>> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            if self.on_tmpfs(&path) {
                return self.tmpfs(&path);
            }
            let entry = match self.engine.archive(self.id, &path) {
                Ok(archive) => tar::first(archive).ok()??,
                Err(error) if error.kind == ErrorKind::NotFound => return Some(None),
                Err(_) => return None,
            };
            match (entry.kind, entry.link) {
                (FileKind::Link, Some(target)) => path = beside(&path, &target),
                (kind, _) => {
                    let directory = kind == FileKind::Directory;
                    return Some(Some(PathFact {
                        uid: entry.uid,
                        gid: entry.gid,
                        mode: entry.mode,
                        directory,
                    }));
                }
            }
        }
        None
    }

    fn on_tmpfs(&self, path: &str) -> bool {
        let covers = |m: &&KernelMount| {
            m.target == "/"
                || path == m.target
                || path.strip_prefix(&m.target).is_some_and(|r| r.starts_with('/'))
        };
        let mount = self
            .mounts
            .and_then(|m| m.iter().filter(covers).max_by_key(|m| m.target.len()));
        mount.is_some_and(|m| m.kind == "tmpfs")
    }

    /// The root of a tmpfs says in its options whose it is; what is below it cannot be seen from outside.
    fn tmpfs(&self, path: &str) -> Option<Option<PathFact>> {
        let mount = self.mounts?.iter().rev().find(|m| m.target == path)?;
        let option = |name: &str| mount.options.iter().find_map(|o| o.strip_prefix(name));
        Some(Some(PathFact {
            uid: option("uid=").and_then(|v| v.parse().ok()).unwrap_or(0),
            gid: option("gid=").and_then(|v| v.parse().ok()).unwrap_or(0),
            // A mode that is not shown is the kernel's default for a tmpfs.
            mode: option("mode=")
                .and_then(|v| u32::from_str_radix(v, 8).ok())
                .unwrap_or(0o1777),
            directory: true,
        }))
    }
}

/// Through `/proc/PID/root`. Absolute links inside would lead out of the container, so each step is resolved
/// by hand.
fn direct(root: &Path, path: &str) -> Option<Option<PathFact>> {
    use std::os::unix::fs::MetadataExt;
    let mut rest: Vec<String> = parts(path);
    let mut done: Vec<String> = Vec::new();
    let mut links = 0;
    while !rest.is_empty() {
        let part = rest.remove(0);
        if part == ".." {
            done.pop();
            continue;
        }
        done.push(part);
        let here = root.join(done.join("/"));
        match fs::symlink_metadata(&here) {
            Ok(found) if found.is_symlink() => {
                links += 1;
                let target = fs::read_link(&here).ok()?;
                let target = target.to_str().filter(|_| links <= LINKS)?;
                done.pop();
                if target.starts_with('/') {
                    done.clear();
                }
                rest = parts(target).into_iter().chain(rest).collect();
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(None),
            Err(_) => return None,
        }
    }
    let found = fs::symlink_metadata(root.join(done.join("/"))).ok()?;
    Some(Some(PathFact {
        uid: found.uid(),
        gid: found.gid(),
        mode: found.mode() & 0o7777,
        directory: found.is_dir(),
    }))
}

fn parts(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|p| !p.is_empty() && *p != ".")
        .map(String::from)
        .collect()
}

/// Where a link in the directory of `path` leads.
fn beside(path: &str, target: &str) -> String {
    let directory = path.rsplit_once('/').map_or("", |(d, _)| d);
    let joined = if target.starts_with('/') {
        target.to_owned()
    } else {
        format!("{directory}/{target}")
    };
    let mut done: Vec<&str> = Vec::new();
    for part in joined.split('/').filter(|p| !p.is_empty() && *p != ".") {
        if part == ".." {
            done.pop();
        } else {
            done.push(part);
        }
    }
    format!("/{}", done.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_inside() {
        assert_eq!(beside("/var/run", "/run"), "/run");
        assert_eq!(beside("/var/run", "../run"), "/run");
        assert_eq!(beside("/a/b", "../../../etc"), "/etc");
    }

    #[test]
    fn an_absolute_link_is_resolved_in_the_containers_root() {
        let root = std::env::temp_dir().join(format!("nrcompose-paths-{}", std::process::id()));
        fs::create_dir_all(root.join("run/app")).unwrap();
        fs::create_dir_all(root.join("var")).unwrap();
        std::os::unix::fs::symlink("/run", root.join("var/run")).unwrap();
        assert!(direct(&root, "/var/run/app").unwrap().unwrap().directory);
        assert_eq!(direct(&root, "/var/run/nothing"), Some(None));
        fs::remove_dir_all(&root).unwrap();
    }
}
