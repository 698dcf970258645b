//! A project in the shape of `docker compose config`.

#[cfg(test)]
mod rows;
mod writer;

use crate::load::{self, Level, Project, Shape};
use crate::render::Format;
use crate::tree::{Map, Node, Value, text};
use indexmap::IndexSet;
use writer::Writer;

/// The project as text: JSON, as Compose's, in which extensions of services and resources are left out, or else YAML,
/// which says everything. With every `$` doubled, so that the text can be read again.
///
/// # Errors
/// What the notation cannot say.
pub fn render(
    project: &Project,
    all_resources: bool,
    services: &[String],
    format: Format,
) -> Result<String, String> {
    let mut text = String::new();
    write(project, all_resources, services, format, &mut |part| {
        text.push_str(part)
    })?;
    Ok(text)
}

/// The same, part by part, so that the text of a large project is never in memory as a whole.
///
/// # Errors
/// What the notation cannot say; nothing was handed to `sink` then.
pub fn write(
    project: &Project,
    all_resources: bool,
    services: &[String],
    format: Format,
    sink: &mut dyn FnMut(&str),
) -> Result<(), String> {
    let shapes = project.interpolated.then(load::shapes);
    if format == Format::Json
        && let Some(why) = unsayable(&project.tree, shapes)
    {
        return Err(why);
    }
    let mut writer = Writer::new(format, project.interpolated, sink);
    if project.interpolated {
        Selection::new(project, all_resources, services)?.write(&mut writer);
    } else {
        writer.node(&uninterpolated(project), None);
    }
    writer.finish();
    Ok(())
}

/// What JSON has no words for.
fn unsayable(node: &Node, level: Option<&Level<Shape>>) -> Option<String> {
    match &node.value {
        Value::Float(number) if !number.is_finite() => {
            Some(format!("{} cannot be shown as JSON", text::of(&node.value)))
        }
        Value::Map(map)
            if level.and_then(|l| l.row) == Some(&Shape::Ssh) && map.values().any(|v| !v.is_null()) =>
        {
            Some("an ssh key with a path cannot be shown as JSON".to_owned())
        }
        Value::Map(map) => {
            // extensions below the top level are not shown at all
            let is_nested = level.is_some_and(|l| l.child("services").is_none());
            let mut shown = map
                .iter()
                .filter(|(key, _)| !(is_nested && key.starts_with("x-")));
            shown.find_map(|(key, node)| unsayable(node, level.and_then(|l| l.child(key))))
        }
        Value::Seq(items) => items
            .iter()
            .find_map(|node| unsayable(node, level.and_then(Level::item))),
        _ => None,
    }
}

/// What of a project is shown.
struct Selection<'p> {
    project: &'p Project,
    services: IndexSet<&'p str>,
    all_resources: bool,
}

impl<'p> Selection<'p> {
    /// The active services; or those named, with what they depend on.
    fn new(project: &'p Project, all_resources: bool, named: &[String]) -> Result<Self, String> {
        let active = project.active.iter().map(String::as_str);
        let mut services: IndexSet<&str> = active.clone().collect();
        if !named.is_empty() {
            let mut wanted: Vec<&str> = Vec::new();
            for name in named {
                let known = services.get(name.as_str()).copied();
                wanted.push(known.ok_or_else(|| format!("no such service: {name}"))?);
            }
            services.clear();
            while let Some(name) = wanted.pop() {
                if services.insert(name) {
                    let depends = project
                        .tree
                        .get("services")
                        .and_then(|s| s.get(name))
                        .and_then(|s| s.get("depends_on"));
                    for (other, condition) in depends.and_then(Node::as_map).into_iter().flatten() {
                        if project.active.contains(other) {
                            wanted.push(other);
                        } else if condition.get("required").and_then(Node::as_bool) == Some(true) {
                            return Err(format!("{name} depends on {other}, which is not active"));
                        }
                    }
                }
            }
            services = active.filter(|n| services.contains(n)).collect();
        }
        Ok(Selection {
            project,
            services,
            all_resources,
        })
    }

    /// Writes what is shown, service by service: a project is never in memory twice.
    fn write(&self, writer: &mut Writer) {
        let shapes = load::shapes();
        let own = self.project.tree.as_map().into_iter().flatten();
        let mut parts: Vec<(&str, Option<Node>)> = own
            .filter_map(|(key, node)| {
                let node = match key.as_str() {
                    "networks" | "volumes" | "secrets" | "configs" => self.resources(key, node)?,
                    "models" if writer.format != Format::Json => self.resources(key, node)?,
                    _ if key.starts_with("x-") => node.clone(),
                    _ => return None,
                };
                Some((key.as_str(), Some(node)))
            })
            .collect();
        parts.push(("name", Some(Node::synthetic(self.project.name.as_str()))));
        parts.push(("services", None));
        parts.sort_by_key(|(key, _)| *key);
        writer.entries(parts.len(), |writer, position| {
            let (key, node) = &parts[position];
            let level = shapes.child(key);
            writer.key(key);
            match node {
                Some(node) => writer.value(node, level),
                None => self.write_services(writer, level),
            }
        });
    }

    fn write_services(&self, writer: &mut Writer, level: Option<&Level<Shape>>) {
        let all = self.project.tree.get("services").and_then(Node::as_map);
        let mut services: Vec<(&str, &Node)> = self
            .services
            .iter()
            .filter_map(|name| Some((*name, all?.get(name)?)))
            .collect();
        services.sort_by_key(|(name, _)| *name);
        writer.entries(services.len(), |writer, position| {
            let (name, service) = services[position];
            writer.key(name);
            writer.value(&self.service(name, service), level.and_then(|l| l.child(name)));
            writer.pass_on();
        });
    }

    /// The resources of a kind; none if there is none to show.
    fn resources(&self, kind: &str, node: &Node) -> Option<Node> {
        let map = node.as_map()?;
        let used = self.used(kind);
        let shown = map
            .iter()
            .filter(|(name, _)| self.all_resources || used.contains(name.as_str()));
        let resource = |node: &Node| {
            let mut node = node.clone();
            if kind == "secrets" || kind == "configs" {
                let from_environment = node
                    .get("environment")
                    .and_then(Node::as_str)
                    .is_some_and(|e| !e.is_empty());
                if let Some(map) = node
                    .as_map_mut()
                    .filter(|_| from_environment || kind == "secrets")
                {
                    map.shift_remove("content");
                }
            }
            node
        };
        let value = |node: &Node| {
            if node.is_null() {
                Node::synthetic(Map::new())
            } else {
                resource(node)
            }
        };
        let shown: Map = shown.map(|(name, node)| (name.clone(), value(node))).collect();
        (!shown.is_empty()).then(|| Node::synthetic(shown))
    }

    fn used(&self, kind: &str) -> IndexSet<&str> {
        let all = self.project.tree.get("services").and_then(Node::as_map);
        let services = self.services.iter().filter_map(|name| all?.get(name));
        let mut used = IndexSet::new();
        for service in services {
            let list = service.get(kind).map(Node::items).unwrap_or_default();
            let build = service
                .get("build")
                .and_then(|b| b.get(kind))
                .map(Node::items)
                .unwrap_or_default();
            match kind {
                "networks" | "models" => {
                    let map = service.get(kind).and_then(Node::as_map);
                    used.extend(map.into_iter().flat_map(Map::keys).map(String::as_str));
                }
                "volumes" => used.extend(
                    list.iter()
                        .filter(|v| v.get("type").and_then(Node::as_str) == Some("volume"))
                        .filter_map(|v| v.get("source")?.as_str())
                        .filter(|s| !s.is_empty()),
                ),
                _ => {
                    let build = if kind == "secrets" {
                        build
                    } else {
                        Default::default()
                    };
                    used.extend(list.iter().chain(build).filter_map(|n| n.get("source")?.as_str()));
                }
            }
        }
        used
    }

    /// A service with the values of its env and label files, and of the caller where it names a variable alone.
    fn service(&self, name: &str, service: &Node) -> Node {
        let mut service = service.clone();
        let Some(map) = service.as_map_mut() else {
            return service;
        };
        map.shift_remove("env_file");
        let environment = self.project.service_environment(name);
        map.insert("environment".to_owned(), Node::synthetic(environment));
        if let Some(from_files) = self.project.label_file_values(name) {
            map.shift_remove("label_file");
            let from_files = from_files.iter();
            let mut labels: Map = from_files
                .map(|(k, (v, at))| (k.clone(), Node::new(v.as_str(), *at)))
                .collect();
            labels.extend(
                map.get("labels")
                    .and_then(Node::as_map)
                    .cloned()
                    .unwrap_or_default(),
            );
            map.insert("labels".to_owned(), Node::synthetic(labels));
        }
        let args = map
            .get_mut("build")
            .and_then(|b| b.as_map_mut()?.get_mut("args")?.as_map_mut());
        if let Some(args) = args {
            for (key, value) in args.iter_mut().filter(|(_, v)| v.is_null()) {
                if let Some(known) = self.project.environment.get(key) {
                    value.value = Value::from(known.as_str());
                }
            }
            args.retain(|_, value| !value.is_null());
        }
        service
    }
}

/// The tree before interpolation, but for build arguments without a value, which Compose leaves out.
fn uninterpolated(project: &Project) -> Node {
    let mut tree = project.tree.clone();
    let services = tree
        .as_map_mut()
        .and_then(|m| m.get_mut("services")?.as_map_mut());
    for service in services.into_iter().flat_map(|s| s.values_mut()) {
        let args = service
            .as_map_mut()
            .and_then(|s| s.get_mut("build")?.as_map_mut()?.get_mut("args"));
        match args.map(|a| &mut a.value) {
            Some(Value::Map(map)) => map.retain(|_, value| !value.is_null()),
            Some(Value::Seq(items)) => items.retain(|item| item.as_str().is_none_or(|t| t.contains('='))),
            _ => {}
        }
    }
    tree
}
