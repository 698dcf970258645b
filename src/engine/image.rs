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
    /// Of all its files, in bytes.
    #[serde(default)]
    pub size: u64,
    /// How it starts.
    #[serde(default, deserialize_with = "or_default")]
    pub config: ImageConfig,
}

impl Image {
    /// Whether a reference means it.
    fn is_meant(&self, reference: &str) -> bool {
        let hex = reference.strip_prefix("sha256:").unwrap_or(reference);
        let is_id = hex.len() >= 4 && hex.chars().all(|c| c.is_ascii_hexdigit());
        let wanted = familiar(reference);
        let names = self.repo_tags.iter().chain(&self.repo_digests);
        names.into_iter().any(|name| familiar(name) == wanted)
            || is_id && self.id.trim_start_matches("sha256:").starts_with(hex)
    }
}

/// The images that were found, at the places of the references that mean them: an engine names those that are here, in
/// the order in which they were asked for, and leaves out the others. None where it is not clear which is meant by what.
pub(super) fn matched(references: &[String], found: Vec<Image>) -> Option<Vec<Option<Image>>> {
    let mut found = found.into_iter().peekable();
    let at = references
        .iter()
        .map(|reference| found.next_if(|image| image.is_meant(reference)));
    let matched = at.collect();
    found.next().is_none().then_some(matched)
}

/// A name as engines show it: `docker.io/library/redis` is `redis:latest`; beside a digest a tag says nothing.
fn familiar(reference: &str) -> String {
    let name = reference.strip_prefix("docker.io/").unwrap_or(reference);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let tag = |name: &str| name.rfind(':').filter(|at| !name[*at..].contains('/'));
    match name.split_once('@') {
        Some((name, digest)) => format!("{}@{digest}", &name[..tag(name).unwrap_or(name.len())]),
        None if tag(name).is_some() => name.to_owned(),
        None => format!("{name}:latest"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_put_where_it_was_asked_for() {
        let image = |id: &str, tags: &[&str], digests: &[&str]| -> Image {
            serde_json::from_value(serde_json::json!({"Id": id, "RepoTags": tags, "RepoDigests": digests}))
                .unwrap()
        };
        let redis = image("sha256:aaaa11", &["redis:7", "redis:latest"], &["redis@sha256:1"]);
        let app = image("sha256:bbbb22", &["localhost:5000/app:latest"], &[]);
        let wanted = [
            "gone",
            "docker.io/library/redis",
            "gone:1",
            "redis:6",
            "redis:7@sha256:1",
            "redis@sha256:2",
            "localhost:5000/app",
            "sha256:aaaa11",
            "bbbb22",
            "cccc33",
        ]
        .map(str::to_owned);
        let found = [&redis, &redis, &app, &redis, &app].map(Clone::clone).to_vec();
        let ids = matched(&wanted, found).unwrap().into_iter();
        let ids: Vec<_> = ids.map(|i| i.map(|i| i.id)).collect();
        assert_eq!(matched(&wanted[..1], vec![app.clone()]), None);
        let (redis, app) = (Some(redis.id), Some(app.id));
        let none = None;
        assert_eq!(
            ids,
            [
                &none, &redis, &none, &none, &redis, &none, &app, &redis, &app, &none
            ]
            .map(Clone::clone)
        );
    }
}
