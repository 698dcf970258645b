//! The one call that gives an entry away.

use super::Owner;
use rustix::fd::BorrowedFd;
use rustix::fs::{AtFlags, Gid, Uid, chownat};
use std::ffi::CStr;

/// Gives what a name stands for to somebody.
pub(super) fn chown(
    folder: BorrowedFd<'_>,
    name: &CStr,
    to: Owner,
    flags: AtFlags,
) -> rustix::io::Result<()> {
    let (uid, gid) = (Uid::from_raw(to.uid), Gid::from_raw(to.gid));
    chownat(folder, name, Some(uid), Some(gid), flags)
}
