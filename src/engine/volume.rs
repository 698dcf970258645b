//! What an engine knows of a volume that is there.

use super::container::or_default;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The part of `docker volume inspect` that decisions rest on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EngineVolume {
    /// On the engine: with the project's name before it, where Compose made it.
    pub name: String,
    /// `local`, or who else keeps it.
    #[serde(default)]
    pub driver: String,
    /// `type`, `o`, `device` of the engine's own driver, or the options of another driver.
    #[serde(default, deserialize_with = "or_default")]
    pub options: IndexMap<String, String>,
    /// Compose writes down for which project it made it.
    #[serde(default, deserialize_with = "or_default")]
    pub labels: IndexMap<String, String>,
}

/// A container, by the volumes that it mounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounting {
    /// As `docker ps` shows the container.
    pub name: String,
    /// The Compose project that it is of; empty for none.
    pub project: String,
    /// The names of its volumes, and paths of the host.
    pub mounts: Vec<String>,
}
