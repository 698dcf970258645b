//! What a person says about a project: `nrcompose.yaml`, `x-nrcompose` at the top of a Compose file or in a service,
//! and a policy file that outranks them all. Validated into types before anything looks at it.

mod form;
mod keys;
#[cfg(test)]
pub(crate) mod schema;
mod service;
#[cfg(test)]
mod tests;
mod tmpfs;
mod values;

pub use form::KeyForm;
pub use keys::Key;
pub use service::{SERVICE, ServiceConfig, SocketAccess};
pub use tmpfs::Tmpfs;
pub use values::Reason;

use super::settings::{Ids, Policy, PortStrategy};
use crate::diagnostic::Diagnostic;
use crate::tree::{Node, Origin};
use form::PORTS;
use indexmap::IndexMap;
use keys::each;
use values::{ids, put, set, text, texts, word, wrong};

/// A project's configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// How far to go.
    pub policy: Option<Policy>,
    /// What to do with low ports.
    pub ports: Option<PortStrategy>,
    /// Registries, or paths in them, below which everything is Docker Hub's.
    pub registries: Option<Vec<String>>,
    /// The image of the proxy in front of the engine's socket.
    pub socket_proxy: Option<String>,
    /// The user for images that take any.
    pub user: Option<Ids>,
    /// By service, with the place of its entry.
    pub services: IndexMap<String, (ServiceConfig, Origin)>,
    /// What a policy file says of services, where there is one.
    pub law: Option<IndexMap<String, (ServiceConfig, Origin)>>,
    /// Whether the policy file says what to do with low ports: then no service of the project says otherwise.
    pub law_of_ports: bool,
    /// What of it matches nothing.
    pub warnings: Vec<Diagnostic>,
}

/// What may stand at the top, sorted.
pub const TOP: &[Key<Config>] = &[
    Key {
        name: "policy",
        form: KeyForm::Word(&["strict", "standard", "cautious"]),
        about: "how far to go: strict starts nothing unless everything can be hardened, cautious makes only changes \
                that cannot alter behaviour",
        read: |c, n, f| set(&mut c.policy, word(n, f)),
    },
    Key {
        name: "ports",
        form: PORTS,
        about: "what to do with container ports below 1024",
        read: |c, n, f| set(&mut c.ports, word(n, f)),
    },
    Key {
        name: "registries",
        form: KeyForm::Texts("a list of registries, each with a path or without: registry.example.com/hub"),
        about: "registries that serve Docker Hub's images under the same paths: what is known of those holds for them",
        read: |c, n, f| set(&mut c.registries, texts(n, f)),
    },
    Key {
        name: "services",
        form: KeyForm::Services,
        about: "what holds for single services",
        read: |c, n, f| put(&mut c.services, services(n, f)),
    },
    Key {
        name: "socket_proxy",
        form: KeyForm::Text("an image"),
        about: "the image of the proxy for services with `socket: proxy`; it is called as wollomatic/socket-proxy is",
        read: |c, n, f| set(&mut c.socket_proxy, text(n, f)),
    },
    Key {
        name: "user",
        form: KeyForm::Ids,
        about: "the user for images that take any",
        read: |c, n, f| set(&mut c.user, ids(n, f)),
    },
];

impl Config {
    /// Reads `nrcompose.yaml`, a policy file, or `x-nrcompose` at the top of a Compose file.
    ///
    /// # Errors
    /// An unknown key, a wrong type.
    pub fn read(node: &Node) -> Result<Config, Diagnostic> {
        let mut config = Config::default();
        each(node, TOP, &mut config)?;
        Ok(config)
    }

    /// This configuration where it says something, else `weaker`.
    #[must_use]
    pub fn over(self, weaker: Config) -> Config {
        let mut services = weaker.services;
        for (name, (strong, origin)) in self.services {
            let weak = services.get(&name).map(|(c, _)| c.clone()).unwrap_or_default();
            services.insert(name, (strong.over(weak), origin));
        }
        Config {
            policy: self.policy.or(weaker.policy),
            ports: self.ports.or(weaker.ports),
            registries: self.registries.or(weaker.registries),
            socket_proxy: self.socket_proxy.or(weaker.socket_proxy),
            user: self.user.or(weaker.user),
            services,
            law: self.law.or(weaker.law),
            law_of_ports: self.law_of_ports || weaker.law_of_ports,
            warnings: [self.warnings, weaker.warnings].concat(),
        }
    }

    /// This configuration of a project under a policy file's.
    #[must_use]
    pub fn under(self, law: Config) -> Config {
        Config {
            policy: law.policy.or(self.policy),
            ports: law.ports.or(self.ports),
            registries: law.registries.or(self.registries),
            socket_proxy: law.socket_proxy.or(self.socket_proxy),
            user: law.user.or(self.user),
            services: self.services,
            law_of_ports: law.ports.is_some(),
            law: Some(law.services),
            warnings: [self.warnings, law.warnings].concat(),
        }
    }

    /// What is said about a service that says `own` itself: the policy file, the service, the project.
    #[must_use]
    pub fn of_service(&self, name: &str, own: Option<ServiceConfig>) -> ServiceConfig {
        let said = |services: &IndexMap<String, (ServiceConfig, Origin)>| {
            services.get(name).map(|(c, _)| c.clone()).unwrap_or_default()
        };
        let mut projects = own.unwrap_or_default().over(said(&self.services));
        if self.law_of_ports {
            projects.ports = None;
        }
        match &self.law {
            Some(law) => said(law).over(projects.overruled()),
            None => projects,
        }
    }
}

fn services(node: &Node, form: KeyForm) -> Result<IndexMap<String, (ServiceConfig, Origin)>, Diagnostic> {
    let map = node.as_map().ok_or_else(|| wrong(node, form))?;
    map.iter()
        .map(|(name, entry)| Ok((name.clone(), (ServiceConfig::read(entry)?, entry.origin))))
        .collect()
}
