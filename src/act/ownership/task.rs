//! One place that is set right: what is recorded of it, and what became of that.

use super::helper::{Job, ToldOfTree};
use super::outcome::Done;
use super::place::{Place, Wanted};
use super::record_file::{NewRecord, RecordFile};
use super::record_folder::RecordFolder;
use super::root::SeenRoot;
use super::whole;
use crate::act::date;
use crate::diagnostic::Diagnostic;
use crate::owners::Owner;
use crate::owners::frame::TreeSummary;
use crate::owners::record::{self, Former, KIND, RecordHead, VERSION};
use anyhow::{Error, Result, anyhow};

/// How the change of a place came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeEnd {
    /// It did not yet: the next one goes on with it.
    Open,
    /// Everything is done.
    Whole,
    /// Nothing could be changed.
    Refused,
}

/// A place that may have to be set right.
pub(super) struct Task<'w> {
    pub(super) want: &'w Wanted,
    /// What tells it from another one, before it was looked at.
    pub(super) identity: String,
    /// Its root, where the volume is empty and that is all there is to change.
    pub(super) root: Option<SeenRoot>,
    pub(super) folder: &'w RecordFolder,
    /// Records of changes that were ended early, the newest first.
    pub(super) pending: Vec<RecordFile>,
    pub(super) seen: TreeSummary,
    /// The records that are of this change.
    pub(super) numbers: Vec<u32>,
    /// The one before, which says the same.
    replaced: Option<RecordFile>,
    pub(super) end: ChangeEnd,
    pub(super) done: Option<Done>,
    /// Why it could not be set right.
    pub(super) failed: Option<Error>,
}

impl<'w> Task<'w> {
    pub(super) fn of(want: &'w Wanted, identity: String, folder: &'w RecordFolder) -> Result<Task<'w>> {
        Ok(Task {
            want,
            identity,
            root: None,
            folder,
            pending: pending(folder, &want.place)?,
            seen: TreeSummary::default(),
            numbers: Vec::new(),
            replaced: None,
            end: ChangeEnd::Open,
            done: None,
            failed: None,
        })
    }

    /// Begins its record. That of a root alone is written at once. It may be the root of another volume than that of an
    /// older one which says the same: the new one takes that one's place.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn begin(&mut self) -> Result<Option<NewRecord>> {
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
        // An engine resets the root of an empty volume for each container that it makes, so this happens again and again.
        // Of the newest alone: between two that say the same, another change may lie.
        if let Some(newest) = self.folder.records()?.pop()
            && !newest.is_pending
            && newest.says(&head, &entry)?
        {
            self.replaced = Some(newest);
        }
        let mut record = self.folder.begin(&head)?;
        self.numbers.push(record.number);
        record.add(&entry)?;
        Ok(Some(record))
    }

    /// What is recorded of one of that name that is gone is kept out of the way.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn set_others_aside(&mut self) -> Result<()> {
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

    pub(super) fn job<'r>(&self, records: impl Iterator<Item = &'r RecordFile>) -> Result<Job<'w>> {
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

    /// What the helper did.
    pub(super) fn take(&mut self, told: ToldOfTree) {
        let is_refused = match &told {
            Ok(done) => {
                let done = &done.summary;
                done.failed > 0 && done.changed + done.cleared == 0
            }
            Err(why) => why.is_unchanged,
        };
        let place = &self.want.place;
        self.end = match (&told, is_refused) {
            (_, true) => ChangeEnd::Refused,
            (Ok(_), false) => ChangeEnd::Whole,
            (Err(_), false) => ChangeEnd::Open,
        };
        match whole(place, told) {
            Ok(done) => self.done = Some(Done::of(place, done)),
            Err(error) => {
                let message = format!("giving {place} to {}: {error}", self.want.ids);
                let help = "see whether it is read-only, or kept where owners cannot be changed (NFS with root squash, CIFS)";
                self.failed = Some(anyhow!(Diagnostic::error(message).help(help)));
            }
        }
    }

    /// The records say how it ended.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn close(&self) -> Result<()> {
        let mut numbers = self.numbers.iter();
        match self.end {
            ChangeEnd::Open => Ok(()),
            ChangeEnd::Refused => numbers.try_for_each(|number| self.folder.drop_pending(*number)),
            ChangeEnd::Whole => {
                let pending = self.pending.iter().map(|record| &record.number);
                numbers
                    .chain(pending)
                    .try_for_each(|number| self.folder.done(*number))?;
                self.replaced
                    .iter()
                    .try_for_each(|record| self.folder.forget(record))
            }
        }
    }
}

/// The records of a place's changes that were ended early, the newest first.
fn pending(folder: &RecordFolder, place: &Place) -> Result<Vec<RecordFile>> {
    let mut pending = folder.records()?;
    pending.retain(|record| record.is_pending && record.head.subpath.as_deref() == place.subpath());
    pending.reverse();
    Ok(pending)
}
