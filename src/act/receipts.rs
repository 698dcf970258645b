//! Receipts: what came of a service that was started by a plan, so that the next start need not find it out again. One that
//! passed makes the plan *tried here*; one that failed keeps the next start from trying the same once more.

use super::file;
use super::state::StateDirectory;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The only form that is understood.
const VERSION: u32 = 1;
/// How many are kept of one service: what it fell back from, what it runs as, and the same before the last change.
const KEPT: usize = 8;

/// The receipts of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Receipts {
    version: u32,
    /// In the order in which they were written.
    receipts: Vec<Receipt>,
}

/// What came of one service. No value of the project is in it, only a short of all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Receipt {
    /// Its key in the project.
    pub service: String,
    /// The id of the image that ran: a moved tag, or one that was built anew, is another.
    pub image: String,
    /// The digests under which registries have that image; none for one that was built here.
    #[serde(default)]
    pub digests: Vec<String>,
    /// Of the image: `amd64`.
    #[serde(default)]
    pub architecture: String,
    /// The fingerprint of the service as it was started.
    pub plan: String,
    /// The engine's id and version.
    pub engine: String,
    /// What was found to hold.
    #[serde(default)]
    pub claims: Vec<String>,
    /// How it was known to work: `answers HTTP 200`, `healthy`, `runs only`.
    #[serde(default)]
    pub probe: String,
    /// The day and time, RFC 3339.
    pub date: String,
    /// Why it did not work; none where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// Whether it did not work as its author wrote it, either: then it may have been for something outside of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alike: bool,
}

impl Receipt {
    /// Whether it still counts at a time in RFC 3339: what worked neither way is tried once more on another day.
    pub(crate) fn counts_at(&self, now: &str) -> bool {
        !self.alike || self.date.get(..10) == now.get(..10)
    }
}

/// Why a file of receipts was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnreadReceipts {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

impl UnreadReceipts {
    /// What the person is told.
    pub(crate) fn told(&self) -> Diagnostic {
        let text = format!(
            "what earlier starts found out cannot be read ({}), and was set aside: {}",
            self.why,
            self.path.display()
        );
        Diagnostic::new(Topic::Configuration, text)
            .help("services are watched again at the next `nrcompose up -d`")
    }
}

impl Receipts {
    /// Reads the text of a file of receipts.
    ///
    /// # Errors
    /// What is wrong with it: nothing of it is taken then.
    pub(crate) fn read(text: &str) -> Result<Receipts, String> {
        let read: Receipts = serde_json::from_str(text).map_err(|e| e.to_string())?;
        match read.version {
            VERSION => Ok(read),
            other => Err(format!(
                "it has version {other}, and this program reads {VERSION}"
            )),
        }
    }

    /// As a file has them.
    ///
    /// # Errors
    /// None that can happen.
    pub(crate) fn text(&self) -> Result<String> {
        let all = Receipts {
            version: VERSION,
            receipts: self.receipts.clone(),
        };
        Ok(serde_json::to_string_pretty(&all).context("writing receipts down")? + "\n")
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Receipt> {
        self.receipts.iter()
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.receipts.is_empty()
    }

    /// What came of a service from this image by this plan, if that was found out.
    pub(crate) fn of(&self, service: &str, image: &str, plan: &str) -> Option<&Receipt> {
        let is_it =
            |r: &&Receipt| (r.service.as_str(), r.image.as_str(), r.plan.as_str()) == (service, image, plan);
        self.receipts.iter().rev().find(is_it)
    }

    /// Those that say so.
    #[must_use]
    pub(crate) fn only(mut self, wanted: impl Fn(&Receipt) -> bool) -> Receipts {
        self.receipts.retain(wanted);
        self
    }

    /// Adds one, instead of what was known of the same.
    pub(crate) fn add(&mut self, new: Receipt) {
        let is_same = |r: &Receipt| {
            (&r.service, &r.image, &r.plan, &r.engine) == (&new.service, &new.image, &new.plan, &new.engine)
        };
        self.receipts.retain(|r| !is_same(r));
        let of_service = self.receipts.iter().filter(|r| r.service == new.service).count();
        if of_service >= KEPT
            && let Some(oldest) = self.receipts.iter().position(|r| r.service == new.service)
        {
            self.receipts.remove(oldest);
        }
        self.receipts.push(new);
    }

    /// Takes back that a service did not work by the first plan that was tried since a time in RFC 3339, nor by the smaller
    /// ones after it, if this is why: it does no more as its author wrote it. Whether that is so.
    pub(crate) fn works_as_written(&mut self, service: &str, since: &str, why: &str) -> bool {
        let is_tried = |r: &Receipt| r.service == service && r.failed.is_some() && *r.date >= *since;
        let first = self.receipts.iter_mut().find(|r| is_tried(r));
        let Some(first) = first.filter(|r| r.failed.as_deref() == Some(why)) else {
            return false;
        };
        first.failed = None;
        first.probe = format!("as its author wrote it, {why}");
        self.receipts.retain(|r| !is_tried(r));
        true
    }

    /// Notes that a service did not work as its author wrote it, either.
    pub(crate) fn fails_alike(&mut self, service: &str) {
        let of_service = self.receipts.iter_mut().filter(|r| r.service == service);
        of_service
            .filter(|r| r.failed.is_some())
            .for_each(|r| r.alike = true);
    }

    /// Takes those of others in: a team's, or of another run.
    pub(crate) fn extend(&mut self, others: Receipts) {
        for one in others.receipts {
            self.add(one);
        }
    }
}

impl StateDirectory {
    /// The receipts of a project. A file that cannot be read as one is set aside, and told.
    pub(crate) fn read_receipts(&self, name: &str, directory: &Path) -> (Receipts, Option<UnreadReceipts>) {
        let path = self.receipts_path(name, directory);
        let Some(text) = file::read(&path, self.owner()) else {
            return Default::default();
        };
        match Receipts::read(&text) {
            Ok(receipts) => (receipts, None),
            Err(why) => {
                let aside = path.with_extension("json.set-aside");
                // Where that fails, it is told once more the next time.
                _ = file::write(&aside, &text, self.owner()).and_then(|()| file::remove(&path, self.owner()));
                (Receipts::default(), Some(UnreadReceipts { path: aside, why }))
            }
        }
    }

    /// Keeps what came of services.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn write_receipts(&self, name: &str, directory: &Path, receipts: &Receipts) -> Result<()> {
        let path = self.receipts_path(name, directory);
        if receipts.is_empty() {
            return file::remove(&path, self.owner());
        }
        if let Some(parent) = path.parent() {
            file::make_private_directory(parent, self.owner())?;
        }
        file::write(&path, &receipts.text()?, self.owner())
    }

    fn receipts_path(&self, name: &str, directory: &Path) -> PathBuf {
        self.override_path(name, directory)
            .with_file_name("receipts.json")
    }
}

#[cfg(test)]
mod tests;
