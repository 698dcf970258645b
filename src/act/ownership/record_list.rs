//! What is recorded, of all places on an engine.

use super::record_file::names_of;
use super::record_folder::{KINDS, RecordFolder, Records};
use super::{Ownership, Place, Recorded};
use crate::act::person::with_rights_of;
use anyhow::{Context, Error, Result};

/// What is recorded, and what of it cannot be read.
pub(crate) struct RecordList {
    /// The oldest first of each place.
    pub recorded: Vec<Recorded>,
    /// The others, each with the volume that it is of, if it is of one.
    pub damaged: Vec<(Option<Place>, Error)>,
}

impl Ownership<'_> {
    /// What is recorded of places on this engine.
    ///
    /// # Errors
    /// The state directory cannot be read.
    pub(crate) fn list(&self) -> Result<RecordList> {
        let (mut recorded, mut damaged) = (Vec::new(), Vec::new());
        for folder in self.records.all()? {
            let name = folder.volume();
            let is_volume = name.is_some();
            let place = name.map(|name| Place::Volume { name, subpath: None });
            for record in folder.each()? {
                match record {
                    Ok(record) => recorded.push(Recorded::of(&record, is_volume)),
                    Err(error) => damaged.push((place.clone(), error)),
                }
            }
        }
        Ok(RecordList { recorded, damaged })
    }
}

impl Records {
    /// The folders of all places, to be read.
    pub(super) fn all(&self) -> Result<Vec<RecordFolder>> {
        let mut all = Vec::new();
        for kind in KINDS {
            let path = self.root.join(kind).join(&self.engine);
            let names = with_rights_of(self.owner, || names_of(&path))
                .with_context(|| format!("reading {}", path.display()))?;
            for name in names {
                all.extend(self.open(&[kind, &self.engine, &name], false)?);
            }
        }
        Ok(all)
    }
}
