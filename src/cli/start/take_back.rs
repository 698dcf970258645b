//! What a start did with volumes, undone for services that are to run as their author wrote them.

use super::{Starting, places};
use crate::act::ownership::Place;
use crate::diagnostic::Diagnostic;
use crate::engine::{Container, Engine, ErrorKind};
use crate::facts::settings::Giver;
use crate::pipeline::failure::Failure;
use crate::pipeline::{Prepared, engine};
use indexmap::IndexSet;
use std::ffi::OsString;

/// What the project has on the engine before a start.
#[derive(Debug, Default)]
pub(crate) struct VolumesBefore {
    /// Its volumes that there are.
    volumes: IndexSet<String>,
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
        Ok(VolumesBefore {
            volumes: there.into_iter().map(|volume| volume.name).collect(),
        })
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
        let code = self.compose(words.map(OsString::from).collect())?;
        if code != 0 {
            let why = format!(
                "taking {} away: docker compose ended with code {code}",
                services.join(", ")
            );
            return Err(Diagnostic::error(why).into());
        }
        // What a service has that goes on running is its, too.
        let kept: Vec<Place> = places::wanted(self.prepared, &stay)
            .into_iter()
            .map(|w| w.place)
            .collect();
        let wanted = places::wanted(self.prepared, &gone).into_iter().map(|w| w.place);
        let (mut back, mut made) = (Vec::new(), Vec::new());
        for place in wanted.filter(|place| !kept.contains(place)) {
            match &place {
                Place::Volume { name, .. } if !before.volumes.contains(name) => made.push(name.clone()),
                _ => back.push(place),
            }
        }
        for name in made {
            match self.engine.remove_volume(&name) {
                // One without a name went with its container.
                Err(error) if error.kind != ErrorKind::NotFound => return Err(engine::told(&error).into()),
                _ => {}
            }
        }
        if back.is_empty() || self.prepared.plan.settings.giver == Giver::InitService {
            return Ok(());
        }
        self.ownership()?
            .restore(&back)
            .map_err(|error| Diagnostic::from(&error))?;
        Ok(())
    }
}
