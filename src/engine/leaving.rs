//! The end of a run's things.

use super::keeper::Keeper;
use crate::diagnostic::Diagnostic;
use anyhow::{Context, Result, bail};

/// What a run made is being removed.
#[derive(Debug)]
pub struct Leaving(Keeper);

impl Leaving {
    pub(super) fn of(keeper: Keeper) -> Leaving {
        Leaving(keeper)
    }

    /// Waits until everything is gone.
    ///
    /// # Errors
    /// Something could not be removed.
    pub fn gone(mut self) -> Result<()> {
        let status = self.0.child.wait().context("removing what was made")?;
        if !status.success() {
            let left = Diagnostic::error("removing what was made: something is left");
            bail!(left.help("`nrcompose doctor --clean` removes it"));
        }
        Ok(())
    }
}
