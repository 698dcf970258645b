//! Who runs on directories that are given away, and what a person does about them afterwards.

use crate::act::ownership::Wanted;
use crate::engine::{Container, Engine, ErrorKind};
use crate::facts::settings::Ids;
use crate::pipeline::failure::Failure;
use crate::pipeline::{Prepared, difference};
use crate::plan::ServicePlan;
use indexmap::IndexSet;
use std::path::Path;

/// A running container that mounts a directory to write there.
pub(crate) struct RunsOn {
    /// Its name.
    pub(crate) container: String,
    /// The project and the service that it is of.
    of: (String, String),
    /// As it was given to the engine.
    user: String,
}

impl RunsOn {
    fn of(container: &Container) -> RunsOn {
        let project = container.config.labels.get("com.docker.compose.project");
        RunsOn {
            container: container.name.trim_start_matches('/').to_owned(),
            of: (
                project.cloned().unwrap_or_default(),
                container.service().to_owned(),
            ),
            user: container.config.user.clone(),
        }
    }

    /// Whether it is another user than this, as far as its number says.
    pub(crate) fn is_another(&self, ids: Ids) -> bool {
        self.uid() != ids.uid.to_string()
    }

    /// As it was given to the engine, or its image's.
    pub(crate) fn user(&self) -> &str {
        match self.user.as_str() {
            "" => "root",
            user => user,
        }
    }

    /// Whether its first process is root.
    pub(crate) fn is_root(&self) -> bool {
        matches!(self.uid(), "" | "0" | "root")
    }

    /// The project that it is of; empty if of none.
    pub(crate) fn project(&self) -> &str {
        &self.of.0
    }

    /// The service that it is of.
    pub(crate) fn service(&self) -> &str {
        &self.of.1
    }

    fn uid(&self) -> &str {
        self.user.split(':').next().unwrap_or_default()
    }
}

/// Those of these containers that are still there.
fn there(engine: &dyn Engine, names: &[String]) -> Result<Vec<Container>, Failure> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    match engine.inspect(names) {
        Err(error) if error.kind == ErrorKind::NotFound => {}
        all => return Ok(all?),
    }
    // One went meanwhile: what is known of the others must not go with it.
    let mut found = Vec::new();
    for name in names {
        match engine.inspect(std::slice::from_ref(name)) {
            Err(error) if error.kind == ErrorKind::NotFound => {}
            one => found.extend(one?),
        }
    }
    Ok(found)
}

/// The running containers that mount each.
///
/// # Errors
/// The engine does not say which there are.
pub(crate) fn find(engine: &dyn Engine, wanted: &[Wanted]) -> Result<Vec<Vec<RunsOn>>, Failure> {
    let mounting = engine.mounting()?;
    let names: Vec<String> = mounting.iter().map(|m| m.name.clone()).collect();
    let containers = there(engine, &names)?;
    let running: Vec<&Container> = containers.iter().filter(|c| c.state.is_up()).collect();
    let of = |wanted: &Wanted| -> Vec<RunsOn> {
        let Some(path) = wanted.place.directory() else {
            return Vec::new();
        };
        let mounts = running.iter().filter(|c| writes(c, path));
        mounts.map(|c| RunsOn::of(c)).collect()
    };
    Ok(wanted.iter().map(of).collect())
}

/// Whether a container mounts a path, or what it is in, or what is in it, to write there.
fn writes(container: &Container, path: &Path) -> bool {
    let mut mounts = container.mounts.iter().filter(|m| m.kind == "bind" && m.rw);
    mounts.any(|m| path.starts_with(&m.source) || Path::new(&m.source).starts_with(path))
}

/// The commands after which these containers run on what was given: `up` where the plan is another one now, or they do
/// not run as it has them; `restart` where a service has to try again alone. Nothing helps one that stays another user.
pub(super) fn next<'r>(
    plans: Option<(&Prepared, &Prepared)>,
    running: impl Iterator<Item = (&'r RunsOn, Ids)>,
) -> Vec<String> {
    let (mut up, mut again) = (IndexSet::new(), IndexSet::new());
    let mut others = IndexSet::new();
    for (one, ids) in running {
        let (project, service) = &one.of;
        match plans.filter(|(_, now)| now.project.name == *project) {
            Some((before, now)) => {
                let planned = now.plan.services.get(service);
                let user = planned.and_then(|planned| planned.user()).map(|user| user.ids);
                let is_number = one.uid().parse::<u32>().is_ok() || one.uid().is_empty();
                let runs_otherwise = is_number && user.is_some_and(|user| one.is_another(user));
                if runs_otherwise || is_changed(before, now, service) {
                    up.insert(service.as_str());
                } else if user.is_some_and(|user| user.uid == ids.uid) || planned.is_some_and(asks) {
                    again.insert(service.as_str());
                }
            }
            // Whom others run as is nothing that a start by us would change.
            None if !one.is_another(ids) => _ = others.insert(one.container.as_str()),
            None => {}
        }
    }
    let said = |command: &str, names: IndexSet<&str>| {
        let names: Vec<&str> = names.into_iter().collect();
        (!names.is_empty()).then(|| format!("{command} {}", names.join(" ")))
    };
    let commands = [
        said("nrcompose up -d", up),
        said("nrcompose restart", again),
        said("docker restart", others),
    ];
    commands.into_iter().flatten().collect()
}

/// Whether a service gets its directories at each start.
fn asks(planned: &ServicePlan) -> bool {
    planned.intents().any(|intent| intent.directory().is_some())
}

fn is_changed(before: &Prepared, now: &Prepared, service: &str) -> bool {
    let of = |prepared: &Prepared| prepared.hardened.get("services")?.get(service).cloned();
    match (of(before), of(now)) {
        (Some(before), Some(now)) => difference("", &before, &now).is_some(),
        (before, now) => before.is_some() != now.is_some(),
    }
}
