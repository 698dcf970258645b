//! Setting right what belongs to somebody else: looked at, recorded, changed, in this order.

use super::outcome::Done;
use super::place::{Place, Wanted};
use super::record_file::NewRecord;
use super::record_folder::RecordFolder;
use super::root::{self, SeenRoot};
use super::same::has_our_clock;
use super::task::{ChangeEnd, Task};
use super::{Ownership, whole};
use crate::engine::helper::Rights;
use crate::owners::frame::Act;
use anyhow::{Context, Result};
use std::collections::BTreeMap;

impl Ownership<'_> {
    /// Looks at each, records the former owners of what is wrong and sets it right; gives what was done with each, in
    /// order. For what is right nothing is written, and one helper container does it for all.
    ///
    /// # Errors
    /// One that is not there, is in use by somebody else or cannot be changed, by its name.
    pub(crate) fn set_right(&self, wanted: &[Wanted]) -> Result<Vec<Done>> {
        self.must_not_be_ours(wanted)?;
        let roots = self.roots(wanted)?;
        // Without a look, the record is known to be of the volume by its date alone.
        let is_here = has_our_clock(&self.info);
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
            let mut task = Task::of(want, self.identity(want), folder)?;
            let is_enough = |root: &SeenRoot| is_plain(want, root) && is_here && task.pending.is_empty();
            task.root = root.filter(is_enough);
            tasks.push(task);
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
        let given = self.give_trees(&mut tasks);
        tasks.iter().try_for_each(Task::close)?;
        given?;
        if let Some(error) = tasks.iter_mut().find_map(|task| task.failed.take()) {
            return Err(error);
        }
        let mut done = tasks.into_iter();
        let all = wanted.iter().zip(&roots).map(|(want, root)| {
            let done = match is_right(want, root) {
                true => Done::nothing(&want.place),
                false => {
                    let done = done.next().and_then(|task| task.done);
                    done.with_context(|| format!("setting the owner of {}: it was left out", want.place))?
                }
            };
            let was_empty = root.is_some_and(|root| root.is_empty);
            Ok(Done { was_empty, ..done })
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
                task.end = ChangeEnd::Whole;
            }
        }
    }

    /// All the rest, in one container.
    fn give_trees(&self, tasks: &mut [Task<'_>]) -> Result<()> {
        let mut rights = (false, false);
        let mut jobs = Vec::new();
        let mut asked = Vec::new();
        for (at, task) in tasks.iter_mut().enumerate() {
            let with_bits = task.seen.with_bits + task.pending.iter().map(|p| p.end.with_bits).sum::<u64>();
            let with_setgid =
                task.seen.with_setgid + task.pending.iter().map(|p| p.end.with_setgid).sum::<u64>();
            if task.seen.wrong == 0 && (task.pending.is_empty() || with_bits == 0) {
                task.end = ChangeEnd::Whole;
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
            tasks[at].take(told);
        }
        Ok(())
    }
}
