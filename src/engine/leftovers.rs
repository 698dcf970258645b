//! What this program made on the engine, found by its labels; and its removing. What bears none is never touched.

use super::docker::{Docker, lines, rows, words};
use super::helper;
use super::marked::marked;
use super::own_image;
use super::run;
use super::{Container, EngineResult};
use std::fmt;

/// What the engine keeps apart. In the order in which they can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftoverKind {
    /// With its volumes that have no name.
    Container,
    /// Which no container uses.
    Network,
    /// Which no container uses.
    Volume,
    /// Of this program, or of another version of it: the next one that is needed is loaded again.
    Image,
}

impl LeftoverKind {
    /// All that a run makes.
    pub(crate) const ALL: [LeftoverKind; 3] = [
        LeftoverKind::Container,
        LeftoverKind::Network,
        LeftoverKind::Volume,
    ];

    /// The words that list the ids, or the names, of what a filter finds.
    fn list(self) -> &'static [&'static str] {
        match self {
            LeftoverKind::Container => &["ps", "--all", "--no-trunc"],
            LeftoverKind::Network => &["network", "ls", "--no-trunc"],
            LeftoverKind::Volume => &["volume", "ls"],
            LeftoverKind::Image => &["image", "ls", "--no-trunc"],
        }
    }

    fn remove(self) -> &'static [&'static str] {
        match self {
            LeftoverKind::Container => &["rm", "--force", "--volumes", "--"],
            LeftoverKind::Network => &["network", "rm", "--"],
            LeftoverKind::Volume => &["volume", "rm", "--"],
            LeftoverKind::Image => &["image", "rm", "--"],
        }
    }

    /// What names one of them for sure.
    fn id(self) -> &'static str {
        match self {
            LeftoverKind::Container | LeftoverKind::Network => "{{.ID}}",
            LeftoverKind::Image => "{{.Repository}}:{{.Tag}}",
            LeftoverKind::Volume => "{{.Name}}",
        }
    }
}

impl fmt::Display for LeftoverKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [word, ..] = self.list() else { return Ok(()) };
        f.write_str(if *word == "ps" { "container" } else { word })
    }
}

/// One thing with a label of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub kind: LeftoverKind,
    /// What names it for sure.
    pub id: String,
    /// What a person knows it by.
    pub name: String,
    /// The label that says which run made it; none for a helper of before there was one, which never ran.
    pub run: Option<String>,
}

/// Removes what a run made; gives how much of it was there. What could not be removed is there the next time.
///
/// # Errors
/// The engine does not say what there is.
pub(crate) fn take(docker: &Docker, run: &run::Run) -> EngineResult<usize> {
    let mut count = 0;
    for kind in LeftoverKind::ALL {
        let mut ids = ids(docker, kind, &run.label())?;
        let mut nameless = Vec::new();
        if kind == LeftoverKind::Container {
            let containers = marked(docker, &ids, run::LABEL)?;
            nameless = nameless_of(&containers);
            ids = containers.into_iter().map(|c| c.id).collect();
        }
        for id in &ids {
            let _ = remove(docker, kind, id);
        }
        for volume in nameless {
            // Most went with their containers.
            let _ = remove(docker, LeftoverKind::Volume, &volume);
        }
        count += ids.len();
    }
    Ok(count)
}

/// Removes one thing.
///
/// # Errors
/// The engine refuses.
pub(crate) fn remove(docker: &Docker, kind: LeftoverKind, id: &str) -> EngineResult<()> {
    let args = words(&[kind.remove(), &[id]].concat());
    docker.ask(&format!("removing the {kind} {id}"), &args).map(drop)
}

/// Everything that any run made, of anybody.
///
/// # Errors
/// The engine does not say what there is.
pub(crate) fn made(docker: &Docker) -> EngineResult<Vec<Leftover>> {
    let mut all = containers(docker)?;
    for kind in [LeftoverKind::Network, LeftoverKind::Volume] {
        let format = format!("{}\t{{{{.Name}}}}\t{{{{.Label \"{}\"}}}}", kind.id(), run::LABEL);
        let filter = format!("label={}", run::LABEL);
        let args = [kind.list(), &["--filter", &filter, "--format", &format]].concat();
        let said = docker.ask(&format!("looking for every {kind} of nrcompose"), &words(&args))?;
        for row in rows(&said) {
            if let [id, name, run] = row.as_slice() {
                all.push(Leftover {
                    kind,
                    id: (*id).to_owned(),
                    name: (*name).to_owned(),
                    run: Some((*run).to_owned()),
                });
            }
        }
    }
    Ok(all)
}

/// The images of this program. They are no leftovers of a run: each is used again.
///
/// # Errors
/// The engine does not say what there is.
pub(crate) fn images(docker: &Docker) -> EngineResult<Vec<String>> {
    let mut names = ids(docker, LeftoverKind::Image, own_image::LABEL)?;
    // Who makes an image of a container of one inherits the label.
    names.retain(|name| name.starts_with(&format!("{}:", own_image::REPOSITORY)));
    Ok(names)
}

/// The containers that any run made, and the helpers of versions that knew no runs.
fn containers(docker: &Docker) -> EngineResult<Vec<Leftover>> {
    let kind = LeftoverKind::Container;
    let of = |one: Container, run: Option<String>| Leftover {
        kind,
        name: one.name.trim_start_matches('/').to_owned(),
        id: one.id,
        run,
    };
    let by_run = marked(docker, &ids(docker, kind, run::LABEL)?, run::LABEL)?;
    let mut all: Vec<Leftover> = by_run
        .into_iter()
        .map(|one| {
            let run = one.config.labels.get(run::LABEL).cloned();
            of(one, run)
        })
        .collect();
    let (key, _) = helper::LABEL.split_once('=').unwrap_or((helper::LABEL, ""));
    let helpers = marked(docker, &ids(docker, kind, helper::LABEL)?, key)?;
    for one in helpers {
        // Most helpers never run; what runs, or ran, may be anybody's.
        let is_unused = one.state.status == "created" && one.state.started_at.starts_with("0001-");
        if is_unused && !all.iter().any(|made| made.id == one.id) {
            all.push(of(one, None));
        }
    }
    Ok(all)
}

/// The volumes that Compose made for a project.
///
/// # Errors
/// The engine does not say what there is.
pub(crate) fn volumes_of(docker: &Docker, project: &str) -> EngineResult<Vec<String>> {
    ids(
        docker,
        LeftoverKind::Volume,
        &format!("com.docker.compose.project={project}"),
    )
}

fn ids(docker: &Docker, kind: LeftoverKind, label: &str) -> EngineResult<Vec<String>> {
    let filter = format!("label={label}");
    let args = [kind.list(), &["--filter", &filter, "--format", kind.id()]].concat();
    let said = docker.ask(&format!("looking for every {kind} with {label}"), &words(&args))?;
    Ok(lines(&said).map(str::to_owned).collect())
}

/// The volumes without a name of containers. Compose hands them on to a container that it makes anew, by the name
/// that the engine gave them, and from then on nobody takes them for nameless.
fn nameless_of(containers: &[Container]) -> Vec<String> {
    let names = containers.iter().flat_map(|c| &c.mounts).map(|m| m.name.clone());
    names
        .filter(|name| name.len() == 64 && name.chars().all(|c| c.is_ascii_hexdigit()))
        .collect()
}
