//! What each service would need to be taken over, and what of it cannot be.

use super::scene::Scene;
use crate::act::adopt::{LayerPlace, find};
use crate::act::adopted::{Adopted, AdoptedVolume, source};
use crate::act::ownership::{Look, Place, Wanted};
use crate::cli::ownership::of_service;
use crate::engine::{Composed, Container, Engine};
use crate::facts::settings::Ids;
use crate::model;
use crate::pipeline::Prepared;
use crate::pipeline::failure::Failure;
use crate::plan::decision::{Decision, Outcome};
use crate::plan::{ServicePlan, Verdict};
use crate::render::override_file::of_services;
use indexmap::IndexSet;

/// The controls by which a service reaches sockets and devices of the machine.
const REACHING: [&str; 2] = ["devices", "socket_proxy"];

/// All services that are meant.
pub(super) struct AdoptSurvey {
    pub(super) rows: Vec<AdoptRow>,
}

/// One service.
pub(super) struct AdoptRow {
    pub(super) service: String,
    /// Its containers.
    pub(super) containers: Vec<Container>,
    /// Whom it runs as; empty where it has no container.
    pub(super) runs: String,
    /// Whom it would run as.
    pub(super) becomes: String,
    /// Directories of its container's layer that would become volumes.
    pub(super) layers: Vec<(LayerPlace, AdoptedVolume)>,
    /// Directories of this machine that would be given to it.
    pub(super) gifts: Vec<(Wanted, Look)>,
    /// Volumes that the start would give to it.
    pub(super) volumes: Vec<(Wanted, Look)>,
    /// How it reaches sockets and devices.
    pub(super) reaches: Vec<String>,
    /// What cannot be, and what the person can do.
    pub(super) cannot: Vec<String>,
    /// Whether it stays as it runs.
    pub(super) is_out: bool,
    /// Whether its container is made anew, or made.
    pub(super) is_new: bool,
}

impl AdoptRow {
    /// Whether nothing would be done.
    pub(super) fn is_idle(&self) -> bool {
        let needs = !self.layers.is_empty() || !self.gifts.is_empty() || self.is_new;
        self.is_out || !needs
    }

    /// A line about what stays as it is, if it does.
    pub(super) fn stays(&self) -> Option<String> {
        let why = self.cannot.first().filter(|_| self.is_out)?;
        Some(format!("{} stays as it is: {why}\n", self.service))
    }
}

/// Looks; nothing is changed.
///
/// # Errors
/// The engine does not answer.
pub(super) fn look(
    scene: &Scene,
    prepared: &Prepared,
    record: &Adopted,
    named: &[String],
) -> Result<AdoptSurvey, Failure> {
    let composed = scene.engine.composed(Some(&scene.project.name))?;
    let containers = scene.containers()?;
    let kept_path = scene
        .state
        .override_path(&scene.project.name, &scene.project.directory);
    let kept = scene.state.read_override(&kept_path).unwrap_or_default();
    let is_ours = |one: &Composed| {
        let path = kept_path.display().to_string();
        one.files.split(',').any(|file| file == path)
    };
    let by_us: IndexSet<&str> = composed
        .iter()
        .filter(|one| is_ours(one))
        .map(|one| one.id.as_str())
        .collect();
    let mut rows = Vec::new();
    for (name, planned) in &prepared.plan.services {
        let is_meant = match named {
            [] => prepared.project.active.contains(name),
            named => named.contains(name),
        };
        if !is_meant || planned.verdict == Verdict::NoContainer {
            continue;
        }
        let of_it: Vec<Container> = containers
            .iter()
            .filter(|c| c.service() == name)
            .cloned()
            .collect();
        let says = |text: &str| of_services(text, |service| service == name);
        let now = prepared.text.as_deref().unwrap_or_default();
        let mut row = AdoptRow {
            service: name.clone(),
            runs: of_it.first().map(runs_as).unwrap_or_default(),
            becomes: becomes(planned),
            layers: Vec::new(),
            gifts: Vec::new(),
            volumes: Vec::new(),
            reaches: Vec::new(),
            cannot: Vec::new(),
            is_out: false,
            is_new: of_it.is_empty()
                || record.stopped.contains(name)
                || !of_it.iter().all(|c| by_us.contains(c.id.as_str()))
                || says(&kept) != says(now),
            containers: of_it,
        };
        row.fill(scene, prepared, planned, record)?;
        rows.push(row);
    }
    Ok(AdoptSurvey { rows })
}

impl AdoptRow {
    fn fill(
        &mut self,
        scene: &Scene,
        prepared: &Prepared,
        planned: &ServicePlan,
        record: &Adopted,
    ) -> Result<(), Failure> {
        if let Verdict::Refused { blocker, help } | Verdict::OnlyNoNewPrivileges { blocker, help } =
            &planned.verdict
        {
            self.cannot.push(format!("{blocker}; {help}"));
        }
        if let Verdict::Skipped { reason } = &planned.verdict {
            self.cannot.push(format!("it is skipped: {reason}"));
        }
        if planned.is_refused() {
            self.is_out = true;
            return Ok(());
        }
        let ids = planned.user().map(|identity| identity.ids);
        self.look_at_layers(scene, planned, record, ids)?;
        let ownership = scene.ownership();
        if let Some(ids) = ids
            && let Some(service) = model::service(&prepared.project, &self.service)
        {
            if prepared.engine.facts().remote {
                self.cannot
                    .push("directories of the engine's machine are not looked at from another one".into());
            } else {
                let found = of_service(scene.session, &scene.engine, &ownership, prepared, (service, ids))?;
                self.gifts = found.wanted;
                self.cannot.extend(found.left);
            }
        }
        for want in self.volumes_of(scene, planned)? {
            let looks = ownership.look(std::slice::from_ref(&want))?;
            let wrong = looks.into_iter().find(|look| look.wrong > 0);
            self.volumes.extend(wrong.map(|look| (want, look)));
        }
        let changes =
            |d: &&Decision| REACHING.contains(&d.control) && matches!(d.outcome, Outcome::Change(_));
        let reaches = planned.decisions.iter().filter(changes);
        self.reaches = reaches.map(|d| d.because.clone()).collect();
        self.cannot
            .extend(planned.decisions.iter().filter_map(|d| match &d.outcome {
                // What is given is cured.
                Outcome::Finding { hinders: true, .. }
                    if d.control == "volumes" && !self.gifts.is_empty() =>
                {
                    None
                }
                Outcome::Finding { hinders: true, help } => Some(format!("{}; {help}", d.because)),
                Outcome::Refuse { blocker, help, .. } => Some(format!("{blocker}; {help}")),
                _ => None,
            }));
        Ok(())
    }

    /// What its containers wrote in their own layers.
    fn look_at_layers(
        &mut self,
        scene: &Scene,
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

    /// The volumes that are there and must be its user's, as far as its containers or its project name them.
    fn volumes_of(&self, scene: &Scene, planned: &ServicePlan) -> Result<Vec<Wanted>, Failure> {
        let mut wanted: Vec<Wanted> = Vec::new();
        for owner in planned.ownership() {
            let names: Vec<String> = match &owner.volume {
                Some(key) => vec![scene.volume(key)],
                None => {
                    let mounts = self.containers.iter().flat_map(|c| &c.mounts);
                    let here = mounts.filter(|m| m.kind == "volume" && m.destination == owner.target);
                    here.map(|m| m.name.clone()).collect()
                }
            };
            for volume in scene.engine.volumes(&names)? {
                wanted.push(Wanted {
                    place: Place::Volume {
                        name: volume.name,
                        subpath: owner.subpath.clone(),
                    },
                    identity: String::new(),
                    ids: owner.ids,
                    services: vec![self.service.clone()],
                    seen_in: None,
                    recursive: true,
                });
            }
        }
        Ok(wanted)
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

fn runs_as(container: &Container) -> String {
    match container.config.user.as_str() {
        "" | "0" | "0:0" => "root".to_owned(),
        user => user.to_owned(),
    }
}

fn becomes(planned: &ServicePlan) -> String {
    match &planned.verdict {
        Verdict::Nonroot | Verdict::Doubtful => planned
            .user()
            .map_or_else(String::new, |identity| identity.ids.to_string()),
        Verdict::RootStart => "root, few rights".to_owned(),
        Verdict::ExplicitRoot => "root, as said".to_owned(),
        Verdict::OnlyNoNewPrivileges { .. }
        | Verdict::Refused { .. }
        | Verdict::Skipped { .. }
        | Verdict::NoContainer => "as written".to_owned(),
    }
}
