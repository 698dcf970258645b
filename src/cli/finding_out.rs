//! Whether and how it is found out that services work, and what was found out before.

use crate::act::receipts::Receipts;
use crate::cli::own_flags::{OwnFlags, StartFlags};
use crate::diagnostic::Diagnostic;
use crate::input;
use crate::locate::{self, ProcessSettings};
use crate::pipeline::failure::Failure;
use crate::watch::patience::LONGEST;
use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// What the person says about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct FindingOut {
    /// `CI=true` or `--nr-no-state`: what earlier starts found out neither counts nor is kept, nobody watches, and nothing is
    /// guessed.
    pub is_off: bool,
    /// `--nr-trust`: nobody watches.
    pub trusts: bool,
    /// `--nr-watch`: how long at most.
    pub limit: Option<Duration>,
    /// `--nr-force`, until something failed again: what did not work here is tried once more.
    pub retries: Rc<Cell<bool>>,
    /// `--nr-quiet`: only what went wrong is said.
    pub is_quiet: bool,
    /// `--nr-receipts`: what another machine found out.
    pub handed_in: Receipts,
}

impl FindingOut {
    /// What stands before a command.
    ///
    /// # Errors
    /// A file of receipts that is none.
    pub(crate) fn of(flags: &OwnFlags, settings: &ProcessSettings) -> Result<FindingOut, Failure> {
        let handed_in = flags.receipts.as_deref().map(handed_in).transpose()?;
        Ok(FindingOut {
            is_off: flags.no_state || is_ci(settings),
            trusts: flags.trust,
            limit: flags.watch,
            retries: Rc::new(Cell::new(flags.force)),
            is_quiet: flags.quiet,
            handed_in: handed_in.unwrap_or_default(),
        })
    }

    /// How long a service is watched at most.
    pub(crate) fn longest(&self) -> Duration {
        self.limit.unwrap_or(LONGEST)
    }

    /// What stands behind a command of Compose's, too.
    pub(crate) fn add(&mut self, flags: &StartFlags) {
        self.trusts |= flags.trust;
        self.is_quiet |= flags.quiet;
        self.limit = flags.watch.or(self.limit);
        self.retries.set(self.retries.get() || flags.force);
    }
}

/// Whether this is a run that nobody watches, and that is to come out the same on every machine.
fn is_ci(settings: &ProcessSettings) -> bool {
    let said = settings.environment.get("CI");
    said.and_then(|said| locate::truth(said)).unwrap_or(false)
}

/// What another machine found out to work; that something did not work there says nothing of this one.
fn handed_in(path: &Path) -> Result<Receipts, Failure> {
    let failed = |why: String| {
        let message = format!(
            "reading what was found out elsewhere from {}: {why}",
            path.display()
        );
        Diagnostic::error(message).help("`nrcompose verify --export-receipts FILE` writes such a file")
    };
    let text = input::bytes(path).map_err(|error| failed(error.to_string()))?;
    let read = Receipts::read(&String::from_utf8_lossy(&text)).map_err(failed)?;
    Ok(read.only(|receipt| receipt.failed.is_none()))
}
