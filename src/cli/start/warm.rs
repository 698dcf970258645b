//! A start at which every container keeps running needs no look: what was right when they started is theirs since.

use super::{Starting, places};
use crate::act::started::{self, Started};
use crate::act::state::StateDirectory;
use crate::engine::{Container, Engine};
use crate::model::{self, image_of};
use crate::pipeline::failure::Failure;
use indexmap::{IndexMap, IndexSet};

/// Whether Compose will leave the containers of these services alone: they are those of the last start, which was of the same
/// project, they run, and their images are the same. `project` is its fingerprint.
///
/// # Errors
/// The engine does not say which containers there are.
pub(super) fn keeps_running(
    start: &Starting,
    services: &IndexSet<String>,
    project: &str,
) -> Result<bool, Failure> {
    let prepared = start.prepared;
    let Some(last) = state(start)?.read_started(&prepared.project.name, &prepared.project.directory) else {
        return Ok(false);
    };
    if last.project != project || places::pulls_again(prepared) {
        return Ok(false);
    }
    let containers = start.of(services)?;
    let is_same = |c: &Container| last.containers.get(&c.id).is_some() && c.state.is_up();
    let of = |name: &String| {
        let last = last.containers.values().filter(|service| *service == name);
        (
            last.count(),
            containers.iter().filter(|c| c.service() == name).count(),
        )
    };
    if !containers.iter().all(is_same)
        || !services
            .iter()
            .all(|name| matches!(of(name), (then, now) if then == now && now > 0))
    {
        return Ok(false);
    }
    let named: Vec<(String, &Container)> = containers
        .iter()
        .filter_map(|c| {
            Some((
                image_of(&prepared.project, model::service(&prepared.project, c.service())?),
                c,
            ))
        })
        .collect();
    let names: IndexSet<String> = named.iter().map(|(name, _)| name.clone()).collect();
    let names: Vec<String> = names.into_iter().collect();
    let Ok(images) = start.engine.images(&names) else {
        return Ok(false);
    };
    let ids: IndexMap<&String, &String> = names
        .iter()
        .zip(&images)
        .filter_map(|(name, image)| Some((name, &image.as_ref()?.id)))
        .collect();
    Ok(named.len() == containers.len() && named.iter().all(|(name, c)| ids.get(name) == Some(&&c.image)))
}

/// Notes which containers a start of a project with this fingerprint is about, for the next one.
///
/// # Errors
/// There is no place for state.
pub(super) fn note(start: &Starting, containers: &[Container], project: String) -> Result<(), Failure> {
    let prepared = start.prepared;
    let named = containers.iter().map(|c| (c.id.clone(), c.service().to_owned()));
    let started = Started {
        version: started::VERSION,
        project,
        containers: named.collect(),
    };
    let (name, directory) = (&prepared.project.name, &prepared.project.directory);
    // Without it, the next start looks once more.
    _ = state(start)?.write_started(name, directory, &started);
    Ok(())
}

fn state(start: &Starting) -> Result<StateDirectory, Failure> {
    Ok(StateDirectory::find(&start.session.settings.environment)?)
}
