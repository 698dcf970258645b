//! Files written whole or not at all.

use crate::facts::settings::Ids;
use anyhow::{Context, Result, bail};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, chown};
use std::path::Path;

/// Writes `text` to `path`: beside it first, then renamed over it, so that no reader ever sees half a file. A
/// file that has these bytes already is left alone. Mode 0600; it belongs to `owner` if given.
///
/// # Errors
/// What the file system says, with the path.
pub fn write(path: &Path, text: &str, owner: Option<Ids>) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        if let Some(ids) = owner {
            chown(&beside, Some(ids.uid), Some(ids.gid))?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)
    })();
    if written.is_err() {
        // What is left of the attempt is of no use to anybody; the error that counts is the first.
        let _ = fs::remove_file(&beside);
    }
    written.with_context(|| format!("writing {}", path.display()))
}

/// Writes `text` to a path that the person chose, unless something stands there that nrcompose did not write.
///
/// # Errors
/// Such a file, and what the file system says.
pub fn write_chosen(path: &Path, text: &str, mark: &str) -> Result<()> {
    if path.is_dir() {
        bail!("{} is a directory", path.display());
    }
    if let Ok(old) = fs::read(path)
        && !old.is_empty()
        && !old.starts_with(mark.as_bytes())
    {
        bail!("{} exists and was not written by nrcompose", path.display());
    }
    write(path, text, None)
}

/// Makes a directory and its parents, mode 0700; what is made belongs to `owner` if given.
///
/// # Errors
/// What the file system says, with the path.
pub fn make_private_directory(path: &Path, owner: Option<Ids>) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_private_directory(parent, owner)?;
    }
    let made = fs::DirBuilder::new().mode(0o700).create(path);
    made.and_then(|()| owner.map_or(Ok(()), |ids| chown(path, Some(ids.uid), Some(ids.gid))))
        .with_context(|| format!("making the directory {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_somebody_else_is_not_overwritten() {
        let dir = std::env::temp_dir().join(format!("nrcompose-file-{}", std::process::id()));
        make_private_directory(&dir, None).unwrap();
        let path = dir.join("out.yaml");
        fs::write(&path, "mine\n").unwrap();
        assert!(write_chosen(&path, "# ours\n", "# ours").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");
        fs::write(&path, "# ours\nold\n").unwrap();
        write_chosen(&path, "# ours\nnew\n", "# ours").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "# ours\nnew\n");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(&dir).unwrap();
    }
}
