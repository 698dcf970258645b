//! Files written whole or not at all: the one place of this program that writes any.
//!
//! A file is named by the descriptor of its directory, so that nobody can lead it elsewhere by a link that comes in
//! between. `tempfile` finds it a name of its own; it would rename by path, so that is done here, by the descriptor.

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, open, openat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;

/// Writes a file of ours, mode 0600, over what was there.
///
/// # Errors
/// What the file system says.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = open_folder(path.parent().unwrap_or(Path::new("/")))?;
    let name = path.file_name().unwrap_or_default();
    let becomes = Becomes {
        mode: 0o600,
        ..Becomes::default()
    };
    replace(folder.as_fd(), name, bytes, &becomes)
}

/// A directory that others may be named from.
///
/// # Errors
/// What the file system says.
pub(crate) fn open_folder(path: &Path) -> io::Result<File> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(open(path, flags, Mode::empty())?.into())
}

/// What a file that is written becomes.
#[derive(Default)]
pub(crate) struct Becomes<'o> {
    /// Its mode, less what the umask takes, where there was none.
    pub mode: u32,
    /// What stood there: mode and, as far as we may, owner stay.
    pub old: Option<&'o Metadata>,
    /// The uid and gid that it is to have, if it is new.
    pub owner: Option<(u32, u32)>,
    /// Whether it must not replace anything.
    pub is_new: bool,
}

/// Writes a file of a directory: beside it first, then renamed.
///
/// # Errors
/// What the file system says; nothing is left of the attempt then.
pub(crate) fn replace(
    folder: BorrowedFd<'_>,
    name: &OsStr,
    bytes: &[u8],
    becomes: &Becomes<'_>,
) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(becomes.mode);
    // Only the name counts: the directory is the descriptor's, wherever it is by now.
    let (file, beside) = tempfile::Builder::new()
        .prefix(".nrcompose-")
        .disable_cleanup(true)
        .make_in("/", |path| {
            let file = openat(folder, path.file_name().unwrap_or_default(), flags, mode)?;
            Ok(File::from(file))
        })?
        .into_parts();
    let beside = beside.file_name().unwrap_or_default();
    let written = fill(&file, bytes, becomes).and_then(|()| put(folder, beside, name, becomes.is_new));
    if written.is_err() {
        // What is left of the attempt is of no use to anybody; the error that counts is the first.
        let _ = unlinkat(folder, beside, AtFlags::empty());
    }
    written
}

/// All that a file is to be, before it gets its name.
fn fill(mut file: &File, bytes: &[u8], becomes: &Becomes<'_>) -> io::Result<()> {
    file.write_all(bytes)?;
    if let Some(old) = becomes.old {
        // Only root can give a file away, and only a member a group.
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
        file.set_permissions(old.permissions())?;
    } else if let Some((uid, gid)) = becomes.owner {
        fchown(file, Some(uid), Some(gid))?;
    }
    file.sync_all()
}

/// Renames a file within a directory.
fn put(folder: BorrowedFd<'_>, beside: &OsStr, name: &OsStr, is_new: bool) -> io::Result<()> {
    if is_new {
        match renameat_with(folder, beside, folder, name, RenameFlags::NOREPLACE) {
            // Not every file system can; the file was not there a moment ago.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
            done => return Ok(done?),
        }
    }
    Ok(renameat(folder, beside, folder, name)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The directory that was opened is written to, whatever stands by its name meanwhile.
    #[test]
    fn a_folder_that_is_swapped_leads_nowhere() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir(at("mine")).unwrap();
        fs::create_dir(at("theirs")).unwrap();
        let folder = open_folder(&at("mine")).unwrap();
        fs::rename(at("mine"), at("moved")).unwrap();
        symlink(at("theirs"), at("mine")).unwrap();
        for is_new in [true, false] {
            let becomes = Becomes {
                mode: 0o600,
                is_new,
                ..Becomes::default()
            };
            replace(folder.as_fd(), "out".as_ref(), b"text", &becomes).unwrap();
        }
        assert_eq!(fs::read(at("moved/out")).unwrap(), b"text");
        assert_eq!((names(&at("moved")).len(), names(&at("theirs")).len()), (1, 0));
    }

    #[test]
    fn a_link_in_its_place_is_replaced_and_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::write(at("other"), "other").unwrap();
        symlink(at("other"), at("out")).unwrap();
        write_private(&at("out"), b"text").unwrap();
        assert!(at("out").symlink_metadata().unwrap().is_file());
        assert_eq!(fs::read(at("other")).unwrap(), b"other");
        assert_eq!(at("out").metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    }

    /// A name that cannot be taken.
    #[test]
    fn an_attempt_that_fails_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("out")).unwrap();
        let folder = open_folder(root.path()).unwrap();
        for is_new in [true, false] {
            let becomes = Becomes {
                mode: 0o600,
                is_new,
                ..Becomes::default()
            };
            replace(folder.as_fd(), "out".as_ref(), b"text", &becomes).unwrap_err();
            assert_eq!(names(root.path()), ["out"]);
        }
    }

    #[test]
    fn a_new_file_replaces_nothing_and_an_attempt_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("out"), "old").unwrap();
        let folder = open_folder(root.path()).unwrap();
        let becomes = Becomes {
            mode: 0o600,
            is_new: true,
            ..Becomes::default()
        };
        let error = replace(folder.as_fd(), "out".as_ref(), b"text", &becomes).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(names(root.path()), ["out"]);
        assert_eq!(fs::read(root.path().join("out")).unwrap(), b"old");
    }
}
