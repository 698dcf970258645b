//! Whose network namespace a service is in: ports are bound, published and allowed there.

use super::{Service, service};
use crate::load::Project;
use crate::tree::Node;

/// The setting that says from which port on anybody may bind.
pub(crate) const UNPRIVILEGED_PORT: &str = "net.ipv4.ip_unprivileged_port_start";

/// A network namespace.
pub(crate) struct Namespace<'a> {
    /// The service that has it, at the end of `network_mode: service:…`; the service itself where it has its own.
    pub owner: Service<'a>,
    /// Whether it is the host's.
    pub is_hosts: bool,
    /// Whether it is that of a container beyond the project.
    pub is_foreign: bool,
}

impl<'a> Namespace<'a> {
    /// The namespace of a service.
    pub(crate) fn of(project: &'a Project, of: Service<'a>) -> Self {
        let mut owner = of;
        // A circle is Compose's to refuse.
        for _ in 0..16 {
            let next = owner.network_mode().and_then(|m| m.strip_prefix("service:"));
            let next = next.and_then(|name| service(project, name));
            match next {
                Some(next) => owner = next,
                None => break,
            }
        }
        let mode = owner.network_mode().unwrap_or_default();
        Namespace {
            owner,
            is_hosts: mode == "host",
            is_foreign: mode.starts_with("container:"),
        }
    }

    /// Whether its owner says that only root may bind this port.
    pub(crate) fn forbids(&self, port: u16) -> bool {
        let value = self.owner.get("sysctls").and_then(|s| s.get(UNPRIVILEGED_PORT));
        let first = value
            .and_then(Node::scalar_text)
            .and_then(|t| t.parse::<u32>().ok());
        first.is_some_and(|first| u32::from(port) < first)
    }
}
