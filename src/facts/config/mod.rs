//! What a person says about a project: `nrcompose.yaml`, `x-nrcompose` at the top of a Compose file or in a service,
//! and a policy file that outranks them all. Validated into types before anything looks at it.

pub mod key;
pub mod keys;
mod read;
pub mod schema;
mod tmpfs;

pub use tmpfs::Tmpfs;

use super::settings::{Ids, Policy, PortStrategy};
use crate::diagnostic::Diagnostic;
use crate::tree::{Node, Origin};
use indexmap::IndexMap;
use serde::Deserialize;

/// A project's configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// How far to go.
    pub policy: Option<Policy>,
    /// What to do with low ports.
    pub ports: Option<PortStrategy>,
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

/// How a service reaches the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SocketAccess {
    /// Through the socket that its author mounts.
    Direct,
    /// Through a proxy that lets only what it needs pass.
    Proxy,
}

/// One service's configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceConfig {
    /// The profile to take, whatever the image.
    pub profile: Option<(String, Origin)>,
    /// Leave the service alone, for this reason.
    pub skip: Option<Reason>,
    /// Controls not to carry out, each with its reason.
    pub suppress: IndexMap<String, Reason>,
    /// Who it runs as.
    pub user: Option<(Ids, Origin)>,
    /// What to do with low ports.
    pub ports: Option<PortStrategy>,
    /// More directories that become a tmpfs.
    pub tmpfs: Vec<Tmpfs>,
    /// Whether the root filesystem is read-only.
    pub read_only: Option<bool>,
    /// Root on purpose, for debugging.
    pub as_root: Option<bool>,
    /// An author's `user: root` does not count.
    pub override_root: Option<bool>,
    /// Whether its user gets an entry in the image's `/etc/passwd`.
    pub passwd: Option<bool>,
    /// How it reaches the engine, where it mounts the engine's socket.
    pub socket: Option<SocketAccess>,
    /// How one knows that it works.
    pub probe: Option<Node>,
}

/// Why something is not to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The person's words.
    pub text: String,
    /// Where they say so.
    pub origin: Origin,
    /// Whether a policy file is in force that does not say so: then it counts as a finding.
    pub is_overruled: bool,
}

impl Config {
    /// Reads `nrcompose.yaml`, a policy file, or `x-nrcompose` at the top of a Compose file.
    ///
    /// # Errors
    /// An unknown key, a wrong type.
    pub fn read(node: &Node) -> Result<Config, Diagnostic> {
        let mut config = Config::default();
        read::each(node, keys::TOP, &mut config)?;
        Ok(config)
    }
}

impl ServiceConfig {
    /// Reads `x-nrcompose` of a service, or an entry under `services`.
    ///
    /// # Errors
    /// An unknown key, a wrong type, two that contradict each other.
    pub fn read(node: &Node) -> Result<ServiceConfig, Diagnostic> {
        let mut config = ServiceConfig::default();
        read::each(node, keys::SERVICE, &mut config)?;
        if config.as_root == Some(true) && config.user.is_some() {
            return Err(Diagnostic::error("`as_root` and `user` contradict each other")
                .at(node.origin)
                .help("keep one of them"));
        }
        Ok(config)
    }
}

impl Config {
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

impl ServiceConfig {
    /// This configuration where it says something, else `weaker`.
    #[must_use]
    pub fn over(self, mut weaker: ServiceConfig) -> ServiceConfig {
        // Who it runs as is one question with two keys.
        if self.user.is_some() {
            weaker.as_root = None;
        }
        if self.as_root == Some(true) {
            weaker.user = None;
        }
        let mut suppress = weaker.suppress;
        suppress.extend(self.suppress);
        let mut tmpfs = weaker.tmpfs;
        tmpfs.retain(|weak| self.tmpfs.iter().all(|strong| strong.path != weak.path));
        tmpfs.extend(self.tmpfs);
        ServiceConfig {
            profile: self.profile.or(weaker.profile),
            skip: self.skip.or(weaker.skip),
            suppress,
            user: self.user.or(weaker.user),
            ports: self.ports.or(weaker.ports),
            tmpfs,
            read_only: self.read_only.or(weaker.read_only),
            as_root: self.as_root.or(weaker.as_root),
            override_root: self.override_root.or(weaker.override_root),
            passwd: self.passwd.or(weaker.passwd),
            socket: self.socket.or(weaker.socket),
            probe: self.probe.or(weaker.probe),
        }
    }

    /// The same, its reasons not to do something overruled.
    fn overruled(mut self) -> ServiceConfig {
        let reasons = self.suppress.values_mut().chain(&mut self.skip);
        reasons.for_each(|reason| reason.is_overruled = true);
        self
    }

    /// The reasons that a policy file overrules.
    pub fn overruled_reasons(&self) -> impl Iterator<Item = &Reason> {
        self.suppress
            .values()
            .chain(&self.skip)
            .filter(|r| r.is_overruled)
    }
}
