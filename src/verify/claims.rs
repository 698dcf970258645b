//! Judges one claim on one observation. Pure: the same observation gives the same verdict.

mod access;
mod compared;
pub(crate) use access::ancestors;
pub(crate) use files::told_denials;
pub(crate) use processes::{is_root, respawned, supervises};
mod container;
mod files;
mod network;
mod processes;

#[cfg(test)]
mod tests;

use super::observation::Observation;
use crate::plan::claim::Claim;
use serde::{Deserialize, Serialize};

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Judgement {
    /// It is so.
    Held,
    /// It is not.
    Broken {
        /// What was found instead.
        found: String,
    },
    /// Nobody can say; never counted as held.
    Unchecked {
        /// Why not.
        why: String,
    },
    /// It is too early to say: it just started. Never counted as held, and no finding.
    Pending {
        /// What is waited for.
        why: String,
    },
}

impl Judgement {
    /// Broken, by this.
    pub fn broken(found: impl Into<String>) -> Self {
        Judgement::Broken { found: found.into() }
    }

    /// Not checked, because.
    pub fn unchecked(why: impl Into<String>) -> Self {
        Judgement::Unchecked { why: why.into() }
    }

    /// Too early to say, because.
    pub fn pending(why: impl Into<String>) -> Self {
        Judgement::Pending { why: why.into() }
    }

    /// Held unless something was found.
    fn unless(found: Option<String>) -> Self {
        found.map_or(Judgement::Held, Judgement::broken)
    }
}

/// Judges a claim.
pub fn judge(claim: &Claim, seen: &Observation) -> Judgement {
    match claim {
        Claim::Uid { uid } => processes::uid(seen, *uid),
        Claim::Gid { gid } => processes::gid(seen, *gid),
        Claim::NoRootProcess => processes::no_root(seen),
        Claim::NoRootGroup => processes::no_root_group(seen),
        Claim::InGroup { gid } => processes::in_group(seen, *gid),
        Claim::Groups { gids } => processes::groups(seen, gids),
        Claim::BoundingSet { capabilities } => processes::bounding_set(seen, capabilities),
        Claim::NoEffectiveCapabilities => processes::no_capabilities(seen),
        Claim::NoNewPrivileges => processes::no_new_privileges(seen),
        Claim::Seccomp => processes::seccomp(seen),
        Claim::Steady => processes::steady(seen),
        Claim::NotPrivileged => container::not_privileged(seen),
        Claim::OwnNamespaces => container::own_namespaces(seen),
        Claim::NoDevices => container::no_devices(seen),
        Claim::NoEngineAccess => container::no_engine_access(seen),
        Claim::NoHostPaths => container::no_host_paths(seen),
        Claim::ReadOnlyRoot => container::read_only_root(seen),
        Claim::Running => container::running(seen),
        Claim::Healthy => container::healthy(seen),
        Claim::Answers => container::answers(seen),
        Claim::Tmpfs { path, exec } => container::tmpfs(seen, path, *exec),
        Claim::Listens { port, protocol } => network::listens(seen, *port, protocol),
        Claim::ListensInside { port, protocol } => network::listens_inside(seen, *port, protocol),
        Claim::Responds { port, protocol } => network::responds(seen, *port, protocol),
        Claim::Connected => network::connected(seen),
        Claim::Executes => files::executes(seen),
        Claim::Writable { path } => files::writable(seen, path),
        Claim::Readable { path } => files::readable(seen, path),
        Claim::OwnedBy { path, uid, gid } => files::owned_by(seen, path, *uid, *gid),
        Claim::PasswdEntry { uid } => files::passwd_entry(seen, *uid),
        Claim::NoSetuidFiles => files::no_setuid(seen),
        Claim::NoDenials => files::no_denials(seen),
    }
}

/// The paths whose owner and mode a claim asks for.
pub fn paths(claim: &Claim) -> Option<&str> {
    match claim {
        Claim::Writable { path } | Claim::Readable { path } | Claim::OwnedBy { path, .. } => Some(path),
        _ => None,
    }
}
