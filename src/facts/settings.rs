//! What the person asked for, beside the project itself.

use super::engine::EngineFacts;
pub use super::ids::Ids;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// How far nrcompose goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Nothing starts unless everything can be hardened.
    Strict,
    /// A service that cannot be hardened starts as its author wrote it, and standard error says so.
    #[default]
    Standard,
    /// Only changes that cannot alter behaviour.
    Cautious,
}

/// What happens to container ports below 1024.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortStrategy {
    /// Kept where the engine lets any process bind them, remapped where it does not.
    #[default]
    Auto,
    /// Kept.
    Keep,
    /// Kept, with `net.ipv4.ip_unprivileged_port_start=0` said explicitly.
    Sysctl,
    /// Moved above 1023.
    Remap,
}

/// Who gives volumes to their users before a service starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Giver {
    /// A service beside it, which Compose starts: what it runs is the image's own. For files that plain Compose reads.
    #[default]
    InitService,
    /// nrcompose itself, between create and start, by a program of its own: nothing of it is in the project.
    Helper,
}

/// The settings of one run.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// How far to go.
    pub policy: Policy,
    /// What to do with low ports.
    pub ports: PortStrategy,
    /// The user for images that take any, if the person named one.
    pub default_user: Option<Ids>,
    /// Who runs nrcompose (under sudo: who ran sudo), unless that is root.
    pub caller: Option<Ids>,
    /// The image of the proxy in front of the engine's socket, if the person named one.
    pub socket_proxy: Option<String>,
    /// An arbitrary uid with group 0 for everything that takes any, if the person asked for that.
    pub random: Option<Ids>,
    /// The engine that will run it.
    pub engine: EngineFacts,
    /// Who gives volumes to their users.
    pub giver: Giver,
    /// The service of which `run` makes a container of its own, which nobody sees before it starts.
    pub one_off: Option<String>,
    /// Services that stay exactly as they run, with what the person is told of each: why, and what the person can do.
    pub left: Left,
    /// Services that go on as root though their reason for that is gone: their containers have data of their own. With what
    /// the person is told of each.
    pub stays: Left,
    /// Whether what is known to fail starts hardened all the same: the person is told why, and says so.
    pub force: bool,
}

/// By service, why it stays exactly as it runs, and what the person can do.
pub type Left = IndexMap<String, (String, String)>;

impl Settings {
    /// Whoever runs nrcompose, as containers count; none where the engine maps ids: there they are somebody else's,
    /// or root's.
    pub fn caller_inside(&self) -> Option<Ids> {
        self.caller.filter(|_| !self.engine.maps_ids())
    }
}
