//! Putting back: everything that is recorded of a place, from the newest change to the oldest.

use super::helper::ToldOfTree;
use super::outcome::{Done, DoneInTree};
use super::place::Place;
use super::record_file::RecordFile;
use super::record_folder::RecordFolder;
use super::restore_step::{RestoreStep, is_of_another, why_gone};
use super::same::Same;
use super::{Ownership, whole};
use crate::diagnostic::Diagnostic;
use crate::engine::helper::Rights;
use crate::owners::frame::Act;
use anyhow::{Context, Error, Result, anyhow};

/// What came of putting a place back.
#[derive(Debug)]
pub(crate) enum Restored {
    /// It was done.
    Done(Done),
    /// What is recorded is of something that is gone.
    Gone(Place, Error),
    /// It is there, and could not be put back.
    Left(Place, Error),
}

/// A place that something is recorded of.
struct ToRestore<'p> {
    place: &'p Place,
    folder: &'p RecordFolder,
    /// The newest first.
    records: Vec<RecordFile>,
    done: Done,
    /// How many entries should have been changed and are not.
    failed: u64,
    gone: Option<Error>,
    left: Option<Error>,
}

impl Ownership<'_> {
    /// Puts back owners, modes and bits of everything that is recorded of each place, and forgets the record. What
    /// was made since by the user that it was given to gets the former owner of the directory it is in.
    ///
    /// # Errors
    /// One that is not there, is in use or cannot be changed, by its name; the others are put back. A record that cannot
    /// be read, by its path.
    pub(crate) fn restore(&self, places: &[Place]) -> Result<Vec<Done>> {
        let done = |one| match one {
            Restored::Done(done) => Ok(done),
            Restored::Gone(_, error) | Restored::Left(_, error) => Err(error),
        };
        self.restore_each(places, true)?.into_iter().map(done).collect()
    }

    /// The same, and says of each what came of it. A record of which nothing tells whether it is of what is there now
    /// is followed only if `may_be_another`.
    ///
    /// # Errors
    /// The engine does not answer; the state directory cannot be read.
    pub(crate) fn restore_each(&self, places: &[Place], may_be_another: bool) -> Result<Vec<Restored>> {
        let folders = self.lock(places.iter())?;
        let mut tasks = Vec::new();
        for place in places {
            let folder = folders.get(&place.whole()).context("finding a record's folder")?;
            tasks.push(ToRestore::of(place, folder));
        }
        let missing = self.missing(places.iter())?;
        for task in tasks.iter_mut().filter(|task| !task.records.is_empty()) {
            task.gone = why_gone(task.place, &missing);
            if task.is_open() {
                task.left = self.why_not_now(task.place)?;
            }
        }
        let records: Vec<Vec<RecordFile>> = tasks
            .iter_mut()
            .map(|task| std::mem::take(&mut task.records))
            .collect();
        let (steps, rights) = self.steps(&mut tasks, &records, may_be_another)?;
        let jobs = steps.iter().map(RestoreStep::job).collect::<Result<Vec<_>>>()?;
        let told = self.run((Act::Restore, rights), jobs, &mut |_, _| Ok(()))?;
        for (step, told) in steps.iter().zip(told) {
            tasks[step.at].take(&step.place, told);
        }
        for (task, records) in tasks.iter().zip(&records) {
            if task.is_open() && task.failed == 0 {
                records.iter().try_for_each(|record| task.folder.forget(record))?;
            }
        }
        Ok(tasks.into_iter().map(ToRestore::end).collect())
    }

    /// What is to be done with the places that are left, and what is needed to put bits back that a change of owner
    /// takes, since anybody may have set some meanwhile.
    fn steps<'r>(
        &self,
        tasks: &mut [ToRestore<'_>],
        records: &'r [Vec<RecordFile>],
        may_be_another: bool,
    ) -> Result<(Vec<RestoreStep<'r>>, Rights)> {
        // Changes of different directories of a volume are taken back one after the other.
        let mut steps = Vec::new();
        for (at, own) in records.iter().enumerate().filter(|(at, _)| tasks[*at].is_open()) {
            for run in own.chunk_by(|a, b| a.head.subpath == b.head.subpath) {
                let subpath = run.first().and_then(|record| record.head.subpath.clone());
                steps.push(RestoreStep {
                    at,
                    place: tasks[at].place.with_subpath(subpath),
                    records: run.iter().collect(),
                    identity: String::new(),
                });
            }
        }
        let (mut bits, mut setgid) = (false, false);
        let told = self.looked_at(&steps)?;
        let mut open = Vec::new();
        for (mut step, told) in steps.into_iter().zip(told) {
            let task = &mut tasks[step.at];
            let seen = match told {
                Ok(done) => done.summary,
                Err(error) => {
                    task.left.get_or_insert(error);
                    continue;
                }
            };
            step.identity = seen.identity;
            if let Some(first) = step.records.first().map(|record| record.path.clone()) {
                step.records
                    .retain(|record| !record.is_of_another(&step.identity));
                if step.records.is_empty() {
                    task.gone
                        .get_or_insert_with(|| is_of_another(&step.place, &first));
                    continue;
                }
            }
            let is_unknown = |record: &&&RecordFile| record.proof().judge(&step.identity) == Same::Unknown;
            if let Some(record) = step.records.iter().find(is_unknown).filter(|_| !may_be_another) {
                let message = format!(
                    "putting back the owners of {}: nothing tells whether what {} says is of the one that is there now",
                    step.place,
                    record.path.display()
                );
                let help = "if it was not made anew since: `nrcompose ownership restore --unproven`";
                task.left
                    .get_or_insert_with(|| anyhow!(Diagnostic::error(message).help(help)));
                continue;
            }
            // In a volume they are still there, but where a change was ended early.
            let keeps = step.place.keeps_bits();
            let taken = step.records.iter().filter(|record| record.is_pending || !keeps);
            bits |= seen.with_bits > 0 || taken.clone().any(|record| record.end.with_bits > 0);
            setgid |= keeps && seen.with_setgid > 0 || taken.clone().any(|record| record.end.with_setgid > 0);
            open.push(step);
        }
        open.retain(|step| tasks[step.at].left.is_none());
        for step in &open {
            // Something of it is of what is there.
            tasks[step.at].gone = None;
        }
        Ok((open, Rights::Give { bits, setgid }))
    }

    /// Looks at each. What cannot even be mounted is found by looking at one after the other.
    fn looked_at(&self, steps: &[RestoreStep<'_>]) -> Result<Vec<Result<DoneInTree>>> {
        let look = |steps: &[RestoreStep<'_>]| {
            let jobs = steps.iter().map(RestoreStep::look);
            self.run((Act::Scan, Rights::Look), jobs.collect(), &mut |_, _| Ok(()))
        };
        let told = |step: &RestoreStep<'_>, told: ToldOfTree| whole(&step.place, told);
        match look(steps) {
            Ok(all) => Ok(steps.iter().zip(all).map(|(step, one)| told(step, one)).collect()),
            Err(error) if steps.len() == 1 => Ok(vec![Err(error)]),
            Err(_) => Ok(steps
                .chunks(1)
                .map(|one| {
                    let answer = look(one)?
                        .pop()
                        .context("looking at owners: an answer is missing")?;
                    told(&one[0], answer)
                })
                .collect()),
        }
    }

    /// What a person has to do before a place can be put back.
    fn why_not_now(&self, place: &Place) -> Result<Option<Error>> {
        let running = self.running_with(place)?;
        Ok((!running.is_empty()).then(|| {
            let message = format!(
                "putting back the owners of {place}: it is in use by the running container {}",
                running.join(", ")
            );
            let help = format!("stop it first: `docker stop {}`", running.join(" "));
            anyhow!(Diagnostic::error(message).help(help))
        }))
    }
}

impl<'p> ToRestore<'p> {
    fn of(place: &'p Place, folder: &'p RecordFolder) -> ToRestore<'p> {
        let (records, left) = match folder.records() {
            Ok(records) => (records, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let of_subpath = |record: &RecordFile| {
            place.subpath().is_none() || record.head.subpath.as_deref() == place.subpath()
        };
        ToRestore {
            place,
            folder,
            records: records.into_iter().rev().filter(of_subpath).collect(),
            done: Done::nothing(place),
            failed: 0,
            gone: None,
            left,
        }
    }

    /// Whether it is put back, as far as is known.
    fn is_open(&self) -> bool {
        self.gone.is_none() && self.left.is_none()
    }

    fn take(&mut self, place: &Place, told: ToldOfTree) {
        match whole(place, told) {
            Ok(told) => {
                self.failed += told.summary.failed;
                self.done.add(Done::of(place, told));
            }
            Err(error) => _ = self.left.get_or_insert(error),
        }
    }

    fn end(self) -> Restored {
        match (self.left, self.gone) {
            (Some(error), _) => Restored::Left(self.place.clone(), error),
            (None, Some(error)) => Restored::Gone(self.place.clone(), error),
            (None, None) => Restored::Done(self.done),
        }
    }
}
