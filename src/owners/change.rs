//! The change of one entry's owner, which takes setuid and setgid bits away from a file. In a volume they are put back at
//! once; in a directory of the host a file gets none but those that it had under the very owner it is given back to.

use super::Owner;
use super::behind::Behind;
use super::chown::chown;
use super::frame::TreeSummary;
use super::report::TreeReport;
use super::seen::Seen;
use super::walk::{Visited, said};
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, chmod, getxattr, lgetxattr, openat};
use rustix::io::Errno;
use std::io;
use std::os::fd::BorrowedFd;

/// The bits that the kernel takes when an owner changes.
pub(super) const TAKEN: u32 = 0o6000;

/// Why an entry cannot be given away, if it cannot.
pub(super) fn hindrance(entry: &Visited<'_>) -> Option<String> {
    let seen = &entry.seen;
    if seen.is_immutable {
        return Some("it is immutable or append-only (`lsattr` shows it)".to_owned());
    }
    match seen.kind {
        // The owner of a device may use it, and that is the machine's.
        FileType::CharacterDevice | FileType::BlockDevice => Some("it is a device".to_owned()),
        // The kernel would take them from it, and only who may set any could put them back.
        FileType::RegularFile if seen.mode & 0o111 != 0 && has_capabilities(entry) => {
            Some("it has file capabilities, which a change of owner would take".to_owned())
        }
        _ => None,
    }
}

fn has_capabilities(entry: &Visited<'_>) -> bool {
    let mut value = [0_u8; 64];
    let name = "security.capability";
    let mut path = format!("/proc/self/fd/{}/", entry.folder.as_raw_fd()).into_bytes();
    path.extend_from_slice(entry.name.to_bytes());
    match entry.name.is_empty() {
        true => getxattr(path.as_slice(), name, &mut value).is_ok(),
        false => lgetxattr(path.as_slice(), name, &mut value).is_ok(),
    }
}

/// A tree whose entries get other owners, whichever way that goes.
pub(super) struct TreeChange<'r, 'o> {
    pub(super) keeps_bits: bool,
    report: &'r mut TreeReport<'o>,
    pub(super) summary: TreeSummary,
    behind: Behind,
}

impl<'r, 'o> TreeChange<'r, 'o> {
    pub(super) fn new(keeps_bits: bool, report: &'r mut TreeReport<'o>) -> TreeChange<'r, 'o> {
        TreeChange {
            keeps_bits,
            report,
            summary: TreeSummary::default(),
            behind: Behind::default(),
        }
    }

    /// What became of the tree that was gone through like this, once everything is done.
    ///
    /// # Errors
    /// That of the walk; nobody listens; there are no threads to be had.
    pub(super) fn end(mut self, walked: io::Result<()>) -> io::Result<TreeSummary> {
        let not = walked.and(self.behind.end())?;
        self.summary.changed -= not.count;
        self.summary.failed += not.count;
        for (path, why) in &not.named {
            self.report.untouched(path, why)?;
        }
        self.summary.untouched += not.count;
        Ok(self.summary)
    }

    /// Gives an entry to somebody, unless it is theirs, and counts it. It has `bits` afterwards, and those that it keeps.
    ///
    /// # Errors
    /// The root cannot be given; nobody listens.
    pub(super) fn entry(&mut self, entry: &Visited<'_>, to: Owner, bits: u32) -> io::Result<()> {
        self.summary.entries += 1;
        if to != entry.seen.owner {
            let keeps = self.keeps_bits || entry.seen.kind != FileType::RegularFile;
            let given = match hindrance(entry) {
                Some(why) => Err(why),
                None if can_wait(entry, bits) => Ok(self.behind.give(entry, to).map(|()| 0)?),
                None => give(entry, to, bits | if keeps { entry.seen.mode } else { 0 }),
            };
            match given {
                Ok(lost) => {
                    self.summary.changed += 1;
                    if lost != 0 {
                        self.cleared(entry.path)?;
                    }
                }
                // A tree whose root cannot be given is read-only, or kept by something that has no owners.
                Err(why) if entry.depth == 0 => return Err(io::Error::other(why)),
                Err(why) => {
                    self.summary.failed += 1;
                    self.left_out(entry.path, &why)?;
                }
            }
        }
        self.report.progress(self.summary.entries, self.summary.changed)
    }

    /// Whether something may have another owner, or other bits, than before.
    pub(super) fn has_changed(&self) -> bool {
        self.summary.changed + self.summary.cleared > 0
    }

    /// Counts and tells a file that lost bits.
    ///
    /// # Errors
    /// Nobody listens.
    pub(super) fn cleared(&mut self, path: &[u8]) -> io::Result<()> {
        self.summary.cleared += 1;
        self.report.cleared(path)
    }

    /// Counts and tells one that stays as it is.
    ///
    /// # Errors
    /// Nobody listens.
    pub(super) fn left_out(&mut self, path: &[u8], why: &str) -> io::Result<()> {
        self.summary.untouched += 1;
        self.report.untouched(path, why)
    }
}

/// Whether an entry's owner can be changed later on: no bits have to be put back, and the walk does not come to it again by
/// another name or by what is in it.
fn can_wait(entry: &Visited<'_>, bits: u32) -> bool {
    let seen = &entry.seen;
    (seen.mode | bits) & TAKEN == 0 && seen.links == 1 && seen.kind != FileType::Directory
}

/// Gives an entry to somebody; those of these bits that an owner's change takes are there afterwards. Gives the bits that
/// it had and has no more.
///
/// # Errors
/// Why it could not be done.
fn give(entry: &Visited<'_>, to: Owner, bits: u32) -> Result<u32, String> {
    let (had, kept) = (entry.seen.mode & TAKEN, bits & TAKEN);
    if had | kept == 0 || entry.seen.kind == FileType::Symlink {
        let flags = match entry.name.is_empty() {
            true => AtFlags::EMPTY_PATH,
            false => AtFlags::SYMLINK_NOFOLLOW,
        };
        return chown(entry.folder, entry.name, to, flags)
            .map_err(said)
            .map(|()| 0);
    }
    let held = hold(entry.folder, entry.name).map_err(said)?;
    let now = Seen::of(held.as_fd(), c"").map_err(said)?;
    if !now.is(&entry.seen) {
        return Err("it was put in the place of another one meanwhile".to_owned());
    }
    chown(held.as_fd(), c"", to, AtFlags::EMPTY_PATH).map_err(said)?;
    put_back(&held, kept).map_err(|e| format!("its setuid or setgid bit was taken: {}", said(e)))?;
    let now = Seen::of(held.as_fd(), c"").map_err(said)?;
    match now.runs_as_owner() & !kept {
        0 => Ok(had & !now.mode),
        _ => Err("its file system leaves it a setuid or setgid bit under its new owner".to_owned()),
    }
}

/// Puts bits back on an entry.
pub(super) fn put_back(held: &OwnedFd, bits: u32) -> rustix::io::Result<()> {
    let seen = Seen::of(held.as_fd(), c"")?;
    let whole = seen.mode | bits & TAKEN;
    if whole == seen.mode {
        return Ok(());
    }
    // A descriptor without the right to read takes no `fchmod`; this name leads to what it holds and nowhere else.
    chmod(
        format!("/proc/self/fd/{}", held.as_raw_fd()),
        Mode::from_raw_mode(whole),
    )?;
    match Seen::of(held.as_fd(), c"")?.mode == whole {
        true => Ok(()),
        false => Err(Errno::PERM),
    }
}

/// An entry itself, without a right to anything in it.
pub(super) fn hold(folder: BorrowedFd<'_>, name: &std::ffi::CStr) -> rustix::io::Result<OwnedFd> {
    let name = if name.is_empty() { c"." } else { name };
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::empty())
}
