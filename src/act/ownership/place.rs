//! Places that have owners, what is wanted of them, and what was seen and done there.

use super::record_file::RecordFile;
use crate::facts::settings::Ids;
use crate::owners::frame::TreeSummary;
use std::fmt;
use std::path::PathBuf;

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

/// An entry that is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Untouched {
    /// From the root of the place; empty for the root itself. What is no text in it is written out.
    pub path: String,
    /// Why.
    pub why: String,
}

/// What was seen of a place.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    /// Which.
    pub place: Place,
    /// Its root, where it was seen.
    pub root: Option<TreeOwner>,
    /// How many entries were looked at, the root among them.
    pub entries: u64,
    /// How many of them belong to somebody else.
    pub wrong: u64,
    /// The first of those: path and owner.
    pub samples: Vec<(String, Ids)>,
    /// How many entries are somebody else's and have to stay so.
    pub untouched: u64,
    /// The first of those.
    pub problems: Vec<Untouched>,
    /// What tells it from another one of that name, where that was seen.
    pub identity: String,
    /// The most memory that the look took on the engine, in KiB; 0 where nothing ran there.
    pub memory: u64,
}

impl Look {
    /// A place where all is right.
    pub(crate) fn right(place: &Place) -> Look {
        Look {
            place: place.clone(),
            root: None,
            entries: 1,
            wrong: 0,
            samples: Vec::new(),
            untouched: 0,
            problems: Vec::new(),
            identity: String::new(),
            memory: 0,
        }
    }

    /// What the helper saw.
    pub(super) fn of(place: &Place, seen: TreeSummary, problems: Vec<Untouched>, memory: u64) -> Look {
        let samples = seen.samples.into_iter();
        Look {
            place: place.clone(),
            root: seen.root.map(|owner| TreeOwner {
                uid: owner.uid,
                gid: owner.gid,
                mode: seen.root_mode,
            }),
            entries: seen.entries,
            wrong: seen.wrong,
            samples: samples.map(|(path, owner)| (path, owner.into())).collect(),
            untouched: seen.untouched,
            problems,
            identity: seen.identity,
            memory,
        }
    }
}

/// What was done with a place.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    /// Which.
    pub place: Place,
    /// How many entries got another owner.
    pub changed: u64,
    /// How many were looked at.
    pub entries: u64,
    /// How many were left as they are.
    pub untouched: u64,
    /// The first of those, and why.
    pub problems: Vec<Untouched>,
}

impl Done {
    /// A place where nothing had to be done.
    pub(crate) fn nothing(place: &Place) -> Done {
        Done {
            place: place.clone(),
            changed: 0,
            entries: 0,
            untouched: 0,
            problems: Vec::new(),
        }
    }

    /// What the helper did.
    pub(super) fn seen(place: &Place, seen: &TreeSummary, problems: Vec<Untouched>) -> Done {
        Done {
            place: place.clone(),
            changed: seen.changed,
            entries: seen.entries,
            untouched: seen.untouched,
            problems,
        }
    }

    /// What was done with another directory of it.
    pub(super) fn add(&mut self, other: Done) {
        self.changed += other.changed;
        self.entries += other.entries;
        self.untouched += other.untouched;
        self.problems.extend(other.problems);
    }
}

/// What is recorded of a place: one change of its owners.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// Which.
    pub place: Place,
    /// What tells it from another one of that name.
    pub identity: String,
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
            identity: record.end.identity.clone(),
            date: head.date.clone(),
            ids: head.given_to.into(),
            services: head.services.clone(),
            changed: record.end.wrong,
            is_pending: record.is_pending,
        }
    }
}
