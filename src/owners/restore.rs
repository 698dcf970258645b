//! A tree is put back: each entry goes the way of its owners back, from the newest record to the oldest.

use super::Owner;
use super::change::TreeChange;
use super::frame::RecordOrder;
use super::record::Known;
use super::report::TreeReport;
use super::seen::Seen;
use super::walk::{Visit, Visited};
use std::io;

/// One change that is taken back.
pub(super) struct PastChange {
    pub(super) order: RecordOrder,
    pub(super) known: Known,
}

/// Puts a tree back.
pub(super) struct PuttingBack<'r, 'o> {
    /// The newest first.
    changes: Vec<PastChange>,
    pub(super) tree: TreeChange<'r, 'o>,
}

/// Whose an entry was before a change.
struct FormerState {
    owner: Owner,
    /// The bits that the change took.
    bits: u32,
    /// Whether something may have become of the entry since.
    is_changed: bool,
}

impl PastChange {
    /// What was before this change of an entry that has this owner now; nothing where this change was not of it.
    fn back(&mut self, entry: &Visited<'_>, now: Owner) -> Option<FormerState> {
        let given_to = self.order.given_to;
        let former = match self.order.recursive || entry.depth == 0 {
            true => self.known.next(entry.path, entry.depth)?,
            false => return None,
        };
        // What somebody else made since, or was given to them, is theirs.
        if now.uid != given_to.uid {
            return None;
        }
        let gid = if now.gid == given_to.gid {
            former.owner.gid
        } else {
            now.gid
        };
        let uid = former.owner.uid;
        Some(FormerState {
            owner: Owner { uid, gid },
            bits: former.bits.unwrap_or(0),
            is_changed: gid != former.owner.gid || self.is_changed(&entry.seen),
        })
    }

    /// Whether an entry is another one, or was written, since the change was done: its owner could do both, and must
    /// not get a program of theirs to run as who had it before.
    fn is_changed(&self, seen: &Seen) -> bool {
        let (second, part) = self.order.ended;
        // Some file systems count whole seconds.
        let ended = if part == 0 {
            (second + 1, 0)
        } else {
            (second, part)
        };
        !self.order.is_pending && seen.changed > ended
    }
}

impl<'r, 'o> PuttingBack<'r, 'o> {
    pub(super) fn new(
        changes: Vec<PastChange>,
        keeps_bits: bool,
        report: &'r mut TreeReport<'o>,
    ) -> PuttingBack<'r, 'o> {
        PuttingBack {
            changes,
            tree: TreeChange::new(keeps_bits, report),
        }
    }

    /// The owner that an entry goes back to, the bits that are put back, and whether others are not.
    fn back(&mut self, entry: &Visited<'_>) -> (Owner, u32, bool) {
        let (mut owner, mut bits, mut is_lost) = (entry.seen.owner, 0, false);
        for change in &mut self.changes {
            let is_pending = change.order.is_pending;
            let Some(before) = change.back(entry, owner) else {
                continue;
            };
            if self.tree.keeps_bits {
                // It has them still; later the service may have taken one away itself.
                bits |= if is_pending { before.bits } else { 0 };
            } else if before.owner != owner {
                // What another owner between had is none of this one's.
                is_lost = before.bits != 0 && before.is_changed;
                bits = if is_lost { 0 } else { before.bits };
            }
            owner = before.owner;
        }
        (owner, bits, is_lost)
    }
}

impl Visit for PuttingBack<'_, '_> {
    fn entry(&mut self, entry: &Visited<'_>) -> io::Result<()> {
        let (owner, bits, is_lost) = self.back(entry);
        if entry.depth == 0 {
            self.tree.summary.root = Some(owner);
            self.tree.summary.root_mode = entry.seen.mode;
        }
        self.tree.entry(entry, owner, bits)?;
        if is_lost {
            let why = "its setuid or setgid bits are not put back: it was changed since it was given away";
            self.left_out(entry.path, why)?;
        }
        Ok(())
    }

    fn left_out(&mut self, path: &[u8], why: &str) -> io::Result<()> {
        self.tree.left_out(path, why)
    }
}
