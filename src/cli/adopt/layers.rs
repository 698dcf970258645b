//! What the containers of a service wrote in their own layers, and which volumes that would become.

use super::scene::AdoptScene;
use super::survey::AdoptRow;
use crate::act::adopt::find;
use crate::act::adopted::{Adopted, AdoptedVolume, source};
use crate::engine::Engine;
use crate::facts::settings::Ids;
use crate::model;
use crate::pipeline::failure::Failure;
use crate::plan::ServicePlan;

impl AdoptRow {
    /// Looks into each. A service that would lose something stays as it runs.
    ///
    /// # Errors
    /// The engine does not say.
    pub(super) fn look_at_layers(
        &mut self,
        scene: &AdoptScene,
        planned: &ServicePlan,
        record: &Adopted,
        ids: Option<Ids>,
    ) -> Result<(), Failure> {
        for container in &self.containers {
            if container.state.status == "created" && container.state.started_at.starts_with("0001-") {
                continue;
            }
            let found = find(&scene.engine, container, &planned.scratch, ids)?;
            let name = container.name.trim_start_matches('/');
            if !found.cannot.is_empty() || self.containers.len() > 1 && !found.places.is_empty() {
                self.is_out = true;
            }
            for (path, why) in found.cannot {
                self.cannot.push(format!(
                    "{path} of {name} would be lost: {why}; mount a volume where it is, or `nrcompose --nr-force up -d`"
                ));
            }
            for place in found.places {
                if self.containers.len() > 1 {
                    self.cannot.push(format!(
                        "{} of {name} would be lost: each of its {} containers has its own; mount a volume there",
                        place.path,
                        self.containers.len()
                    ));
                    continue;
                }
                let known = record
                    .volumes
                    .iter()
                    .find(|one| one.service == self.service && one.path == place.path);
                if known.is_some_and(|one| one.is_whole && !one.from.starts_with(&container.id)) {
                    let volume = scene.volume(&known.map(|one| one.key.clone()).unwrap_or_default());
                    self.is_out = true;
                    self.cannot.push(format!(
                        "the volume {volume} has what was adopted of {}, and {name} has files of its own there by now; \
                         remove what is not needed, or `nrcompose adopt --undo`",
                        place.path
                    ));
                    continue;
                }
                let key = known.map_or_else(
                    || free_key(&self.service, &place.path, record),
                    |one| one.key.clone(),
                );
                let one = AdoptedVolume {
                    service: self.service.clone(),
                    path: place.path.clone(),
                    key,
                    from: source(container),
                    is_whole: false,
                };
                self.layers.push((place, one));
            }
        }
        if self.is_out {
            self.layers.clear();
            return Ok(());
        }
        // One that is there and was not adopted has somebody's data.
        for (place, one) in &self.layers {
            let is_known = record.volumes.iter().any(|known| known.key == one.key);
            let volume = scene.volume(&one.key);
            if !is_known && scene.engine.volume_exists(&volume)? {
                self.is_out = true;
                self.cannot.push(format!(
                    "{} cannot become the volume {volume}, which is there already; `docker volume rm {volume}` if it is \
                     of no use",
                    place.path
                ));
            }
        }
        if self.is_out {
            self.layers.clear();
        }
        Ok(())
    }
}

/// A key that no other adopted volume has.
fn free_key(service: &str, path: &str, record: &Adopted) -> String {
    let own = model::own_name(service, path);
    let is_free = |key: &String| record.volumes.iter().all(|one| one.key != *key);
    let numbered = (2..).map(|number: u32| format!("{own}-{number}"));
    std::iter::once(own.clone())
        .chain(numbered)
        .find(is_free)
        .unwrap_or(own)
}
