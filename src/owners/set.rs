//! A tree is given to somebody: every entry that is not theirs yet.

use super::Owner;
use super::change::{TAKEN, TreeChange, hold, put_back};
use super::record::Known;
use super::report::TreeReport;
use super::seen::Seen;
use super::walk::{Visit, Visited, open_folder};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::FileType;
use std::ffi::CString;
use std::io;

/// Gives a tree to somebody.
pub(super) struct GiveTree<'r, 'o> {
    give_to: Owner,
    pub(super) tree: TreeChange<'r, 'o>,
}

impl<'r, 'o> GiveTree<'r, 'o> {
    pub(super) fn new(give_to: Owner, keeps_bits: bool, report: &'r mut TreeReport<'o>) -> GiveTree<'r, 'o> {
        GiveTree {
            give_to,
            tree: TreeChange::new(keeps_bits, report),
        }
    }
}

impl Visit for GiveTree<'_, '_> {
    fn entry(&mut self, entry: &Visited<'_>) -> io::Result<()> {
        if entry.depth == 0 {
            self.tree.summary.root = Some(entry.seen.owner);
            self.tree.summary.root_mode = entry.seen.mode;
        }
        self.tree.entry(entry, self.give_to, 0)
    }

    fn left_out(&mut self, path: &[u8], why: &str) -> io::Result<()> {
        self.tree.left_out(path, why)
    }
}

impl GiveTree<'_, '_> {
    /// What was ended between the change of an owner and what follows it: the bits are put back where the file lacks
    /// them, or it is told that it lost them.
    ///
    /// # Errors
    /// Nobody listens.
    pub(super) fn finish(&mut self, root: BorrowedFd<'_>, known: &Known, given_to: Owner) -> io::Result<()> {
        for (path, held, bits) in with_bits(root, known, given_to) {
            match self.tree.keeps_bits {
                // Somebody may have taken the file away; that it lacks a bit then is nobody's loss.
                true => _ = put_back(&held, bits),
                false => self.tree.cleared(path)?,
            }
        }
        Ok(())
    }
}

/// The files that a change which was ended early had come to: each has that owner, and had these bits.
pub(super) fn with_bits<'k>(
    root: BorrowedFd<'k>,
    known: &'k Known,
    given_to: Owner,
) -> impl Iterator<Item = (&'k [u8], OwnedFd, u32)> {
    let all = known.with_bits().filter(|(_, bits)| bits & TAKEN != 0);
    all.filter_map(move |(path, bits)| {
        let held = find(root, path)?;
        let seen = Seen::of(held.as_fd(), c"").ok()?;
        let is_ours = seen.owner == given_to && seen.kind == FileType::RegularFile;
        is_ours.then_some((path, held, bits))
    })
}

/// An entry by its path, in which no link is followed and no mount entered.
pub(super) fn find(root: BorrowedFd<'_>, path: &[u8]) -> Option<OwnedFd> {
    let top = Seen::of(root, c"").ok()?;
    let mut names: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
    let last = names.pop()?;
    let mut folder = open_folder(root, c".").ok()?;
    for name in names {
        folder = open_folder(folder.as_fd(), &plain(name)?).ok()?;
    }
    let held = hold(folder.as_fd(), &plain(last)?).ok()?;
    Seen::of(held.as_fd(), c"")
        .is_ok_and(|seen| seen.is_mounted_with(&top))
        .then_some(held)
}

/// A name that leads nowhere but down.
fn plain(name: &[u8]) -> Option<CString> {
    match name {
        b"" | b"." | b".." => None,
        name => CString::new(name).ok(),
    }
}
