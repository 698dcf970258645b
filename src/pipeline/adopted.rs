//! Directories that were adopted: the plan sees them as volumes that the author wrote, so that every control judges them,
//! and a service that stays as it is written has them, too. The override says them like any other change.

use super::failure::Failure;
use crate::act::adopted::AdoptedVolume;
use crate::act::state::StateDirectory;
use crate::load::Project;
use crate::lower::Edit;
use crate::lower::apply::apply;
use crate::model;
use crate::tree::{Map, Node, Path, Value};
use indexmap::IndexMap;
use std::borrow::Cow;

/// What is on record of a project. Without a place for state, nothing is.
///
/// # Errors
/// A record that cannot be read: the service would start without its data.
pub(super) fn of(
    project: &Project,
    environment: &IndexMap<String, String>,
) -> Result<Vec<AdoptedVolume>, Failure> {
    let Ok(state) = StateDirectory::find(environment) else {
        return Ok(Vec::new());
    };
    Ok(state.read_adopted(&project.name, &project.directory)?.whole())
}

/// The project as the plan sees it, and the edits that make it so. A directory at which its author mounts something by
/// now is theirs; a service that is gone has none.
pub(super) fn with_volumes<'p, 'a>(
    project: &'p Project,
    adopted: impl Iterator<Item = &'a AdoptedVolume>,
) -> (Cow<'p, Project>, Vec<Edit>) {
    let edits: Vec<Edit> = adopted.filter_map(|one| mount(project, one)).flatten().collect();
    if edits.is_empty() {
        return (Cow::Borrowed(project), edits);
    }
    let mut planned = project.clone();
    planned.tree = apply(&project.tree, &edits);
    (Cow::Owned(planned), edits)
}

/// Root's home in every image.
const HOME: &str = "/root";

fn mount(project: &Project, one: &AdoptedVolume) -> Option<Vec<Edit>> {
    let service = model::service(project, &one.service)?;
    let path = model::clean_path(&one.path);
    let is_taken = |target: &str| model::clean_path(target) == path;
    let mut mounts = service.mounts().into_iter();
    if mounts.any(|mount| is_taken(&mount.target)) || service.tmpfs().iter().any(|t| is_taken(&t.path)) {
        return None;
    }
    let mut entry = Map::new();
    entry.insert("type".to_owned(), Node::synthetic("volume"));
    entry.insert("source".to_owned(), Node::synthetic(one.key.as_str()));
    entry.insert("target".to_owned(), Node::synthetic(one.path.as_str()));
    // All that the directory had is in it, the image's files among them.
    let mut options = Map::new();
    options.insert("nocopy".to_owned(), Node::synthetic(true));
    entry.insert("volume".to_owned(), Node::synthetic(Value::from(options)));
    let mut edits = vec![
        Edit::set(Path::of(["volumes", one.key.as_str()]), Value::from(Map::new())),
        Edit::add(service, "volumes", Value::from(entry)),
    ];
    // Whoever found it by the variable finds it again: another user has another home.
    let is_said =
        service.environment("HOME").is_some() || project.env_file_values(service.name).contains_key("HOME");
    if path == HOME && !is_said {
        edits.push(Edit::set(service.path_of("environment").join("HOME"), HOME));
    }
    Some(edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Options, load};
    use crate::locate::{ProcessSettings, locate};

    fn project(text: &str) -> Project {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("compose.yaml"), text).unwrap();
        let settings = ProcessSettings {
            cwd: folder.path().to_owned(),
            ..ProcessSettings::default()
        };
        load(&locate(&settings).unwrap(), &Options::default()).unwrap()
    }

    fn one(service: &str, path: &str) -> AdoptedVolume {
        AdoptedVolume {
            service: service.into(),
            path: path.into(),
            key: "own".into(),
            from: String::new(),
            is_whole: true,
        }
    }

    #[test]
    fn a_directory_is_a_volume_unless_its_author_mounts_something_there_by_now() {
        let project = project(
            "services:\n  app: {image: x}\n  own: {image: x, volumes: ['./d:/data/']}\n  tmp: {image: x, tmpfs: [/data]}\n",
        );
        let (planned, edits) = with_volumes(&project, [one("app", "/data")].iter());
        assert_eq!(edits.len(), 2);
        let app = model::service(&planned, "app").unwrap();
        let mounts = app.mounts();
        assert_eq!(
            (mounts[0].source, mounts[0].target.as_str()),
            (Some("own"), "/data")
        );
        assert!(mounts[0].nocopy());
        for service in ["own", "tmp", "gone"] {
            let (planned, edits) = with_volumes(&project, [one(service, "/data")].iter());
            assert!(
                edits.is_empty() && matches!(planned, Cow::Borrowed(_)),
                "{service}"
            );
        }
    }

    #[test]
    fn roots_home_is_found_by_its_variable_again() {
        let project = project("services:\n  app: {image: x}\n  said: {image: x, environment: {HOME: /h}}\n");
        let home = |service: &str| {
            let (planned, _) = with_volumes(&project, [one(service, "/root")].iter());
            let service = model::service(&planned, service).unwrap();
            service.environment("HOME").map(|(value, _)| value)
        };
        assert_eq!(home("app").as_deref(), Some("/root"));
        assert_eq!(home("said").as_deref(), Some("/h"));
    }
}
