//! Places that have owners, what is wanted of them, and what is recorded.

use super::record_file::RecordFile;
use super::same::{Same, SameProof};
use crate::facts::settings::Ids;
use std::fmt;
use std::path::{Path, PathBuf};

/// A tree that has an owner: on the engine, or on this machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    /// A volume.
    Volume {
        /// On the engine; that of a volume without a name is what the engine gave it.
        name: String,
        /// The directory in it that is meant, if it is not all of it.
        subpath: Option<String>,
    },
    /// A directory of the engine's machine, by its absolute path.
    Directory(PathBuf),
}

impl Place {
    /// All of it: what is recorded, is recorded of that. `data/` is `data`.
    pub(crate) fn whole(&self) -> Place {
        match self {
            Place::Directory(path) => Place::Directory(path.components().collect()),
            volume @ Place::Volume { .. } => volume.with_subpath(None),
        }
    }

    /// A directory in it.
    pub(super) fn with_subpath(&self, subpath: Option<String>) -> Place {
        match self {
            Place::Volume { name, .. } => Place::Volume {
                name: name.clone(),
                subpath,
            },
            directory @ Place::Directory(_) => directory.clone(),
        }
    }

    /// The directory of a volume that is meant, if it is not all of it.
    pub(super) fn subpath(&self) -> Option<&str> {
        match self {
            Place::Volume { subpath, .. } => subpath.as_deref(),
            Place::Directory(_) => None,
        }
    }

    /// Whether its files keep setuid and setgid bits under another owner. A directory of the host is in everybody's
    /// reach there, and such a file would make everybody its new owner.
    pub(super) fn keeps_bits(&self) -> bool {
        matches!(self, Place::Volume { .. })
    }

    /// The path of a directory of the engine's machine.
    pub(crate) fn directory(&self) -> Option<&Path> {
        match self {
            Place::Directory(path) => Some(path),
            Place::Volume { .. } => None,
        }
    }

    /// Its name on the engine, or its path.
    pub(crate) fn name(&self) -> String {
        match self {
            Place::Volume { name, .. } => name.clone(),
            Place::Directory(path) => path.display().to_string(),
        }
    }
}

/// As a person knows it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Volume { name, subpath: None } => write!(f, "volume {name}"),
            Place::Volume {
                name,
                subpath: Some(subpath),
            } => write!(f, "volume {name} ({subpath})"),
            Place::Directory(path) => write!(f, "{}", path.display()),
        }
    }
}

/// What must be so of a place.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Which.
    pub place: Place,
    /// What tells the directory that may be given from another one that is put in its place; see [`super::here`]. Empty
    /// where it cannot be seen from here.
    pub identity: String,
    /// Whom it must belong to, as containers count.
    pub ids: Ids,
    /// Who writes there.
    pub services: Vec<String>,
    /// The id of a created container that mounts it, and where: the root of an empty volume is then looked at and set
    /// without a container of ours.
    pub seen_in: Option<(String, String)>,
    /// Whether all that is in it is meant, and not the directory alone.
    pub recursive: bool,
}

impl Wanted {
    /// A look at the root of a place alone: whose it is, and what tells it from others of that name. Of no use but for that.
    pub(crate) fn look_at_root(place: Place) -> Wanted {
        Wanted {
            place,
            identity: String::new(),
            ids: Ids { uid: 0, gid: 0 },
            services: Vec::new(),
            seen_in: None,
            recursive: false,
        }
    }
}

/// Whom a directory belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TreeOwner {
    /// The owner, as containers count.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// Permission bits.
    pub mode: u32,
}

/// What is recorded of a place: one change of its owners.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// Which.
    pub place: Place,
    proof: SameProof,
    /// When: RFC 3339, UTC.
    pub date: String,
    /// Whom it was given to.
    pub ids: Ids,
    /// For which services.
    pub services: Vec<String>,
    /// How many entries.
    pub changed: u64,
    /// Whether it was ended early.
    pub is_pending: bool,
}

impl Recorded {
    /// Whether it is certainly not of the place that is there now, which this is told from others by.
    pub(crate) fn is_of_another(&self, identity: &str) -> bool {
        self.proof.judge(identity) == Same::No
    }

    pub(super) fn of(record: &RecordFile, is_volume: bool) -> Recorded {
        let head = &record.head;
        Recorded {
            place: match is_volume {
                true => Place::Volume {
                    name: head.place.clone(),
                    subpath: head.subpath.clone(),
                },
                false => Place::Directory(head.place.clone().into()),
            },
            proof: record.proof(),
            date: head.date.clone(),
            ids: head.given_to.into(),
            services: head.services.clone(),
            changed: record.end.wrong,
            is_pending: record.is_pending,
        }
    }
}
