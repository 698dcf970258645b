//! What each service would need to be taken over, and what of it cannot be.

use super::scene::AdoptScene;
use crate::act::adopt::LayerPlace;
use crate::act::adopted::{Adopted, AdoptedVolume};
use crate::act::ownership::{Look, Place, Wanted};
use crate::cli::ownership::of_service;
use crate::diagnostic::Diagnostic;
use crate::engine::{Composed, Container, Engine};
use crate::model;
use crate::pipeline::Prepared;
use crate::pipeline::failure::{Failure, code};
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

impl AdoptSurvey {
    /// Whether all of it can be taken over.
    ///
    /// # Errors
    /// A service that stays as it runs, under policy strict.
    pub(super) fn must_be_whole(&self) -> Result<(), Failure> {
        let out = self.rows.iter().filter(|row| row.is_out);
        let out: Vec<&str> = out.map(|row| row.service.as_str()).collect();
        if out.is_empty() {
            return Ok(());
        }
        let text = format!(
            "policy strict: {} cannot be taken over; nothing was changed",
            out.join(", ")
        );
        let help = "`nrcompose --nr-policy standard adopt --dry-run` says why";
        Err(Failure::new(code::POLICY, Diagnostic::error(text).help(help)))
    }
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
    scene: &AdoptScene,
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
        scene: &AdoptScene,
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

    /// The volumes that are there and must be its user's, as far as its containers or its project name them.
    fn volumes_of(&self, scene: &AdoptScene, planned: &ServicePlan) -> Result<Vec<Wanted>, Failure> {
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
