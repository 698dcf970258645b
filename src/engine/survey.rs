//! What client, Compose and engine say of themselves: three questions, asked at once.

use super::docker::Docker;
use super::error::{Error, ErrorKind};
use super::{Engine, EngineResult, Info};
use serde::{Deserialize, Serialize};

/// The answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// The engine.
    pub info: Info,
    /// The version of the `docker` command; empty when it does not say.
    pub client: String,
    /// Whether it is podman that answers on docker's socket.
    pub podman: bool,
    /// The version of Compose, or why there is none.
    pub compose: std::result::Result<String, String>,
}

impl Survey {
    /// Asks. Only the engine has to answer: what the others do not say is not known.
    ///
    /// # Errors
    /// An engine that is not there, hangs, or answers something else.
    pub fn ask(docker: &Docker) -> EngineResult<Survey> {
        let (info, versions, compose) = std::thread::scope(|scope| {
            let versions = scope.spawn(|| docker.versions());
            let compose = scope.spawn(|| docker.compose_version());
            let info = docker.info();
            (info, versions.join(), compose.join())
        });
        let info = info?;
        if info.server_version.is_empty() {
            let detail = "the answer has no version: it is no engine's";
            return Err(Error::new(
                ErrorKind::Answer,
                "asking the engine what it is",
                detail,
            ));
        }
        let versions = versions
            .ok()
            .and_then(std::result::Result::ok)
            .unwrap_or_default();
        let compose = compose.unwrap_or_else(|_| {
            Err(Error::new(
                ErrorKind::Answer,
                "asking Compose for its version",
                "it failed",
            ))
        });
        Ok(Survey {
            podman: versions.is_podman(),
            client: versions.client.unwrap_or_default().version,
            info,
            compose: compose.map_err(|e| e.detail),
        })
    }

    /// Compose's version in numbers.
    pub fn compose_version(&self) -> Option<(u32, u32, u32)> {
        let text = self.compose.as_deref().ok()?;
        let mut parts = text.trim_start_matches('v').split(['.', '-', '+']);
        let mut number = || parts.next()?.parse().ok();
        Some((number()?, number()?, number().unwrap_or(0)))
    }
}
