//! `nrcompose ownership`: whose the trees are that services write, and what nrcompose did about that.

mod give;
mod may_give;
mod named;

use super::session::Session;
use crate::pipeline::failure::Failure;

/// Give directories of this machine to the users of services, with their former owners on record
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OwnershipArgs {
    /// What to do
    #[command(subcommand)]
    pub verb: OwnershipVerb,
}

/// What to do about owners.
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum OwnershipVerb {
    Give(give::Give),
}

impl OwnershipArgs {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// See the verbs.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        match &self.verb {
            OwnershipVerb::Give(give) => give.run(session),
        }
    }
}
