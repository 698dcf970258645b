//! A look at a tree: what of it belongs to somebody else, and the record of whose everything is.

use super::Owner;
use super::change::{TAKEN, hindrance};
use super::frame::TreeSummary;
use super::record::{self, Former, Known};
use super::report::TreeReport;
use super::walk::{Visit, Visited};
use rustix::fs::FileType;
use std::io;

/// How many wrong entries are named.
const SAMPLES: usize = 5;

/// Looks at a tree that is to belong to somebody.
pub(super) struct Scan<'r, 'o> {
    pub(super) give_to: Owner,
    /// The record of a change that was ended early.
    pub(super) known: Option<Known>,
    pub(super) report: &'r mut TreeReport<'o>,
    pub(super) summary: TreeSummary,
    /// The owners of the directories that lead to the entry.
    way: Vec<Owner>,
    entry: Vec<u8>,
}

impl<'r, 'o> Scan<'r, 'o> {
    pub(super) fn new(give_to: Owner, known: Option<Known>, report: &'r mut TreeReport<'o>) -> Scan<'r, 'o> {
        Scan {
            give_to,
            known,
            report,
            summary: TreeSummary::default(),
            way: Vec::new(),
            entry: Vec::new(),
        }
    }

    /// Notes an entry that belongs to somebody else.
    fn wrong(&mut self, entry: &Visited<'_>, former: Option<Former>, bits: Option<u32>) {
        let owner = entry.seen.owner;
        self.summary.wrong += 1;
        if self.summary.samples.len() < SAMPLES {
            self.summary.samples.push((super::shown(entry.path), owner));
        }
        if let Some(bits) = bits {
            self.summary.with_bits += 1;
            self.summary.with_setgid += u64::from(bits & 0o2000 != 0);
        }
        let is_known = former.is_some_and(|f| f.owner == owner && (bits.is_none() || f.bits == bits));
        self.summary.unknown += u64::from(!is_known);
    }
}

impl Visit for Scan<'_, '_> {
    fn entry(&mut self, entry: &Visited<'_>) -> io::Result<()> {
        let Visited {
            path, depth, seen, ..
        } = *entry;
        self.summary.entries += 1;
        if depth == 0 {
            self.summary.root = Some(seen.owner);
            self.summary.root_mode = seen.mode;
        }
        let former = self.known.as_mut().and_then(|known| known.next(path, depth));
        let mut bits = None;
        if seen.owner != self.give_to {
            match hindrance(entry) {
                Some(why) => self.left_out(path, &why)?,
                None => {
                    let loses = seen.mode & TAKEN != 0 && seen.kind == FileType::RegularFile;
                    bits = loses.then_some(seen.mode);
                    self.wrong(entry, former, bits);
                }
            }
        }
        self.way.truncate(depth);
        let above = self.way.last();
        if above != Some(&seen.owner) || bits.is_some() {
            self.entry.clear();
            let former = Former {
                owner: seen.owner,
                bits,
            };
            record::write(&mut self.entry, path, former);
            self.report.record(&self.entry)?;
        }
        self.way.push(seen.owner);
        self.report.progress(self.summary.entries, 0)
    }

    fn left_out(&mut self, path: &[u8], why: &str) -> io::Result<()> {
        self.summary.untouched += 1;
        self.report.untouched(path, why)
    }
}
