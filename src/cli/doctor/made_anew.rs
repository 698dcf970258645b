//! Services of the project here that another program made anew since nrcompose started them.

use super::Checkup;
use crate::act::state::StateDirectory;
use crate::cli::session::Session;
use crate::cli::unsaved::{recreated_without_us, told_of_recreated};
use crate::load::{self, Options};
use crate::locate;

/// One finding, if there is a project here that has such services. What is wrong with project or engine is told elsewhere.
pub(super) fn look(session: &Session) -> Option<Checkup> {
    let location = locate::locate(&session.settings).ok()?;
    let project = load::load(&location, &Options::default()).ok()?;
    let state = StateDirectory::find(&session.settings.environment).ok()?;
    let path = state.override_path(&project.name, &project.directory);
    // Where nothing was ever started, nobody is asked.
    state.read_override(&path)?;
    session.this_engine().reach(session.plan.engine_limit()).ok()?;
    let engine = session.docker().ok()?;
    let services = recreated_without_us(&engine, &project, &state).ok()?;
    let (found, help) = told_of_recreated(&services)?;
    Some(Checkup::note("services", found).help(help))
}
