//! What must be true of a running container if a decision worked.
//!
//! The plan makes claims; `verify`, the profiles' own tests and the engine tests all judge the same ones, so
//! that "make it non-root" and "prove that it is" cannot drift apart.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One checkable statement about a service's containers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "claim")]
pub enum Claim {
    /// Real, effective, saved and filesystem uid of every process are this.
    Uid {
        /// The uid.
        uid: u32,
    },
    /// Real, effective, saved and filesystem gid of every process are this.
    Gid {
        /// The gid.
        gid: u32,
    },
    /// No process has uid 0 in any of its four uids.
    NoRootProcess,
    /// No process belongs to group 0, but for services whose gid is meant to be 0.
    NoRootGroup,
    /// The bounding set of every process is exactly this (names without `CAP_`), so nothing beyond it is ever
    /// effective.
    BoundingSet {
        /// Sorted names.
        capabilities: Vec<String>,
    },
    /// Effective, permitted and ambient sets of every process are empty.
    NoEffectiveCapabilities,
    /// Every process has no-new-privileges.
    NoNewPrivileges,
    /// The container is not privileged.
    NotPrivileged,
    /// The service's processes may write this directory.
    Writable {
        /// Absolute path in the container.
        path: String,
    },
    /// A directory belongs to this uid and gid.
    OwnedBy {
        /// Absolute path in the container.
        path: String,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
    },
    /// A tmpfs is mounted here.
    Tmpfs {
        /// Absolute path in the container.
        path: String,
        /// Whether programs may be executed from it.
        exec: bool,
    },
    /// The root filesystem is mounted read-only.
    ReadOnlyRoot,
    /// A process of the service listens on this port, for others too.
    Listens {
        /// The port.
        port: u16,
        /// `tcp` or `udp`.
        protocol: String,
    },
    /// A process of the service listens on this port, if only for what is in the container.
    ListensInside {
        /// The port.
        port: u16,
        /// `tcp` or `udp`.
        protocol: String,
    },
    /// Who connects to this port from its network, or from the machine where it is published, gets an answer.
    Responds {
        /// The port.
        port: u16,
        /// `tcp` or `udp`.
        protocol: String,
    },
    /// It is on the network that it was made for.
    Connected,
    /// No file of its programs asks for a capability that is out of reach, without which it cannot be executed.
    Executes,
    /// `/etc/passwd` in the container has an entry for this uid.
    PasswdEntry {
        /// The uid.
        uid: u32,
    },
    /// Every process belongs to this supplementary group.
    InGroup {
        /// The gid.
        gid: u32,
    },
    /// A file can be read with the service's ids.
    Readable {
        /// Absolute path in the container.
        path: String,
    },
    /// No process belongs to a supplementary group beyond these and its own.
    Groups {
        /// Sorted gids.
        gids: Vec<u32>,
    },
    /// Neither the engine's socket nor the group that owns it is within reach.
    NoEngineAccess,
    /// Every process is under a seccomp filter.
    Seccomp,
    /// No namespace of the machine is shared: processes, network, IPC, users.
    OwnNamespaces,
    /// No device of the machine was handed in.
    NoDevices,
    /// No directory that the machine itself lives on is mounted, and no mount is propagated back to it.
    NoHostPaths,
    /// No process can become another user through a setuid or setgid file, or gain a capability through one
    /// that carries it.
    NoSetuidFiles,
    /// The container is there and runs, and no process of it was stopped; the engine need not restart it by now.
    Running,
    /// Its healthcheck, if it has one, passes.
    Healthy,
    /// No process is started over and over by a parent that stays.
    Steady,
    /// Its log does not tell of a denied access that something else bears out: what is denied and does no harm is told,
    /// and breaks nothing.
    NoDenials,
    /// The person's probe of it succeeds.
    Answers,
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Claim::Uid { uid } => write!(f, "every process runs as uid {uid}"),
            Claim::Gid { gid } => write!(f, "every process runs as gid {gid}"),
            Claim::NoRootProcess => write!(f, "no process has uid 0"),
            Claim::NoRootGroup => write!(f, "no process belongs to group 0"),
            Claim::BoundingSet { capabilities } if capabilities.is_empty() => {
                write!(f, "the bounding set is empty")
            }
            Claim::BoundingSet { capabilities } => {
                write!(f, "the bounding set is {}", capabilities.join(", "))
            }
            Claim::NoEffectiveCapabilities => write!(f, "no process holds a capability"),
            Claim::NoNewPrivileges => write!(f, "no process can gain privileges"),
            Claim::NotPrivileged => write!(f, "the container is not privileged"),
            Claim::Writable { path } => write!(f, "{path} is writable"),
            Claim::OwnedBy { path, uid, gid } => write!(f, "{path} belongs to {uid}:{gid}"),
            Claim::Tmpfs { path, exec: true } => write!(f, "{path} is a tmpfs that allows execution"),
            Claim::Tmpfs { path, exec: false } => write!(f, "{path} is a tmpfs"),
            Claim::ReadOnlyRoot => write!(f, "the root filesystem is read-only"),
            Claim::Listens { port, protocol } => write!(f, "it listens on {port}/{protocol}"),
            Claim::ListensInside { port, protocol } => {
                write!(f, "something in it listens on {port}/{protocol}")
            }
            Claim::Responds { port, protocol } => write!(f, "it answers on {port}/{protocol}"),
            Claim::Connected => write!(f, "it is on its network"),
            Claim::Executes => write!(f, "every program in it can be executed"),
            Claim::PasswdEntry { uid } => write!(f, "/etc/passwd knows uid {uid}"),
            Claim::InGroup { gid } => write!(f, "every process belongs to group {gid}"),
            Claim::Readable { path } => write!(f, "{path} is readable"),
            Claim::Groups { gids } if gids.is_empty() => write!(f, "no process has a supplementary group"),
            Claim::Groups { gids } => {
                let gids: Vec<String> = gids.iter().map(u32::to_string).collect();
                write!(f, "no process has a supplementary group but {}", gids.join(", "))
            }
            Claim::NoEngineAccess => write!(f, "the engine's socket is out of reach"),
            Claim::Seccomp => write!(f, "every process is under a seccomp filter"),
            Claim::OwnNamespaces => write!(f, "it shares no namespace with the machine"),
            Claim::NoDevices => write!(f, "it was handed no device"),
            Claim::NoHostPaths => write!(f, "it sees no system directory of the machine"),
            Claim::NoSetuidFiles => write!(f, "no setuid file can raise a process"),
            Claim::Running => write!(f, "it runs"),
            Claim::Healthy => write!(f, "its healthcheck passes"),
            Claim::Steady => write!(f, "no process is started over and over"),
            Claim::Answers => write!(f, "it answers its probe"),
            Claim::NoDenials => write!(f, "no denied access breaks it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_said_as_such() {
        let set = |all: &[&str]| {
            let capabilities = all.iter().map(|c| (*c).to_owned()).collect();
            Claim::BoundingSet { capabilities }.to_string()
        };
        assert_eq!(set(&[]), "the bounding set is empty");
        assert_eq!(set(&["CHOWN", "KILL"]), "the bounding set is CHOWN, KILL");
        let groups = |gids: &[u32]| Claim::Groups { gids: gids.to_vec() }.to_string();
        assert_eq!(groups(&[]), "no process has a supplementary group");
        assert_eq!(groups(&[5, 6]), "no process has a supplementary group but 5, 6");
    }
}
