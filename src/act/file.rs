//! Files of ours, with the rights of whose they are.

use super::person::with_rights_of;
use crate::facts::settings::Ids;
use crate::whole_file::{open_folder, write_private};
use anyhow::{Context, Result};
use rustix::fs::{Mode, OFlags, open, openat};
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path};

/// Writes `text` to a file of ours: beside it first, then renamed over it, so that no reader ever sees half a file. A
/// file that has these bytes already is left alone. Mode 0600; with the rights of `owner`, whose it then is.
///
/// # Errors
/// What the file system says, with the path.
pub(crate) fn write(path: &Path, text: &str, owner: Option<Ids>) -> Result<()> {
    let write = || {
        if regular(path).is_some_and(|old| old == text.as_bytes()) {
            return Ok(());
        }
        write_private(path, text.as_bytes())
    };
    with_rights_of(owner, write).with_context(|| format!("writing {}{}", path.display(), with_rights(owner)))
}

/// The text of a file of ours, read with the rights of `owner`; none if there is none.
pub(crate) fn read(path: &Path, owner: Option<Ids>) -> Option<String> {
    let bytes = with_rights_of(owner, || Ok::<_, io::Error>(regular(path)));
    String::from_utf8(bytes.ok()??).ok()
}

/// Removes a file of ours, if it is there.
///
/// # Errors
/// What the file system says, with the path.
pub(crate) fn remove(path: &Path, owner: Option<Ids>) -> Result<()> {
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
pub(crate) fn make_private_directory(path: &Path, owner: Option<Ids>) -> Result<()> {
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
