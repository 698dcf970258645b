//! Putting back: everything that is recorded of a place, from the newest change to the oldest.

use super::helper::Job;
use super::outcome::Done;
use super::place::Place;
use super::record_file::RecordFile;
use super::{Ownership, whole};
use crate::diagnostic::Diagnostic;
use crate::engine::helper::Rights;
use crate::owners::Owner;
use crate::owners::frame::Act;
use anyhow::{Context, Result, bail};

/// Nobody: everything belongs to somebody else.
const NOBODY: Owner = Owner {
    uid: u32::MAX,
    gid: u32::MAX,
};

impl Ownership<'_> {
    /// Puts back owners, modes and bits of everything that is recorded of each place, and forgets the record. What
    /// was made since by the user that it was given to gets the former owner of the directory it is in.
    ///
    /// # Errors
    /// One that is not there, is in use or cannot be changed, by its name; a record that cannot be read, by its path.
    pub(crate) fn restore(&self, places: &[Place]) -> Result<Vec<Done>> {
        let mut done: Vec<Done> = places.iter().map(Done::nothing).collect();
        let folders = self.lock(places.iter())?;
        let mut records = Vec::new();
        for (at, place) in places.iter().enumerate() {
            let folder = folders.get(&place.whole()).context("finding a record's folder")?;
            let mut own = folder.records()?;
            own.retain(|record| {
                place.subpath().is_none() || record.head.subpath.as_deref() == place.subpath()
            });
            own.reverse();
            if !own.is_empty() {
                records.push((at, folder, own));
            }
        }
        self.must_be_there(records.iter().map(|(at, ..)| &places[*at]))?;
        for (at, ..) in &records {
            let place = &places[*at];
            let running = self.running_with(place)?;
            if !running.is_empty() {
                let message = format!(
                    "putting back the owners of {place}: it is in use by the running container {}",
                    running.join(", ")
                );
                let help = format!("stop it first: `docker stop {}`", running.join(" "));
                bail!(Diagnostic::error(message).help(help));
            }
        }
        // Changes of different directories of a volume are taken back one after the other.
        let mut steps: Vec<(usize, Place, &[RecordFile])> = Vec::new();
        for (at, _, own) in &records {
            for run in own.chunk_by(|a, b| a.head.subpath == b.head.subpath) {
                let subpath = run.first().and_then(|record| record.head.subpath.clone());
                steps.push((*at, places[*at].with_subpath(subpath), run));
            }
        }
        let (rights, identities) = self.rights(&steps)?;
        let mut jobs = Vec::new();
        for ((_, place, run), identity) in steps.iter().zip(&identities) {
            let own: Vec<&RecordFile> = run
                .iter()
                .filter(|record| !record.is_of_another(identity))
                .collect();
            if let ([], [first, ..]) = (own.as_slice(), run) {
                let path = first.path.display();
                let message = format!(
                    "putting back the owners of {place}: what {path} says is of another one of that name, which is gone"
                );
                bail!(
                    Diagnostic::error(message).help(format!("nothing was changed; `rm {path}` forgets it"))
                );
            }
            jobs.push(Job {
                place,
                identity: identity.clone(),
                give_to: NOBODY,
                recursive: own.iter().any(|record| record.head.recursive),
                records: own.into_iter().map(RecordFile::order).collect::<Result<_>>()?,
            });
        }
        let told = self.run((Act::Restore, rights), jobs, &mut |_, _| Ok(()))?;
        let mut failed = vec![0; places.len()];
        for ((at, place, _), told) in steps.iter().zip(told) {
            let told = whole(place, told)?;
            failed[*at] += told.summary.failed;
            done[*at].add(Done::of(place, told));
        }
        for (at, folder, own) in &records {
            if failed[*at] == 0 {
                own.iter().try_for_each(|record| folder.forget(record))?;
            }
        }
        Ok(done)
    }

    /// What is needed to put bits back that a change of owner takes, since anybody may have set some meanwhile; and what
    /// tells each tree from others.
    fn rights(&self, steps: &[(usize, Place, &[RecordFile])]) -> Result<(Rights, Vec<String>)> {
        let jobs = steps.iter().map(|(_, place, run)| Job {
            place,
            identity: String::new(),
            give_to: NOBODY,
            recursive: run.iter().any(|record| record.head.recursive),
            records: Vec::new(),
        });
        let told = self.run((Act::Scan, Rights::Look), jobs.collect(), &mut |_, _| Ok(()))?;
        let (mut bits, mut setgid, mut identities) = (false, false, Vec::new());
        for ((_, place, run), told) in steps.iter().zip(told) {
            let seen = whole(place, told)?.summary;
            // In a volume they are still there, but where a change was ended early.
            let keeps = place.keeps_bits();
            let mut taken = run.iter().filter(|record| record.is_pending || !keeps);
            bits |= seen.with_bits > 0 || taken.clone().any(|record| record.end.with_bits > 0);
            setgid |= keeps && seen.with_setgid > 0 || taken.any(|record| record.end.with_setgid > 0);
            identities.push(seen.identity);
        }
        Ok((Rights::Give { bits, setgid }, identities))
    }
}
