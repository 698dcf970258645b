//! `include`: other projects whose services and resources become part of this one.

use super::{FileScope, Loaded, Loading};
use crate::diagnostic::Diagnostic;
use crate::dotenv::Values;
use crate::locate::{absolute, read_env_file, refuse_remote};
use crate::tree::{Map, Node, Value};
use std::path::{Path, PathBuf};

/// How deep includes may nest.
const MAX_DEPTH: usize = 50;

const SECTIONS: [&str; 6] = ["services", "volumes", "networks", "secrets", "configs", "models"];

/// Replaces `include` of a document by what it brings.
pub(super) fn apply(session: &mut Loading, root: &mut Node, file: &Path, scope: &FileScope) -> Loaded<()> {
    let Some(list) = root.as_map_mut().and_then(|m| m.shift_remove("include")) else {
        return Ok(());
    };
    let items = match list.value {
        Value::Null => return Ok(()),
        Value::Seq(items) => items,
        other => {
            return Err(
                Diagnostic::error(format!("include is {}, not a list", other.kind()))
                    .at(list.origin)
                    .help("write each file in a line of its own, behind `- `"),
            );
        }
    };
    let mut included = scope.included.to_vec();
    included.push(file.to_path_buf());
    for item in items {
        let imported = one(session, &Item::read(&item)?, &item, &included, scope)?;
        import(imported, root)?;
    }
    Ok(())
}

/// An entry of `include`.
struct Item {
    paths: Vec<String>,
    project_directory: Option<String>,
    env_files: Vec<String>,
}

impl Item {
    fn read(node: &Node) -> Loaded<Self> {
        let texts = |key: &str| match node.get(key) {
            None => Ok(Vec::new()),
            Some(node) => list(node).ok_or_else(|| {
                Diagnostic::error(format!(
                    "include.{key} is {}, not a path or a list of paths",
                    node.value.kind()
                ))
                .at(node.origin)
                .help("write one path, or a list of paths")
            }),
        };
        match &node.value {
            Value::Str(path) => Ok(Item {
                paths: vec![path.clone()],
                project_directory: None,
                env_files: Vec::new(),
            }),
            Value::Map(_) => Ok(Item {
                paths: texts("path")?,
                project_directory: texts("project_directory")?.pop().filter(|d| !d.is_empty()),
                env_files: texts("env_file")?,
            }),
            other => Err(
                Diagnostic::error(format!("an entry of include is {}", other.kind()))
                    .at(node.origin)
                    .help("write a path, or a mapping with `path:`"),
            ),
        }
    }
}

fn list(node: &Node) -> Option<Vec<String>> {
    match &node.value {
        Value::Null => Some(Vec::new()),
        Value::Str(text) => Some(vec![text.clone()]),
        Value::Seq(items) => items.iter().map(|i| i.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

fn one(
    session: &mut Loading,
    item: &Item,
    node: &Node,
    included: &[PathBuf],
    scope: &FileScope,
) -> Loaded<Node> {
    let here = |d: Diagnostic| {
        if d.place.is_written() {
            d
        } else {
            d.at(node.origin)
        }
    };
    for path in &item.paths {
        refuse_remote(path).map_err(here)?;
    }
    let paths: Vec<PathBuf> = item
        .paths
        .iter()
        .map(|p| absolute(scope.directory, Path::new(p)))
        .collect();
    let Some(main) = paths.first() else {
        return Ok(Node::synthetic(Map::new()));
    };
    if included.contains(main) || included.len() > MAX_DEPTH {
        let chain: Vec<String> = included
            .iter()
            .take(10)
            .map(|p| p.display().to_string())
            .collect();
        return Err(Diagnostic::error(format!(
            "files include each other in a circle: {} -> {}",
            chain.join(" -> "),
            main.display()
        ))
        .at(node.origin)
        .help("remove one of the includes"));
    }
    let given = item
        .project_directory
        .as_ref()
        .map(|d| absolute(scope.directory, Path::new(d)));
    let parent = |path: &Path| path.parent().map(Path::to_path_buf).unwrap_or_default();
    let project = given.clone().unwrap_or_else(|| parent(main));
    let directory = match given {
        // the reference takes a directory that is not there for a file
        Some(given)
            if !given.is_dir()
                && !item
                    .project_directory
                    .as_deref()
                    .is_some_and(|d| d.starts_with('/')) =>
        {
            parent(&given)
        }
        Some(given) => given,
        None => project.clone(),
    };
    let mut environment = scope.environment.clone();
    for (key, value) in variables(session, item, &project, scope).map_err(here)? {
        environment.entry(key).or_insert(value);
    }
    let inner = FileScope {
        directory: &directory,
        environment: &environment,
        included,
        is_project: scope.is_project && directory == scope.directory,
    };
    let mut files = Vec::new();
    for path in &paths {
        files.push(session.read(path).map_err(here)?);
    }
    session.merged(files, &inner)
}

/// The env files of an entry; without any, `.env` of its directory.
fn variables(session: &mut Loading, item: &Item, project: &Path, scope: &FileScope) -> Loaded<Values> {
    let mut files: Vec<PathBuf> = item
        .env_files
        .iter()
        .map(|f| absolute(scope.directory, Path::new(f)))
        .collect();
    if files.is_empty() {
        files.extend(Some(project.join(".env")).filter(|f| f.is_file()));
    }
    let mut values = Values::new();
    for file in files {
        read_env_file(
            &file,
            &mut values,
            &|k| scope.environment.get(k).cloned(),
            &mut session.sources,
        )?;
    }
    Ok(values)
}

fn import(mut imported: Node, root: &mut Node) -> Loaded<()> {
    let (Some(from), Some(to)) = (imported.as_map_mut(), root.as_map_mut()) else {
        return Ok(());
    };
    for key in SECTIONS {
        let Some(Node {
            value: Value::Map(entries),
            origin,
            ..
        }) = from.shift_remove(key)
        else {
            continue;
        };
        let section = to
            .entry(key.to_owned())
            .or_insert_with(|| Node::new(Map::new(), origin));
        let section_origin = section.origin;
        let Some(section) = section.as_map_mut() else {
            return Err(Diagnostic::error(format!(
                "{key} is no mapping, and an include brings more of them"
            ))
            .at(section_origin));
        };
        for (name, node) in entries {
            match section.get(&name) {
                None => _ = section.insert(name, node),
                Some(own) if *own == node => {}
                Some(own) => {
                    return Err(Diagnostic::error(format!(
                        "{key}.{name} is defined here and in an included file"
                    ))
                    .at(own.origin)
                    .help(
                        "change it in an override file (one more -f), or in the entry's own `path:` list",
                    ));
                }
            }
        }
    }
    Ok(())
}
