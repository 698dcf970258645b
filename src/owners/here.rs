//! A directory as it is on this machine, before it is mounted somewhere.

use super::seen::identity;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

/// What tells a directory from another one that is at this path at another time. No link leads to it: `path` has to be
/// the real one. Empty where that cannot be seen from here.
///
/// # Errors
/// A link, or what else is no directory.
pub(crate) fn identity_at(path: &Path) -> io::Result<String> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        Ok(folder) => Ok(identity(folder.as_fd())),
        Err(error @ (Errno::LOOP | Errno::NOTDIR)) => Err(error.into()),
        // Not there yet, not to be reached by this person, a kernel of before 5.6.
        Err(_) => Ok(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_directory_is_told_from_what_is_put_in_its_place() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let data = root.join("a/data");
        std::fs::create_dir_all(&data).unwrap();
        let seen = identity_at(&data).unwrap();
        assert!(!seen.is_empty());
        assert_eq!(identity_at(&data).unwrap(), seen);
        std::fs::rename(&data, root.join("a/aside")).unwrap();
        assert_eq!(identity_at(&data).unwrap(), "");
        std::fs::create_dir(&data).unwrap();
        assert_ne!(identity_at(&data).unwrap(), seen);
        std::fs::remove_dir(&data).unwrap();
        symlink("aside", &data).unwrap();
        assert!(identity_at(&data).is_err());
        // Nor above it.
        symlink("a", root.join("b")).unwrap();
        assert!(identity_at(&root.join("b/aside")).is_err());
    }
}
