//! This machine's files as containers of an engine that maps ids see them.

use super::Maps;
use crate::facts::host::{Found, Host, UNMAPPED};
use std::path::{Path, PathBuf};

/// A host whose owners are given in the container's ids, so that they can be compared with the user of a service.
/// What has no place in the container is [`UNMAPPED`], which no service can run as.
pub struct Mapped<'a> {
    /// The machine.
    pub host: &'a dyn Host,
    /// How the engine counts.
    pub maps: &'a Maps,
}

impl Host for Mapped<'_> {
    fn look(&self, path: &Path) -> Option<Found> {
        self.host.look(path).map(|found| Found {
            uid: self.maps.uids.place(found.uid).unwrap_or(UNMAPPED),
            gid: self.maps.gids.place(found.gid).unwrap_or(UNMAPPED),
            ..found
        })
    }

    fn will_make(&self, path: &Path) -> bool {
        self.host.will_make(path)
    }

    fn entries(&self, path: &Path) -> Vec<PathBuf> {
        self.host.entries(path)
    }

    fn real(&self, path: &Path) -> PathBuf {
        self.host.real(path)
    }

    fn group(&self, gid: u32) -> Option<String> {
        self.host.group(gid)
    }

    fn is_home(&self, path: &Path) -> bool {
        self.host.is_home(path)
    }

    fn holds_a_key(&self, path: &Path) -> bool {
        self.host.holds_a_key(path)
    }
}
