//! What is known of an image family: the schema of the files in `profiles/`.
//!
//! Every value names its evidence, so that anybody can look it up or measure it again. This file is also
//! compiled into the build script, which refuses to build with an invalid profile; so it uses nothing of
//! the crate.

use super::evidence::EvidenceEntry;
use super::one_or_many;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// An image family: what it needs to run without root, and how that is known.
///
/// Every field may be absent in a file, because a part (`extends`, `conditions`) leaves out what it does not
/// change; what a whole profile must have is in `check`. The order of the fields is that of a formatted file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Image names without tag, in their shortest form (`postgres`, `linuxserver/sonarr`); registry aliases
    /// are understood. Empty for a base that others extend, and for the generic profile.
    #[serde(default)]
    pub images: Vec<String>,
    /// Names under which commands start the program that it describes, whatever the image.
    #[serde(default)]
    pub programs: Vec<String>,
    /// Whether its images have no program of their own: what is started decides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_program: bool,
    /// The base profile this one adds to: see `merge` for how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<String>,
    /// One line: which software, whose image.
    #[serde(default)]
    pub about: String,
    /// What the people who make the image say about running it as another user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
    /// Where the values come from, by a short name that they refer to.
    #[serde(default)]
    pub evidence: IndexMap<String, EvidenceEntry>,
    /// The best way this image can run.
    #[serde(default)]
    pub class: Fact<Class>,
    /// What it does when nothing is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Fact<ImageStart>>,
    /// The user it is made to run as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<ImageUser>,
    /// Environment variables from which the image takes a uid and gid (PUID, PGID and relatives).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<IdVariables>,
    /// The init that is its first process, where that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<Fact<Init>>,
    /// Environment that the non-root mode needs.
    #[serde(default, deserialize_with = "or_none")]
    pub environment: Vec<Variable>,
    /// Files that the non-root mode needs, each its user's own.
    #[serde(default, deserialize_with = "or_none")]
    pub files: Vec<NeededFile>,
    /// Whether it has `/bin/sh` and `chown`, with which a volume can be given away; yes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<Fact<bool>>,
    /// Whether a program in it looks its own uid up in `/etc/passwd` and fails without an entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_passwd: Option<Fact<bool>>,
    /// Every path it writes.
    #[serde(default, deserialize_with = "or_none")]
    pub writable: Vec<Writable>,
    /// The ports it listens on.
    #[serde(default, deserialize_with = "or_none")]
    pub ports: Vec<Port>,
    /// Binaries with effective file capabilities, which cannot be executed unless the bounding set has them.
    #[serde(default, deserialize_with = "or_none")]
    pub file_capabilities: Vec<FileCapability>,
    /// Capabilities that the non-root mode needs beyond those of files. Usually absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Capabilities>,
    /// What a start as root needs, for images that cannot do without, or as the alternative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_start: Option<Capabilities>,
    /// Whether no-new-privileges is possible; yes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_new_privileges: Option<Fact<bool>>,
    /// Whether the root filesystem can be read-only, beside `writable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<Fact<bool>>,
    /// Why the image is expected to fail under `user:`.
    #[serde(default, deserialize_with = "or_none")]
    pub blockers: Vec<Note>,
    /// What else a person should know before a change.
    #[serde(default, deserialize_with = "or_none")]
    pub gotchas: Vec<Note>,
    /// Other images that do the same without root.
    #[serde(default, deserialize_with = "or_none")]
    pub alternatives: Vec<Alternative>,
    /// The sections of the Docker API it uses when it is given the socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_api: Option<DockerApi>,
    /// What differs under some conditions; each is a part of a profile, merged over the rest where it holds.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// How to start it and how to know that it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Test>,
}

/// One value and the evidence for it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// What upstream says about support.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// In our words.
    pub says: String,
    /// Where they say it.
    pub link: String,
}

/// The best way an image can run on an engine that lets non-root processes bind low ports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The image sets a non-root user itself.
    Nonroot,
    /// `user:` is all it needs.
    User,
    /// `user:` and tmpfs, volume ownership or environment.
    UserWithHelp,
    /// Its processes drop root, but the start needs it.
    RootStart,
    /// It needs root while it runs.
    Cannot,
    /// Nobody has found out.
    #[default]
    Unknown,
}

/// What an image does when the Compose file says nothing about users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ImageStart {
    /// Runs as a non-root user from the first process on.
    Nonroot,
    /// Starts as root and hands over to a user completely.
    Drops,
    /// A root process stays and its workers are non-root.
    RootMaster,
    /// Stays root.
    Root,
}

/// The user an image is made for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ImageUser {
    /// Its name in the image's passwd, by which Dockerfiles and Compose files may call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Numeric user id.
    pub uid: u32,
    /// Numeric group id; 0 where the image is built for group root.
    pub gid: u32,
    /// Supplementary groups that it needs.
    #[serde(default)]
    pub groups: Vec<u32>,
    /// Whether other ids work too.
    pub others: Others,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// Whether an image runs under ids it was not built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Others {
    /// Any uid and gid.
    Any,
    /// Any uid, as long as the gid is 0.
    Gid0,
    /// None but its own.
    None,
}

/// Variables that name ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IdVariables {
    /// Variables for the uid, the first one that is set counts.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub uid: Vec<String>,
    /// Variables for the gid.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub gid: Vec<String>,
    /// What the image takes when none is set, as `uid:gid`.
    pub default: String,
    /// What the variables do when the container starts under `user:`.
    pub under_user: UnderUser,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// What an image makes of PUID and its relatives when it does not start as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum UnderUser {
    /// It does not look at them; they may stay.
    Ignored,
    /// It fails while they are set.
    Fails,
}

/// An init that decides how a container may be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// s6-overlay 3: wants `/run` to be its own and executable, must be process 1.
    #[serde(rename = "s6-overlay-v3")]
    S6OverlayV3,
    /// s6-overlay 1 or 2.
    #[serde(rename = "s6-overlay-v2")]
    S6OverlayV2,
    /// A plain s6 or runit tree.
    S6,
    /// supervisord.
    Supervisord,
}

/// A path the image writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Writable {
    /// The directory, absolute, symlinks of the image resolved (`/run`, not `/var/run`).
    pub path: String,
    /// What is kept there.
    pub kind: WritableKind,
    /// The image's own owner of it as `uid:gid`; absent when the image has no such directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The image's own mode of it, octal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Whether a tmpfs may cover it (the image has nothing there that is needed).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tmpfs: Option<bool>,
    /// Whether programs are executed from it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exec: bool,
    /// Whether the image declares it as a `VOLUME`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub volume: bool,
    /// Whether the image has content there that a fresh named volume must be given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub content: bool,
    /// Whether a service works without writing it (it is written on some configurations only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// What is kept in a writable path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WritableKind {
    /// Sockets, pid files, s6 service directories: made anew at every start.
    Runtime,
    /// May be lost.
    Cache,
    /// Must be kept.
    Data,
    /// Configuration that the image writes or that a person mounts.
    Config,
    /// Logs; a volume where they grow, never memory.
    Log,
}

impl Writable {
    /// Whether a tmpfs may be mounted over it: what the profile says, else by kind.
    pub fn may_be_tmpfs(&self) -> bool {
        self.tmpfs
            .unwrap_or(matches!(self.kind, WritableKind::Runtime | WritableKind::Cache))
    }
}

/// A port the image listens on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// The number.
    pub port: u16,
    /// `tcp` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// How the application is set to another one.
    #[serde(default, rename = "move", skip_serializing_if = "Option::is_none")]
    pub moved: Option<Move>,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// How an application is set to listen on another port; `{port}` stands for the new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The port to move to, above 1023.
    pub to: u16,
    /// Environment to set.
    #[serde(default)]
    pub environment: IndexMap<String, String>,
    /// Arguments to append to the command, when the image's own command is known (`command`).
    #[serde(default)]
    pub arguments: Vec<String>,
    /// A whole file to put into the container, by its path: content with `{port}`.
    #[serde(default)]
    pub files: IndexMap<String, String>,
}

/// A binary that carries file capabilities with the effective bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FileCapability {
    /// The binary.
    pub path: String,
    /// Capabilities without `CAP_`.
    pub capabilities: Vec<String>,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// A set of capabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Names without `CAP_`.
    pub capabilities: Vec<String>,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// One sentence.
    pub note: String,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// Another image for the same software.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// The image.
    pub image: String,
    /// What a switch would move (ports, paths, data).
    pub moves: String,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// What of the Docker API an image needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DockerApi {
    /// Sections as socket proxies name them (`CONTAINERS`, `IMAGES` …).
    pub sections: Vec<String>,
    /// How it is set to use another engine than the socket's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<ApiEndpoint>,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// How an application learns where the engine is; `{endpoint}` stands for `tcp://HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApiEndpoint {
    /// Environment to set.
    #[serde(default)]
    pub environment: IndexMap<String, String>,
    /// Arguments to append to a command that the Compose file gives.
    #[serde(default)]
    pub arguments: Vec<String>,
}

/// What differs under a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// When it holds.
    pub when: When,
    /// The part of a profile that is merged over the rest; a later condition over an earlier one.
    pub set: Profile,
}

/// A condition holds when everything that it names does; of a list, one is enough. What is not known of a service does not
/// hold. In texts, `*` stands for any text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The image's tag. An image without tag and digest has the tag `latest`.
    #[serde(default, with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub tag: Vec<String>,
    /// A range of the version that the tag starts with: `<2`, `>=5.14`, `>=3 <4`. `latest` and the like are the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Variables of the service that are set, and to what: `"*"` for anything but nothing.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub environment: IndexMap<String, String>,
    /// A word of `entrypoint:`, or of the image's where the service has none and the image is known.
    #[serde(default, with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub entrypoint: Vec<String>,
    /// A word of `command:`, likewise.
    #[serde(default, with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub command: Vec<String>,
    /// Something is mounted there or below.
    #[serde(default, with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub mount: Vec<String>,
    /// A device that the service is given, by its path in the container.
    #[serde(default, with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub device: Vec<String>,
    /// A capability that the author adds.
    #[serde(default, with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub capability: Vec<String>,
    /// The kind of engine: `rootful`, `rootless`, `userns-remap`, `podman`.
    #[serde(default, with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub engine: Vec<String>,
    /// A file or directory of the image, where that was looked at.
    #[serde(default, with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub file: Vec<String>,
    /// None of these holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not: Vec<When>,
    /// One of these holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<When>,
}

/// A variable to set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// A file to be there, which its user may write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NeededFile {
    /// Its path, absolute.
    pub path: String,
    /// All that it holds.
    pub content: String,
    /// Names in the profile's `evidence`.
    #[serde(with = "one_or_many")]
    #[cfg_attr(test, schemars(with = "one_or_many::OneOrMany"))]
    pub evidence: Vec<String>,
}

/// How the image is started and how one knows that it works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The service as a person would write it, without `image:`. Its named volumes are declared by themselves.
    #[serde(default)]
    pub service: serde_json::Map<String, serde_json::Value>,
    /// Files it is given, by their path in the container.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub files: IndexMap<String, String>,
    /// Other services it needs, each with its `image:`; they run as written.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub neighbours: IndexMap<String, serde_json::Map<String, serde_json::Value>>,
    /// The neighbour that the commands run in; the service itself when absent, as the user it runs as.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// How many seconds a start may take; 60 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<u16>,
    /// A command that succeeds when it works. It is run several times.
    pub probe: Vec<String>,
    /// A command that stores something, once on a fresh volume.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write: Vec<String>,
    /// A command that succeeds when what `write` stored is there: after a restart, and after the container was made
    /// anew on the same volumes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<String>,
}

/// `null` is how a part takes its base's list away.
fn or_none<'de, D, T>(d: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(d).map(Option::unwrap_or_default)
}
