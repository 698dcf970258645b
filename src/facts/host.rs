//! What a plan needs to know of the host: what stands at the paths that are mounted, and whose it is. A trait,
//! so that tests and plans for another machine can answer instead.

mod leftovers;

pub use leftovers::is_made_by_tools;

use super::ids::Ids;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// User id of its owner.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Permission bits.
    pub mode: u32,
    /// Links are followed, so it is what they lead to.
    pub kind: FoundKind,
}

/// What kind of thing stands at a path; links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundKind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A socket, a device, a pipe.
    Special,
}

/// The id of an owner that containers do not have: no process there can be it.
pub const UNMAPPED: u32 = u32::MAX;

impl Found {
    /// Owner and group, for a person.
    pub fn owner(&self) -> String {
        let id = |id: u32| match id {
            UNMAPPED => "-".to_owned(),
            id => id.to_string(),
        };
        match (self.uid, self.gid) {
            (UNMAPPED, UNMAPPED) => "nobody that containers have".to_owned(),
            (uid, gid) => format!("{}:{}", id(uid), id(gid)),
        }
    }

    /// Whether a process with these ids and supplementary groups may read it.
    pub fn is_readable(&self, ids: Ids, groups: &[u32]) -> bool {
        self.allows(ids, groups, 0o4)
    }

    /// Whether a process with these ids and supplementary groups may write it.
    pub fn is_writable(&self, ids: Ids, groups: &[u32]) -> bool {
        self.allows(ids, groups, 0o2)
    }

    /// Whether a process with these ids and supplementary groups may enter it.
    pub fn is_searchable(&self, ids: Ids, groups: &[u32]) -> bool {
        self.allows(ids, groups, 0o1)
    }

    /// The first class that matches decides, as in the kernel.
    fn allows(&self, ids: Ids, groups: &[u32], bit: u32) -> bool {
        let shift = if self.uid == ids.uid {
            6
        } else if self.gid == ids.gid || groups.contains(&self.gid) {
            3
        } else {
            0
        };
        (self.mode >> shift) & bit != 0
    }
}

/// How much of one directory is listed: a library of films must not cost anything.
const MOST_ENTRIES: usize = 1000;

/// Directories that belong to the system.
const SYSTEM: &[&str] = &[
    "/bin", "/boot", "/dev", "/etc", "/lib", "/proc", "/run", "/sbin", "/sys", "/usr", "/var",
];

/// Whether a path is of the system: its owner is right as it is, and nobody should be told to change it.
pub fn is_of_the_system(path: &Path) -> bool {
    path.parent().is_none() || SYSTEM.iter().any(|s| path.starts_with(s))
}

/// Whether a path is the system itself, or a whole part of it.
pub fn is_the_system(path: &Path) -> bool {
    path.parent().is_none() || SYSTEM.iter().any(|s| path == Path::new(s))
}

/// The questions a plan asks of the host.
pub trait Host {
    /// What stands at a path; `None` when there is nothing, or it cannot be looked at.
    fn look(&self, path: &Path) -> Option<Found>;

    /// Whether a directory will be made at a path before the service starts. What looks like a file will not:
    /// nobody can know what it should hold.
    fn will_make(&self, path: &Path) -> bool {
        let _ = path;
        false
    }

    /// What lies in a directory, sorted, a part of a large one; links, which lead elsewhere in a container, are left out.
    /// Nothing where it cannot be looked at.
    fn entries(&self, path: &Path) -> Vec<PathBuf> {
        let _ = path;
        Vec::new()
    }

    /// The name of a group of this machine, if there is one of this number.
    fn group(&self, gid: u32) -> Option<String> {
        let _ = gid;
        None
    }

    /// Whether a directory is where an account of this machine is at home.
    fn is_home(&self, path: &Path) -> bool {
        let _ = path;
        false
    }

    /// Whether what is in a file looks like a key or a token; also where that cannot be read.
    fn holds_a_key(&self, path: &Path) -> bool {
        let _ = path;
        false
    }

    /// Where a path leads, links followed as far as they are there.
    fn real(&self, path: &Path) -> PathBuf {
        crate::locate::absolute(Path::new("/"), path)
    }

    /// What an earlier start as root left in a directory, so that these ids cannot write it; of a large tree, as much as
    /// is seen at once.
    fn left_by_root(&self, path: &Path, ids: Ids, groups: &[u32]) -> Vec<PathBuf> {
        leftovers::below(&|p| self.look(p), &|p| self.entries(p), path, ids, groups)
    }

    /// A directory at a path.
    fn directory(&self, path: &Path) -> Option<Found> {
        self.look(path).filter(|f| f.kind == FoundKind::Directory)
    }
}

/// This machine.
#[derive(Debug, Clone, Default)]
pub struct ThisHost {
    /// Where directories are made: below these, real paths all of them.
    own: Vec<PathBuf>,
}

/// Where a directory is to be made.
#[derive(Debug, PartialEq, Eq)]
pub struct NewDirectory {
    /// The directory that is there, by its real path.
    pub existing: PathBuf,
    /// What is missing below it, outermost first.
    pub missing: Vec<OsString>,
}

impl ThisHost {
    /// This machine, where directories are made below the project's and the person's home, and nowhere else: what lies
    /// in `/srv` or on another disk is for its owner to make.
    pub fn making_below<'p>(directories: impl IntoIterator<Item = &'p Path>) -> Self {
        let real = directories.into_iter().filter_map(|d| d.canonicalize().ok());
        ThisHost {
            own: real.filter(|d| d.parent().is_some()).collect(),
        }
    }

    /// Where a missing directory would be made; nothing for one that is there, is not to be made, or looks like a file.
    /// Links above it are followed: what counts is where they lead.
    pub fn place(&self, path: &Path) -> Option<NewDirectory> {
        if !is_missing_directory(path) {
            return None;
        }
        let above = path.ancestors().skip(1).find(|p| p.symlink_metadata().is_ok())?;
        let existing = above.canonicalize().ok().filter(|p| p.is_dir())?;
        let names = path.strip_prefix(above).ok()?.components().map(|c| match c {
            Component::Normal(name) => Some(name.to_owned()),
            _ => None,
        });
        let is_own = self.own.iter().any(|own| existing.starts_with(own));
        let place = NewDirectory {
            existing,
            missing: names.collect::<Option<_>>()?,
        };
        is_own.then_some(place)
    }
}

/// Whether nothing stands at a path where a directory could.
pub fn is_missing_directory(path: &Path) -> bool {
    let is_missing = path
        .symlink_metadata()
        .is_err_and(|e| e.kind() == ErrorKind::NotFound);
    path.is_absolute() && is_missing && !is_named_like_a_file(path)
}

impl Host for ThisHost {
    fn real(&self, path: &Path) -> PathBuf {
        let clean = crate::locate::absolute(Path::new("/"), path);
        let there = path
            .ancestors()
            .find_map(|above| Some((above, above.canonicalize().ok()?)));
        match there.and_then(|(above, real)| Some(real.join(path.strip_prefix(above).ok()?))) {
            // Without a slash at the end, which makes a directory of a file's path.
            Some(real) if path.is_absolute() => real.components().collect(),
            _ => clean,
        }
    }

    fn look(&self, path: &Path) -> Option<Found> {
        use std::os::unix::fs::MetadataExt;
        let meta = std::fs::metadata(path).ok()?;
        let kind = match meta.file_type() {
            t if t.is_dir() => FoundKind::Directory,
            t if t.is_file() => FoundKind::File,
            _ => FoundKind::Special,
        };
        Some(Found {
            uid: meta.uid(),
            gid: meta.gid(),
            mode: meta.mode() & 0o7777,
            kind,
        })
    }

    fn entries(&self, path: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries
            .filter(|e| e.file_type().is_ok_and(|t| !t.is_symlink()))
            .map(|e| e.path())
            .take(MOST_ENTRIES)
            .collect();
        paths.sort();
        paths
    }

    fn group(&self, gid: u32) -> Option<String> {
        let text = std::fs::read("/etc/group").ok()?;
        let text = String::from_utf8_lossy(&text);
        let mut rows = text.lines().map(|l| l.split(':').collect::<Vec<_>>());
        rows.find_map(|row| (row.get(2)?.parse() == Ok(gid)).then(|| row[0].to_owned()))
    }

    fn is_home(&self, path: &Path) -> bool {
        let text = std::fs::read("/etc/passwd").unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let mut homes = text.lines().filter_map(|l| l.split(':').nth(5));
        homes.any(|home| home.len() > 1 && Path::new(home) == path)
    }

    fn holds_a_key(&self, path: &Path) -> bool {
        use std::io::Read;
        let mut head = Vec::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head));
        match read {
            Ok(_) => looks_like_a_key(&head),
            Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
        }
    }

    fn will_make(&self, path: &Path) -> bool {
        self.place(path).is_some()
    }
}

/// Whether the beginning of a file is that of a private key, or nothing but one long word as tokens, cookies and key
/// files are.
fn looks_like_a_key(head: &[u8]) -> bool {
    let has = |what: &str| head.windows(what.len()).any(|part| part == what.as_bytes());
    let is_coded = |b: &u8| b.is_ascii_alphanumeric() || b"+/=_-\r\n".contains(b);
    let longest = head.split(u8::is_ascii_whitespace).map(<[u8]>::len).max();
    has("PRIVATE KEY")
        || has("PrivateKey")
        || has("SECRET-KEY")
        || (head.iter().all(is_coded) && longest.is_some_and(|l| l >= 16))
}

/// Whether a path ends as files do: `app.conf`, `docker.sock`; not `data`, `.config`, `conf.d`.
fn is_named_like_a_file(path: &Path) -> bool {
    path.extension().is_some_and(|e| e != "d")
}

/// A host nobody can look at: another machine, or a plan that must not depend on this one.
pub struct Elsewhere;

impl Host for Elsewhere {
    fn look(&self, _: &Path) -> Option<Found> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_directories_below_ones_own_are_made() {
        let root = std::env::temp_dir().join(format!("nrcompose-host-{}", std::process::id()));
        for directory in ["project/there", "other"] {
            std::fs::create_dir_all(root.join(directory)).unwrap();
        }
        let root = root.canonicalize().unwrap();
        for (link, target) in [("out", "../other"), ("in", "there"), ("dangling", "nowhere")] {
            std::os::unix::fs::symlink(target, root.join("project").join(link)).unwrap();
        }
        let host = ThisHost::making_below([
            root.join("project").as_path(),
            Path::new("/"),
            Path::new("/nowhere"),
        ]);
        for (path, made) in [
            ("project/data", true),
            ("project/.config", true),
            ("project/conf.d", true),
            ("project/deep/er/data", true),
            ("project/in/data", true),
            ("project/app.conf", false),
            ("project/docker.sock", false),
            ("project/there", false),
            ("project/dangling", false),
            ("project/dangling/data", false),
            ("project/out/data", false),
            ("project/../other/data", false),
            ("project/new/../../other/data", false),
            ("other/data", false),
            ("project-of-mine", false),
        ] {
            assert_eq!(host.will_make(&root.join(path)), made, "{path}");
            assert!(!ThisHost::default().will_make(&root.join(path)));
        }
        assert!(!host.will_make(Path::new("project/relative")));
        let place = host.place(&root.join("project/in/deep/data")).unwrap();
        assert_eq!(place.existing, root.join("project/there"));
        assert_eq!(place.missing, ["deep", "data"]);
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn keys_are_known_by_their_beginning() {
        for (text, is_key) in [
            ("-----BEGIN RSA PRIVATE KEY-----\n", true),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\n", true),
            ("[Interface]\nPrivateKey = x=\n", true),
            ("a+b/c0123456789\nABCDEFGHIJKLMNOPQRST==\n", true),
            ("ABCDEFGHIJKLMNOPQRST", true),
            ("-----BEGIN CERTIFICATE-----\nMII\n", false),
            ("listen 80;\n", false),
            ("", false),
        ] {
            assert_eq!(looks_like_a_key(text.as_bytes()), is_key, "{text}");
        }
    }

    #[test]
    fn the_first_class_that_matches_decides() {
        let found = Found {
            uid: 5,
            gid: 6,
            mode: 0o066,
            kind: FoundKind::File,
        };
        let ids = |uid, gid| Ids { uid, gid };
        assert!(
            !found.is_readable(ids(5, 6), &[]),
            "the owner has no right, whatever the group has"
        );
        assert!(found.is_writable(ids(7, 6), &[]) && found.is_writable(ids(7, 7), &[6]));
        assert!(found.is_readable(ids(7, 7), &[]));
    }
}
