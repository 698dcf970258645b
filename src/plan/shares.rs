//! Who mounts which volume: one that several users, or a service without a planned user, have is given to nobody.

use super::identified::IdentifiedService;
use super::identity::Start;
use crate::facts::settings::Ids;
use crate::load::Project;
use crate::model::{self, MountKind, Service, Volume, is_within};
use crate::tree::Node;
use indexmap::{IndexMap, IndexSet};
use std::collections::{BTreeSet, HashMap};

/// The services of each volume, by its name on the engine; those of inactive profiles too.
#[derive(Debug, Default)]
pub struct Shares {
    volumes: HashMap<String, Vec<Share>>,
    /// The key by which a volume is said not to be the project's own, by its name on the engine.
    foreign: HashMap<String, String>,
}

/// One user of a volume, or of a directory of it.
#[derive(Debug)]
struct Share {
    service: String,
    user: VolumeUser,
    subpath: Option<String>,
}

/// Who a service will be to the files of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum VolumeUser {
    /// The planned user.
    Planned(Ids),
    /// Root, by its author or because it needs it.
    Root,
    /// Whoever its author wrote, or the image has.
    AsWritten,
}

/// A volume, or a directory of it, as a service mounts it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Use {
    /// The volume's name on the engine.
    pub volume: String,
    /// Only this directory of it.
    pub subpath: Option<String>,
}

impl Shares {
    /// Of a project; `left` are services that stay as their author wrote them.
    pub fn of(
        project: &Project,
        all: &IndexMap<String, IdentifiedService>,
        left: &BTreeSet<String>,
    ) -> Shares {
        let mut shares = Shares::default();
        let volumes = project.tree.get("volumes").and_then(Node::as_map);
        for (key, _) in volumes.into_iter().flatten() {
            let volume = Volume::of(project, key);
            if volume.is_foreign() {
                shares.foreign.insert(volume.name(project), key.clone());
            }
        }
        for service in model::services(project).filter(|s| model::added_for(*s).is_none()) {
            let user = user(service.name, all, left);
            for used in uses(project, service) {
                shares.add(service.name, user, used);
            }
        }
        shares
    }

    /// A service became another user.
    pub fn update(
        &mut self,
        project: &Project,
        service: Service,
        all: &IndexMap<String, IdentifiedService>,
        left: &BTreeSet<String>,
    ) {
        let user = user(service.name, all, left);
        for used in uses(project, service) {
            let list = self.volumes.entry(used.volume.clone()).or_default();
            list.retain(|s| s.service != service.name);
            self.add(service.name, user, used);
        }
    }

    /// One of a kind is enough to know. A service that stood for others of its kind and became another user is in
    /// everybody's way from then on, so that those need not be known.
    fn add(&mut self, service: &str, user: VolumeUser, used: Use) {
        let list = self.volumes.entry(used.volume).or_default();
        if !list.iter().any(|s| s.user == user && s.subpath == used.subpath) {
            list.push(Share {
                service: service.to_owned(),
                user,
                subpath: used.subpath,
            });
        }
    }

    /// The key of `volumes:` that says of a volume, by its name on the engine, that it is not the project's own. Another key
    /// may say of the same volume what the one that a service uses does not.
    pub fn foreign(&self, name: &str) -> Option<&str> {
        self.foreign.get(name).map(String::as_str)
    }

    /// Who else has a volume and is not the planned user of it, in words.
    pub fn other(&self, service: &str, used: &Use, ids: Ids) -> Option<String> {
        let shares = self.volumes.get(&used.volume)?;
        let other = shares.iter().find(|s| {
            s.service != service && s.user != VolumeUser::Planned(ids) && overlap(&s.subpath, &used.subpath)
        })?;
        let name = &other.service;
        Some(match other.user {
            VolumeUser::Planned(ids) => format!("{name}, which runs as {ids}"),
            VolumeUser::Root => format!("{name}, which starts as root"),
            VolumeUser::AsWritten => format!("{name}, which stays as its author wrote it"),
        })
    }
}

fn user(service: &str, all: &IndexMap<String, IdentifiedService>, left: &BTreeSet<String>) -> VolumeUser {
    let known = all.get(service);
    match known.map(|k| &k.start) {
        _ if left.contains(service) => VolumeUser::AsWritten,
        Some(_) if known.is_some_and(|k| k.config.skip.is_some()) => VolumeUser::AsWritten,
        Some(Start::User(identity)) => VolumeUser::Planned(identity.ids),
        Some(Start::Root { .. } | Start::ExplicitRoot { .. }) => VolumeUser::Root,
        Some(Start::AsWritten { .. } | Start::Unknown { .. }) | None => VolumeUser::AsWritten,
    }
}

/// Every volume with a name that a service mounts, also by way of `volumes_from`.
pub(crate) fn uses<'a>(project: &'a Project, service: Service<'a>) -> IndexSet<Use> {
    let mut seen = BTreeSet::from([service.name]);
    let mut waiting = vec![service];
    let mut uses = IndexSet::new();
    while let Some(service) = waiting.pop() {
        for mount in service.mounts() {
            if let (MountKind::Named, Some(key)) = (mount.kind, mount.source) {
                uses.insert(Use {
                    volume: Volume::of(project, key).name(project),
                    subpath: subpath(mount.node),
                });
            }
        }
        for from in service.strings("volumes_from") {
            // `service[:ro]`; a container is none of the project.
            let name = from.split(':').next().unwrap_or_default();
            let node = project.tree.get("services").and_then(|s| s.get(name));
            if let (Some(node), true) = (node, seen.insert(name)) {
                waiting.push(Service { name, node });
            }
        }
    }
    uses
}

/// `volume.subpath` of a mount.
pub(crate) fn subpath(mount: &Node) -> Option<String> {
    let path = mount.get("volume")?.get("subpath")?.as_str()?;
    let path = path.trim_matches('/');
    (!path.is_empty() && path != ".").then(|| path.to_owned())
}

/// Whether two directories of a volume have anything in common; none is all of it.
fn overlap(a: &Option<String>, b: &Option<String>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return true };
    // What leads elsewhere by `..` is not taken apart.
    a.contains("..") || b.contains("..") || is_within(a, b) || is_within(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_a_volume_are_compared_by_containment() {
        let path = |p: &str| (!p.is_empty()).then(|| p.to_owned());
        for (a, b, common) in [
            ("", "", true),
            ("", "a", true),
            ("a", "a/b", true),
            ("a", "ab", false),
            ("a/../b", "b", true),
        ] {
            assert_eq!(overlap(&path(a), &path(b)), common, "{a} {b}");
            assert_eq!(overlap(&path(b), &path(a)), common, "{b} {a}");
        }
    }
}
