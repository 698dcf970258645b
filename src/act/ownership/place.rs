//! Places that have owners, what is wanted of them, and what was seen and done there.

use crate::facts::settings::Ids;
use std::fmt;
use std::path::PathBuf;

/// A tree that has an owner: on the engine, or on this machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
    /// What cannot be set right.
    pub problems: Vec<Untouched>,
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
            problems: Vec::new(),
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
    /// What was left as it is, and why.
    pub problems: Vec<Untouched>,
}
