//! `extends`: a service begins as a copy of another one, of this file or of another.

use super::{FileScope, Loaded, Loading, Role, TABLES, at, merge, reset};
use crate::diagnostic::Diagnostic;
use crate::locate::{absolute, refuse_remote};
use crate::tree::{Map, Node, Path as TreePath, Value};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// How long a chain may be.
const MAX_CHAIN: usize = 200;

/// Completes every service of a document. What the document resets is taken from the copies as well.
pub(super) fn apply(
    session: &mut Loading,
    root: &mut Node,
    resets: &[TreePath],
    file: &Path,
    scope: &FileScope,
) -> Loaded<()> {
    let Some(services) = root.as_map_mut().and_then(|m| m.get_mut("services")) else {
        return Ok(());
    };
    let origin = services.origin;
    let kind = services.value.kind();
    let Some(services) = services.as_map_mut() else {
        return Err(Diagnostic::error(format!("services is {kind}, not a mapping"))
            .at(origin)
            .help("list the services below it, one name a line"));
    };
    let mut extender = Extender {
        session,
        scope,
        file: file.display().to_string(),
        others: HashMap::new(),
        chain: Vec::new(),
    };
    let names: Vec<String> = services.keys().cloned().collect();
    names
        .iter()
        .try_for_each(|name| extender.complete(name, services, resets))
}

/// The services of another file, and what it resets.
type Other = (Map, Vec<TreePath>);

struct Extender<'s, 'o, 'c> {
    session: &'s mut Loading<'o>,
    scope: &'c FileScope<'c>,
    file: String,
    others: HashMap<PathBuf, Other>,
    /// The services on the way, to find a circle.
    chain: Vec<(String, String)>,
}

impl Extender<'_, '_, '_> {
    /// Completes one service in place.
    fn complete(&mut self, name: &str, services: &mut Map, resets: &[TreePath]) -> Loaded<()> {
        let Some(service) = services.get(name).filter(|s| !s.is_null()) else {
            return Ok(());
        };
        if service.as_map().is_none() {
            return Err(Diagnostic::error(format!(
                "services.{name} is {}, not a mapping",
                service.value.kind()
            ))
            .at(service.origin)
            .help("write its attributes below it, indented"));
        }
        let Some(extends) = service.get("extends").cloned() else {
            return Ok(());
        };
        let (reference, file) = target(name, &extends)?;
        let base = match file {
            None => {
                self.enter(self.file.clone(), name, &extends)?;
                if !services.contains_key(&reference) {
                    return Err(missing(name, &reference, &self.file, &extends));
                }
                self.complete(&reference, services, resets)?;
                services.get(&reference).cloned()
            }
            Some(file) => self.other(name, &reference, &file, &extends)?,
        };
        self.chain.pop();
        let Some(mut base) = base.filter(|b| !b.is_null()) else {
            return Ok(());
        };
        let own: Vec<TreePath> = resets.iter().filter_map(|p| below_service(p, name)).collect();
        reset::apply(&mut base, &own);
        let Some(service) = services.get_mut(name) else {
            return Ok(());
        };
        let over = std::mem::replace(service, Node::synthetic(Value::Null));
        let origin = over.origin;
        let level = TABLES.special.child("services").and_then(|l| l.child(name));
        let merged = merge::merge(base, over, level);
        let mut merged = merged.map_err(|f| f.under(name).under("services").diagnostic("extending"))?;
        merged.origin = origin;
        if let Some(map) = merged.as_map_mut() {
            map.shift_remove("extends");
        }
        *service = merged;
        Ok(())
    }

    /// A copy of a service of another file, complete.
    fn other(&mut self, name: &str, reference: &str, file: &str, extends: &Node) -> Loaded<Option<Node>> {
        refuse_remote(file).map_err(|d| d.at(extends.origin))?;
        let path = absolute(self.scope.directory, Path::new(file));
        let (mut services, resets) = match self.others.remove(&path) {
            Some(other) => other,
            None => self.read(name, &path, extends)?,
        };
        if !services.contains_key(reference) {
            return Err(missing(name, reference, file, extends));
        }
        self.enter(file.to_owned(), name, extends)?;
        self.complete(reference, &mut services, &resets)?;
        let base = services.get(reference).cloned();
        self.others.insert(path, (services, resets));
        Ok(base)
    }

    fn read(&mut self, name: &str, path: &Path, extends: &Node) -> Loaded<Other> {
        let parsed = self.session.read(path).map_err(|d| {
            if d.place.is_written() {
                d
            } else {
                d.at(extends.origin)
            }
        })?;
        let resets = parsed
            .documents
            .last()
            .map(|d| d.resets.clone())
            .unwrap_or_default();
        let empty = Node::synthetic(Map::new());
        let mut tree = self.session.file(parsed, empty, self.scope, Role::Extended)?;
        let directory = path.parent().unwrap_or(self.scope.directory);
        let scope = FileScope {
            directory,
            is_project: self.scope.is_project && directory == self.scope.directory,
            ..*self.scope
        };
        self.session.resolve_paths(&mut tree, &scope)?;
        match tree
            .as_map_mut()
            .and_then(|m| m.shift_remove("services"))
            .map(|n| n.value)
        {
            Some(Value::Map(services)) => Ok((services, resets)),
            _ => Err(Diagnostic::error(format!(
                "service {name} extends {}, which has no services",
                path.display()
            ))
            .at(extends.origin)
            .help("name a Compose file in `extends.file`")),
        }
    }

    fn enter(&mut self, file: String, name: &str, extends: &Node) -> Loaded<()> {
        let here = (file, name.to_owned());
        if self.chain.contains(&here) || self.chain.len() >= MAX_CHAIN {
            let chain: Vec<&str> = self.chain.iter().map(|(_, s)| s.as_str()).take(10).collect();
            return Err(Diagnostic::error(format!(
                "services extend each other in a circle: {} -> {name}",
                chain.join(" -> ")
            ))
            .at(extends.origin)
            .help("let one of them stand on its own"));
        }
        self.chain.push(here);
        Ok(())
    }
}

/// Which service, and of which file.
fn target(name: &str, extends: &Node) -> Loaded<(String, Option<String>)> {
    let wrong = |what: &str| {
        Diagnostic::error(format!("services.{name}.extends {what}"))
            .at(extends.origin)
            .help("write `extends: {service: NAME}`, with `file: PATH` for another file")
    };
    match &extends.value {
        Value::Str(service) => Ok((service.clone(), None)),
        Value::Map(map) => {
            let service = map
                .get("service")
                .and_then(Node::as_str)
                .ok_or_else(|| wrong("names no service"))?;
            let file = match map.get("file") {
                None => None,
                Some(node) if node.is_null() => None,
                Some(node) => Some(
                    node.as_str()
                        .ok_or_else(|| wrong("has a file that is no text"))?
                        .to_owned(),
                ),
            };
            Ok((service.to_owned(), file))
        }
        other => Err(wrong(&format!("is {}", other.kind()))),
    }
}

fn missing(name: &str, reference: &str, file: &str, extends: &Node) -> Diagnostic {
    Diagnostic::error(format!(
        "service {name} extends {reference}, which is not in {file}"
    ))
    .at(extends.origin)
    .help("correct the name, or add `file:` if it stands in another file")
}

/// The part of a path below a service.
fn below_service(path: &TreePath, name: &str) -> Option<TreePath> {
    let service = at(&["services", name]);
    let depth = service.segments().len();
    let inside = service.contains(path) && path.segments().len() > depth;
    inside.then(|| TreePath::of(path.segments()[depth..].iter().cloned()))
}
