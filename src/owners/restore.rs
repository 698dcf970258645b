//! A tree is put back: each entry goes the way of its owners back, from the newest record to the oldest.

use super::Owner;
use super::change::TreeChange;
use super::frame::RecordOrder;
use super::record::Known;
use super::report::TreeReport;
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

impl PastChange {
    /// Whose an entry was before this change that has this owner now, and the bits that it had.
    fn back(&mut self, entry: &Visited<'_>, now: Owner) -> (Owner, u32) {
        let given_to = self.order.given_to;
        let former = match self.order.recursive || entry.depth == 0 {
            true => self.known.next(entry.path, entry.depth),
            false => None,
        };
        match former {
            // What somebody else made since, or was given to them, is theirs.
            Some(former) if now.uid == given_to.uid => {
                let gid = if now.gid == given_to.gid {
                    former.owner.gid
                } else {
                    now.gid
                };
                let uid = former.owner.uid;
                // Later the service may have taken a bit away itself.
                let bits = former.bits.filter(|_| self.order.is_pending).unwrap_or(0);
                (Owner { uid, gid }, bits)
            }
            _ => (now, 0),
        }
    }
}

impl<'r, 'o> PuttingBack<'r, 'o> {
    pub(super) fn new(changes: Vec<PastChange>, report: &'r mut TreeReport<'o>) -> PuttingBack<'r, 'o> {
        PuttingBack {
            changes,
            tree: TreeChange::new(report),
        }
    }
}

impl Visit for PuttingBack<'_, '_> {
    fn entry(&mut self, entry: &Visited<'_>) -> io::Result<()> {
        let (mut owner, mut bits) = (entry.seen.owner, 0);
        for change in &mut self.changes {
            let (before, had) = change.back(entry, owner);
            (owner, bits) = (before, bits | had);
        }
        if entry.depth == 0 {
            self.tree.summary.root = Some(owner);
            self.tree.summary.root_mode = entry.seen.mode;
        }
        self.tree.entry(entry, owner, bits)
    }

    fn left_out(&mut self, path: &[u8], why: &str) -> io::Result<()> {
        self.tree.left_out(path, why)
    }
}
