//! What is told while a tree is gone through: pieces of a record, what is left alone, and how far it is.

use super::frame::Answer;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// How much of a record is sent at once.
const PIECE: usize = 32 * 1024;
/// How many entries that are left alone, and how many that lose bits, are named.
const NAMED: u64 = 20;
/// How often it is told how far it is.
const PAUSE: Duration = Duration::from_millis(250);
/// How many entries are gone through before the clock is looked at.
const STRIDE: u64 = 1024;

/// Tells it.
pub(super) struct TreeReport<'o> {
    out: &'o mut dyn Write,
    piece: Vec<u8>,
    named: u64,
    cleared: u64,
    told: Instant,
}

impl<'o> TreeReport<'o> {
    pub(super) fn new(out: &'o mut dyn Write) -> TreeReport<'o> {
        TreeReport {
            out,
            piece: Vec::with_capacity(PIECE),
            named: 0,
            cleared: 0,
            told: Instant::now(),
        }
    }

    pub(super) fn record(&mut self, entry: &[u8]) -> io::Result<()> {
        if self.piece.len() + entry.len() > PIECE {
            self.flush()?;
        }
        self.piece.extend_from_slice(entry);
        Ok(())
    }

    pub(super) fn untouched(&mut self, path: &[u8], why: &str) -> io::Result<()> {
        self.named += 1;
        match self.named <= NAMED {
            true => Answer::Untouched(super::shown(path), why.to_owned()).send(self.out),
            false => Ok(()),
        }
    }

    pub(super) fn cleared(&mut self, path: &[u8]) -> io::Result<()> {
        self.cleared += 1;
        match self.cleared <= NAMED {
            true => Answer::Cleared(super::shown(path)).send(self.out),
            false => Ok(()),
        }
    }

    pub(super) fn progress(&mut self, seen: u64, changed: u64) -> io::Result<()> {
        if !seen.is_multiple_of(STRIDE) || self.told.elapsed() < PAUSE {
            return Ok(());
        }
        self.told = Instant::now();
        Answer::Progress(seen, changed).send(self.out)?;
        self.out.flush()
    }

    /// Sends what is left of the record.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        super::frame::send(self.out, b'R', &self.piece)?;
        self.piece.clear();
        Ok(())
    }
}
