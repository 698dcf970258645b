//! Directories of the host that the person asks to be given to a service.

use super::Intent;
use crate::facts::settings::Ids;
use std::path::PathBuf;

/// A directory of the host that must belong to the service's user before it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryOwner {
    /// Its path on the host.
    pub path: PathBuf,
    /// Where the service mounts it.
    pub target: String,
    /// Who must own it.
    pub ids: Ids,
    /// Whether all that is in it goes with it.
    pub recursive: bool,
}

impl Intent {
    /// The directory that it is about.
    pub fn directory(&self) -> Option<&DirectoryOwner> {
        match self {
            Intent::OwnDirectory(owner) => Some(owner),
            _ => None,
        }
    }
}
