//! What a person was told at the last start of a project, so that a start with nothing new need not say it again.

use super::file;
use super::started::short;
use super::state::StateDirectory;
use indexmap::IndexSet;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The only form that is understood.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastTold {
    version: u32,
    /// The shorts of what was said.
    told: IndexSet<String>,
}

impl StateDirectory {
    /// Which of these texts were not told at the last start, by their places; from now on these are what was told.
    pub(crate) fn news(&self, name: &str, directory: &Path, texts: &[String]) -> Vec<bool> {
        let path = self.told_path(name, directory);
        let before = file::read(&path, self.owner())
            .and_then(|text| serde_json::from_str::<LastTold>(&text).ok())
            .filter(|told| told.version == VERSION);
        let before = before.map(|told| told.told).unwrap_or_default();
        let now: IndexSet<String> = texts.iter().map(|text| short(text.as_bytes())).collect();
        let news = texts.iter().map(|text| !before.contains(&short(text.as_bytes())));
        let news = news.collect();
        if now != before {
            // Where it cannot be kept, it is said once more.
            _ = self.write_told(&path, now);
        }
        news
    }

    fn write_told(&self, path: &Path, told: IndexSet<String>) -> anyhow::Result<()> {
        if let Some(parent) = path.parent() {
            file::make_private_directory(parent, self.owner())?;
        }
        let version = VERSION;
        file::write(
            path,
            &serde_json::to_string(&LastTold { version, told })?,
            self.owner(),
        )
    }

    fn told_path(&self, name: &str, directory: &Path) -> PathBuf {
        self.override_path(name, directory).with_file_name("told.json")
    }
}
