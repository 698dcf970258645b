//! One way through a tree: by descriptors, each directory before what is in it, never over a link or a mount.

use super::seen::Seen;
use rustix::fs::{Dir, DirEntry, FileType, Mode, OFlags, openat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// How deep directories may be nested: a path that reaches deeper is longer than the kernel takes one. Each level holds
/// a descriptor and a buffer.
const DEEPEST: usize = 2048;
/// How many entries of a directory are in memory at once.
const BATCH: usize = 16_384;
/// Descriptors for everything but the levels.
const SPARE: u64 = 32;

/// An entry, as it was a moment ago.
pub(crate) struct Visited<'w> {
    /// The directory it is in; of the root the root itself.
    pub folder: BorrowedFd<'w>,
    /// Its name there; empty for the root.
    pub name: &'w CStr,
    /// From the root on; empty for the root.
    pub path: &'w [u8],
    /// How many directories lead to it.
    pub depth: usize,
    /// What it is.
    pub seen: Seen,
}

/// Who looks at the entries.
pub(crate) trait Visit {
    /// Sees one. A directory is entered afterwards.
    ///
    /// # Errors
    /// What ends the walk.
    fn entry(&mut self, entry: &Visited<'_>) -> io::Result<()>;

    /// Hears of one that is left out, with what is in it.
    ///
    /// # Errors
    /// What ends the walk.
    fn left_out(&mut self, path: &[u8], why: &str) -> io::Result<()>;
}

struct OpenFolder {
    entries: Dir,
    /// The next of them, the last one first.
    batch: Vec<DirEntry>,
    /// Why no more of them can be read.
    failed: Option<Errno>,
    /// How much of the path leads here.
    length: usize,
}

impl OpenFolder {
    fn of(folder: OwnedFd, length: usize) -> rustix::io::Result<OpenFolder> {
        Ok(OpenFolder {
            entries: Dir::new(folder)?,
            batch: Vec::new(),
            failed: None,
            length,
        })
    }

    /// The next entry. So many at once are brought into the order in which a disk has them, fewer the deeper it lies,
    /// as `chown -R` does.
    fn next(&mut self, depth: usize) -> Option<rustix::io::Result<DirEntry>> {
        if self.batch.is_empty() {
            let most = (BATCH >> depth.min(8)).max(1);
            while self.batch.len() < most {
                match self.entries.read() {
                    Some(Ok(entry)) => self.batch.push(entry),
                    Some(Err(error)) => {
                        self.failed = Some(error);
                        break;
                    }
                    None => break,
                }
            }
            self.batch
                .sort_unstable_by_key(|entry| std::cmp::Reverse(entry.ino()));
        }
        let next = self.batch.pop().map(Ok);
        next.or_else(|| self.failed.take().map(Err))
    }
}

/// Goes through the tree below a directory, which comes first; through nothing but that directory itself unless
/// `is_recursive`.
///
/// # Errors
/// The root cannot be looked at; those of the visitor.
pub(crate) fn walk(root: OwnedFd, is_recursive: bool, visit: &mut dyn Visit) -> io::Result<()> {
    let top = Seen::of(root.as_fd(), c"")?;
    visit.entry(&Visited {
        folder: root.as_fd(),
        name: c"",
        path: b"",
        depth: 0,
        seen: top,
    })?;
    if !is_recursive {
        return Ok(());
    }
    let deepest = deepest();
    let mut path = Vec::new();
    let mut levels = vec![OpenFolder::of(root, 0)?];
    loop {
        let depth = levels.len();
        let Some(level) = levels.last_mut() else {
            return Ok(());
        };
        path.truncate(level.length);
        let entry = match level.next(depth) {
            Some(Ok(entry)) => entry,
            Some(Err(error)) => {
                visit.left_out(&path, &said(error))?;
                levels.pop();
                continue;
            }
            None => {
                levels.pop();
                continue;
            }
        };
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name.to_bytes());
        let folder = level.entries.fd()?;
        let seen = match Seen::of(folder, name) {
            Ok(seen) => seen,
            Err(Errno::NOENT) => continue,
            Err(error) => {
                visit.left_out(&path, &said(error))?;
                continue;
            }
        };
        if !seen.is_mounted_with(&top) {
            visit.left_out(&path, "something else is mounted there")?;
            continue;
        }
        visit.entry(&Visited {
            folder,
            name,
            path: &path,
            depth,
            seen,
        })?;
        if seen.kind != FileType::Directory {
            continue;
        }
        if depth >= deepest {
            visit.left_out(&path, "it lies too deep; what is in it was not looked at")?;
            continue;
        }
        match open_seen(folder, name, &seen) {
            Ok(folder) => levels.push(OpenFolder::of(folder, path.len())?),
            Err(why) => visit.left_out(&path, &why)?,
        }
    }
}

/// A directory of a directory, if it is still the one that was seen.
fn open_seen(folder: BorrowedFd<'_>, name: &CStr, seen: &Seen) -> Result<OwnedFd, String> {
    let opened = open_folder(folder, name).map_err(said)?;
    match Seen::of(opened.as_fd(), c"") {
        Ok(found) if found.is(seen) => Ok(opened),
        Ok(_) => Err("it was put in the place of another one meanwhile".to_owned()),
        Err(error) => Err(said(error)),
    }
}

/// A directory of a directory, and never where a link leads.
pub(crate) fn open_folder(folder: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::empty())
}

/// In the kernel's words.
pub(super) fn said(error: Errno) -> String {
    match error {
        Errno::LOOP | Errno::NOTDIR => "it was put in the place of another one meanwhile".to_owned(),
        error => io::Error::from(error).to_string(),
    }
}

/// As many levels as there are descriptors for; as many of those as this process may have.
fn deepest() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let found = getrlimit(Resource::Nofile);
    let wanted = DEEPEST as u64 + SPARE;
    let most = found.maximum.unwrap_or(u64::MAX);
    let raised = Rlimit {
        current: Some(wanted.min(most)),
        maximum: found.maximum,
    };
    let now = found.current.unwrap_or(u64::MAX);
    let got = match now >= wanted || setrlimit(Resource::Nofile, raised).is_err() {
        true => now,
        false => wanted.min(most),
    };
    usize::try_from(got.saturating_sub(SPARE))
        .unwrap_or(DEEPEST)
        .clamp(1, DEEPEST)
}
