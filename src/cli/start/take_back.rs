//! What a start did with volumes, undone for services that are to run as their author wrote them.

use super::{Starting, places};
use crate::act::ownership::Place;
use crate::act::{compose, directories};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::engine::container::ContainerMount;
use crate::engine::{Container, Engine, ErrorKind};
use crate::facts::settings::Giver;
use crate::pipeline::failure::Failure;
use crate::pipeline::{Prepared, engine};
use indexmap::IndexSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the project has on the engine before a start.
#[derive(Debug, Default)]
pub(crate) struct VolumesBefore {
    /// Its volumes that there are.
    volumes: IndexSet<String>,
    /// The ids of its containers.
    containers: Vec<String>,
}

impl VolumesBefore {
    /// Looks.
    ///
    /// # Errors
    /// The engine does not say which volumes there are.
    pub(crate) fn look(prepared: &Prepared, engine: &dyn Engine) -> Result<VolumesBefore, Failure> {
        let there = engine
            .volumes(&places::volumes(prepared))
            .map_err(|error| engine::told(&error))?;
        let containers = engine.project(&prepared.project.name);
        Ok(VolumesBefore {
            volumes: there.into_iter().map(|volume| volume.name).collect(),
            containers: containers.map_err(|error| engine::told(&error))?,
        })
    }

    /// Whether a container was there, by its id.
    pub(crate) fn has(&self, container: &str) -> bool {
        self.containers.iter().any(|id| id == container)
    }
}

impl Starting<'_> {
    /// Takes back what was done for services that are to run as their author wrote them again: volumes that were made since
    /// `before` go, all others get their former owners. Their containers are gone then.
    ///
    /// # Errors
    /// Compose, or the engine, does not do it.
    pub(crate) fn take_back(&self, services: &[&str], before: &VolumesBefore) -> Result<(), Failure> {
        let containers = self.containers(|_| true)?;
        let (gone, stay): (Vec<Container>, Vec<Container>) = containers
            .into_iter()
            .partition(|c| services.contains(&c.service()));
        let words = ["rm", "--stop", "--force", "--"]
            .into_iter()
            .chain(services.iter().copied());
        let rm = self.with(words.map(OsString::from).collect());
        let code = compose::run_silent(&rm, self.pass, self.session.settings.stdin.taken())?;
        if code != 0 {
            let why = format!(
                "taking {} away: docker compose ended with code {code}",
                services.join(", ")
            );
            return Err(Diagnostic::error(why).into());
        }
        // What a container mounts that stays is its, too, also what it has from another one by `volumes_from`.
        let is_kept = |place: &Place| stay.iter().any(|container| mounts(container, place));
        let wanted = places::wanted(self.prepared, &gone).into_iter().map(|w| w.place);
        let is_fresh = |name: &str| self.session.fresh.borrow().volumes.contains(name);
        let (mut back, mut made) = (Vec::new(), Vec::new());
        for place in wanted {
            match &place {
                place if is_kept(place) => self.tell_of_kept(place),
                Place::Volume { name, .. } if !before.volumes.contains(name) || is_fresh(name) => {
                    made.push(name.clone())
                }
                _ => back.push(place),
            }
        }
        // Whatever of this fails, the services are gone: they have to be started again.
        for name in made {
            match self.engine.remove_volume(&name) {
                // One without a name went with its container.
                Err(error) if error.kind != ErrorKind::NotFound => {
                    let text = format!("volume {name} was made by this start and is left as it is: {error}");
                    self.tell(Diagnostic::new(Topic::Owner, text));
                }
                _ => {}
            }
        }
        self.set_aside(&gone, &stay);
        if back.is_empty() || self.prepared.plan.settings.giver == Giver::InitService {
            return Ok(());
        }
        if let Err(error) = self.ownership()?.restore(&back) {
            let places: Vec<String> = back.iter().map(Place::to_string).collect();
            let text = format!(
                "the former owners of {} are not put back: {error:#}",
                places.join(", ")
            );
            let help = "`nrcompose ownership restore` does it, when nothing runs that has them";
            self.tell(Diagnostic::new(Topic::Owner, text).help(help));
        }
        Ok(())
    }

    /// Directories that were missing before are so again: what a start that failed left there would be in the way of the next.
    fn set_aside(&self, gone: &[Container], stay: &[Container]) {
        let mut fresh = self.session.fresh.borrow_mut();
        let is_mounted = |container: &Container, path: &Path| {
            let is_it = |mount: &ContainerMount| mount.kind == "bind" && Path::new(&mount.source) == path;
            container.mounts.iter().any(is_it)
        };
        let ends: Vec<PathBuf> = fresh
            .directories
            .iter()
            .filter(|path| {
                gone.iter().any(|c| is_mounted(c, path)) && !stay.iter().any(|c| is_mounted(c, path))
            })
            .cloned()
            .collect();
        for path in ends {
            fresh.directories.remove(&path);
            let text = match directories::set_aside(&path) {
                Ok(aside) => format!(
                    "{} was made for this start; what was written there is in {}",
                    path.display(),
                    aside.display()
                ),
                Err(error) => format!("{error:#}; what the start that failed wrote there may be in the way"),
            };
            self.tell(Diagnostic::new(Topic::Directory, text));
        }
    }

    fn tell_of_kept(&self, place: &Place) {
        let text =
            format!("{place} keeps the owner that it was given: a service that goes on running has it, too");
        self.tell(Diagnostic::new(Topic::Owner, text));
    }

    fn tell(&self, what: Diagnostic) {
        self.session.tell(&what, &self.prepared.project.sources);
    }
}

/// Whether a container has a place of ours.
fn mounts(container: &Container, place: &Place) -> bool {
    container.mounts.iter().any(|mount| match place {
        Place::Volume { name, .. } => mount.kind == "volume" && mount.name == *name,
        Place::Directory(path) => mount.kind == "bind" && Path::new(&mount.source) == path,
    })
}
