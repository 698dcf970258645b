//! What is asked, and what comes back: the same as the `docker` command would tell, as a test compares.

use super::super::docker::Input;
use super::super::error::ErrorKind;
use super::super::{Composed, Container, EngineResult, EngineVolume, Image, Info, Mounting, run};
use super::{Question, Socket, said};
use crate::engine::container::or_default;
use indexmap::IndexMap;
use serde::Deserialize;
use std::io::Read;
use std::time::Duration;

/// By this Compose marks whose containers they are.
const PROJECT: &str = "com.docker.compose.project";

/// A container as it is listed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    names: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    labels: IndexMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    mounts: Vec<ListedMount>,
    #[serde(default)]
    status: String,
}

/// What a listed container mounts.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedMount {
    name: String,
    source: String,
}

/// A path that a container changed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Changed {
    path: String,
    kind: u8,
}

/// The `kind` of a path that is gone.
const DELETED: u8 = 2;

impl Listed {
    fn label(&self, name: &str) -> String {
        self.labels.get(name).cloned().unwrap_or_default()
    }

    /// As `docker ps` shows it.
    fn name(&self) -> String {
        let names = self.names.iter().map(|name| name.trim_start_matches('/'));
        names.collect::<Vec<_>>().join(",")
    }
}

impl Socket {
    /// Containers with a label, or all; running or not.
    fn listed(&self, doing: &str, label: Option<&str>) -> EngineResult<Vec<Listed>> {
        let filter = label.map(|label| serde_json::json!({ "label": [label] }).to_string());
        let filter = filter.map_or(String::new(), |f| format!("&filters={}", said(&f)));
        self.get(doing, &format!("/containers/json?all=1{filter}"))
    }

    /// But for what the client says of itself.
    pub(crate) fn info(&self) -> EngineResult<Info> {
        self.get("asking the engine what it is", "/info")
    }

    pub(crate) fn project(&self, project: &str) -> EngineResult<Vec<String>> {
        let doing = format!("listing the containers of project {project}");
        let found = self.listed(&doing, Some(&format!("{PROJECT}={project}")))?;
        Ok(found.into_iter().map(|one| one.id).collect())
    }

    pub(crate) fn composed(&self, project: Option<&str>) -> EngineResult<Vec<Composed>> {
        let label = PROJECT.to_owned() + &project.map_or(String::new(), |p| format!("={p}"));
        let found = self.listed("listing the containers of Compose", Some(&label))?;
        let composed = found.into_iter().map(|one| Composed {
            name: one.name(),
            project: one.label(PROJECT),
            service: one.label("com.docker.compose.service"),
            files: one.label("com.docker.compose.project.config_files"),
            oneoff: one.label("com.docker.compose.oneoff") == "True",
            status: one.status.clone(),
            id: one.id,
        });
        Ok(composed.collect())
    }

    pub(crate) fn mounting(&self) -> EngineResult<Vec<Mounting>> {
        let found = self.listed("listing what containers mount", None)?;
        let theirs = found.into_iter().filter(|one| one.label(run::LABEL).is_empty());
        let mounting = theirs.map(|one| Mounting {
            name: one.name(),
            project: one.label(PROJECT),
            mounts: one
                .mounts
                .into_iter()
                .map(|mount| match mount.name.is_empty() {
                    true => mount.source,
                    false => mount.name,
                })
                .collect(),
        });
        Ok(mounting.collect())
    }

    pub(crate) fn inspect(&self, ids: &[String]) -> EngineResult<Vec<Container>> {
        let one = |id: &String| self.get("inspecting containers", &format!("/containers/{}/json", said(id)));
        ids.iter().map(one).collect()
    }

    pub(crate) fn images(&self, references: &[String]) -> EngineResult<Vec<Option<Image>>> {
        let one = |reference: &String| {
            let name: Vec<String> = reference.split('/').map(said).collect();
            let path = format!("/images/{}/json", name.join("/"));
            present(self.get("inspecting images", &path))
        };
        references.iter().map(one).collect()
    }

    pub(crate) fn volumes(&self, names: &[String]) -> EngineResult<Vec<EngineVolume>> {
        let doing = format!("inspecting the volumes {}", names.join(", "));
        let one = |name: &String| present(self.get(&doing, &format!("/volumes/{}", said(name)))).transpose();
        names.iter().filter_map(one).collect()
    }

    pub(crate) fn diff(&self, id: &str) -> EngineResult<Vec<String>> {
        let doing = format!("asking what {id} changed");
        let path = format!("/containers/{}/changes", said(id));
        // `null` where nothing was changed.
        let changed: Option<Vec<Changed>> = self.get(&doing, &path)?;
        let changed = changed.unwrap_or_default().into_iter();
        Ok(changed.filter(|c| c.kind != DELETED).map(|c| c.path).collect())
    }

    pub(crate) fn archive(
        &self,
        id: &str,
        path: &str,
        limit: Duration,
    ) -> EngineResult<Box<dyn Read + Send>> {
        let doing = format!("reading {path} of {id}");
        let address = format!("/containers/{}/archive?path={}", said(id), said(path));
        self.stream(&doing, &address, limit)
    }

    pub(crate) fn export(&self, id: &str, limit: Duration) -> EngineResult<Box<dyn Read + Send>> {
        let doing = format!("reading the filesystem of {id}");
        self.stream(&doing, &format!("/containers/{}/export", said(id)), limit)
    }

    pub(crate) fn put(
        &self,
        id: &str,
        directory: &str,
        mut archive: Input,
        limit: Duration,
    ) -> EngineResult<()> {
        let doing = format!("writing to {directory} of {id}");
        let address = format!(
            "/containers/{}/archive?noOverwriteDirNonDir=true&path={}",
            said(id),
            said(directory)
        );
        self.ask(&doing, Question::Put(&mut archive), &address, limit)
            .map(drop)
    }

    pub(crate) fn remove(&self, id: &str) -> EngineResult<()> {
        let address = format!("/containers/{}?force=1&v=1", said(id));
        let removed = self.ask(&format!("removing {id}"), Question::Delete, &address, self.limit);
        present(removed).map(drop)
    }

    pub(crate) fn volume_exists(&self, name: &str) -> EngineResult<bool> {
        let doing = format!("looking for volume {name}");
        let found = self.get::<EngineVolume>(&doing, &format!("/volumes/{}", said(name)));
        Ok(present(found)?.is_some())
    }

    pub(crate) fn remove_volume(&self, name: &str) -> EngineResult<()> {
        let address = format!("/volumes/{}", said(name));
        self.ask(
            &format!("removing volume {name}"),
            Question::Delete,
            &address,
            self.limit,
        )
        .map(drop)
    }
}

/// That something is not there is an answer, too.
fn present<T>(found: EngineResult<T>) -> EngineResult<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
