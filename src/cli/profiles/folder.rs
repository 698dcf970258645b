//! A directory of our own below the machine's temporary one, which everybody may write: nobody else can look into it or
//! put anything there, and nobody can know its name before it is made.

use anyhow::{Context, Result};
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Where one may be made.
pub(super) fn name(what: &str) -> PathBuf {
    let random = RandomState::new().hash_one(what);
    std::env::temp_dir().join(format!("{what}-{random:016x}"))
}

/// Makes it; one that is there is somebody else's.
///
/// # Errors
/// It is there, or its parent cannot be written.
pub(super) fn make(directory: &Path) -> Result<()> {
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(directory)
        .with_context(|| format!("making {}", directory.display()))
}

/// One that is gone when this goes out of scope.
#[derive(Debug)]
pub(super) struct TemporaryFolder(pub PathBuf);

impl TemporaryFolder {
    /// Makes one.
    ///
    /// # Errors
    /// See [`make`].
    pub(super) fn make(what: &str) -> Result<TemporaryFolder> {
        let directory = name(what);
        make(&directory)?;
        Ok(TemporaryFolder(directory))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
