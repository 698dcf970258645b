//! What the kernel says of an entry, and what tells one from another.

use super::Owner;
use rustix::fs::{AtFlags, FileType, StatxAttributes, StatxFlags, statx};
use std::ffi::CStr;
use std::os::fd::BorrowedFd;

/// What the kernel says of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Whose it is.
    pub owner: Owner,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u32,
    /// What it is.
    pub kind: FileType,
    /// How many names it has.
    pub links: u32,
    /// When it was changed the last time, which nobody can set: seconds since 1970, and nanoseconds.
    pub changed: (i64, i64),
    /// Whether its owner cannot be changed before somebody takes that mark away.
    pub is_immutable: bool,
    inode: (u32, u32, u64),
    mount: u64,
}

/// Asked for at each entry: the mount tells a volume in a volume, which has the same device number.
const ASKED: StatxFlags = StatxFlags::TYPE
    .union(StatxFlags::MODE)
    .union(StatxFlags::UID)
    .union(StatxFlags::GID)
    .union(StatxFlags::INO)
    .union(StatxFlags::CTIME)
    .union(StatxFlags::NLINK)
    .union(StatxFlags::MNT_ID);

impl Seen {
    /// What a name in a directory stands for; what an empty one is of the directory itself.
    pub(crate) fn of(folder: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<Seen> {
        let flags = match name.is_empty() {
            true => AtFlags::EMPTY_PATH,
            false => AtFlags::SYMLINK_NOFOLLOW,
        };
        let found = statx(folder, name, flags | AtFlags::NO_AUTOMOUNT, ASKED)?;
        let mode = u32::from(found.stx_mode);
        let fixed = StatxAttributes::IMMUTABLE | StatxAttributes::APPEND;
        Ok(Seen {
            owner: Owner {
                uid: found.stx_uid,
                gid: found.stx_gid,
            },
            mode: mode & 0o7777,
            kind: FileType::from_raw_mode(mode),
            links: found.stx_nlink,
            changed: (found.stx_ctime.tv_sec, found.stx_ctime.tv_nsec.into()),
            is_immutable: found.stx_attributes.intersects(fixed),
            inode: (found.stx_dev_major, found.stx_dev_minor, found.stx_ino),
            // A kernel of before 5.8 says nothing: there the device has to do.
            mount: match found.stx_mask & StatxFlags::MNT_ID.bits() {
                0 => 0,
                _ => found.stx_mnt_id,
            },
        })
    }

    /// The bits by which who runs it becomes its owner, or its group.
    pub(super) fn runs_as_owner(&self) -> u32 {
        if self.kind != FileType::RegularFile {
            return 0;
        }
        // Without the group's right to run it, the other bit is a mark of locks.
        let group = if self.mode & 0o010 == 0 { 0 } else { 0o2000 };
        self.mode & (0o4000 | group)
    }

    /// Whether it is the same entry of the file system.
    pub(crate) fn is(&self, other: &Seen) -> bool {
        (self.inode, self.mount) == (other.inode, other.mount)
    }

    /// Whether no mount lies between.
    pub(super) fn is_mounted_with(&self, root: &Seen) -> bool {
        let device = |seen: &Seen| (seen.inode.0, seen.inode.1);
        self.mount == root.mount && device(self) == device(root)
    }
}

/// When the directory of an identity was made, where its file system tells: seconds since 1970, and nanoseconds.
pub(crate) fn made(identity: &str) -> Option<(i64, i64)> {
    let (_, made) = identity.split_once('-')?;
    let (second, part) = made.split_once('.')?;
    Some((second.parse().ok()?, part.parse().ok()?))
}

/// What tells a directory from another one of that name: numbers are given out again, but not at the same time.
pub(super) fn identity(folder: BorrowedFd<'_>) -> String {
    let asked = StatxFlags::INO | StatxFlags::BTIME;
    match statx(folder, c"", AtFlags::EMPTY_PATH, asked) {
        Ok(found) if found.stx_mask & StatxFlags::BTIME.bits() != 0 => {
            let made = found.stx_btime;
            format!("{}-{}.{:09}", found.stx_ino, made.tv_sec, made.tv_nsec)
        }
        Ok(found) => found.stx_ino.to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn an_identity_tells_when_its_directory_was_made() {
        assert_eq!(made("7-5.000000009"), Some((5, 9)));
        for none in ["", "7", "7-", "7-5", "7-5.x"] {
            assert_eq!(made(none), None, "{none}");
        }
        let folder = tempfile::tempdir().unwrap();
        let opened = std::fs::File::open(folder.path()).unwrap();
        if let Ok(time) = folder.path().metadata().unwrap().created() {
            let since = time.duration_since(std::time::UNIX_EPOCH).unwrap();
            let (second, part) = made(&identity(opened.as_fd())).unwrap();
            assert_eq!(
                (second.unsigned_abs(), part),
                (since.as_secs(), since.subsec_nanos().into())
            );
        }
    }
}
