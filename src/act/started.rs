//! What the last start of a project was about: kept so that the next one need not look again at what keeps running. No value of
//! the project is in it, only a short of all of them.

use super::file;
use super::state::{StateDirectory, fnv1a};
use anyhow::{Context, Result};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The only form that is understood.
pub(crate) const VERSION: u32 = 1;

/// A start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Started {
    /// [`VERSION`].
    pub version: u32,
    /// The [`short`] of the project as it was started.
    pub project: String,
    /// Its containers by their ids, with their services.
    pub containers: IndexMap<String, String>,
}

/// A text in few letters; two that differ have different ones, unless somebody looks for it.
pub(crate) fn short(text: &[u8]) -> String {
    format!("{:016x}-{}", fnv1a(text), text.len())
}

impl StateDirectory {
    /// What the last start was about. One that cannot be read is none: it is looked again then.
    pub(crate) fn read_started(&self, name: &str, directory: &Path) -> Option<Started> {
        let text = file::read(&self.started_path(name, directory), self.owner())?;
        let started: Started = serde_json::from_str(&text).ok()?;
        (started.version == VERSION).then_some(started)
    }

    /// Keeps what this start is about.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn write_started(&self, name: &str, directory: &Path, started: &Started) -> Result<()> {
        let path = self.started_path(name, directory);
        let text = serde_json::to_string(started).context("writing down what was started")?;
        if let Some(parent) = path.parent() {
            file::make_private_directory(parent, self.owner())?;
        }
        file::write(&path, &text, self.owner())
    }

    fn started_path(&self, name: &str, directory: &Path) -> std::path::PathBuf {
        self.override_path(name, directory).with_file_name("started.json")
    }
}
