//! What is recorded of volumes that are gone: nobody can be given anything back there. It is forgotten only when the person
//! asks for that, and only where the engine says for sure that the volume is not there any more.

use super::record_folder::RecordFolder;
use super::{Ownership, Place, Wanted};
use anyhow::Result;

/// A volume that is gone, and of which something is recorded.
#[derive(Debug)]
pub(crate) struct GoneVolume {
    /// Its name on the engine.
    pub name: String,
    /// What tells the one that is there under that name from it; none if there is none.
    pub now: Option<String>,
}

impl GoneVolume {
    fn place(&self) -> Place {
        Place::Volume {
            name: self.name.clone(),
            subpath: None,
        }
    }
}

impl Ownership<'_> {
    /// The volumes that are gone, of those that something is recorded of. An engine that has no name of its own may be
    /// another one than last time: of its volumes nothing is known.
    ///
    /// # Errors
    /// The engine does not answer; records that cannot be listed.
    pub(crate) fn gone(&self) -> Result<Vec<GoneVolume>> {
        let (mut gone, mut there) = (Vec::new(), Vec::new());
        if self.info.id.is_empty() {
            return Ok(gone);
        }
        for folder in self.records.all()? {
            let Some(name) = folder.volume() else { continue };
            match self.engine.volume_exists(&name)? {
                true => there.push((name, folder)),
                false => gone.push(GoneVolume { name, now: None }),
            }
        }
        let identities = self.identities(there.iter().map(|(name, _)| name.clone()));
        for ((name, folder), now) in there.into_iter().zip(identities) {
            if folder.has_others(&now) {
                gone.push(GoneVolume { name, now: Some(now) });
            }
        }
        Ok(gone)
    }

    /// Forgets what is recorded of one, unless a volume of that name is there by now. Whether it is forgotten.
    ///
    /// # Errors
    /// The engine does not answer; what the file system says.
    pub(crate) fn forget(&self, gone: &GoneVolume) -> Result<bool> {
        let folder = self.records.lock(&gone.place(), &|| {})?;
        match &gone.now {
            Some(now) => folder.forget_others(now)?,
            None if self.engine.volume_exists(&gone.name)? => return Ok(false),
            None => folder.forget_all()?,
        }
        Ok(true)
    }

    /// What tells each volume from others of its name; empty where nobody can look.
    fn identities(&self, names: impl Iterator<Item = String>) -> Vec<String> {
        let wanted = names.map(|name| Wanted::look_at_root(Place::Volume { name, subpath: None }));
        let wanted: Vec<Wanted> = wanted.collect();
        match self.look(&wanted) {
            Ok(looks) => looks.into_iter().map(|look| look.identity).collect(),
            Err(_) => vec![String::new(); wanted.len()],
        }
    }
}

impl RecordFolder {
    /// Whether something in it is of another volume of that name than the one that is there. What cannot be read is not
    /// known to be.
    fn has_others(&self, now: &str) -> bool {
        let is_aside = self.names().is_ok_and(|all| all.iter().any(is_aside));
        let is_other = || {
            self.records()
                .is_ok_and(|all| all.iter().any(|one| one.is_of_another(now)))
        };
        is_aside || is_other()
    }

    /// Forgets what is of other volumes of that name.
    fn forget_others(&self, now: &str) -> Result<()> {
        let all = self.records()?;
        let mut others = all.iter().filter(|one| one.is_of_another(now));
        others.try_for_each(|one| self.forget(one))?;
        let names = self.names()?;
        let mut aside = names.iter().filter(|file| is_aside(file));
        aside.try_for_each(|(_, name, _)| self.remove(name))
    }

    /// Forgets everything, also what cannot be read.
    fn forget_all(&self) -> Result<()> {
        self.names()?
            .iter()
            .try_for_each(|(_, name, _)| self.remove(name))
    }
}

/// Whether a file was kept out of the way since the volume was gone.
fn is_aside((_, _, ending): &(u32, String, String)) -> bool {
    ending == "aside"
}
