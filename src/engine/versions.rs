//! What `docker version` says.

use serde::Deserialize;

/// The part of `docker version` that is of use.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Versions {
    pub(super) client: Option<VersionPart>,
    server: Option<Server>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct VersionPart {
    pub(super) version: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Server {
    components: Vec<Component>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Component {
    name: String,
}

impl Versions {
    /// Podman names its engine so.
    pub(super) fn is_podman(&self) -> bool {
        let server = self.server.as_ref();
        server.is_some_and(|s| s.components.iter().any(|c| c.name.starts_with("Podman")))
    }
}
