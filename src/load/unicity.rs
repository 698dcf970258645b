//! Lists whose items have a key: a later item replaces an earlier one with the same key, at its place.

use super::fault::{Fault, Result};
use super::short_volume;
use super::table::Level;
use crate::tree::{Node, Value};
use std::collections::HashMap;

/// What two items must share to be the same.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// The text before the first `=`.
    Name,
    /// The place in the container of a device.
    Device,
    /// The path of an env file.
    EnvFile,
    /// The text of a port.
    Expose,
    /// The place of a config in the container.
    Config,
    /// The place of a secret in the container.
    Secret,
    /// Address, published port, target, protocol.
    Port,
    /// The place of a mount in the container.
    Volume,
}

use Key::{Config, Device, EnvFile, Expose, Name, Port, Secret, Volume};

/// The lists, and what makes an item.
pub static UNIQUE: &[(&str, Key)] = &[
    ("networks.*.ipam.options", Name),
    ("networks.*.labels", Name),
    ("services.*.annotations", Name),
    ("services.*.build.additional_contexts", Name),
    ("services.*.build.args", Name),
    ("services.*.build.labels", Name),
    ("services.*.build.tags", Name),
    ("services.*.cap_add", Name),
    ("services.*.cap_drop", Name),
    ("services.*.configs", Config),
    ("services.*.deploy.labels", Name),
    ("services.*.devices", Device),
    ("services.*.dns", Name),
    ("services.*.dns_opt", Name),
    ("services.*.dns_search", Name),
    ("services.*.env_file", EnvFile),
    ("services.*.environment", Name),
    ("services.*.expose", Expose),
    ("services.*.labels", Name),
    ("services.*.links", Name),
    ("services.*.networks.*.aliases", Name),
    ("services.*.networks.*.link_local_ips", Name),
    ("services.*.ports", Port),
    ("services.*.profiles", Name),
    ("services.*.secrets", Secret),
    ("services.*.sysctls", Name),
    ("services.*.tmpfs", Name),
    ("services.*.volumes", Volume),
];

/// Enforces it everywhere below this node.
pub fn enforce(node: &mut Node, level: &Level<Key>) -> Result<()> {
    match &mut node.value {
        Value::Map(map) => {
            for (key, child) in map.iter_mut() {
                if let Some(level) = level.child(key) {
                    enforce(child, level).map_err(|f| f.under(key))?;
                }
            }
        }
        Value::Seq(items) => {
            if let Some(key) = level.row {
                unify(items, *key)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn unify(items: &mut Vec<Node>, kind: Key) -> Result<()> {
    if let [only] = items.as_slice() {
        return kind.of(only).map(|_| ()).map_err(|f| f.under(0));
    }
    let mut places: HashMap<String, usize> = HashMap::with_capacity(items.len());
    let mut unique: Vec<Node> = Vec::with_capacity(items.len());
    for (position, item) in std::mem::take(items).into_iter().enumerate() {
        let key = kind.of(&item).map_err(|f| f.under(position))?;
        match places.get(&key) {
            Some(place) => unique[*place] = item,
            None => {
                places.insert(key, unique.len());
                unique.push(item);
            }
        }
    }
    *items = unique;
    Ok(())
}

impl Key {
    fn of(self, item: &Node) -> Result<String> {
        let text = item.as_str();
        let key = match (self, text) {
            (Name, Some(text)) => Some(text.split_once('=').map_or(text, |(name, _)| name).to_owned()),
            (Name, None) => None,
            (Device, Some(text)) => Some(text.split(':').nth(1).unwrap_or(text).to_owned()),
            (Device, None) => field(item, "target")?,
            (EnvFile, Some(text)) | (Port, Some(text)) => Some(text.to_owned()),
            (EnvFile, None) => field(item, "path")?,
            (Expose, Some(text)) => Some(text.to_owned()),
            (Expose, None) => match item.value {
                Value::Int(port) => Some(port.to_string()),
                _ => None,
            },
            (Config, _) => mount("", item),
            (Secret, _) => mount("/run/secrets", item),
            (Port, None) => port(item),
            (Volume, Some(text)) => match short_volume::parse(text) {
                Ok(volume) => Some(volume.target),
                Err(why) => return Err(Fault::new(item, why)),
            },
            (Volume, None) => field(item, "target")?,
        };
        key.ok_or_else(|| {
            Fault::new(
                item,
                format!("is {}, which cannot stand in this list", item.value.kind()),
            )
            .help("put it in quotes, or see the Compose reference for the two forms of an item")
        })
    }
}

/// A field of a long form; an item that is no mapping has the empty key, as in the reference.
fn field(item: &Node, name: &str) -> Result<Option<String>> {
    if item.as_map().is_none() {
        return Ok(Some(String::new()));
    }
    match item.get(name).and_then(Node::as_str) {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(Fault::new(item, format!("has no {name}")).help(format!("add `{name}:` to it"))),
    }
}

fn mount(directory: &str, item: &Node) -> Option<String> {
    let source = match item.as_str() {
        Some(text) => text.to_owned(),
        None => {
            let map = item.as_map()?;
            match map.get("target") {
                Some(target) => return target.as_str().map(str::to_owned),
                None => map.get("source").and_then(Node::scalar_text).unwrap_or_default(),
            }
        }
    };
    Some(format!("{directory}/{source}"))
}

/// A published number and the same as text are two ports to the reference.
fn port(item: &Node) -> Option<String> {
    if let Value::Int(port) = item.value {
        return Some(port.to_string());
    }
    let Some(map) = item.as_map() else {
        return Some(String::new());
    };
    let target = map.get("target")?;
    let part = |key: &str, default: &str| {
        map.get(key)
            .map_or(default.to_owned(), |n| n.scalar_text().unwrap_or_default())
    };
    let published = match map.get("published") {
        None => "none".to_owned(),
        Some(node) => format!("{} {:?}", node.value.kind(), node.scalar_text()),
    };
    let target = format!("{} {:?}", target.value.kind(), target.scalar_text());
    Some(format!(
        "{}:{published}:{target}/{}",
        part("host_ip", "0.0.0.0"),
        part("protocol", "tcp")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        assert!(super::super::table::is_sound(UNIQUE));
    }
}
