//! A project in the shape of `docker compose config`.

use crate::load::{self, Level, Project, Shape};
use crate::tree::{Map, Node, Value, text};
use indexmap::IndexSet;

/// The notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, as Compose's: extensions of services and resources are left out.
    Json,
    /// YAML, which says everything.
    Yaml,
}

/// The project as text; with every `$` doubled, so that the text can be read again.
///
/// # Errors
/// What the notation cannot say.
pub fn render(
    project: &Project,
    all_resources: bool,
    services: &[String],
    format: Format,
) -> Result<String, String> {
    let mut writer = Writer {
        out: String::new(),
        format,
        double: project.interpolated,
        depth: 0,
        error: None,
    };
    if project.interpolated {
        let selection = Selection::new(project, all_resources, services)?;
        writer.node(&selection.tree(format), Some(load::shapes()));
    } else {
        writer.node(&uninterpolated(project), None);
    }
    writer.out.push('\n');
    match writer.error {
        None => Ok(writer.out),
        Some(error) => Err(error),
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
                    let names = depends.and_then(Node::as_map).into_iter().flat_map(Map::keys);
                    wanted.extend(names.map(String::as_str).filter(|n| project.active.contains(*n)));
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

    fn tree(&self, format: Format) -> Node {
        let mut root = Map::new();
        for (key, node) in self.project.tree.as_map().into_iter().flatten() {
            let node = match key.as_str() {
                "services" => continue,
                "networks" | "volumes" | "secrets" | "configs" => self.resources(key, node),
                "models" if format == Format::Yaml => self.resources(key, node),
                "name" => node.clone(),
                _ if key.starts_with("x-") => node.clone(),
                _ => continue,
            };
            root.insert(key.clone(), node);
        }
        if !root.contains_key("name") {
            root.insert("name".to_owned(), Node::synthetic(self.project.name.as_str()));
        }
        let services = self.project.tree.get("services").and_then(Node::as_map);
        let shown = self
            .services
            .iter()
            .filter_map(|name| services?.get(*name).map(|s| (*name, s)));
        let services: Map = shown
            .map(|(name, s)| (name.to_owned(), self.service(name, s)))
            .collect();
        root.insert("services".to_owned(), Node::synthetic(services));
        Node::synthetic(root)
    }

    fn resources(&self, kind: &str, node: &Node) -> Node {
        let Some(map) = node.as_map() else {
            return Node::synthetic(Map::new());
        };
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
        let value = |node: &Node| if node.is_null() { Node::synthetic(Map::new()) } else { resource(node) };
        Node::synthetic(
            shown
                .map(|(name, node)| (name.clone(), value(node)))
                .collect::<Map>(),
        )
    }

    fn used(&self, kind: &str) -> IndexSet<&str> {
        let all = self.project.tree.get("services").and_then(Node::as_map);
        let services = self.services.iter().filter_map(|name| all?.get(*name));
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
        map.shift_remove("label_file");
        let environment = self.project.service_environment(name);
        map.insert("environment".to_owned(), Node::synthetic(environment));
        let from_files = self.project.label_file_values(name);
        if !from_files.is_empty() {
            let mut labels: Map = from_files
                .into_iter()
                .map(|(k, (v, at))| (k, Node::new(v, at)))
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
    let services = tree.as_map_mut().and_then(|m| m.get_mut("services")?.as_map_mut());
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

struct Writer {
    out: String,
    format: Format,
    /// Whether `$` becomes `$$`.
    double: bool,
    depth: usize,
    error: Option<String>,
}

impl Writer {
    fn node(&mut self, node: &Node, level: Option<&Level<Shape>>) {
        let shape = level.and_then(|l| l.row).copied();
        match &node.value {
            Value::Map(map) => match shape {
                Some(Shape::Ssh) => self.ssh(map),
                _ => self.mapping(map, level, shape),
            },
            Value::Seq(items) => {
                let level = level.and_then(Level::item);
                self.list(items.len(), |writer, position| {
                    writer.node(&items[position], level)
                });
            }
            Value::Null => self.out.push_str("null"),
            Value::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Value::Int(0) if shape == Some(Shape::Ulimit) && self.format == Format::Json => {
                self.out.push_str("{}")
            }
            Value::Int(i) => self.out.push_str(&i.to_string()),
            Value::Uint(u) => self.out.push_str(&u.to_string()),
            Value::Float(f) => self.float(*f, shape),
            Value::Str(s) => self.text(s),
            Value::Time(s) => self.text(&time(s)),
        }
    }

    fn mapping(&mut self, map: &Map, level: Option<&Level<Shape>>, shape: Option<Shape>) {
        let is_root = self.depth == 0;
        let known = is_root || matches!(shape, Some(Shape::Record | Shape::Value | Shape::Ulimit));
        let json = self.format == Format::Json;
        let child = |key: &str| level.and_then(|l| l.child(key));
        let mut entries: Vec<(&str, Option<&Node>)> = map
            .iter()
            .filter(|(key, node)| {
                if !known || level.is_none() {
                    return true;
                }
                if key.starts_with("x-") {
                    return is_root || !json;
                }
                if shape == Some(Shape::Ulimit) {
                    return !json || node.as_int() != Some(0);
                }
                child(key).and_then(|l| l.row).is_none_or(|s| {
                    let always = is_root && key.as_str() == "services";
                    let silent = load::zero(*s, node) || (!json && yaml_zero(*s, node));
                    always || !silent
                })
            })
            .map(|(key, node)| (key.as_str(), Some(node)))
            .collect();
        if known
            && json
            && let Some(level) = level
        {
            let always = |l: &Level<Shape>| {
                matches!(
                    l.row,
                    Some(
                        Shape::Command
                            | Shape::Value
                            | Shape::AlwaysBool
                            | Shape::AlwaysBytes
                            | Shape::AlwaysInt
                            | Shape::AlwaysText
                    )
                )
            };
            entries.extend(
                level
                    .named()
                    .filter(|(key, l)| always(l) && !map.contains_key(*key))
                    .map(|(key, _)| (key, None)),
            );
        }
        entries.sort_by_key(|(key, _)| *key);
        self.block(entries.len(), '{', '}', |writer, position| {
            let (key, node) = entries[position];
            let level = child(key);
            let key = match (json, level.and_then(|l| l.row)) {
                // these types of Compose have no names of their own for JSON
                (true, Some(Shape::AlwaysText)) if key == "path" && !map.contains_key("action") => "Path",
                (true, Some(Shape::AlwaysInt)) if key == "weight" => "Weight",
                (true, Some(Shape::AlwaysBytes)) => "Rate",
                _ => key,
            };
            writer.text(key);
            writer.out.push(':');
            if json {
                writer.out.push(' ');
            }
            match node {
                Some(node) if !node.is_null() || !is_empty_default(level) => writer.value(node, level),
                _ => writer.out.push_str(default(level)),
            }
        });
    }

    /// A value after its key: in YAML, a collection begins a new line.
    fn value(&mut self, node: &Node, level: Option<&Level<Shape>>) {
        if self.format == Format::Yaml && !matches!(node.value, Value::Map(_) | Value::Seq(_)) {
            self.out.push(' ');
        }
        self.node(node, level);
    }

    fn list(&mut self, length: usize, mut item: impl FnMut(&mut Self, usize)) {
        self.block(length, '[', ']', |writer, position| {
            if writer.format == Format::Yaml {
                writer.out.push_str("- ");
            }
            item(writer, position);
        });
    }

    fn block(&mut self, length: usize, open: char, close: char, mut entry: impl FnMut(&mut Self, usize)) {
        let json = self.format == Format::Json;
        if length == 0 {
            if !json && self.out.ends_with(':') {
                self.out.push(' ');
            }
            self.out.push(open);
            self.out.push(close);
            return;
        }
        if json {
            self.out.push(open);
        }
        self.depth += 1;
        for position in 0..length {
            match (json, position) {
                (true, 0) => self.new_line(),
                (true, _) => {
                    self.out.push(',');
                    self.new_line();
                }
                // the first entry of a list item stands behind its dash
                (false, 0) if self.out.ends_with("- ") || self.out.is_empty() => {}
                (false, _) => self.new_line(),
            }
            entry(self, position);
        }
        self.depth -= 1;
        if json {
            self.new_line();
            self.out.push(close);
        }
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        let levels = if self.format == Format::Json {
            self.depth
        } else {
            self.depth.saturating_sub(1)
        };
        self.out.extend(std::iter::repeat_n("  ", levels));
    }

    fn ssh(&mut self, map: &Map) {
        if self.format == Format::Json && map.values().any(|v| !v.is_null()) {
            self.error = Some("an ssh key with a path cannot be shown as JSON; use --format yaml".to_owned());
            return;
        }
        let mut keys: Vec<String> = map
            .iter()
            .map(|(id, path)| match path.scalar_text() {
                Some(path) => format!("{id}: {path}"),
                None => id.clone(),
            })
            .collect();
        keys.sort();
        self.list(keys.len(), |writer, position| writer.text(&keys[position]));
    }

    fn float(&mut self, number: f64, shape: Option<Shape>) {
        if !number.is_finite() && self.format == Format::Json {
            self.error = Some(format!(
                "{} cannot be shown as JSON",
                text::float(number, text::JSON)
            ));
        }
        #[allow(clippy::cast_possible_truncation)] // Compose keeps these in single precision
        let shown = match shape {
            Some(Shape::Float | Shape::Cpus) => text::float32(number as f32, text::JSON),
            _ => text::float(number, text::JSON),
        };
        self.out.push_str(&shown);
    }

    fn text(&mut self, text: &str) {
        if self.format == Format::Yaml && is_plain(text) {
            self.out.push_str(text);
            return;
        }
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '$' if self.double => self.out.push_str("$$"),
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                    self.out.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

/// What stands for an attribute that Compose always prints.
fn default(level: Option<&Level<Shape>>) -> &'static str {
    match level.and_then(|l| l.row) {
        // within a watch, the command to run is a mapping of its own
        Some(Shape::Value) if level.and_then(|l| l.child("command")).is_some() => "{\"command\": null}",
        Some(Shape::Value) => "{}",
        Some(Shape::AlwaysBool) => "false",
        Some(Shape::AlwaysInt) => "0",
        Some(Shape::AlwaysBytes) => "\"0\"",
        Some(Shape::AlwaysText) => "\"\"",
        _ => "null",
    }
}

fn is_empty_default(level: Option<&Level<Shape>>) -> bool {
    matches!(
        level.and_then(|l| l.row),
        Some(Shape::Value | Shape::AlwaysBool | Shape::AlwaysBytes | Shape::AlwaysInt | Shape::AlwaysText)
    )
}

/// In YAML, nothing is printed for the sake of a type.
fn yaml_zero(shape: Shape, node: &Node) -> bool {
    match shape {
        Shape::Command => node.is_null(),
        Shape::Value => node.as_map().is_none_or(Map::is_empty),
        _ => false,
    }
}

/// Whether no reader of YAML, 1.1 or 1.2, could take the text for anything else.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf",
    ];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '/'))
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// A date as Go prints it in JSON.
fn time(text: &str) -> String {
    match text.len() {
        ..=10 => format!("{text}T00:00:00Z"),
        _ => text.replacen([' ', 't'], "T", 1),
    }
}
