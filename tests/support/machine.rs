//! A machine made up for a test.

use nrcompose::facts::host::{Found, FoundKind, Host};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A machine that has these, by path: uid, gid, mode, kind.
#[derive(Default)]
pub(crate) struct Machine {
    found: BTreeMap<PathBuf, Found>,
    groups: BTreeMap<u32, &'static str>,
    made: Vec<PathBuf>,
    keys: Vec<PathBuf>,
}

#[allow(dead_code, reason = "each test uses a part of it")]
impl Machine {
    pub(crate) fn with(mut self, path: &str, uid: u32, gid: u32, mode: u32, kind: FoundKind) -> Self {
        self.found.insert(path.into(), Found { uid, gid, mode, kind });
        self
    }

    /// Where a missing directory is made before a start.
    pub(crate) fn making(mut self, path: &str) -> Self {
        self.made.push(path.into());
        self
    }

    /// What is in a file looks like a key.
    pub(crate) fn with_key(mut self, path: &str) -> Self {
        self.keys.push(path.into());
        self
    }

    pub(crate) fn with_group(mut self, gid: u32, name: &'static str) -> Self {
        self.groups.insert(gid, name);
        self
    }
}

impl Host for Machine {
    fn look(&self, path: &Path) -> Option<Found> {
        self.found.get(path).cloned()
    }

    fn will_make(&self, path: &Path) -> bool {
        self.made.iter().any(|made| made == path)
    }

    fn holds_a_key(&self, path: &Path) -> bool {
        self.keys.iter().any(|key| key == path)
    }

    fn group(&self, gid: u32) -> Option<String> {
        self.groups.get(&gid).map(|name| (*name).to_owned())
    }

    fn entries(&self, path: &Path) -> Vec<PathBuf> {
        self.found
            .keys()
            .filter(|p| p.parent() == Some(path))
            .cloned()
            .collect()
    }
}
