//! What was seen of a place, and what was done there.

use super::place::{Place, TreeOwner};
use crate::facts::settings::Ids;
use crate::owners::frame::TreeSummary;

/// An entry that is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Untouched {
    /// From the root of the place; empty for the root itself. What is no text in it is written out.
    pub path: String,
    /// Why.
    pub why: String,
}

/// What the helper did with a tree.
#[derive(Debug)]
pub(super) struct DoneInTree {
    pub(super) summary: TreeSummary,
    pub(super) problems: Vec<Untouched>,
    /// The first files that lost setuid or setgid bits.
    pub(super) cleared: Vec<String>,
    pub(super) memory: u64,
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
    /// How many files among them would lose setuid or setgid bits with their owner.
    pub cleared: u64,
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
            cleared: 0,
            untouched: 0,
            problems: Vec::new(),
            identity: String::new(),
            memory: 0,
        }
    }

    /// What the helper saw.
    pub(super) fn of(place: &Place, done: DoneInTree) -> Look {
        let seen = done.summary;
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
            cleared: if place.keeps_bits() { 0 } else { seen.with_bits },
            untouched: seen.untouched,
            problems: done.problems,
            identity: seen.identity,
            memory: done.memory,
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
    /// How many files lost setuid or setgid bits with their owner.
    pub cleared: u64,
    /// The first of those.
    pub cleared_paths: Vec<String>,
    /// How many were left as they are.
    pub untouched: u64,
    /// The first of those, and why.
    pub problems: Vec<Untouched>,
    /// Whether nothing was in it before.
    pub was_empty: bool,
}

impl Done {
    /// A place where nothing had to be done.
    pub(crate) fn nothing(place: &Place) -> Done {
        Done {
            place: place.clone(),
            changed: 0,
            entries: 0,
            cleared: 0,
            cleared_paths: Vec::new(),
            untouched: 0,
            problems: Vec::new(),
            was_empty: false,
        }
    }

    /// What the helper did.
    pub(super) fn of(place: &Place, done: DoneInTree) -> Done {
        Done {
            place: place.clone(),
            changed: done.summary.changed,
            entries: done.summary.entries,
            cleared: done.summary.cleared,
            cleared_paths: done.cleared,
            untouched: done.summary.untouched,
            problems: done.problems,
            was_empty: false,
        }
    }

    /// What a person is told of files that lost bits; none if none did.
    pub(crate) fn told_of_cleared(&self) -> Option<String> {
        let shown = &self.cleared_paths;
        let more = match self.cleared.saturating_sub(shown.len() as u64) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (self.cleared > 0).then(|| {
            format!(
                "setuid or setgid bits taken from {} files, which would run as their new owner: {}{more}; `nrcompose ownership restore` puts them back",
                self.cleared,
                shown.join(", ")
            )
        })
    }

    /// What was done with another directory of it.
    pub(super) fn add(&mut self, other: Done) {
        self.changed += other.changed;
        self.entries += other.entries;
        self.cleared += other.cleared;
        self.cleared_paths.extend(other.cleared_paths);
        self.untouched += other.untouched;
        self.problems.extend(other.problems);
    }
}
