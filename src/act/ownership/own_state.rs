//! nrcompose's own state is given to nobody: whoever had it could say whose everything was.

use super::{Ownership, Wanted};
use crate::diagnostic::Diagnostic;
use anyhow::{Result, bail};

impl Ownership<'_> {
    /// Whether no directory is where records are kept, holds it, or is in it.
    ///
    /// # Errors
    /// One that is.
    pub(super) fn must_not_be_ours(&self, wanted: &[Wanted]) -> Result<()> {
        let state = &self.records.root;
        let state = state.canonicalize().unwrap_or_else(|_| state.clone());
        for path in wanted.iter().filter_map(|want| want.place.directory()) {
            let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            if state.starts_with(&real) || real.starts_with(&state) {
                let message = format!(
                    "giving {}: nrcompose keeps its own state there, {}",
                    path.display(),
                    state.display()
                );
                let help =
                    "name only the directory that the service writes, or set XDG_STATE_HOME to another place";
                bail!(Diagnostic::error(message).help(help));
            }
        }
        Ok(())
    }
}
