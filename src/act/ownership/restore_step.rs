//! What is put back at once: changes of one directory of a place; and of which places nothing can be put back any more.

use super::helper::Job;
use super::place::Place;
use super::record_file::RecordFile;
use crate::diagnostic::Diagnostic;
use crate::owners::Owner;
use anyhow::{Error, Result, anyhow};
use std::path::Path;

/// Nobody: everything belongs to somebody else.
const NOBODY: Owner = Owner {
    uid: u32::MAX,
    gid: u32::MAX,
};

/// Changes of one directory of a place, one after the other.
pub(super) struct RestoreStep<'r> {
    /// Which of the places.
    pub(super) at: usize,
    pub(super) place: Place,
    /// The newest first.
    pub(super) records: Vec<&'r RecordFile>,
    /// What tells it from others of that name; empty before it was looked at.
    pub(super) identity: String,
}

impl RestoreStep<'_> {
    /// To be put back.
    pub(super) fn job(&self) -> Result<Job<'_>> {
        let records = self.records.iter().map(|record| record.order());
        Ok(Job {
            records: records.collect::<Result<_>>()?,
            ..self.look()
        })
    }

    /// To be looked at.
    pub(super) fn look(&self) -> Job<'_> {
        Job {
            place: &self.place,
            identity: self.identity.clone(),
            give_to: NOBODY,
            recursive: self.records.iter().any(|record| record.head.recursive),
            records: Vec::new(),
        }
    }
}

/// Why there is nothing to put back any more.
pub(super) fn why_gone(place: &Place, missing: &[String]) -> Option<Error> {
    let error = |message: String, help: &str| Some(anyhow!(Diagnostic::error(message).help(help)));
    match place {
        Place::Volume { name, .. } if missing.contains(name) => error(
            format!("putting back the owners of {place}: there is no volume of this name any more"),
            "`nrcompose doctor --clean` forgets what is recorded of it",
        ),
        Place::Directory(path) if matches!(path.try_exists(), Ok(false)) => error(
            format!("putting back the owners of {place}: it is not there any more"),
            "what is recorded of it stays; put the directory back and run it again",
        ),
        _ => None,
    }
}

/// What is recorded is of something else.
pub(super) fn is_of_another(place: &Place, record: &Path) -> Error {
    let path = record.display();
    let message = format!(
        "putting back the owners of {place}: what {path} says is of another one of that name, which is gone"
    );
    anyhow!(Diagnostic::error(message).help(format!("nothing was changed; `rm {path}` forgets it")))
}
