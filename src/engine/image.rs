//! What an engine knows of a local image.

use super::container::{Healthcheck, or_default};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The part of `docker image inspect` that decisions rest on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Image {
    /// `sha256:…`.
    pub id: String,
    /// `postgres:16`.
    #[serde(default, deserialize_with = "or_default")]
    pub repo_tags: Vec<String>,
    /// `postgres@sha256:…`.
    #[serde(default, deserialize_with = "or_default")]
    pub repo_digests: Vec<String>,
    /// `amd64`.
    #[serde(default)]
    pub architecture: String,
    /// `linux`.
    #[serde(default)]
    pub os: String,
    /// How it starts.
    #[serde(default, deserialize_with = "or_default")]
    pub config: ImageConfig,
}

/// How containers of an image start unless their service says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageConfig {
    /// As in the Dockerfile: empty, a name, a number, with or without a group.
    #[serde(default)]
    pub user: String,
    /// `80/tcp` …
    #[serde(default, deserialize_with = "or_default")]
    pub exposed_ports: IndexMap<String, serde_json::Value>,
    /// `NAME=value`.
    #[serde(default, deserialize_with = "or_default")]
    pub env: Vec<String>,
    /// The entrypoint.
    #[serde(default, deserialize_with = "or_default")]
    pub entrypoint: Vec<String>,
    /// The command.
    #[serde(default, deserialize_with = "or_default")]
    pub cmd: Vec<String>,
    /// Declared volumes.
    #[serde(default, deserialize_with = "or_default")]
    pub volumes: IndexMap<String, serde_json::Value>,
    /// Where it starts.
    #[serde(default)]
    pub working_dir: String,
    /// Labels.
    #[serde(default, deserialize_with = "or_default")]
    pub labels: IndexMap<String, String>,
    /// The image's own healthcheck.
    #[serde(default)]
    pub healthcheck: Option<Healthcheck>,
}
