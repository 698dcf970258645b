//! All that a service writes of this machine, as `ownership give SERVICE` gives it.

use super::give::can_write_anyway;
use super::named::{GiftWords, Gifts};
use super::runs_on;
use crate::act::ownership::{Look, Ownership, Wanted};
use crate::cli::session::Session;
use crate::engine::Engine;
use crate::facts::settings::Ids;
use crate::model::Service;
use crate::pipeline::failure::Failure;
use crate::pipeline::{Prepared, this_host};

/// What of this machine is to be given to a service.
#[derive(Default)]
pub(crate) struct OfService {
    /// What is somebody else's, and how much of it.
    pub(crate) wanted: Vec<(Wanted, Look)>,
    /// What is not given, and why.
    pub(crate) left: Vec<String>,
}

/// Looks at the directories that a service writes as this user; nothing is changed.
///
/// # Errors
/// The engine does not answer.
pub(crate) fn of_service(
    session: &Session,
    engine: &dyn Engine,
    ownership: &Ownership<'_>,
    prepared: &Prepared,
    (service, ids): (Service<'_>, Ids),
) -> Result<OfService, Failure> {
    let words = GiftWords {
        host: this_host(&prepared.project, &session.settings.environment),
        prepared: Some(prepared),
        directory: prepared.project.directory.clone(),
        cwd: session.settings.cwd.clone(),
        to: None,
        recursive: false,
    };
    let (mut gifts, mut found) = (Gifts::default(), OfService::default());
    if let Err(why) = words.of_service(prepared, service, ids, &mut gifts) {
        found.left.push(why.message);
    }
    // Files, sockets and devices are given to nobody; what is to be said of them, the plan says.
    let left = gifts.left.into_iter().filter(|(path, _)| path.is_dir());
    found.left.extend(left.map(|(_, why)| why));
    let running = runs_on::find(engine, &gifts.wanted)?;
    for (want, running) in gifts.wanted.into_iter().zip(running) {
        let look = ownership.look(std::slice::from_ref(&want))?;
        let Some(look) = look.into_iter().next().filter(|look| look.wrong > 0) else {
            continue;
        };
        let is_other = |one: &&runs_on::RunsOn| {
            one.project() != prepared.project.name && one.is_another(ids) && !one.is_root()
        };
        match (can_write_anyway(ownership, &want), running.iter().find(is_other)) {
            (Ok(true), _) => {}
            (Err(why), _) => found.left.extend(why.diagnostics.into_iter().map(|d| d.message)),
            (Ok(false), Some(other)) => found.left.push(format!(
                "{} is in use by the running container {}, whose user is {}",
                want.place,
                other.container,
                other.user()
            )),
            (Ok(false), None) => found.wanted.push((want, look)),
        }
    }
    Ok(found)
}
