//! Volumes and directories by the names that a person has for them: those of the project's files, the engine's, paths.

use crate::act::ownership::{Place, Recorded};
use crate::cli::session::Session;
use crate::diagnostic::Diagnostic;
use crate::engine::{Engine, EngineVolume};
use crate::load::{self, Options, Project};
use crate::locate;
use crate::model::{self, MountKind, Volume};
use crate::pipeline::failure::Failure;
use std::path::{Path, PathBuf};

/// What Compose writes on a volume: whose it is, and what it is called in the project's files.
const PROJECT: &str = "com.docker.compose.project";
const VOLUME: &str = "com.docker.compose.volume";

/// What is known of names here.
pub(super) struct ProjectNames {
    project: Option<Project>,
    cwd: PathBuf,
    /// The volumes that are there, of those that were asked for.
    volumes: Vec<EngineVolume>,
}

impl ProjectNames {
    /// For the project here, and what is recorded.
    ///
    /// # Errors
    /// The engine does not answer.
    pub(super) fn find(
        session: &Session,
        engine: &dyn Engine,
        recorded: &[Recorded],
    ) -> Result<ProjectNames, Failure> {
        let project = locate::locate(&session.settings)
            .ok()
            .and_then(|location| load::load(&location, &Options::default()).ok());
        let mut names: Vec<String> = recorded.iter().filter_map(volume_of).collect();
        names.sort();
        names.dedup();
        Ok(ProjectNames {
            project,
            cwd: session.settings.cwd.clone(),
            volumes: engine.volumes(&names)?,
        })
    }

    /// The volume, if it is there.
    pub(super) fn volume(&self, name: &str) -> Option<&EngineVolume> {
        self.volumes.iter().find(|volume| volume.name == name)
    }

    /// The project's name.
    pub(super) fn project(&self) -> Option<&str> {
        self.project.as_ref().map(|project| project.name.as_str())
    }

    /// Whether a place is of the project here.
    pub(super) fn is_of_project(&self, place: &Place) -> bool {
        let Some(Project {
            name: project,
            directory,
            ..
        }) = &self.project
        else {
            return false;
        };
        match place {
            Place::Directory(path) => path.starts_with(directory),
            Place::Volume { name, .. } => match self.volume(name) {
                Some(volume) => volume.labels.get(PROJECT) == Some(project),
                None => name.starts_with(&format!("{project}_")),
            },
        }
    }

    /// Whether a service of the project here mounts it, or something that is in it or that it is in.
    pub(super) fn is_mounted(&self, place: &Place) -> bool {
        let Some(project) = &self.project else {
            return false;
        };
        let mut mounts = model::services(project).flat_map(|service| service.mounts());
        match place {
            Place::Directory(path) => mounts.any(|mount| {
                let source = mount
                    .source
                    .filter(|_| mount.kind == MountKind::Bind)
                    .map(Path::new);
                source.is_some_and(|source| source.starts_with(path) || path.starts_with(source))
            }),
            Place::Volume { name, .. } => mounts.any(|mount| {
                let key = mount.source.filter(|_| mount.kind == MountKind::Named);
                key.is_some_and(|key| Volume::of(project, key).name(project) == *name)
            }),
        }
    }

    /// What a word means of all that is recorded.
    ///
    /// # Errors
    /// Nothing.
    pub(super) fn read(&self, word: &str, recorded: &[Place]) -> Result<Place, Diagnostic> {
        let means = |place: &&Place| match place {
            Place::Directory(path) => {
                is_path(word) && same(&locate::absolute(&self.cwd, Path::new(word)), path)
            }
            Place::Volume { name, .. } => name == word || self.is_called(name, word),
        };
        let mut found: Vec<&Place> = recorded.iter().filter(means).collect();
        // The engine's own name is said for sure.
        if let Some(exact) = found.iter().position(|place| place.name() == word) {
            found = vec![found[exact]];
        }
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            _ => {
                let message = format!("putting back the owners of {word}: nothing is recorded of it");
                let is_there = |place: &&Place| match place {
                    Place::Volume { name, .. } => self.volume(name).is_some(),
                    Place::Directory(_) => true,
                };
                let known: Vec<String> = recorded.iter().filter(is_there).map(Place::name).collect();
                let help = match known.is_empty() {
                    true => "nrcompose has changed no owner of what is on this engine".to_owned(),
                    false => format!("something is of {}", known.join(", ")),
                };
                Err(Diagnostic::error(message).help(help))
            }
        }
    }

    /// Whether the files of the project here call a volume so.
    fn is_called(&self, name: &str, word: &str) -> bool {
        let Some(project) = self.project() else {
            return false;
        };
        match self.volume(name) {
            Some(volume) => {
                let is = |label: &str, value: &str| volume.labels.get(label).is_some_and(|v| v == value);
                is(PROJECT, project) && is(VOLUME, word)
            }
            None => name == format!("{project}_{word}"),
        }
    }
}

fn volume_of(recorded: &Recorded) -> Option<String> {
    match &recorded.place {
        Place::Volume { name, .. } => Some(name.clone()),
        Place::Directory(_) => None,
    }
}

fn is_path(word: &str) -> bool {
    word.contains('/') || word.starts_with('.')
}

/// By their names, however they are written, or by what they are.
fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    one.components().eq(other.components()) || real(one).is_some_and(|one| real(other) == Some(one))
}
