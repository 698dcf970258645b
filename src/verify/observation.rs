//! What was seen of one container.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that was seen of one container. What could not be seen is `None`, never a default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Observation {
    /// Its Compose service.
    pub service: String,
    /// As `docker ps` shows it.
    pub container: String,
    /// The image's id.
    pub image: String,
    /// How its processes were looked at.
    pub way: Way,
    /// How long they were looked at, in milliseconds.
    pub window_ms: u64,
    /// Its processes, also those that came and went meanwhile.
    pub processes: Vec<Process>,
    /// What the engine says of it.
    pub engine: ContainerFacts,
    /// What is mounted into it, the root filesystem first.
    pub mounts: Option<Vec<KernelMount>>,
    /// Who listens where in its network.
    pub listening: Option<Vec<Listener>>,
    /// Owner and mode of the paths that claims are about, and of all directories above them. `None` for a
    /// path that is not there.
    pub paths: BTreeMap<String, Option<PathFact>>,
    /// The uids in its `/etc/passwd`.
    pub passwd: Option<Vec<u32>>,
    /// Files that make whoever runs them somebody else; `None` when they were not looked for.
    pub raising: Option<Vec<RaisingFile>>,
    /// Programs of its image that cannot be executed unless these capabilities are in reach; `None` when they were not
    /// looked for.
    pub capable: Option<BTreeMap<String, Vec<String>>>,
    /// Programs of its image that make whoever runs them root, where that is possible.
    pub setuid: Vec<String>,
    /// Lines of its log that tell of a denied access.
    pub denials: Option<Vec<crate::verify::logs::Denial>>,
    /// What became of the person's probe, when it was run.
    pub probe: Option<ProbeSeen>,
    /// What its ports said.
    pub answers: Vec<crate::verify::reply::PortAnswer>,
    /// What it answered when it ran as its author wrote it, where that is known.
    pub before: Option<crate::verify::reply::ServiceAnswer>,
    /// A failure that its log repeats.
    pub failure: Option<String>,
    /// What was done otherwise than usual.
    pub notes: Vec<String>,
}

/// How processes were looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Not at all.
    #[default]
    None,
    /// In the `/proc` of this machine, which the engine is on.
    Proc,
    /// By a helper container that shares the container's process and network namespaces.
    Helper,
    /// By the engine's `top`, which shows ids and no capabilities.
    Top,
}

/// One process, with all that its threads were over the time it was watched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Process {
    /// As the way sees it: the machine's or the container's.
    pub pid: u32,
    /// The process that started it; 0 when that is outside of the container.
    pub parent: u32,
    /// Its command line, or its name in brackets.
    pub command: String,
    /// The most threads seen.
    pub threads: u32,
    /// The different credentials that any thread had at any time.
    pub credentials: Vec<Credentials>,
    /// Whether it came from outside after the container's start: a healthcheck, `exec`.
    pub entered: bool,
    /// When it was seen first and last, in milliseconds of the window.
    pub seen_ms: (u64, u64),
    /// How old it was when it was first seen, in milliseconds.
    pub age_ms: u64,
    /// How many times within the window it was seen to have collected children that ended.
    pub reaped: u32,
    /// Whether it was gone before the window ended.
    pub gone: bool,
    /// Whether a signal stopped it, at every look.
    #[serde(default)]
    pub stopped: bool,
}

/// Who a thread is and what it may.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Credentials {
    /// Real, effective, saved, filesystem uid, as the container counts.
    pub uid: [u32; 4],
    /// Real, effective, saved, filesystem gid.
    pub gid: [u32; 4],
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// What only `/proc` shows.
    pub powers: Option<Powers>,
}

/// What a thread may beyond its ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Powers {
    /// Inheritable capabilities, as a mask.
    pub inheritable: u64,
    /// What it may make effective.
    pub permitted: u64,
    /// What the kernel lets it do now.
    pub effective: u64,
    /// The most that a program started by it can be given.
    pub bounding: u64,
    /// What a program started by it keeps without a file capability.
    pub ambient: u64,
    /// Whether it can never gain any.
    pub no_new_privileges: bool,
    /// 0 none, 1 strict, 2 filter; `None` on a kernel without it.
    pub seccomp: Option<u8>,
}

/// What the engine says of a container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContainerFacts {
    /// Why uid 0 in it is somebody else on the machine.
    pub root_is_not_root: Option<String>,
    /// The user it was created with; empty is root.
    pub user: String,
    /// `running` …
    pub status: String,
    /// Of its last run.
    pub exit_code: i32,
    /// Restarts by policy.
    pub restarts: u32,
    /// How long ago it started, in milliseconds; `None` when the engine does not say, or its clock is another.
    pub up_ms: Option<u64>,
    /// How long each of its runs before was on average, in milliseconds, with what lay between them.
    pub run_ms: Option<u64>,
    /// How long the engine waited before this run, in milliseconds: longer each time, unless a run was of ten seconds.
    pub pause_ms: Option<u64>,
    /// Whether it is meant to end: no policy starts it again.
    pub once: bool,
    /// `healthy` …; `None` without a healthcheck.
    pub health: Option<String>,
    /// What the last failing healthcheck said.
    pub health_output: Option<String>,
    /// The healthcheck's command; `None` without one.
    pub healthcheck: Option<String>,
    /// Created with `privileged`.
    pub privileged: bool,
    /// Created with a read-only root filesystem.
    pub read_only: bool,
    /// Namespaces it shares with the machine: `pid`, `network`, `ipc`, `user`.
    pub shared_namespaces: Vec<String>,
    /// Devices of the machine that it was handed.
    pub devices: Vec<String>,
    /// Bind mounts and volumes.
    pub binds: Vec<Bind>,
    /// `no-new-privileges:true` …
    pub security_opt: Vec<String>,
    /// Published ports: `127.0.0.1:8080->80/tcp`.
    pub published: Vec<String>,
    /// The network it was made for: a name, `host`, `none`, `container:ID`.
    pub network_mode: String,
    /// The networks it is on.
    pub networks: Vec<String>,
    /// The gids that own the engine's socket, where that is known.
    pub socket_gids: Vec<u32>,
}

/// A bind mount or a volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Bind {
    /// A path of the machine, or a volume's name.
    pub source: String,
    /// Whether the source is a path that somebody chose.
    pub host_path: bool,
    /// In the container.
    pub target: String,
    /// Whether it may be written.
    pub writable: bool,
    /// `rprivate` …
    pub propagation: String,
}

/// A mount as the container's own kernel view has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KernelMount {
    /// In the container.
    pub target: String,
    /// `overlay`, `tmpfs` …
    pub kind: String,
    /// Options of the mount and of the filesystem.
    pub options: Vec<String>,
}

impl Observation {
    /// What can be compared with another run: what HTTP says at the first port that speaks it, else that it answers.
    pub fn answer(&self) -> Option<crate::verify::reply::ServiceAnswer> {
        let all = || self.answers.iter().filter_map(|a| a.reply.answer());
        all().find(|a| a.status.is_some()).or_else(|| all().next())
    }
}

impl KernelMount {
    /// Whether it has this option.
    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|o| o == option)
    }
}

/// A listening socket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Listener {
    /// In the container, whatever it is published as.
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The address it is bound to.
    pub address: String,
    /// The uid that opened it.
    pub uid: u32,
}

impl Listener {
    /// Whether only what is in the container itself reaches it.
    pub fn is_loopback(&self) -> bool {
        let address = self.address.parse::<std::net::IpAddr>();
        address.is_ok_and(|a| a.to_canonical().is_loopback())
    }
}

/// Who a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PathFact {
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Permission bits.
    pub mode: u32,
    /// Whether it is a directory.
    pub directory: bool,
}

/// A file that makes whoever runs it somebody else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RaisingFile {
    /// Where it is.
    pub path: String,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Its permission bits.
    pub mode: u32,
    /// The capabilities it gives, as a mask.
    pub capabilities: u64,
}

/// What became of a probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProbeSeen {
    /// As the person wrote it, in one line.
    pub command: String,
    /// Its exit code; `None` when it could not be run.
    pub code: Option<i32>,
    /// What it said, shortened.
    pub said: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
}
