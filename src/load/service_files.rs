//! `env_file` and `label_file`: read when all services are known, and kept beside the tree.

use super::{Loaded, Project};
use crate::diagnostic::Diagnostic;
use crate::dotenv::{self, EnvError, Values};
use crate::locate::read_file;
use crate::tree::{Map, Node, Origin, Sources, Value};
use indexmap::{IndexMap, IndexSet};
use std::path::Path;

/// Name, value, and where it stands.
pub(super) type FileValues = IndexMap<String, (String, Origin)>;

/// Reads the env files of all active services, and the label files of those that a profile enables.
pub(super) fn read(
    project: &mut Project,
    by_profile: &IndexSet<String>,
    environment: &IndexMap<String, String>,
    sources: &mut Sources,
) -> Loaded<()> {
    for name in &project.active {
        let Some(service) = project.tree.get("services").and_then(|s| s.get(name)) else {
            continue;
        };
        let own = service.get("environment").and_then(Node::as_map);
        let values = env_files(service, own, environment, sources)?;
        if !values.is_empty() {
            project.env_files.insert(name.clone(), values);
        }
        if service.get("label_file").is_some() && by_profile.contains(name) {
            let labels = label_files(service, sources)?;
            project.label_files.insert(name.clone(), labels);
        }
    }
    Ok(())
}

fn env_files(
    service: &Node,
    own: Option<&Map>,
    environment: &IndexMap<String, String>,
    sources: &mut Sources,
) -> Loaded<FileValues> {
    let mut all = FileValues::new();
    let mut values = Values::new();
    // variables in a file: the project's first, then the service's own
    let own_value = |name: &str| own?.get(name)?.as_str().map(str::to_owned);
    let lookup = |name: &str| environment.get(name).cloned().or_else(|| own_value(name));
    let resolved =
        |name: &str| own_value(name).or_else(|| own?.get(name).and(environment.get(name)).cloned());
    for name in own.into_iter().flat_map(Map::keys) {
        values.extend(resolved(name).map(|value| (name.clone(), value)));
    }
    for file in service.get("env_file").map(Node::items).unwrap_or_default() {
        let Some(path) = file.get("path").and_then(Node::as_str) else {
            continue;
        };
        let required = file.get("required").and_then(Node::as_bool).unwrap_or(true);
        if !Path::new(path).exists() {
            if required {
                return Err(Diagnostic::error(format!("the env file {path} does not exist"))
                    .at(file.origin)
                    .help("create it, or say `required: false`"));
            }
            continue;
        }
        let parse = match file.get("format").and_then(Node::as_str).unwrap_or_default() {
            "" | ".env" => dotenv::parse,
            "raw" => dotenv::parse_raw,
            other => {
                return Err(Diagnostic::error(format!(
                    "the env file {path} has the unknown format {other:?}"
                ))
                .at(file.origin)
                .help("the formats are .env and raw"));
            }
        };
        add(
            Path::new(path),
            file.origin,
            parse,
            &mut values,
            &lookup,
            &mut all,
            sources,
        )?;
    }
    Ok(all)
}

fn label_files(service: &Node, sources: &mut Sources) -> Loaded<FileValues> {
    let mut all = FileValues::new();
    for file in service.get("label_file").map(Node::items).unwrap_or_default() {
        let Some(path) = file.as_str() else { continue };
        if !Path::new(path).exists() {
            return Err(Diagnostic::error(format!("the label file {path} does not exist"))
                .at(file.origin)
                .help("create it"));
        }
        let mut values = Values::new();
        let known = all.clone();
        let lookup = |name: &str| known.get(name).map(|(value, _): &(String, Origin)| value.clone());
        add(
            Path::new(path),
            file.origin,
            dotenv::parse,
            &mut values,
            &lookup,
            &mut all,
            sources,
        )?;
    }
    Ok(all)
}

type Parse = fn(&str, &mut Values, &dyn Fn(&str) -> Option<String>) -> Result<(), EnvError>;

fn add(
    path: &Path,
    named: Origin,
    parse: Parse,
    values: &mut Values,
    lookup: &dyn Fn(&str) -> Option<String>,
    all: &mut FileValues,
    sources: &mut Sources,
) -> Loaded<()> {
    let bytes = read_file(path).map_err(|d| d.at(named))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let before = values.clone();
    let outcome = parse(&text, values, lookup);
    let file = sources.add_secret(path, text.as_str());
    let place = |line: u32| Origin {
        file,
        line,
        column: 1,
    };
    outcome.map_err(|e| {
        Diagnostic::error(format!("reading {}: {}", path.display(), e.message))
            .at(place(e.line))
            .help("env files have one NAME=value a line; quote values that have blanks or `#` in them")
    })?;
    let lines = lines_of(&text);
    for (key, value) in values.iter() {
        let line = lines.get(key.as_str()).copied();
        if line.is_some() || before.get(key) != Some(value) {
            all.insert(key.clone(), (value.clone(), place(line.unwrap_or(1))));
        }
    }
    Ok(())
}

/// The last line that begins with each name.
fn lines_of(text: &str) -> IndexMap<&str, u32> {
    let name = |line: &'_ str| -> Option<usize> { line.find(['=', ':']) };
    (1..)
        .zip(text.lines())
        .filter_map(|(number, line)| {
            let line = line.trim_start();
            let line = line.strip_prefix("export ").unwrap_or(line);
            name(line).map(|end| (line[..end].trim(), number))
        })
        .collect()
}

/// The environment of a service as its container gets it: the files first, then its own, with values of the
/// caller where it names a variable alone. Null is a variable nobody has a value for.
pub(super) fn environment(project: &Project, name: &str) -> Map {
    let mut map = Map::new();
    for (key, (value, origin)) in project.env_files.get(name).into_iter().flatten() {
        map.insert(key.clone(), Node::new(value.as_str(), *origin));
    }
    let service = project.tree.get("services").and_then(|s| s.get(name));
    for (key, node) in service
        .and_then(|s| s.get("environment"))
        .and_then(Node::as_map)
        .into_iter()
        .flatten()
    {
        let mut node = node.clone();
        if node.is_null()
            && let Some(value) = project.environment.get(key)
        {
            node.value = Value::from(value.as_str());
        }
        map.insert(key.clone(), node);
    }
    map
}
