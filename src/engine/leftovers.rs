//! What this program made on the engine, found by its labels; and its removing. What bears none is never touched.

use super::Result;
use super::docker::{Docker, lines, words};
use super::helper;
use super::run;
use std::fmt;

/// What the engine keeps apart. In the order in which they can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// With its volumes that have no name.
    Container,
    /// Which no container uses.
    Network,
    /// Which no container uses.
    Volume,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Container, Kind::Network, Kind::Volume];

    /// The words that list the ids, or the names, of what a filter finds.
    fn list(self) -> &'static [&'static str] {
        match self {
            Kind::Container => &["ps", "--all", "--no-trunc"],
            Kind::Network => &["network", "ls", "--no-trunc"],
            Kind::Volume => &["volume", "ls"],
        }
    }

    fn remove(self) -> &'static [&'static str] {
        match self {
            Kind::Container => &["rm", "--force", "--volumes", "--"],
            Kind::Network => &["network", "rm", "--"],
            Kind::Volume => &["volume", "rm", "--"],
        }
    }

    /// What names one of them for sure.
    fn id(self) -> &'static str {
        match self {
            Kind::Container | Kind::Network => "{{.ID}}",
            Kind::Volume => "{{.Name}}",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [word, ..] = self.list() else { return Ok(()) };
        f.write_str(if *word == "ps" { "container" } else { word })
    }
}

/// One thing with a label of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What it is.
    pub kind: Kind,
    /// What names it for sure.
    pub id: String,
    /// What a person knows it by.
    pub name: String,
    /// The label that says which run made it; empty for a helper of before there was one.
    pub run: String,
}

/// Removes what bears a label; gives how much of it was there. What could not be removed is there the next time.
///
/// # Errors
/// The engine does not say what there is.
pub fn take(docker: &Docker, label: &str) -> Result<usize> {
    let mut count = 0;
    for kind in Kind::ALL {
        let ids = ids(docker, kind, label)?;
        let nameless = match kind {
            Kind::Container => nameless(docker, &ids),
            Kind::Network | Kind::Volume => Vec::new(),
        };
        for id in &ids {
            let _ = remove(docker, kind, id);
        }
        for volume in nameless {
            // Most went with their containers.
            let _ = remove(docker, Kind::Volume, &volume);
        }
        count += ids.len();
    }
    Ok(count)
}

/// Removes one thing.
///
/// # Errors
/// The engine refuses.
pub fn remove(docker: &Docker, kind: Kind, id: &str) -> Result<()> {
    let args = words(&[kind.remove(), &[id]].concat());
    docker.ask(&format!("removing the {kind} {id}"), &args).map(drop)
}

/// Everything that any run made, of anybody.
///
/// # Errors
/// The engine does not say what there is.
pub fn made(docker: &Docker) -> Result<Vec<Made>> {
    let mut all: Vec<Made> = Vec::new();
    for kind in Kind::ALL {
        let name = match kind {
            Kind::Container => "{{.Names}}",
            Kind::Network | Kind::Volume => "{{.Name}}",
        };
        let format = format!("{}\t{name}\t{{{{.Label \"{}\"}}}}", kind.id(), run::LABEL);
        for label in [run::LABEL, helper::LABEL] {
            let filter = format!("label={label}");
            let args = [kind.list(), &["--filter", &filter, "--format", &format]].concat();
            let said = docker.ask(&format!("looking for every {kind} of nrcompose"), &words(&args))?;
            for line in lines(&said) {
                let mut fields = line.split('\t').map(str::to_owned);
                let (Some(id), Some(name)) = (fields.next(), fields.next()) else {
                    continue;
                };
                let run = fields.next().unwrap_or_default();
                if !all.iter().any(|m| m.kind == kind && m.id == id) {
                    all.push(Made { kind, id, name, run });
                }
            }
        }
    }
    Ok(all)
}

fn ids(docker: &Docker, kind: Kind, label: &str) -> Result<Vec<String>> {
    let filter = format!("label={label}");
    let args = [kind.list(), &["--filter", &filter, "--format", kind.id()]].concat();
    let said = docker.ask(&format!("looking for every {kind} with {label}"), &words(&args))?;
    Ok(lines(&said).map(str::to_owned).collect())
}

/// The volumes without a name of containers. Compose hands them on to a container that it makes anew, by the name
/// that the engine gave them, and from then on nobody takes them for nameless.
fn nameless(docker: &Docker, containers: &[String]) -> Vec<String> {
    use super::Engine;
    let all = docker.inspect(containers).unwrap_or_default();
    let names = all.iter().flat_map(|c| &c.mounts).map(|m| m.name.clone());
    names
        .filter(|name| name.len() == 64 && name.chars().all(|c| c.is_ascii_hexdigit()))
        .collect()
}
