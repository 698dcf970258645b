//! Short forms become long ones, so that everything after this reads one shape.

use super::error::{Fault, WalkResult};
use super::merge;
use super::path_table::Level;
use super::{short_port, short_volume};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::tree::{Map, Node, Value, text};
use std::rc::Rc;

/// What becomes of an attribute.
#[derive(Debug, Clone, Copy)]
pub(super) enum Canonical {
    /// A text becomes the mapping with this one key.
    Key(&'static str),
    /// A list of names becomes a mapping of conditions, and conditions get their defaults.
    DependsOn,
    /// `HOST:CONTAINER:PERMISSIONS`.
    Device,
    /// A text or a list becomes a list of `{path, required}`.
    EnvFile,
    /// `external: {name: x}`.
    External,
    /// A text becomes `{source}`.
    FileMount,
    /// `all`.
    Gpus,
    /// A list of `K=V` becomes a mapping.
    KeyValue,
    /// A list of names becomes a mapping of nulls.
    Names,
    /// A list of short forms becomes one of long forms, ranges expanded.
    Ports,
    /// A list of ids becomes a mapping to paths.
    Ssh,
    /// A text becomes a list of one.
    StringOrList,
    /// Anything becomes text.
    Text,
    /// A number or a pair.
    Ulimit,
    /// `SOURCE:TARGET:OPTIONS`.
    Volume,
}

use Canonical::{
    DependsOn, Device, EnvFile, External, FileMount, Gpus, Key, KeyValue, Names, Ports, Ssh, StringOrList,
    Text, Ulimit, Volume,
};

/// The attributes that have a short form.
pub(super) static FORMS: &[(&str, Canonical)] = &[
    ("configs.*", External),
    ("networks.*", External),
    ("secrets.*", External),
    ("services.*.build", Key("context")),
    ("services.*.build.additional_contexts", KeyValue),
    ("services.*.build.provenance", Text),
    ("services.*.build.sbom", Text),
    ("services.*.build.secrets.*", FileMount),
    ("services.*.build.ssh", Ssh),
    ("services.*.build.ulimits.*", Ulimit),
    ("services.*.configs.*", FileMount),
    ("services.*.depends_on", DependsOn),
    ("services.*.develop.watch.*.ignore", StringOrList),
    ("services.*.develop.watch.*.include", StringOrList),
    ("services.*.devices.*", Device),
    ("services.*.dns", StringOrList),
    ("services.*.env_file", EnvFile),
    ("services.*.extends", Key("service")),
    ("services.*.gpus", Gpus),
    ("services.*.label_file", StringOrList),
    ("services.*.models", Names),
    ("services.*.networks", Names),
    ("services.*.ports", Ports),
    ("services.*.secrets.*", FileMount),
    ("services.*.ulimits.*", Ulimit),
    ("services.*.volumes.*", Volume),
    ("volumes.*", External),
];

/// How strict to be, and who hears of what is deprecated.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Short forms with variables in them may stay as they are.
    pub lenient: bool,
    /// What the person should know.
    pub warnings: Vec<Diagnostic>,
}

/// Brings everything below this node into its long form.
pub(super) fn canonical(node: &mut Node, level: &Level<Canonical>, notes: &mut Notes) -> WalkResult<()> {
    if let Some(form) = level.row {
        form.apply(node, notes)?;
    }
    match &mut node.value {
        Value::Map(map) => {
            for (key, child) in map.iter_mut() {
                if let Some(level) = level.child(key) {
                    canonical(child, level, notes).map_err(|f| f.under(key))?;
                }
            }
        }
        Value::Seq(items) => {
            if let Some(level) = level.item() {
                for (position, item) in items.iter_mut().enumerate() {
                    canonical(item, level, notes).map_err(|f| f.under(position))?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

impl Canonical {
    fn apply(self, node: &mut Node, notes: &mut Notes) -> WalkResult<()> {
        match (self, &mut node.value) {
            (External, Value::Map(map)) => return external(map, notes),
            (External, Value::Null) => {}
            (Text, Value::Str(_)) => {}
            (Text, value) => {
                let text = text::of(value);
                node.rewrite(text);
            }
            (StringOrList, Value::Str(_)) => {
                let item = node.clone();
                *node = Node::new(vec![item], node.origin);
            }
            (StringOrList, _) => {}
            (Key(_) | FileMount | Volume | Device | KeyValue | Ssh, Value::Map(_)) => {}
            (Ulimit, Value::Map(_) | Value::Int(_)) => {}
            (Key(key), Value::Str(_)) => long(node, |text| Map::from_iter([(key.to_owned(), text)])),
            (FileMount, Value::Str(_)) => long(node, |text| Map::from_iter([("source".to_owned(), text)])),
            (Volume, Value::Str(text)) => match short_volume::parse(text) {
                Ok(volume) => {
                    let value = volume.into_value(node.origin);
                    node.rewrite(value);
                }
                Err(_) if notes.lenient => {}
                Err(why) => {
                    return Err(
                        Fault::new(node, why).help("a mount is SOURCE:TARGET or SOURCE:TARGET:OPTIONS")
                    );
                }
            },
            (Device, Value::Str(text)) => match device(text, node.origin) {
                Some(map) => node.rewrite(map),
                None if notes.lenient => {}
                None => {
                    return Err(Fault::new(node, "is a confusing device mapping").help("use the long form"));
                }
            },
            (DependsOn, Value::Map(map)) => return conditions(map),
            (DependsOn, Value::Seq(_)) => {
                let list = std::mem::replace(node, Node::synthetic(Value::Null));
                let origin = list.origin;
                let mut map = merge::names(list)?;
                for (_, condition) in &mut map {
                    condition.value = Value::from(Map::new());
                    condition.raw = None;
                }
                conditions(&mut map)?;
                *node = Node::new(map, origin);
            }
            (Names, Value::Seq(_)) => {
                let list = std::mem::replace(node, Node::synthetic(Value::Null));
                let origin = list.origin;
                *node = Node::new(merge::names(list)?, origin);
            }
            (Names, _) => {}
            (EnvFile, Value::Str(_)) => {
                let mut item = node.clone();
                env_file(&mut item)?;
                *node = Node::new(vec![item], node.origin);
            }
            (EnvFile, Value::Seq(items)) => {
                return items.iter_mut().try_for_each(env_file);
            }
            (Gpus, Value::Seq(_)) => {}
            (Gpus, Value::Str(_)) => {
                let all = Map::from_iter([("count".to_owned(), Node::new("all", node.origin))]);
                node.rewrite(vec![Node::new(all, node.origin)]);
            }
            (KeyValue, Value::Seq(items)) => {
                if let Some(map) = pairs(items, notes.lenient)? {
                    node.value = Value::from(map);
                }
            }
            (Ssh, Value::Seq(items)) => node.value = Value::from(ssh(items)?),
            (Ports, Value::Seq(items)) => {
                if items.iter().any(|item| item.as_map().is_none()) {
                    ports(items, notes.lenient)?;
                }
            }
            (_, value) => {
                let kind = value.kind();
                return Err(
                    Fault::new(node, format!("is {kind}, which is no form of this attribute"))
                        .help("see the Compose reference for the forms it can have"),
                );
            }
        }
        Ok(())
    }
}

/// A text becomes a mapping; the text stays as the mapping's raw form.
fn long(node: &mut Node, make: impl FnOnce(Node) -> Map) {
    let text = Node {
        value: std::mem::replace(&mut node.value, Value::Null),
        origin: node.origin,
        raw: node.raw.clone(),
    };
    let raw = text.raw_text().map(Rc::from);
    node.value = Value::from(make(text));
    node.raw = raw;
}

fn external(map: &mut Map, notes: &mut Notes) -> WalkResult<()> {
    let Some(external) = map.get("external").filter(|n| n.as_map().is_some()) else {
        return Ok(());
    };
    let origin = external.origin;
    let named = external.get("name").cloned();
    map.insert("external".to_owned(), Node::new(true, origin));
    if let Some(name) = named {
        notes.warnings.push(
            Diagnostic::new(Topic::Loader, "external.name is deprecated")
                .at(origin)
                .help("set `name:` beside `external: true`"),
        );
        match map.get("name") {
            Some(other) if *other != name => {
                return Err(
                    Fault::new(&name, "has a name and an external.name that differ").help("use name only")
                );
            }
            Some(_) => {}
            None => _ = map.insert("name".to_owned(), name),
        }
    }
    Ok(())
}

fn conditions(map: &mut Map) -> WalkResult<()> {
    for (name, node) in map {
        let origin = node.origin;
        let Some(condition) = node.as_map_mut() else {
            return Err(Fault::new(node, "is no mapping with a condition").under(name));
        };
        let started = || Node::new("service_started", origin);
        condition.entry("condition".to_owned()).or_insert_with(started);
        condition
            .entry("required".to_owned())
            .or_insert_with(|| Node::new(true, origin));
    }
    Ok(())
}

fn device(text: &str, origin: crate::tree::Origin) -> Option<Map> {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, permissions) = match parts[..] {
        [source] => (source, source, "rwm"),
        [source, target] => (source, target, "rwm"),
        [source, target, permissions] => (source, target, permissions),
        _ => return None,
    };
    let target = if target.is_empty() { source } else { target };
    let entries = [
        ("source", source),
        ("target", target),
        ("permissions", permissions),
    ];
    Some(
        entries
            .into_iter()
            .map(|(key, value)| (key.to_owned(), Node::new(value, origin)))
            .collect(),
    )
}

fn env_file(item: &mut Node) -> WalkResult<()> {
    let origin = item.origin;
    match &mut item.value {
        Value::Str(_) => long(item, |text| {
            Map::from_iter([
                ("path".to_owned(), text),
                ("required".to_owned(), Node::new(true, origin)),
            ])
        }),
        Value::Map(map) => {
            map.entry("required".to_owned())
                .or_insert_with(|| Node::new(true, origin));
        }
        _ => return Err(Fault::new(item, "is no path of an env file")),
    }
    Ok(())
}

fn pairs(items: &mut [Node], lenient: bool) -> WalkResult<Option<Map>> {
    let mut map = Map::new();
    for item in items {
        let Some((key, value)) = item.as_str().and_then(|t| t.split_once('=')) else {
            if lenient {
                return Ok(None);
            }
            return Err(Fault::new(item, "is not written as key=value"));
        };
        let mut node = Node::new(value, item.origin);
        node.raw = item
            .raw
            .as_deref()
            .and_then(|raw| raw.split_once('='))
            .map(|(_, raw)| Rc::from(raw));
        map.insert(key.to_owned(), node);
    }
    Ok(Some(map))
}

fn ssh(items: &mut [Node]) -> WalkResult<Map> {
    let mut map = Map::new();
    for item in items {
        let (id, path) = match item.as_str() {
            Some(text) => text
                .split_once('=')
                .map_or((text, None), |(id, path)| (id, Some(path))),
            None => return Err(Fault::new(item, "is no ssh key")),
        };
        if path.is_none() && id != "default" {
            return Err(Fault::new(item, "is neither `default` nor id=path"));
        }
        let value = path.map_or(Value::Null, Value::from);
        map.insert(id.to_owned(), Node::new(value, item.origin));
    }
    Ok(map)
}

fn ports(items: &mut Vec<Node>, lenient: bool) -> WalkResult<()> {
    let short = |item: &Node| match &item.value {
        Value::Int(port) => Some(port.to_string()),
        Value::Str(text) => Some(text.clone()),
        _ => None,
    };
    let is_no_port = |item: &Node| short(item).is_some_and(|text| short_port::expand(&text, item).is_err());
    if lenient && items.iter().any(is_no_port) {
        return Ok(());
    }
    let mut ports = Vec::with_capacity(items.len());
    for (position, item) in std::mem::take(items).into_iter().enumerate() {
        if item.as_map().is_some() {
            ports.push(item);
            continue;
        }
        let Some(text) = short(&item) else {
            let what = format!("is {}, which is no port", item.value.kind());
            return Err(Fault::new(&item, what).help("put it in quotes").under(position));
        };
        let expanded = short_port::expand(&text, &item).map_err(|why| {
            Fault::new(&item, why)
                .help("a port is [[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]")
                .under(position)
        })?;
        ports.extend(expanded);
    }
    *items = ports;
    Ok(())
}

/// Empty entries of `dns` say nothing.
pub(super) fn omit_empty(root: &mut Node) {
    let services = root
        .as_map_mut()
        .and_then(|m| m.get_mut("services"))
        .and_then(Node::as_map_mut);
    for service in services.into_iter().flat_map(|s| s.values_mut()) {
        if let Some(Node {
            value: Value::Seq(items),
            ..
        }) = service.as_map_mut().and_then(|m| m.get_mut("dns"))
        {
            items.retain(|item| !item.is_null() && item.as_str() != Some(""));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        assert!(super::super::path_table::is_sound(FORMS));
    }
}
