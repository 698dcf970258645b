//! What of a project was adopted: directories that its services wrote in the layer of a container and that are volumes
//! now. Every later start needs to know, or a service would begin anew without its data; so what cannot be read is an
//! error wherever something is planned, and never taken for "nothing".

use super::file;
use super::state::StateDirectory;
use crate::diagnostic::Diagnostic;
use crate::engine::Container;
use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The only form that is understood.
const VERSION: u32 = 1;

/// The label of the volumes, with [`AdoptedVolume::label`]: what was adopted is known by it even where the record is lost.
pub(crate) const LABEL: &str = "nrcompose.adopted";

/// The record of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Adopted {
    version: u32,
    /// In the order in which they were adopted.
    pub(crate) volumes: Vec<AdoptedVolume>,
    /// Services that were stopped for it and are to run again: whoever goes on after a run that was ended early starts them.
    #[serde(default)]
    pub(crate) stopped: Vec<String>,
}

/// A directory of a service that is a volume now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdoptedVolume {
    /// The service.
    pub(crate) service: String,
    /// The directory, as containers see it: absolute and clean.
    pub(crate) path: String,
    /// The volume's key among the project's.
    pub(crate) key: String,
    /// The container whose layer had it, as [`source`] says it; empty where that is not known.
    pub(crate) from: String,
    /// Whether all of it was copied, and compared. Until then the layer has the data, and the volume counts for nothing.
    pub(crate) is_whole: bool,
}

impl AdoptedVolume {
    /// What the volume's label says.
    pub(crate) fn label(&self) -> String {
        format!("{}:{}", self.service, self.path)
    }

    /// The one that a label is about, with the key that Compose's label says.
    pub(crate) fn of_label(label: &str, key: &str) -> Option<AdoptedVolume> {
        let (service, path) = label.split_once(':')?;
        path.starts_with('/').then(|| AdoptedVolume {
            service: service.to_owned(),
            path: path.to_owned(),
            key: key.to_owned(),
            from: String::new(),
            is_whole: true,
        })
    }

    /// Whether a container's layer is the one that it was copied from, and nothing ran on that since.
    pub(crate) fn is_of(&self, container: &Container) -> bool {
        self.is_whole && self.service == container.service() && self.from == source(container)
    }
}

/// A container and its last start: what one writes later is in no copy.
pub(crate) fn source(container: &Container) -> String {
    format!("{} {}", container.id, container.state.started_at)
}

impl Adopted {
    /// Those that a start mounts.
    pub(crate) fn whole(self) -> Vec<AdoptedVolume> {
        self.volumes.into_iter().filter(|one| one.is_whole).collect()
    }

    /// The volume at a directory of a service.
    pub(crate) fn at(&mut self, service: &str, path: &str) -> Option<&mut AdoptedVolume> {
        let mut all = self.volumes.iter_mut();
        all.find(|one| one.service == service && one.path == path)
    }

    fn read(text: &str) -> Result<Adopted, String> {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| format!("it is damaged ({error})"))?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {
                serde_json::from_value(value).map_err(|error| format!("it is damaged ({error})"))
            }
            Some(version) => Err(format!(
                "it is of version {version}, which another nrcompose wrote"
            )),
            None => Err("it is damaged (no version)".to_owned()),
        }
    }
}

impl StateDirectory {
    /// What was adopted of a project; nothing where there is no record.
    ///
    /// # Errors
    /// One that cannot be read.
    pub(crate) fn read_adopted(&self, name: &str, directory: &Path) -> Result<Adopted> {
        let path = self.adopted_path(name, directory);
        let Some(text) = file::read(&path, self.owner()) else {
            return match path.symlink_metadata() {
                // Nor where there cannot be any.
                Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
                    Ok(Adopted::default())
                }
                _ => Err(unreadable(&path, "no text can be read from it")),
            };
        };
        Adopted::read(&text).map_err(|why| unreadable(&path, &why))
    }

    /// Keeps it; none adopted is no file.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn write_adopted(&self, name: &str, directory: &Path, adopted: &Adopted) -> Result<()> {
        let path = self.adopted_path(name, directory);
        if adopted.volumes.is_empty() && adopted.stopped.is_empty() {
            return file::remove(&path, self.owner());
        }
        if let Some(parent) = path.parent() {
            file::make_private_directory(parent, self.owner())?;
        }
        let adopted = Adopted {
            version: VERSION,
            ..adopted.clone()
        };
        let text = serde_json::to_string_pretty(&adopted).context("writing down what was adopted")?;
        file::write(&path, &(text + "\n"), self.owner())
    }

    /// Puts a record that cannot be read out of the way, under a name that is free; gives where it is then.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn set_adopted_aside(&self, name: &str, directory: &Path) -> Result<PathBuf> {
        let path = self.adopted_path(name, directory);
        let aside = (1..)
            .map(|number: u32| path.with_file_name(format!("adopted.json.aside-{number}")))
            .find(|aside| aside.symlink_metadata().is_err())
            .unwrap_or_else(|| path.with_file_name("adopted.json.aside"));
        super::person::with_rights_of(self.owner(), || {
            rustix::fs::rename(&path, &aside).map_err(std::io::Error::from)
        })
        .with_context(|| format!("putting {} out of the way", path.display()))?;
        Ok(aside)
    }

    fn adopted_path(&self, name: &str, directory: &Path) -> PathBuf {
        self.override_path(name, directory).with_file_name("adopted.json")
    }
}

fn unreadable(path: &Path, why: &str) -> anyhow::Error {
    let message = format!(
        "reading {}, which says what data of the project is in volumes: {why}; nothing was started",
        path.display()
    );
    let help = "`nrcompose adopt` puts it out of the way and makes it anew from the labels of the volumes; nothing was lost";
    anyhow!(Diagnostic::error(message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexmap::IndexMap;

    fn one() -> AdoptedVolume {
        AdoptedVolume {
            service: "app".into(),
            path: "/srv/data".into(),
            key: "nrcompose-app-srv-data".into(),
            from: "abc 1".into(),
            is_whole: true,
        }
    }

    #[test]
    fn what_is_kept_is_read_again_and_what_is_damaged_is_never_taken_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let environment =
            IndexMap::from([("XDG_STATE_HOME".to_owned(), folder.path().display().to_string())]);
        let state = StateDirectory::find(&environment).unwrap();
        let project = Path::new("/project");
        assert_eq!(state.read_adopted("p", project).unwrap(), Adopted::default());
        let adopted = Adopted {
            version: VERSION,
            volumes: vec![one()],
            stopped: vec!["app".into()],
        };
        state.write_adopted("p", project, &adopted).unwrap();
        assert_eq!(state.read_adopted("p", project).unwrap(), adopted);
        let path = state.adopted_path("p", project);
        let good = std::fs::read_to_string(&path).unwrap();
        for bad in [
            "",
            "{}",
            "[]",
            &good[..good.len() / 2],
            &good.replace("\"version\": 1", "\"version\": 2"),
            &good.replace("\"key\"", "\"quay\""),
        ] {
            std::fs::write(&path, bad).unwrap();
            let error = state.read_adopted("p", project).unwrap_err().to_string();
            assert!(error.contains("nothing was started"), "{bad}: {error}");
        }
        let aside = state.set_adopted_aside("p", project).unwrap();
        assert!(aside.is_file() && !path.exists());
        assert_eq!(state.read_adopted("p", project).unwrap(), Adopted::default());
        state.write_adopted("p", project, &adopted).unwrap();
        state.write_adopted("p", project, &Adopted::default()).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_volume_is_known_by_its_label_and_a_layer_by_its_container() {
        let read = AdoptedVolume::of_label(&one().label(), &one().key).unwrap();
        assert_eq!((&read.service, &read.path), (&one().service, &one().path));
        assert_eq!(AdoptedVolume::of_label("app", "k"), None);
        let container = |service: &str, id: &str, started: &str| -> Container {
            serde_json::from_value(serde_json::json!({
                "Id": id, "Name": "/x", "State": {"Status": "exited", "StartedAt": started}, "HostConfig": {},
                "Config": {"Labels": {"com.docker.compose.service": service}},
            }))
            .unwrap()
        };
        assert!(one().is_of(&container("app", "abc", "1")));
        for (service, id, started) in [("app", "other", "1"), ("web", "abc", "1"), ("app", "abc", "2")] {
            assert!(!one().is_of(&container(service, id, started)));
        }
        assert!(!read.is_of(&container("app", "", "")));
        let half = AdoptedVolume {
            is_whole: false,
            ..one()
        };
        assert!(!half.is_of(&container("app", "abc", "1")));
        let all = Adopted {
            version: VERSION,
            volumes: vec![half, one()],
            stopped: Vec::new(),
        };
        assert_eq!(all.whole(), [one()]);
    }
}
