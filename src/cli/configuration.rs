//! `nrcompose.yaml`, found upwards from the project directory like a Compose file, over `x-nrcompose` at the top of
//! the Compose file.

use super::failure::{Failure, code};
use crate::diagnostic::Diagnostic;
use crate::facts::config::Config;
use crate::load::{self, Project};
use crate::tree::Sources;
use std::path::{Path, PathBuf};

/// What the file may be called.
const NAMES: &[&str] = &["nrcompose.yaml", "nrcompose.yml"];

/// The project's configuration; entries of services that do not exist are an error, since nobody would notice.
///
/// # Errors
/// A file that cannot be read, an unknown key, a wrong type, a service that the project does not have.
pub fn read(project: &Project) -> Result<Config, Failure> {
    let in_project = match project.tree.get("x-nrcompose") {
        Some(node) => Config::read(node).map_err(|d| Failure::load(d, &project.sources))?,
        None => Config::default(),
    };
    let Some(path) = find(&project.directory) else {
        return checked(in_project, project, &project.sources);
    };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let message = format!("reading {}: {error}", path.display());
        Failure::new(
            code::USAGE,
            Diagnostic::error(message).help("make it a readable text file, or remove it"),
        )
    })?;
    let mut sources = Sources::default();
    let node =
        load::read_yaml(&path, text.as_bytes(), &mut sources).map_err(|d| Failure::load(d, &sources))?;
    let Some(node) = node else {
        return checked(in_project, project, &project.sources);
    };
    let own = Config::read(&node).map_err(|d| Failure::load(d, &sources))?;
    checked(own, project, &sources).map(|own| own.over(in_project))
}

/// The nearest file at or above a directory.
fn find(directory: &Path) -> Option<PathBuf> {
    directory
        .ancestors()
        .flat_map(|d| NAMES.iter().map(move |n| d.join(n)))
        .find(|p| p.is_file())
}

/// An entry that matches nothing is a mistake.
fn checked(config: Config, project: &Project, sources: &Sources) -> Result<Config, Failure> {
    let services = project.tree.get("services").and_then(|s| s.as_map());
    for (name, (_, origin)) in &config.services {
        if !services.is_some_and(|s| s.contains_key(name)) {
            let diagnostic = Diagnostic::error(format!(
                "nrcompose's configuration names a service {name}, which the project does not have"
            ))
            .at(*origin)
            .help("remove the entry, or correct the name");
            return Err(Failure::load(diagnostic, sources));
        }
    }
    Ok(config)
}
