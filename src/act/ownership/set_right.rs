//! Setting right what belongs to somebody else: looked at, recorded, changed, in this order.

use super::helper::Job;
use super::outcome::Done;
use super::place::{Place, Wanted};
use super::record_file::{NewRecord, RecordFile};
use super::record_folder::RecordFolder;
use super::root::{self, SeenRoot};
use super::{Ownership, date, whole};
use crate::diagnostic::Diagnostic;
use crate::engine::helper::Rights;
use crate::owners::Owner;
use crate::owners::frame::{Act, TreeSummary};
use crate::owners::record::{self, Former, KIND, RecordHead, VERSION};
use anyhow::{Context, Result, anyhow};
use std::collections::BTreeMap;

/// A place that may have to be set right.
struct Task<'w> {
    want: &'w Wanted,
    /// What tells it from another one, before it was looked at.
    identity: String,
    /// Its root, where the volume is empty and that is all there is to change.
    root: Option<SeenRoot>,
    folder: &'w RecordFolder,
    /// Records of changes that were ended early, the newest first.
    pending: Vec<RecordFile>,
    seen: TreeSummary,
    /// The records that are of this change.
    numbers: Vec<u32>,
    done: Option<Done>,
}

impl Ownership<'_> {
    /// Looks at each, records the former owners of what is wrong and sets it right; gives what was done with each, in
    /// order. For what is right nothing is written, and one helper container does it for all.
    ///
    /// # Errors
    /// One that is not there, is in use by somebody else or cannot be changed, by its name.
    pub(crate) fn set_right(&self, wanted: &[Wanted]) -> Result<Vec<Done>> {
        let roots = self.roots(wanted)?;
        let is_plain = |want: &Wanted, root: &SeenRoot| root.is_empty || !want.recursive;
        let is_right = |want: &Wanted, root: &Option<SeenRoot>| {
            root.is_some_and(|root| root.is_of(want.ids) && is_plain(want, &root))
        };
        let rest = || {
            wanted
                .iter()
                .zip(&roots)
                .filter(|(want, root)| !is_right(want, root))
        };
        self.must_be_there(rest().map(|(want, _)| &want.place))?;
        let folders = self.lock(rest().map(|(want, _)| &want.place))?;
        let mut tasks = Vec::new();
        for (want, root) in rest() {
            let folder = folders
                .get(&want.place.whole())
                .context("finding a record's folder")?;
            let pending = pending(folder, &want.place)?;
            tasks.push(Task {
                want,
                identity: self.identity(want),
                root: root.filter(|root| is_plain(want, root) && pending.is_empty()),
                folder,
                pending,
                seen: TreeSummary::default(),
                numbers: Vec::new(),
                done: None,
            });
        }
        let recorded = self.record(&mut tasks);
        if recorded.is_err() {
            for task in &tasks {
                task.numbers
                    .iter()
                    .for_each(|number| task.folder.drop_new(*number));
            }
        }
        recorded?;
        self.give_roots(&mut tasks);
        self.give_trees(&mut tasks)?;
        for task in &tasks {
            let pending = task.pending.iter().map(|record| &record.number);
            for number in task.numbers.iter().chain(pending) {
                task.folder.done(*number)?;
            }
        }
        let mut done = tasks.into_iter();
        let all = wanted
            .iter()
            .zip(&roots)
            .map(|(want, root)| match is_right(want, root) {
                true => Ok(Done::nothing(&want.place)),
                false => {
                    let done = done.next().and_then(|task| task.done);
                    done.with_context(|| format!("setting the owner of {}: it was left out", want.place))
                }
            });
        all.collect()
    }

    /// Locks the folders of places, always in the same order.
    pub(super) fn lock<'p>(
        &self,
        places: impl Iterator<Item = &'p Place>,
    ) -> Result<BTreeMap<Place, RecordFolder>> {
        let mut folders: BTreeMap<Place, Option<RecordFolder>> =
            places.map(|place| (place.whole(), None)).collect();
        for (place, folder) in &mut folders {
            let waits =
                || (self.progress)(&format!("{place}: another nrcompose works on it; waiting for it"));
            let locked = self.records.lock(place, &waits)?;
            locked.clear()?;
            *folder = Some(locked);
        }
        Ok(folders
            .into_iter()
            .filter_map(|(place, folder)| Some((place, folder?)))
            .collect())
    }

    /// Looks at the trees, and writes down whose everything is where something is wrong.
    fn record(&self, tasks: &mut [Task<'_>]) -> Result<()> {
        let mut records: Vec<Option<NewRecord>> = Vec::new();
        let mut jobs = Vec::new();
        for task in tasks.iter_mut() {
            if task.root.is_none() {
                jobs.push(task.job(task.pending.iter().take(1))?);
            }
            records.push(task.begin()?);
        }
        // Which of the tasks the helper is asked for.
        let asked: Vec<usize> = (0..tasks.len()).filter(|at| tasks[*at].root.is_none()).collect();
        let told = self.run((Act::Scan, Rights::Look), jobs, &mut |number, entries| {
            let record = asked.get(number).and_then(|at| records.get_mut(*at)?.as_mut());
            let record = record.context("recording owners: of what, was not asked")?;
            record.add(entries)
        })?;
        for (at, told) in asked.iter().zip(told) {
            let task = &mut tasks[*at];
            let told = whole(&task.want.place, told)?;
            task.seen = told.summary.clone();
            task.done = Some(Done::of(&task.want.place, told));
        }
        for (task, record) in tasks.iter_mut().zip(records) {
            if task.seen.wrong > 0 {
                self.must_be_unused(task.want)?;
                task.set_others_aside()?;
            }
            let is_known = !task.pending.is_empty() && task.seen.unknown == 0;
            match record {
                Some(record) if task.seen.wrong > 0 && !is_known => _ = record.end(&task.seen)?,
                begun => {
                    drop(begun);
                    let numbers = std::mem::take(&mut task.numbers);
                    numbers.iter().for_each(|number| task.folder.drop_new(*number));
                }
            }
        }
        for task in tasks.iter() {
            let mut numbers = task.numbers.iter();
            numbers.try_for_each(|number| task.folder.keep(*number))?;
        }
        Ok(())
    }

    /// The roots of empty volumes, without a container of ours. Where that is refused, there is still the other way.
    fn give_roots(&self, tasks: &mut [Task<'_>]) {
        for task in tasks {
            let (Some(root), Some((id, destination))) = (&task.root, &task.want.seen_in) else {
                continue;
            };
            if root::give(self.engine, id, destination, root, task.want.ids).is_ok() {
                task.done = Some(Done {
                    changed: 1,
                    entries: 1,
                    ..Done::nothing(&task.want.place)
                });
                task.seen.wrong = 0;
            }
        }
    }

    /// All the rest, in one container.
    fn give_trees(&self, tasks: &mut [Task<'_>]) -> Result<()> {
        let mut rights = (false, false);
        let mut jobs = Vec::new();
        let mut asked = Vec::new();
        for (at, task) in tasks.iter().enumerate() {
            let with_bits = task.seen.with_bits + task.pending.iter().map(|p| p.end.with_bits).sum::<u64>();
            let with_setgid =
                task.seen.with_setgid + task.pending.iter().map(|p| p.end.with_setgid).sum::<u64>();
            if task.seen.wrong == 0 && (task.pending.is_empty() || with_bits == 0) {
                continue;
            }
            let keeps = task.want.place.keeps_bits();
            rights = (rights.0 || with_bits > 0, rights.1 || keeps && with_setgid > 0);
            jobs.push(task.job(task.pending.iter().filter(|p| p.end.with_bits > 0))?);
            asked.push(at);
        }
        let rights = Rights::Give {
            bits: rights.0,
            setgid: rights.1,
        };
        let told = self.run((Act::Set, rights), jobs, &mut |_, _| Ok(()))?;
        for (at, told) in asked.into_iter().zip(told) {
            let task = &mut tasks[at];
            let place = &task.want.place;
            let told = whole(place, told).map_err(|error| {
                let message = format!("giving {place} to {}: {error}", task.want.ids);
                let help = "see whether it is read-only, or kept where owners cannot be changed (NFS with root squash, CIFS)";
                anyhow!(Diagnostic::error(message).help(help))
            })?;
            task.done = Some(Done::of(place, told));
        }
        Ok(())
    }
}

/// The records of a place's changes that were ended early, the newest first.
fn pending(folder: &RecordFolder, place: &Place) -> Result<Vec<RecordFile>> {
    let mut pending = folder.records()?;
    pending.retain(|record| record.is_pending && record.head.subpath.as_deref() == place.subpath());
    pending.reverse();
    Ok(pending)
}

impl<'w> Task<'w> {
    /// Begins its record. That of a root alone is written at once, unless it is there already from another time.
    fn begin(&mut self) -> Result<Option<NewRecord>> {
        let head = self.head();
        let Some(root) = &self.root else {
            let record = self.folder.begin(&head)?;
            self.numbers.push(record.number);
            return Ok(Some(record));
        };
        self.seen.wrong = 1;
        let mut entry = Vec::new();
        let former = Former {
            owner: root.ids().into(),
            bits: None,
        };
        record::write(&mut entry, b"", former);
        for other in self.folder.records()? {
            if !other.is_pending && other.says(&head, &entry)? {
                return Ok(None);
            }
        }
        let mut record = self.folder.begin(&head)?;
        self.numbers.push(record.number);
        record.add(&entry)?;
        Ok(Some(record))
    }

    /// What is recorded of one of that name that is gone.
    fn set_others_aside(&mut self) -> Result<()> {
        let identity = &self.seen.identity;
        self.pending.retain(|record| !record.is_of_another(identity));
        let all = self.folder.records()?;
        let mut others = all.iter().filter(|record| record.is_of_another(identity));
        others.try_for_each(|record| self.folder.set_aside(record))
    }

    fn head(&self) -> RecordHead {
        RecordHead {
            nrcompose: KIND.to_owned(),
            version: VERSION,
            place: self.want.place.whole().name(),
            subpath: self.want.place.subpath().map(str::to_owned),
            date: date::now(),
            given_to: Owner::from(self.want.ids),
            services: self.want.services.clone(),
            recursive: self.want.recursive,
        }
    }

    fn job<'r>(&self, records: impl Iterator<Item = &'r RecordFile>) -> Result<Job<'w>> {
        // What is changed is what was looked at.
        let seen = &self.seen.identity;
        let identity = if seen.is_empty() { &self.identity } else { seen };
        Ok(Job {
            place: &self.want.place,
            identity: identity.clone(),
            give_to: self.want.ids.into(),
            recursive: self.want.recursive,
            records: records.map(RecordFile::order).collect::<Result<_>>()?,
        })
    }
}
