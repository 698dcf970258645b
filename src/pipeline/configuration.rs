//! `nrcompose.yaml`, found upwards from the project directory like a Compose file, over `x-nrcompose` at the top of
//! the Compose file; a policy file over both.

use super::failure::{Failure, code};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::facts::config::Config;
use crate::load::{self, Project};
use crate::locate;
use crate::nearest::nearest;
use crate::tree::{Node, Origin};
use std::path::{Path, PathBuf};

/// What the file may be called.
const NAMES: &[&str] = &["nrcompose.yaml", "nrcompose.yml"];

/// The project's configuration. The files join the project's sources, so that whatever rests on them can name its
/// place. An entry of a service that does not exist is an error in the project, since nobody would notice; in a policy
/// file, which is written for many projects, it is a warning.
///
/// # Errors
/// A file that cannot be read, an unknown key, a wrong type, a service that the project does not have.
pub(crate) fn read(project: &mut Project, policy_file: Option<&Path>) -> Result<Config, Failure> {
    let own = find(&project.directory);
    read_with(project, own.as_deref(), policy_file)
}

/// The same with this file, or none, in the place of what is found.
///
/// # Errors
/// See [`read`].
pub(crate) fn read_with(
    project: &mut Project,
    own: Option<&Path>,
    policy_file: Option<&Path>,
) -> Result<Config, Failure> {
    let mut config = Config::default();
    if let Some(node) = project.tree.get("x-nrcompose") {
        config = Config::read(node).map_err(|d| Failure::load(d, &project.sources))?;
    }
    if let Some(path) = own
        && let Some(own) = of_file(path, project)?
    {
        config = own.over(config);
    }
    if let Some((name, origin)) = config
        .services
        .iter()
        .map(|(n, (_, o))| (n, *o))
        .find(|(n, _)| !has(project, n))
    {
        return Err(Failure::load(
            no_such(name, origin, project, Topic::Failure),
            &project.sources,
        ));
    }
    let Some(path) = policy_file else {
        return Ok(config);
    };
    let mut law = of_file(path, project)?.unwrap_or_default();
    for (name, (_, origin)) in law.services.iter().filter(|(n, _)| !has(project, n)) {
        law.warnings
            .push(no_such(name, *origin, project, Topic::Configuration));
    }
    Ok(config.under(law))
}

/// What a file says; nothing when it is empty.
fn of_file(path: &Path, project: &mut Project) -> Result<Option<Config>, Failure> {
    let bytes = locate::read_file(path).map_err(|error| Failure::new(code::USAGE, error))?;
    let read = load::read_yaml(path, &bytes, &mut project.sources)
        .and_then(|node| node.as_ref().map(Config::read).transpose());
    read.map_err(|d| Failure::load(d, &project.sources))
}

/// The nearest file at or above a directory.
fn find(directory: &Path) -> Option<PathBuf> {
    directory
        .ancestors()
        .flat_map(|d| NAMES.iter().map(move |n| d.join(n)))
        // One that cannot be read is an error: it may say `policy: strict`.
        .find(|p| p.symlink_metadata().is_ok_and(|m| !m.is_dir()))
}

fn has(project: &Project, name: &str) -> bool {
    project
        .tree
        .get("services")
        .is_some_and(|s| s.get(name).is_some())
}

/// An entry that matches nothing.
fn no_such(name: &str, origin: Origin, project: &Project, topic: Topic) -> Diagnostic {
    let services = project.tree.get("services").and_then(Node::as_map);
    let help = match nearest(
        name,
        services.into_iter().flat_map(|s| s.keys().map(String::as_str)),
    ) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "remove the entry, or correct the name".to_owned(),
    };
    let text = format!("nrcompose's configuration names a service {name}, which the project does not have");
    Diagnostic::new(topic, text).at(origin).help(help)
}
