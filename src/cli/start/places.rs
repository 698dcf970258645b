//! Which volumes must belong to whom, by what the plan says and what the containers that were made mount.

use crate::act::ownership::{Place, Wanted, asked, here};
use crate::diagnostic::Diagnostic;
use crate::engine::Container;
use crate::facts::giving::Giving;
use crate::model::{self, Volume, clean_path};
use crate::pipeline::{Prepared, this_host};
use crate::plan::ServicePlan;
use crate::plan::intent::VolumeOwner;
use indexmap::{IndexMap, IndexSet};
use std::path::Path;

/// Whether a service has volumes, or directories of the host, that must belong to its user.
pub(super) fn has_any(prepared: &Prepared, service: &str) -> bool {
    let planned = prepared.plan.services.get(service);
    let has_volumes = |s: &ServicePlan| !s.is_refused() && s.ownership().next().is_some();
    planned.is_some_and(|s| has_volumes(s) || s.intents().any(|intent| intent.directory().is_some()))
}

/// The directories of the host that these containers wait for: the person asked for it.
///
/// # Errors
/// Two services that want one for different users; one that is never given.
pub(super) fn directories<'c>(
    prepared: &Prepared,
    containers: impl IntoIterator<Item = &'c Container>,
    environment: &IndexMap<String, String>,
) -> Result<Vec<Wanted>, Diagnostic> {
    let services: Vec<&str> = containers.into_iter().map(Container::service).collect();
    let host = this_host(&prepared.project, environment);
    let giving = Giving {
        host: &host,
        project: &prepared.project.directory,
    };
    let identity = |path: &Path| here::identity(giving, path);
    asked::directories(&prepared.plan, &|name| services.contains(&name), &identity)
}

/// The volumes of the project that the plan gives away, by their names on the engine.
pub(super) fn volumes(prepared: &Prepared) -> Vec<String> {
    let owners = prepared.plan.services.values().flat_map(ServicePlan::ownership);
    let keys = owners.filter_map(|owner| owner.volume.as_deref());
    let names: IndexSet<String> = keys
        .map(|key| Volume::of(&prepared.project, key).name(&prepared.project))
        .collect();
    names.into_iter().collect()
}

/// Whether a service has volumes without a name that must belong to its user.
pub(crate) fn gives_nameless(prepared: &Prepared, service: &str) -> bool {
    let planned = prepared.plan.services.get(service);
    planned.is_some_and(|s| s.ownership().any(|owner| owner.volume.is_none()))
}

/// Whether the project says of a service that it is pulled or built at every start.
pub(super) fn pulls_again(prepared: &Prepared) -> bool {
    let policy = |s: model::Service| s.get("pull_policy").and_then(|p| p.as_str().map(str::to_owned));
    let mut policies = model::services(&prepared.project).filter_map(policy);
    policies.any(|policy| !["missing", "if_not_present", "never"].contains(&policy.as_str()))
}

/// What must be so before these containers run as the plan has it. One that was made otherwise, by plain Compose, is none of
/// ours.
pub(super) fn wanted<'c>(
    prepared: &Prepared,
    containers: impl IntoIterator<Item = &'c Container>,
) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = Vec::new();
    for container in containers {
        let planned = prepared.plan.services.get(container.service());
        for wanted in planned
            .into_iter()
            .flat_map(|planned| of(prepared, planned, container))
        {
            if all.iter().all(|other| other.place != wanted.place) {
                all.push(wanted);
            }
        }
    }
    all
}

/// Whether a container runs as this user: root's own start keeps what it needs by itself.
fn runs_as(container: &Container, uid: u32) -> bool {
    let user = container.config.user.split(':').next().unwrap_or_default();
    match user.parse::<u32>() {
        Ok(number) => number == uid,
        // The image's own name for it.
        Err(_) => !user.is_empty() && user != "root",
    }
}

/// The services that have a volume as the same user: each of them may run on it while another one starts.
fn who_has(prepared: &Prepared, owner: &VolumeOwner, service: &str) -> Vec<String> {
    let same = |other: &VolumeOwner| {
        owner.volume.is_some()
            && (&other.volume, &other.subpath, other.ids) == (&owner.volume, &owner.subpath, owner.ids)
    };
    let services = prepared.plan.services.iter();
    let has = services.filter(|(name, planned)| *name == service || planned.ownership().any(same));
    has.map(|(name, _)| name.clone()).collect()
}

fn of(prepared: &Prepared, planned: &ServicePlan, container: &Container) -> Vec<Wanted> {
    let owned = planned
        .ownership()
        .filter(|owner| runs_as(container, owner.ids.uid));
    let volumes = owned.filter_map(|owner| {
        let is_there = |target: &str| clean_path(target) == clean_path(&owner.target);
        let mount = container
            .mounts
            .iter()
            .find(|m| m.kind == "volume" && m.rw && is_there(&m.destination))?;
        Some(Wanted {
            place: Place::Volume {
                name: mount.name.clone(),
                subpath: owner.subpath.clone(),
            },
            identity: String::new(),
            ids: owner.ids,
            services: who_has(prepared, owner, container.service()),
            seen_in: Some((container.id.clone(), mount.destination.clone())),
            recursive: true,
        })
    });
    volumes.collect()
}
