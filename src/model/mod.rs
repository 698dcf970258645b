//! Narrow, read-only views of a service in the canonical tree.

mod ids;
mod mount;
mod port;
mod volume;

pub use ids::UserSpec;
pub use mount::{Mount, MountKind, TmpfsEntry, clean_path, is_within};
pub use port::PortMapping;
pub use volume::Volume;

use crate::load::Project;
use crate::tree::{Node, Path, Value};

/// One service of a project.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// Its key under `services`.
    pub name: &'a str,
    /// Its canonical node.
    pub node: &'a Node,
}

/// What the name of a service that we added starts with: it gives volumes to the user of the service whose name
/// follows.
pub const INIT_PREFIX: &str = "nrcompose-init-";

/// The same for one that stands between the service and the engine's socket.
pub const SOCKET_PREFIX: &str = "nrcompose-socket-";

/// The keys under `x-nrcompose` by which nrcompose knows such services as its own.
pub const INIT_OF: &str = "init_of";
/// See [`INIT_OF`].
pub const SOCKET_OF: &str = "socket_of";

/// The name of the service that gives volumes to the user of `service`.
pub fn init_name(service: &str) -> String {
    format!("{INIT_PREFIX}{service}")
}

/// The name of the service through which `service` reaches the engine, and of the network on which it does.
pub fn socket_name(service: &str) -> String {
    format!("{SOCKET_PREFIX}{service}")
}

/// The service that this one was added for, if nrcompose added it.
pub fn added_for(service: Service<'_>) -> Option<&str> {
    let mark = service.get("x-nrcompose")?;
    mark.get(INIT_OF).or_else(|| mark.get(SOCKET_OF))?.as_str()
}

/// Every service of the project, active or not, in the order of the file.
pub fn services(project: &Project) -> impl Iterator<Item = Service<'_>> {
    project
        .tree
        .get("services")
        .and_then(Node::as_map)
        .into_iter()
        .flatten()
        .map(|(name, node)| Service { name, node })
}

impl<'a> Service<'a> {
    /// The service's own path, `services.NAME`.
    pub fn path(&self) -> Path {
        Path::of(["services", self.name])
    }

    /// The path of one of its attributes.
    pub fn path_of(&self, key: &str) -> Path {
        self.path().join(key)
    }

    /// An attribute, unless it is null.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.node.get(key).filter(|n| !n.is_null())
    }

    /// `image:`, if set.
    pub fn image(&self) -> Option<&'a str> {
        self.get("image").and_then(Node::as_str).filter(|s| !s.is_empty())
    }

    /// Whether the service is built here.
    pub fn is_built(&self) -> bool {
        self.get("build").is_some()
    }

    /// Whether there is a container at all: a `provider:` service has none.
    pub fn has_container(&self) -> bool {
        self.get("provider").is_none()
    }

    /// `user:` as written, taken apart.
    pub fn user(&self) -> Option<UserSpec> {
        self.get("user").and_then(Node::as_str).map(UserSpec::parse)
    }

    /// A boolean attribute; false when absent.
    pub fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(Node::as_bool).unwrap_or(false)
    }

    /// The strings of a list attribute.
    pub fn strings(&self, key: &str) -> Vec<&'a str> {
        self.get(key)
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::as_str)
            .collect()
    }

    /// The numeric entries of `group_add`.
    pub fn added_groups(&self) -> Vec<u32> {
        self.strings("group_add")
            .iter()
            .filter_map(|g| g.parse().ok())
            .collect()
    }

    /// `network_mode:`, if set.
    pub fn network_mode(&self) -> Option<&'a str> {
        self.get("network_mode")
            .and_then(Node::as_str)
            .filter(|s| !s.is_empty())
    }

    /// Whether it shares the host's network, where low ports need a capability.
    pub fn is_on_host_network(&self) -> bool {
        self.network_mode() == Some("host")
    }

    /// An environment variable with where it was set; `None` when unset or inherited without a value.
    pub fn environment(&self, name: &str) -> Option<(String, &'a Node)> {
        let node = self.get("environment")?;
        match &node.value {
            Value::Map(map) => {
                let value = map.get(name)?;
                Some((value.scalar_text()?, value))
            }
            Value::Seq(items) => items.iter().rev().find_map(|item| {
                let (key, value) = item.as_str()?.split_once('=')?;
                (key == name).then(|| (value.to_owned(), item))
            }),
            _ => None,
        }
    }

    /// Published and exposed ports.
    pub fn ports(&self) -> Vec<PortMapping<'a>> {
        self.get("ports")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(PortMapping::of)
            .collect()
    }

    /// `volumes:` entries.
    pub fn mounts(&self) -> Vec<Mount<'a>> {
        self.get("volumes")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Mount::of)
            .collect()
    }

    /// Short `tmpfs:` entries.
    pub fn tmpfs(&self) -> Vec<TmpfsEntry<'a>> {
        let Some(node) = self.get("tmpfs") else {
            return Vec::new();
        };
        match &node.value {
            Value::Str(_) => TmpfsEntry::of(node).into_iter().collect(),
            _ => node.items().iter().filter_map(TmpfsEntry::of).collect(),
        }
    }

    /// Everything that is mounted at exactly this directory.
    pub fn has_mount_at(&self, path: &str) -> bool {
        self.mounts().iter().any(|m| m.target == path) || self.tmpfs().iter().any(|t| t.path == path)
    }

    /// The mount that holds `path`: the deepest one at it or above it.
    pub fn mount_holding(&self, path: &str) -> Option<Mount<'a>> {
        let holds =
            |m: &Mount| path == m.target || path.strip_prefix(&m.target).is_some_and(|r| r.starts_with('/'));
        self.mounts()
            .into_iter()
            .filter(holds)
            .max_by_key(|m| m.target.len())
    }
}
