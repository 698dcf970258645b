//! What may take long is told, once.

use std::cell::Cell;
use std::io::Read;
use std::time::{Duration, Instant};

/// After this a person wants to know what is waited for.
const LONG: Duration = Duration::from_secs(1);

/// How a person is told what takes its time.
pub(crate) type Tell = fn(&str);

/// What may take long, and is told once when it does.
pub(super) struct Slow<'t> {
    since: Instant,
    is_told: Cell<bool>,
    tell: &'t dyn Fn(),
}

impl<'t> Slow<'t> {
    /// What begins now.
    pub(super) fn from_now(tell: &'t dyn Fn()) -> Slow<'t> {
        Slow {
            since: Instant::now(),
            is_told: Cell::new(false),
            tell,
        }
    }

    /// Files that are told of while they come.
    pub(super) fn watch<R: Read>(&self, files: R) -> WatchedRead<'_, 't, R> {
        WatchedRead { files, slow: self }
    }
}

/// Files that are told of while they come.
pub(super) struct WatchedRead<'s, 't, R> {
    files: R,
    slow: &'s Slow<'t>,
}

impl<R: Read> Read for WatchedRead<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.slow.since.elapsed() > LONG && !self.slow.is_told.replace(true) {
            (self.slow.tell)();
        }
        self.files.read(buffer)
    }
}
