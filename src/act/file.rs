//! Files written whole or not at all.

use super::person::with_rights_of;
use crate::facts::settings::Ids;
use anyhow::{Context, Result};
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, open, openat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, fchown};
use std::path::{Component, Path};

/// Writes `text` to a file of ours: beside it first, then renamed over it, so that no reader ever sees half a file. A
/// file that has these bytes already is left alone. Mode 0600; with the rights of `owner`, whose it then is.
///
/// # Errors
/// What the file system says, with the path.
pub fn write(path: &Path, text: &str, owner: Option<Ids>) -> Result<()> {
    let write = || {
        if regular(path).is_some_and(|old| old == text.as_bytes()) {
            return Ok(());
        }
        let folder = open_folder(path.parent().unwrap_or(Path::new("/")))?;
        let name = path.file_name().unwrap_or_default();
        replace(
            folder.as_fd(),
            name,
            text.as_bytes(),
            &Becomes {
                mode: 0o600,
                ..Becomes::default()
            },
        )
    };
    with_rights_of(owner, write).with_context(|| format!("writing {}{}", path.display(), with_rights(owner)))
}

/// The text of a file of ours, read with the rights of `owner`; none if there is none.
pub fn read(path: &Path, owner: Option<Ids>) -> Option<String> {
    let bytes = with_rights_of(owner, || Ok::<_, io::Error>(regular(path)));
    String::from_utf8(bytes.ok()??).ok()
}

/// Removes a file of ours, if it is there.
///
/// # Errors
/// What the file system says, with the path.
pub fn remove(path: &Path, owner: Option<Ids>) -> Result<()> {
    match with_rights_of(owner, || fs::remove_file(path)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}{}", path.display(), with_rights(owner)))
        }
        _ => Ok(()),
    }
}

/// Makes a directory and its parents, mode 0700, with the rights of `owner`, whose they then are.
///
/// # Errors
/// What the file system says, with the path.
pub fn make_private_directory(path: &Path, owner: Option<Ids>) -> Result<()> {
    let make = || match path.is_dir() {
        true => Ok(()),
        false => fs::DirBuilder::new().recursive(true).mode(0o700).create(path),
    };
    with_rights_of(owner, make)
        .with_context(|| format!("making the directory {}{}", path.display(), with_rights(owner)))
}

/// Under sudo it is not root who is refused.
fn with_rights(owner: Option<Ids>) -> String {
    let owner = owner.filter(|_| rustix::process::geteuid().is_root());
    owner.map_or_else(String::new, |ids| {
        format!(" with the rights of {}:{}", ids.uid, ids.gid)
    })
}

/// What stands in a regular file. Anything else could keep us waiting.
fn regular(path: &Path) -> Option<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let mut file = File::from(open(path, flags, Mode::empty()).ok()?);
    let mut bytes = Vec::new();
    file.metadata().ok().filter(Metadata::is_file)?;
    file.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A directory that others may be named from.
pub(super) fn open_folder(path: &Path) -> io::Result<File> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(open(path, flags, Mode::empty())?.into())
}

/// A directory by its real path, which has no link in it: nobody can lead this elsewhere.
pub(super) fn open_real_folder(path: &Path) -> io::Result<File> {
    let mut folder = open_folder(Path::new("/"))?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    for component in path.components() {
        match component {
            Component::Normal(name) => folder = openat(&folder, name, flags, Mode::empty())?.into(),
            Component::RootDir => {}
            _ => return Err(ErrorKind::InvalidInput.into()),
        }
    }
    Ok(folder)
}

/// What a file that is written becomes.
#[derive(Default)]
pub(super) struct Becomes<'o> {
    /// Its mode, less what the umask takes, where there was none.
    pub mode: u32,
    /// What stood there: mode and, as far as we may, owner stay.
    pub old: Option<&'o Metadata>,
    /// Whose it is to be, if it is new.
    pub owner: Option<Ids>,
    /// Whether it must not replace anything.
    pub is_new: bool,
}

/// Writes a file of a directory: beside it first, then renamed.
pub(super) fn replace(
    folder: BorrowedFd<'_>,
    name: &OsStr,
    bytes: &[u8],
    becomes: &Becomes<'_>,
) -> io::Result<()> {
    let (beside, mut file) = new_beside(folder, becomes.mode)?;
    let written = (|| {
        file.write_all(bytes)?;
        if let Some(old) = becomes.old {
            // Only root can give a file away, and only a member a group.
            let _ = fchown(&file, Some(old.uid()), Some(old.gid()));
            file.set_permissions(old.permissions())?;
        } else if let Some(ids) = becomes.owner {
            fchown(&file, Some(ids.uid), Some(ids.gid))?;
        }
        file.sync_all()?;
        if becomes.is_new {
            match renameat_with(folder, &beside, folder, name, RenameFlags::NOREPLACE) {
                // Not every file system can; the file was not there a moment ago.
                Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
                done => return Ok(done?),
            }
        }
        Ok(renameat(folder, &beside, folder, name)?)
    })();
    if written.is_err() {
        // What is left of the attempt is of no use to anybody; the error that counts is the first.
        let _ = unlinkat(folder, &beside, AtFlags::empty());
    }
    written
}

/// A file that nobody else has.
fn new_beside(folder: BorrowedFd<'_>, mode: u32) -> io::Result<(String, File)> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut last = Errno::EXIST;
    for attempt in 0..100 {
        let name = format!(".nrcompose-{}-{attempt}", std::process::id());
        match openat(folder, &name, flags, Mode::from_raw_mode(mode)) {
            Ok(file) => return Ok((name, file.into())),
            Err(error) => last = error,
        }
        if last != Errno::EXIST {
            break;
        }
    }
    Err(last.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_and_private() {
        let dir = std::env::temp_dir().join(format!("nrcompose-file-{}", std::process::id()));
        make_private_directory(&dir.join("deep"), None).unwrap();
        let path = dir.join("deep/out.yaml");
        for text in ["one\n", "two\n"] {
            write(&path, text, None).unwrap();
            assert_eq!(read(&path, None).as_deref(), Some(text));
        }
        let mode = |p: &Path| p.metadata().unwrap().permissions().mode() & 0o7777;
        assert_eq!(
            (mode(&path), mode(&dir.join("deep")), mode(&dir)),
            (0o600, 0o700, 0o700)
        );
        assert_eq!(fs::read_dir(dir.join("deep")).unwrap().count(), 1);
        remove(&path, None).unwrap();
        remove(&path, None).unwrap();
        assert_eq!(read(&path, None), None);
        fs::remove_dir_all(&dir).unwrap();
    }
}
