//! A machine made up for a test.

use nrcompose::facts::host::{Found, FoundKind, Host};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A machine that has these, by path: uid, gid, mode, kind.
#[derive(Default)]
pub(crate) struct Machine(BTreeMap<PathBuf, Found>);

impl Machine {
    pub(crate) fn with(mut self, path: &str, uid: u32, gid: u32, mode: u32, kind: FoundKind) -> Self {
        self.0.insert(path.into(), Found { uid, gid, mode, kind });
        self
    }
}

impl Host for Machine {
    fn look(&self, path: &Path) -> Option<Found> {
        self.0.get(path).cloned()
    }

    fn entries(&self, path: &Path) -> Vec<PathBuf> {
        self.0
            .keys()
            .filter(|p| p.parent() == Some(path))
            .cloned()
            .collect()
    }
}
