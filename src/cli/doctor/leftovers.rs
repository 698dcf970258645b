//! What earlier runs left behind: where the process that removes it was killed too, or the engine was away; and what
//! plain `docker compose down` does not know of.

use super::Checkup;
use crate::act::ownership::{GoneVolume, Ownership};
use crate::act::state::StateDirectory;
use crate::cli::session::{self, Session};
use crate::engine::docker::Docker;
use crate::engine::leftovers::{self, LeftoverKind};
use crate::engine::marked::marked;
use crate::engine::run::Run;
use crate::engine::{Composed, Container, Engine, EngineResult, ErrorKind};
use crate::input;
use crate::mark;
use crate::model::{INIT_PREFIX, SOCKET_PREFIX};
use serde::Serialize;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

/// The label with the files that Compose was given.
const FILES: &str = "com.docker.compose.project.config_files";
/// How often removing is tried: an engine lets go of things some time after what used them.
const TRIES: u32 = 6;
/// How long it is waited in between.
const PAUSE: Duration = Duration::from_millis(500);

/// One thing, for machines.
#[derive(Debug, Serialize)]
pub(crate) struct ShownLeftover {
    /// `container`, `network`, `volume`, `image`, `folder`, `record`.
    pub kind: String,
    /// What a person knows it by.
    pub name: String,
    /// Whether it is gone now.
    pub removed: bool,
    /// Its volumes, which are a project's own and stay.
    pub keeps: Vec<String>,
    #[serde(skip)]
    place: LeftoverName,
}

/// What names it for sure.
#[derive(Debug)]
enum LeftoverName {
    Engine(LeftoverKind, String),
    Folder(PathBuf),
    Records(GoneVolume),
}

/// What is there, and one finding about it; with `clean` it is removed.
pub(super) fn look(session: &Session, clean: bool) -> (Vec<ShownLeftover>, Option<Checkup>) {
    let mut all = folders();
    // Where there is no client, or nobody answers, another finding says so.
    let reached = session.this_engine().reach(session.plan.engine_limit());
    let docker = reached.and_then(|()| Ok(session.docker()?.by_command())).ok();
    match docker.as_ref().map(|docker| on_engine(docker, session)) {
        Some(Ok(found)) => all.extend(found),
        Some(Err(error)) => {
            let found = format!(
                "what earlier runs left on the engine is not known: {}",
                error.detail
            );
            return (all, Some(Checkup::note("leftovers", found)));
        }
        None => {}
    }
    let engine = docker
        .as_ref()
        .filter(|_| clean)
        .and_then(|_| Some(session.docker().ok()?.kept()));
    let ownership = engine.as_ref().and_then(|engine| open(session, engine).ok());
    let mut unknown = None;
    if clean {
        match ownership.as_ref().map(Ownership::gone) {
            Some(Ok(gone)) => all.extend(gone.into_iter().map(of_records)),
            Some(Err(error)) => {
                let of =
                    "which records of owners are of volumes that are gone is not known, and all of them stay";
                unknown = Some(format!("{of}: {error:#}"));
            }
            None => {}
        }
        // Not told of otherwise: it is no leftover, and the next start loads it again.
        let images = docker.as_ref().and_then(|docker| leftovers::images(docker).ok());
        all.extend(images.into_iter().flatten().map(|name| ShownLeftover {
            kind: LeftoverKind::Image.to_string(),
            name: name.clone(),
            removed: false,
            keeps: Vec::new(),
            place: LeftoverName::Engine(LeftoverKind::Image, name),
        }));
        for attempt in 0..TRIES {
            if attempt > 0 {
                sleep(PAUSE);
            }
            for one in all.iter_mut().filter(|one| !one.removed) {
                one.removed = match (&one.place, &docker) {
                    (LeftoverName::Folder(path), _) => is_gone(fs::remove_dir_all(path)),
                    (LeftoverName::Engine(kind, id), Some(docker)) => {
                        match leftovers::remove(docker, *kind, id) {
                            Ok(()) => true,
                            Err(error) => error.kind == ErrorKind::NotFound,
                        }
                    }
                    (LeftoverName::Engine(..), None) => false,
                    (LeftoverName::Records(gone), _) => ownership
                        .as_ref()
                        .is_some_and(|own| own.forget(gone).unwrap_or(false)),
                };
            }
            if all.iter().all(|one| one.removed) {
                break;
            }
        }
    }
    let finding = told(&all, clean).map(|finding| match unknown {
        Some(text) => finding.follows(text),
        None => finding,
    });
    (all, finding)
}

/// What works on owners.
fn open<'e>(session: &Session, engine: &'e dyn Engine) -> anyhow::Result<Ownership<'e>> {
    let state = StateDirectory::find(&session.settings.environment)?;
    Ok(Ownership::new(engine, &engine.info()?, state, &session::progress))
}

fn of_records(gone: GoneVolume) -> ShownLeftover {
    ShownLeftover {
        kind: "record".to_owned(),
        name: match gone.now {
            None => format!("of the owners of volume {}, which is gone", gone.name),
            Some(_) => format!("of the owners of another volume {}, which is gone", gone.name),
        },
        removed: false,
        keeps: Vec::new(),
        place: LeftoverName::Records(gone),
    }
}

/// Somebody else may have been faster.
fn is_gone(removed: std::io::Result<()>) -> bool {
    removed.map_or_else(|e| e.kind() == std::io::ErrorKind::NotFound, |()| true)
}

fn told(all: &[ShownLeftover], clean: bool) -> Option<Checkup> {
    if all.is_empty() {
        return clean.then(|| Checkup::well("leftovers", "nothing is left of earlier runs"));
    }
    let left = all.iter().filter(|l| !l.removed).count();
    let mut finding = match (clean, left) {
        (true, 0) => Checkup::well("leftovers", "removed what was left of earlier runs"),
        (true, _) => Checkup::note("leftovers", format!("{left} of them could not be removed"))
            .help("see what `docker ps -a` says of them; try again"),
        (false, _) => Checkup::note("leftovers", format!("{left} of earlier runs"))
            .help("`nrcompose doctor --clean` removes them"),
    };
    for one in all {
        let so = if one.removed { "removed " } else { "" };
        finding = finding.follows(format!("{so}{} {}", one.kind, one.name));
    }
    let keeps: Vec<&str> = all.iter().flat_map(|l| &l.keeps).map(String::as_str).collect();
    if !keeps.is_empty() {
        finding = finding.follows(format!(
            "the volumes of their projects stay; `docker volume rm {}` removes them with what is in them",
            keeps.join(" ")
        ));
    }
    Some(finding)
}

/// What bears a label of this person's runs that have ended, and what was added to projects that are gone.
fn on_engine(docker: &Docker, session: &Session) -> EngineResult<Vec<ShownLeftover>> {
    let made = leftovers::made(docker)?
        .into_iter()
        .filter(|made| match &made.run {
            // A helper of a version that knew no runs: none of them is needed for longer than a moment.
            None => true,
            Some(run) => run.parse::<Run>().is_ok_and(|run| run.is_mine() && run.is_over()),
        });
    let mut all: Vec<ShownLeftover> = made
        .map(|made| ShownLeftover {
            kind: made.kind.to_string(),
            name: made.name,
            removed: false,
            keeps: Vec::new(),
            place: LeftoverName::Engine(made.kind, made.id),
        })
        .collect();
    if let Ok(state) = StateDirectory::find(&session.settings.environment) {
        let composed = docker.composed(None)?;
        let strays = composed.iter().filter(|c| is_stray(c, &composed, state.root()));
        let strays: Vec<String> = strays.map(|stray| stray.id.clone()).collect();
        // Not what is made of an image that was made of one.
        for stray in marked(docker, &strays, FILES)? {
            all.push(ShownLeftover {
                kind: LeftoverKind::Container.to_string(),
                name: stray.name.trim_start_matches('/').to_owned(),
                removed: false,
                keeps: volumes(docker, &stray),
                place: LeftoverName::Engine(LeftoverKind::Container, stray.id),
            });
        }
    }
    Ok(all)
}

/// Whether a container is of a service that an override of ours added, for one that has no container any
/// more: plain `docker compose down` knows the one and not the other.
fn is_stray(one: &Composed, all: &[Composed], state: &Path) -> bool {
    let added_for = [INIT_PREFIX, SOCKET_PREFIX]
        .iter()
        .find_map(|p| one.service.strip_prefix(p));
    let projects = state.join("projects");
    // One that is kept, or one that was written for plain Compose.
    let is_ours = |file: &Path| {
        file.starts_with(&projects) || input::bytes(file).is_ok_and(|text| mark::is_override(&text))
    };
    let is_by_us = || one.files.split(',').any(|file| is_ours(Path::new(file)));
    let is_there = |service: &str| {
        all.iter()
            .any(|c| c.project == one.project && c.service == service)
    };
    added_for.is_some_and(|service| !is_there(service)) && is_by_us()
}

/// The volumes of its own project that it mounts.
fn volumes(docker: &Docker, stray: &Container) -> Vec<String> {
    let project = stray.config.labels.get("com.docker.compose.project");
    let own = project.and_then(|project| leftovers::volumes_of(docker, project).ok());
    let own = own.unwrap_or_default();
    let names = stray.mounts.iter().map(|m| m.name.clone());
    names.filter(|name| own.contains(name)).collect()
}

/// Folders of this person's runs that have ended.
fn folders() -> Vec<ShownLeftover> {
    let own = rustix::process::geteuid().as_raw();
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    let left = entries.filter(|entry| {
        let run = Run::of_folder(&entry.file_name().to_string_lossy());
        let is_own = || entry.metadata().is_ok_and(|m| m.is_dir() && m.uid() == own);
        run.is_some_and(|run| run.is_mine() && run.is_over()) && is_own()
    });
    left.map(|entry| ShownLeftover {
        kind: "folder".to_owned(),
        name: entry.path().display().to_string(),
        removed: false,
        keeps: Vec::new(),
        place: LeftoverName::Folder(entry.path()),
    })
    .collect()
}
