//! A tree is put back: each entry goes the way of its owners back, from the newest record to the oldest.

use super::Owner;
use super::change::{give, hindrance};
use super::frame::{RecordOrder, TreeSummary};
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
    pub(super) changes: Vec<PastChange>,
    pub(super) report: &'r mut TreeReport<'o>,
    pub(super) summary: TreeSummary,
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
            report,
            summary: TreeSummary::default(),
        }
    }
}

impl Visit for PuttingBack<'_, '_> {
    fn entry(&mut self, entry: &Visited<'_>) -> io::Result<()> {
        self.summary.entries += 1;
        let (mut owner, mut bits) = (entry.seen.owner, 0);
        for change in &mut self.changes {
            let (before, had) = change.back(entry, owner);
            (owner, bits) = (before, bits | had);
        }
        if entry.depth == 0 {
            self.summary.root = Some(owner);
            self.summary.root_mode = entry.seen.mode;
        }
        if owner != entry.seen.owner {
            let given = match hindrance(entry) {
                Some(why) => Err(why),
                None => give(entry, owner, bits),
            };
            match given {
                Ok(()) => self.summary.changed += 1,
                Err(why) if entry.depth == 0 => return Err(io::Error::other(why)),
                Err(why) => {
                    self.summary.failed += 1;
                    self.left_out(entry.path, &why)?;
                }
            }
        }
        self.report.progress(self.summary.entries, self.summary.changed)
    }

    fn left_out(&mut self, path: &[u8], why: &str) -> io::Result<()> {
        self.summary.untouched += 1;
        self.report.untouched(path, why)
    }
}
