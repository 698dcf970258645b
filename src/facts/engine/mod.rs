//! What a plan needs to know of the engine: pure data. Where nobody can be asked, it is a rootful one of a current
//! version on this machine.

mod here;
mod mapped;

use super::ids::Ids;
use crate::engine::{Endpoint, IdMap, Survey};

pub use mapped::Mapped;

/// Since this version any process may bind low ports in a private network namespace.
const BINDS_LOW: (u32, u32) = (20, 10);
/// Since this version Compose knows `!override`.
const KNOWS_OVERRIDE: (u32, u32, u32) = (2, 24, 4);
/// The first port that everybody may bind, unless a setting of the kernel says otherwise.
const UNPRIVILEGED: u16 = 1024;

/// In what way an engine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineKind {
    /// As root, and root in a container is root of the machine.
    #[default]
    Rootful,
    /// Without root, for one user.
    Rootless,
    /// As root, with users of containers mapped to unprivileged ones.
    UsernsRemap,
    /// In the virtual machine of Docker Desktop.
    Desktop,
}

/// What decisions rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineFacts {
    /// Its own id and its version, by which it is told from others; empty for one that nobody has seen.
    pub id: String,
    /// In what way it runs.
    pub kind: EngineKind,
    /// Whether it is on another machine.
    pub remote: bool,
    /// Whether it is podman, which does not let everybody bind low ports.
    pub podman: bool,
    /// Major and minor version, where known.
    pub version: Option<(u32, u32)>,
    /// The version of Compose, where known.
    pub compose: Option<(u32, u32, u32)>,
    /// How uids and gids of this machine are counted in containers, where the engine maps them and it is known how.
    pub maps: Option<Maps>,
    /// The first port of the machine that it may publish.
    pub first_port: u16,
}

/// How ids are counted in containers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maps {
    /// User ids.
    pub uids: IdMap,
    /// Group ids.
    pub gids: IdMap,
}

impl Maps {
    /// Ids of a container as this machine counts them.
    pub fn outside(&self, ids: Ids) -> Option<Ids> {
        Some(Ids {
            uid: self.uids.outside(ids.uid)?,
            gid: self.gids.outside(ids.gid)?,
        })
    }
}

impl Default for EngineFacts {
    fn default() -> Self {
        EngineFacts {
            id: String::new(),
            kind: EngineKind::Rootful,
            remote: false,
            podman: false,
            version: None,
            compose: None,
            maps: None,
            first_port: 1,
        }
    }
}

impl EngineFacts {
    /// An engine of this kind that nobody has seen.
    pub fn assumed(kind: EngineKind, remote: bool) -> EngineFacts {
        EngineFacts {
            kind,
            remote,
            first_port: if kind == EngineKind::Rootless {
                UNPRIVILEGED
            } else {
                1
            },
            ..EngineFacts::default()
        }
    }

    /// What an engine's answers come to. How it maps ids and which ports it may publish is looked up on this
    /// machine, where it is on it.
    pub fn of(survey: &Survey, endpoint: &Endpoint) -> EngineFacts {
        let info = &survey.info;
        let kind = if info.is_desktop() {
            EngineKind::Desktop
        } else if info.rootless() {
            EngineKind::Rootless
        } else if info.remapped() {
            EngineKind::UsernsRemap
        } else {
            EngineKind::Rootful
        };
        let remote = endpoint.is_remote();
        let maps = match kind {
            _ if remote => None,
            EngineKind::Rootless => endpoint.pid_file().and_then(|f| here::maps_of(&f)),
            EngineKind::UsernsRemap => info.remapped_to().map(|(uid, gid)| Maps {
                // The usual length of a range in `/etc/subuid`; what lies beyond is seldom an id in an image.
                uids: IdMap::from_zero(uid, 65536),
                gids: IdMap::from_zero(gid, 65536),
            }),
            EngineKind::Rootful | EngineKind::Desktop => None,
        };
        let first_port = match kind {
            EngineKind::Rootless if remote => UNPRIVILEGED,
            EngineKind::Rootless => here::first_port().unwrap_or(UNPRIVILEGED),
            _ => 1,
        };
        EngineFacts {
            id: format!("{} {}", info.id, info.server_version),
            kind,
            remote,
            podman: survey.podman,
            // A build of a developer has none.
            version: Some(info.version()).filter(|v| *v != (0, 0)),
            compose: survey.compose_version(),
            maps,
            first_port,
        }
    }

    /// Whether uids and gids in containers are others than on the machine.
    pub fn maps_ids(&self) -> bool {
        matches!(self.kind, EngineKind::Rootless | EngineKind::UsernsRemap)
    }

    /// Whether any process may bind low ports in a private network namespace.
    pub fn binds_low_ports(&self) -> bool {
        !self.podman && self.version.is_none_or(|v| v >= BINDS_LOW)
    }

    /// Whether files have the owners in a container that they have here, or ones that can be worked out.
    pub fn shows_owners(&self) -> bool {
        !self.remote && self.kind != EngineKind::Desktop && (!self.maps_ids() || self.maps.is_some())
    }

    /// Whether its Compose is known to lack the `!override` tag.
    pub fn lacks_override(&self) -> bool {
        self.compose.is_some_and(|v| v < KNOWS_OVERRIDE)
    }

    /// What root in a container is on the machine, when that is not root.
    pub fn root_is(&self) -> Option<String> {
        let whose = match self.kind {
            EngineKind::Rootless => "the user who runs it, not root of the machine".to_owned(),
            EngineKind::UsernsRemap => match self.maps.as_ref().and_then(|m| m.uids.outside(0)) {
                Some(uid) => format!("uid {uid} of the machine, an unprivileged user already"),
                None => "an unprivileged user of the machine already".to_owned(),
            },
            EngineKind::Rootful | EngineKind::Desktop => return None,
        };
        Some(format!("root in a container of {} is {whose}", self.words()))
    }

    /// What is said after ids of files, where they are not those that the machine shows.
    pub fn counted(&self) -> &'static str {
        if self.maps.is_some() {
            ", as containers count"
        } else {
            ""
        }
    }

    /// Ids of a container as the machine counts them; none where nobody knows.
    pub fn on_machine(&self, ids: Ids) -> Option<Ids> {
        match &self.maps {
            Some(maps) => maps.outside(ids),
            None => Some(ids).filter(|_| !self.maps_ids()),
        }
    }

    /// Its name in a sentence, with the article.
    pub fn words(&self) -> &'static str {
        match (self.remote, self.kind) {
            (_, EngineKind::Rootless) => "a rootless engine",
            (_, EngineKind::UsernsRemap) => "an engine with userns-remap",
            (_, EngineKind::Desktop) => "Docker Desktop",
            (true, EngineKind::Rootful) => "an engine on another machine",
            (false, EngineKind::Rootful) => "a rootful engine",
        }
    }
}

#[cfg(test)]
mod tests;
