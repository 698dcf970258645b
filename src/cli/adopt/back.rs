//! Services as their author wrote them, with the owners of before and with their data in the layers of their containers.
//!
//! Nothing is removed before what takes its place was compared: volumes of ours go last.

use super::scene::AdoptScene;
use super::table::{entries, size};
use crate::act::adopt::into_layer;
use crate::act::adopted::{Adopted, AdoptedVolume};
use crate::act::ownership::{Place, Restored};
use crate::cli::ownership::of_project;
use crate::cli::session::progress;
use crate::engine::{Container, Engine, ErrorKind};
use crate::pipeline::failure::Failure;
use std::path::Path;

/// What Compose writes on each volume that it makes.
const KEY: &str = "com.docker.compose.volume";

/// The services, and what belongs to them.
pub(super) struct GoingBack<'s> {
    pub(super) scene: &'s AdoptScene<'s>,
    /// Those whose containers are made anew.
    pub(super) services: &'s [String],
    /// Those that are started afterwards.
    pub(super) start: &'s [String],
    /// What goes back into the layers of their containers.
    pub(super) volumes: Vec<AdoptedVolume>,
    /// Volumes that a start made just now, by their names on the engine: those that the author does not know of go.
    pub(super) made: Vec<String>,
    /// Whose owners are put back; if nothing is said, what these services alone mount.
    pub(super) places: Option<Vec<Place>>,
}

/// The volumes of the project that are there.
///
/// # Errors
/// The engine does not say.
pub(super) fn volumes_there(scene: &AdoptScene) -> Result<Vec<String>, Failure> {
    let all = scene.engine.labelled_volumes(KEY, &scene.project.name)?;
    Ok(all.into_iter().map(|volume| volume.name).collect())
}

impl GoingBack<'_> {
    /// Does it; gives what a person must know, each in a line. What is not back in a layer stays in its volume and on
    /// record.
    ///
    /// # Errors
    /// Compose or the engine fails; what was done is on record, and the next `adopt --undo` goes on.
    pub(super) fn run(&self, record: &mut Adopted) -> Result<Vec<String>, Failure> {
        let scene = self.scene;
        let mut told = Vec::new();
        let there = scene.containers()?;
        let places = match &self.places {
            Some(places) => places.clone(),
            None => self.places_of(&there)?,
        };
        if !self.services.is_empty() {
            scene.plain(&["stop"], self.services)?;
        }
        self.restore(&places, &mut told)?;
        if !self.services.is_empty() {
            let words = ["up", "--no-start", "--no-deps", "--force-recreate"];
            scene.plain(&words, self.services)?;
        }
        let now = scene.containers()?;
        let mut gone: Vec<&AdoptedVolume> = Vec::new();
        for one in &self.volumes {
            match self.is_back(one, &now) {
                Ok(Some(line)) => {
                    progress(&line);
                    gone.push(one);
                }
                Ok(None) => gone.push(one),
                Err(failure) => {
                    let why = failure.diagnostics.into_iter().map(|d| d.message);
                    let why: Vec<String> = why.collect();
                    told.push(format!(
                        "{}: {} is not back in its container, and stays in the volume {}: {}",
                        one.service,
                        one.path,
                        scene.volume(&one.key),
                        why.join("; ")
                    ));
                }
            }
        }
        if !self.start.is_empty() {
            let words = ["up", "-d", "--no-deps", "--no-recreate"];
            scene.plain(&words, self.start)?;
        }
        for one in gone {
            let name = scene.volume(&one.key);
            match scene.engine.remove_volume(&name) {
                Err(error) if error.kind != ErrorKind::NotFound => {
                    told.push(format!(
                        "the volume {name} is of no use any more, and stays: {error}"
                    ));
                }
                _ => {}
            }
            record.volumes.retain(|other| other != one);
        }
        self.remove_made(record, &mut told)?;
        scene
            .state
            .write_adopted(&scene.project.name, &scene.project.directory, record)?;
        Ok(told)
    }

    fn restore(&self, places: &[Place], told: &mut Vec<String>) -> Result<(), Failure> {
        if places.is_empty() {
            return Ok(());
        }
        for one in self.scene.ownership().restore_each(places, false)? {
            match one {
                Restored::Done(done) => {
                    progress(&format!("{}: {} of {} put back", done.place, done.changed, entries(done.entries)));
                    for problem in done.problems {
                        told.push(format!("{}: left: {}: {}", done.place, problem.path, problem.why));
                    }
                }
                Restored::Gone(..) => {}
                Restored::Left(place, error) => told.push(format!(
                    "the owners of {place} are not put back: {error:#}; `nrcompose ownership restore {}` does it",
                    place.name()
                )),
            }
        }
        Ok(())
    }

    /// Whether the data of a volume is where its author's service has it, by copying it there if it is not; with what was
    /// done.
    ///
    /// # Errors
    /// There is no container to take it, or one that has other data by now; the copy is not the same.
    fn is_back(&self, one: &AdoptedVolume, containers: &[Container]) -> Result<Option<String>, Failure> {
        let scene = self.scene;
        let volume = scene.volume(&one.key);
        if !scene.engine.volume_exists(&volume)? {
            return Ok(None);
        }
        let own: Vec<&Container> = containers.iter().filter(|c| c.service() == one.service).collect();
        // It was never made anew: its layer has all.
        if own
            .iter()
            .any(|c| !one.is_whole || one.is_of(c) || one.from.starts_with(&c.id))
        {
            return Ok(None);
        }
        let mut line = None;
        for container in &own {
            let is_new = container.state.started_at.starts_with("0001-");
            if !is_new {
                let why = format!("{} was started meanwhile", container.name.trim_start_matches('/'));
                return Err(crate::diagnostic::Diagnostic::error(why).into());
            }
            let copied = into_layer(scene.copied_with(), &volume, (&container.id, &one.path))?;
            line = Some(format!(
                "{}: {} is back in its container: {}, {}, compared",
                one.service,
                one.path,
                entries(copied.entries),
                size(copied.bytes)
            ));
        }
        match line {
            Some(line) => Ok(Some(line)),
            None => Err(crate::diagnostic::Diagnostic::error("it has no container").into()),
        }
    }

    /// What is recorded and these services alone mount.
    fn places_of(&self, containers: &[Container]) -> Result<Vec<Place>, Failure> {
        let scene = self.scene;
        let mut places = of_project(scene.session, &scene.engine, &scene.ownership())?;
        let is_of = |c: &&Container| self.services.iter().any(|name| name == c.service());
        let (own, others): (Vec<&Container>, Vec<&Container>) = containers.iter().partition(is_of);
        places
            .retain(|place| own.iter().any(|c| mounts(c, place)) && !others.iter().any(|c| mounts(c, place)));
        Ok(places)
    }

    /// Removes what a start made that the author does not know of, and that holds nothing from before.
    fn remove_made(&self, record: &Adopted, told: &mut Vec<String>) -> Result<(), Failure> {
        let scene = self.scene;
        let volumes = scene.project.tree.get("volumes").and_then(|v| v.as_map());
        let theirs: Vec<String> = volumes
            .into_iter()
            .flat_map(|map| map.keys())
            .map(|key| scene.volume(key))
            .collect();
        let is_kept = |name: &String| record.volumes.iter().any(|one| scene.volume(&one.key) == *name);
        let mounting = match self.made.is_empty() {
            true => Vec::new(),
            false => scene.engine.mounting()?,
        };
        let is_used = |name: &String| mounting.iter().any(|m| m.mounts.contains(name));
        for name in &self.made {
            if theirs.contains(name) || is_kept(name) || is_used(name) {
                continue;
            }
            if let Err(error) = scene.engine.remove_volume(name)
                && error.kind != ErrorKind::NotFound
            {
                told.push(format!(
                    "the volume {name} is of no use any more, and stays: {error}"
                ));
            }
        }
        Ok(())
    }
}

/// Whether a container has a place, or something that is in it or that it is in.
fn mounts(container: &Container, place: &Place) -> bool {
    container.mounts.iter().any(|mount| match place {
        Place::Volume { name, .. } => mount.kind == "volume" && mount.name == *name,
        Place::Directory(path) => {
            let source = Path::new(&mount.source);
            mount.kind == "bind" && (source.starts_with(path) || path.starts_with(source))
        }
    })
}
