//! What a control wants to be true of a service, in no target's words: from it follow the claims that `verify` judges
//! (`intent/claims.rs`) and what becomes of it at each target (`lower/`), each in one place.

mod claims;
mod directory;
mod names;
#[cfg(test)]
pub(crate) mod samples;
mod scratch;

pub use directory::DirectoryOwner;
pub use scratch::Scratch;

use super::around::PortRange;
use crate::facts::settings::Ids;
use crate::tree::Path;

/// One thing that must be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Every process is this user from the first one on.
    RunAs {
        /// Always numbers: an image need not know the name.
        ids: Ids,
        /// Whether the group is said; else the image decides on it.
        has_group: bool,
    },
    /// The first process is root, by a person's word.
    RunAsRoot,
    /// Every process has this supplementary group.
    Group {
        /// As the container counts.
        gid: u32,
    },
    /// No program gains privileges by a setuid bit or a file capability.
    NoNewPrivileges,
    /// The bounding set is exactly this.
    Capabilities {
        /// Sorted names, without `CAP_`.
        keep: Vec<String>,
        /// Whether no process may hold even those: what a user other than root has of them.
        none_held: bool,
    },
    /// A directory in memory.
    Scratch(Scratch),
    /// A volume belongs to the service's user before it starts.
    Own(VolumeOwner),
    /// A directory of the host belongs to the service's user before it starts, since the person asks for that.
    OwnDirectory(DirectoryOwner),
    /// A directory that nothing was mounted at becomes a new volume.
    Volume {
        /// The volume's key.
        name: String,
        /// Absolute path in the container.
        path: String,
    },
    /// The service's user may write a directory of its author's as it is.
    Writable {
        /// Absolute path in the container.
        path: String,
    },
    /// The service's user may read a file.
    Readable {
        /// Absolute path in the container.
        path: String,
        /// Where the project puts it there, if that has to change: it gets no owner of its own.
        copied: Option<Copied>,
    },
    /// The service listens on a port below 1024 as its user.
    Listen(Listen),
    /// What a port of the machine is published as.
    Publish {
        /// The entry of the project's `ports`.
        entry: Path,
        /// Where it is published now, a range of one or more.
        to: PortRange,
    },
    /// A file in the container.
    File {
        /// Absolute path.
        path: String,
        /// All of it.
        content: String,
        /// Whether the service writes it, too.
        is_written: bool,
    },
    /// The uid has an entry in the container's passwd.
    Account {
        /// The service's user.
        uid: u32,
        /// All of `/etc/passwd`, where the image's lacks the entry.
        passwd: Option<String>,
        /// The same for `/etc/group`.
        group: Option<String>,
    },
    /// A variable of the service's environment.
    Env {
        /// The variable's name.
        name: String,
        /// Its value; none takes the author's away.
        value: Option<String>,
        /// Whether the image is known not to run otherwise.
        is_needed: bool,
    },
    /// A text of the project says this instead, since what it names has moved.
    Mention {
        /// The text's place in the project.
        place: Path,
        /// The new text.
        says: String,
    },
    /// The root filesystem cannot be written.
    ReadOnlyRoot,
    /// The image's own init is process 1.
    OwnInit,
    /// The engine is reached through a proxy instead of its socket.
    SocketProxy(SocketProxy),
}

/// A volume that must belong to the service's user before it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeOwner {
    /// The volume's key under the top-level `volumes:`; none has one that the engine names itself for a container.
    pub volume: Option<String>,
    /// Only this directory of the volume is mounted.
    pub subpath: Option<String>,
    /// A new volume gets none of the image's files, whoever mounts it first.
    pub nocopy: bool,
    /// Where the service mounts it.
    pub target: String,
    /// Who must own it.
    pub ids: Ids,
}

/// A config or secret that is copied into the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The service's entry for it in the project.
    pub entry: Path,
    /// Whether its mode becomes one that everybody may read.
    pub is_opened: bool,
}

/// A port below 1024 that the service listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// As its author knows it; see `to`.
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// The port above 1023 that it moves to, where the service's user cannot have this one.
    pub to: Option<u16>,
    /// Whether a setting of the network namespace is asked for, whatever the engine does by itself.
    pub is_said: bool,
    /// Whether its author publishes it, so that something must listen: what else an image opens depends on its
    /// configuration.
    pub is_published: bool,
}

/// What stands between a service and the engine's socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketProxy {
    /// The socket on the machine.
    pub source: String,
    /// The service's own mount of it, which goes.
    pub mount: Path,
    /// The group that may use the socket.
    pub gid: u32,
    /// The proxy's image.
    pub image: String,
    /// The sections of the engine's API that pass.
    pub sections: Vec<String>,
    /// The URL by which the service reaches it.
    pub endpoint: String,
    /// Variables that say so to the service.
    pub environment: Vec<(String, String)>,
    /// Arguments for the same.
    pub arguments: Vec<String>,
}
