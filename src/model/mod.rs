//! Narrow, read-only views of a service in the canonical tree.

mod ids;
mod mount;
mod namespace;
mod port;
mod privileges;
mod volume;

pub(crate) use ids::UserSpec;
pub(crate) use mount::{Mount, MountKind, TmpfsEntry, clean_path, is_within};
pub(crate) use namespace::{Namespace, UNPRIVILEGED_PORT};
pub(crate) use port::{PortMapping, patched_port};
pub(crate) use volume::{Volume, bind_of};

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
pub(crate) const INIT_PREFIX: &str = "nrcompose-init-";

/// The same for one that stands between the service and the engine's socket.
pub(crate) const SOCKET_PREFIX: &str = "nrcompose-socket-";

/// The keys under `x-nrcompose` by which nrcompose knows such services as its own.
pub(crate) const INIT_OF: &str = "init_of";
/// See [`INIT_OF`].
pub(crate) const SOCKET_OF: &str = "socket_of";

/// The name of the service that gives volumes to the user of `service`.
pub(crate) fn init_name(service: &str) -> String {
    format!("{INIT_PREFIX}{service}")
}

/// The name of the service through which `service` reaches the engine, and of the network on which it does.
pub(crate) fn socket_name(service: &str) -> String {
    format!("{SOCKET_PREFIX}{service}")
}

/// The URL by which `service` reaches it.
pub(crate) fn socket_endpoint(service: &str) -> String {
    format!("tcp://{}:2375", socket_name(service))
}

/// The image that Compose builds for a service that names none.
pub(crate) fn built_image(project: &str, service: &str) -> String {
    format!("{project}-{service}")
}

/// The image that a service runs, by its name on the engine: that of what is built here has one without being told.
pub(crate) fn image_of(project: &Project, service: Service) -> String {
    let built = || built_image(&project.name, service.name);
    service.image().map_or_else(built, str::to_owned)
}

/// The name of what nrcompose adds to a project for a path of this service: a config, a volume.
pub(crate) fn own_name(service: &str, path: &str) -> String {
    let slug: String = path
        .trim_start_matches('/')
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    format!("nrcompose-{service}-{slug}")
}

/// The service that this one was added for, if nrcompose added it. Whoever writes the mark into a service of their own
/// would have it left out of the plan, so its name and its confinement have to be those of ours.
pub(crate) fn added_for(service: Service<'_>) -> Option<&str> {
    let mark = service.get("x-nrcompose")?;
    let of = |key: &str| mark.get(key).and_then(Node::as_str);
    let init = of(INIT_OF).filter(|name| service.name == init_name(name));
    let socket = of(SOCKET_OF).filter(|name| service.name == socket_name(name));
    init.or(socket).filter(|_| is_confined(service))
}

/// Whether a service can do no more than the widest of those that nrcompose adds.
fn is_confined(service: Service<'_>) -> bool {
    const KEYS: [&str; 19] = [
        "attach",
        "cap_add",
        "cap_drop",
        "command",
        "depends_on",
        "entrypoint",
        "environment",
        "healthcheck",
        "image",
        "network_mode",
        "networks",
        "platform",
        "profiles",
        "pull_policy",
        "read_only",
        "restart",
        "security_opt",
        "user",
        "volumes",
    ];
    let is_known =
        |key: &String| KEYS.contains(&key.as_str()) || ["working_dir", "x-nrcompose"].contains(&key.as_str());
    let added = service.strings("cap_add");
    let network = service.get("network_mode").and_then(Node::as_str);
    let is_volume = |m: &Mount| match m.kind {
        MountKind::Named => true,
        // The engine's socket, for the proxy alone, which no root process is.
        MountKind::Bind => m.target == "/var/run/docker.sock" && added.is_empty(),
        _ => false,
    };
    service.node.as_map().is_some_and(|map| map.keys().all(is_known))
        && service.flag("read_only")
        && service.strings("cap_drop").contains(&"ALL")
        && service.strings("security_opt") == ["no-new-privileges:true"]
        && added.iter().all(|c| ["CHOWN", "DAC_OVERRIDE"].contains(c))
        && network.is_none_or(|n| n == "none")
        && service.mounts().iter().all(is_volume)
}

/// Every service of the project, active or not, in the order of the file.
pub(crate) fn services(project: &Project) -> impl Iterator<Item = Service<'_>> {
    project
        .tree
        .get("services")
        .and_then(Node::as_map)
        .into_iter()
        .flatten()
        .map(|(name, node)| Service { name, node })
}

/// The service of this name.
pub(crate) fn service<'p>(project: &'p Project, name: &str) -> Option<Service<'p>> {
    let services = project.tree.get("services").and_then(Node::as_map)?;
    let (name, node) = services.get_key_value(name)?;
    Some(Service { name, node })
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

    /// The places in `expose` of a port, each with what follows its number: `/udp`, or nothing.
    pub fn exposes(&self, port: u16) -> Vec<(usize, String)> {
        let items = self.get("expose").map(Node::items).unwrap_or_default();
        let of_port = |item: &Node| {
            let text = item.scalar_text()?;
            let rest = text.strip_prefix(&port.to_string())?;
            (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
        };
        let places = items.iter().enumerate();
        places.filter_map(|(i, item)| Some((i, of_port(item)?))).collect()
    }

    /// Whether a file of ours is put at this path of its containers.
    pub fn has_own_file(&self, path: &str) -> bool {
        let name = own_name(self.name, path);
        let configs = self.get("configs").map(Node::items).unwrap_or_default();
        let mut sources = configs.iter().filter_map(|c| c.get("source")?.as_str());
        sources.any(|source| source == name)
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
            Value::Str(_) => TmpfsEntry::of(node, None).into_iter().collect(),
            _ => {
                let items = node.items().iter().enumerate();
                items
                    .filter_map(|(index, item)| TmpfsEntry::of(item, Some(index)))
                    .collect()
            }
        }
    }
}
