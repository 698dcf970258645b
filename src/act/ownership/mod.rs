//! Who trees belong to that services write: looked at, set right with the former owners on disk first, and put back.
//!
//! On the engine only this program itself works on them, never a program of an image or a volume.

#![allow(dead_code, unused_imports, reason = "its callers are being built")]

pub(crate) mod asked;
mod place;

pub(crate) use place::{Done, Look, Place, TreeOwner, Untouched, Wanted};

use super::state::StateDirectory;
use crate::engine::{Engine, Info};
use anyhow::{Result, bail};

/// Looks at owners, sets them right and puts them back.
pub(crate) struct Ownership<'e> {
    engine: &'e dyn Engine,
    info: Info,
    state: StateDirectory,
    progress: &'e dyn Fn(&str),
}

impl<'e> Ownership<'e> {
    /// For the engine that says `info` of itself. `progress` is told a line for whatever lasts longer than a second.
    pub(crate) fn new(
        engine: &'e dyn Engine,
        info: &Info,
        state: StateDirectory,
        progress: &'e dyn Fn(&str),
    ) -> Ownership<'e> {
        Ownership {
            engine,
            info: info.clone(),
            state,
            progress,
        }
    }

    /// Looks at each and changes nothing; gives what is so of each, in order.
    ///
    /// # Errors
    /// One that is not there or cannot be looked at, by its name.
    pub(crate) fn look(&self, wanted: &[Wanted]) -> Result<Vec<Look>> {
        let _ = (self.engine, &self.info, &self.state, self.progress);
        Ok(wanted.iter().map(|w| Look::right(&w.place)).collect())
    }

    /// Looks at each, records the former owners of what is wrong and sets it right; gives what was done with each, in
    /// order. For what is right nothing is written, and one helper container does it for all.
    ///
    /// # Errors
    /// One that is not there, is in use by somebody else or cannot be changed, by its name.
    pub(crate) fn set_right(&self, wanted: &[Wanted]) -> Result<Vec<Done>> {
        let _ = self.look(wanted)?;
        bail!("setting owners right is being built")
    }

    /// Puts back owners, modes and bits of everything that is recorded of each place, and forgets the record. What
    /// was made since by the user that it was given to gets the former owner of the directory it is in.
    ///
    /// # Errors
    /// One that is not there or cannot be changed, by its name; a record that cannot be read, by its path.
    pub(crate) fn restore(&self, places: &[Place]) -> Result<Vec<Done>> {
        let _ = places;
        bail!("putting owners back is being built")
    }

    /// What is recorded of places on this engine.
    ///
    /// # Errors
    /// A record that cannot be read, by its path.
    pub(crate) fn list(&self) -> Result<Vec<Recorded>> {
        Ok(Vec::new())
    }
}

/// What is recorded of a place: one change of its owners.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// Which.
    pub place: Place,
    /// When: RFC 3339, UTC.
    pub date: String,
    /// Whom it was given to.
    pub ids: crate::facts::settings::Ids,
    /// For which services.
    pub services: Vec<String>,
    /// How many entries.
    pub changed: u64,
    /// Whether it was ended early.
    pub is_pending: bool,
}

/// Whether this program can work on trees of an engine of this architecture (`x86_64`, `amd64`; empty: any).
///
/// # Errors
/// Why it cannot: owners are then set right by file mode's init services.
pub(crate) fn helper_program(architecture: &str) -> Result<()> {
    crate::engine::own_program::find(architecture).map(drop)
}
