//! Owners of the entries of a directory tree: looked at, set, and put back, by descriptor and never by a path.
//!
//! This is what our own program does in a container of its own, where it sees trees at known places and takes its orders
//! on standard input. It knows no engine. It follows no link, leaves no mount, reads no file, starts nothing, and keeps
//! nothing in memory that grows with the number of entries; what is to be put back is as large as its record.

mod behind;
mod change;
mod chown;
pub(crate) mod frame;
pub(crate) mod here;
pub(crate) mod record;
mod report;
mod restore;
mod scan;
pub(crate) mod seen;
pub mod serve;
mod set;
pub(crate) mod walk;
pub mod write_test;

#[cfg(test)]
mod bits;
#[cfg(test)]
mod hostile_trees;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use std::fmt;

/// The hidden verb by which the program knows that it is to work on owners.
pub const VERB: &str = "__owners";

/// What is said of a tree that is another one than was meant. Nothing was done with it.
pub(crate) const SWAPPED: &str =
    "something else was put in its place since it was looked at; nothing was changed";

/// Whom an entry belongs to, as the one who looks counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// Prints as `uid:gid`.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.uid, self.gid)
    }
}

/// A path for a person; what is no text in it is written out.
fn shown(path: &[u8]) -> String {
    const LONGEST: usize = 4096;
    let path = &path[..path.len().min(LONGEST)];
    match std::str::from_utf8(path) {
        Ok(text) => text.to_owned(),
        Err(_) => path.escape_ascii().to_string(),
    }
}
