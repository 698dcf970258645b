//! `nrcompose ownership`: whose the trees are that services write, and what nrcompose did about that.

mod give;
mod given;
mod list;
mod may_give;
mod named;
mod of_project;
mod of_service;
mod restore;
pub(crate) mod runs_on;
mod set;

pub(crate) use of_service::of_service;
pub(crate) use restore::of_project;

use super::session::{self, Session};
use crate::act::ownership::Ownership;
use crate::act::state::StateDirectory;
use crate::engine::Engine;
use crate::pipeline::failure::Failure;

/// What works on owners, on the engine that is asked now.
///
/// # Errors
/// No engine, no place for records.
pub(crate) fn open<'e>(session: &Session, engine: &'e dyn Engine) -> Result<Ownership<'e>, Failure> {
    let state = StateDirectory::find(&session.settings.environment)?;
    let info = engine.info()?;
    Ok(Ownership::new(engine, &info, state, &session::progress))
}

/// Show whose volumes and directories are, put them back, or give directories to the users of services
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OwnershipArgs {
    /// What to do; `list` if nothing is said
    #[command(subcommand)]
    pub verb: Option<OwnershipVerb>,
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap shows a doc comment of a flattened struct as its own"
    )]
    pub list: list::List,
}

/// What to do about owners.
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum OwnershipVerb {
    List(list::List),
    Restore(restore::Restore),
    Give(give::Give),
    #[command(hide = true)]
    Set(set::Set),
}

impl OwnershipArgs {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// See the verbs.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        match &self.verb {
            None => self.list.run(session),
            Some(OwnershipVerb::List(list)) => list.run(session),
            Some(OwnershipVerb::Restore(restore)) => restore.run(session),
            Some(OwnershipVerb::Give(give)) => give.run(session),
            Some(OwnershipVerb::Set(set)) => set.run(session),
        }
    }
}
