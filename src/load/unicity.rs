//! Lists whose items have a key: a later item replaces an earlier one with the same key, at its place.

use super::error::{Fault, WalkResult};
use super::path_table::Level;
use super::short_volume;
use crate::tree::{Node, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What two items must share to be the same.
#[derive(Debug, Clone, Copy)]
pub(super) enum UniqueBy {
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

use UniqueBy::{Config, Device, EnvFile, Expose, Name, Port, Secret, Volume};

/// The lists, and what makes an item.
pub(super) static UNIQUE: &[(&str, UniqueBy)] = &[
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
pub(super) fn enforce(node: &mut Node, level: &Level<UniqueBy>) -> WalkResult<()> {
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

fn unify(items: &mut Vec<Node>, kind: UniqueBy) -> WalkResult<()> {
    if let [only] = items.as_slice() {
        return kind.of(only).map(|_| ()).map_err(|f| f.under(0));
    }
    // For each item that counts, where the first of its key stood.
    let mut places: HashMap<ItemIdentity, usize> = HashMap::with_capacity(items.len());
    let mut order: Vec<usize> = Vec::with_capacity(items.len());
    for (position, item) in items.iter().enumerate() {
        match places.entry(kind.of(item).map_err(|f| f.under(position))?) {
            Entry::Occupied(place) => order[*place.get()] = position,
            Entry::Vacant(place) => {
                place.insert(order.len());
                order.push(position);
            }
        }
    }
    drop(places);
    if order.len() < items.len() {
        let mut all: Vec<Option<Node>> = std::mem::take(items).into_iter().map(Some).collect();
        *items = order
            .into_iter()
            .filter_map(|position| all[position].take())
            .collect();
    }
    Ok(())
}

/// What distinguishes an item from others.
#[derive(PartialEq, Eq, Hash)]
enum ItemIdentity<'n> {
    Text(Cow<'n, str>),
    /// A port as nearly all are, of which a range has thousands: address, and the rest in one number.
    Port(&'n str, u64),
    /// Any other port: address, published port, target, protocol.
    OddPort(Box<[PortPart<'n>; 4]>),
}

/// A value of a port: a number and the same as text are two to the reference.
#[derive(PartialEq, Eq, Hash)]
enum PortPart<'n> {
    Text(Cow<'n, str>),
    Number(i64),
    /// Anything else by its kind and text; `None` where there is nothing.
    Other(Option<(&'static str, Option<String>)>),
}

impl UniqueBy {
    fn of(self, item: &Node) -> WalkResult<ItemIdentity<'_>> {
        let text = item.as_str();
        let key = match (self, text) {
            (Name, Some(text)) => Some(text.split_once('=').map_or(text, |(name, _)| name).into()),
            (Name, None) => None,
            (Device, Some(text)) => Some(text.split(':').nth(1).unwrap_or(text).into()),
            (Device, None) => field(item, "target")?,
            (EnvFile, Some(text)) | (Port, Some(text)) => Some(text.into()),
            (EnvFile, None) => field(item, "path")?,
            (Expose, Some(text)) => Some(text.into()),
            (Expose, None) => match item.value {
                Value::Int(port) => Some(port.to_string().into()),
                _ => None,
            },
            (Config, _) => mount("", item).map(Cow::from),
            (Secret, _) => mount("/run/secrets", item).map(Cow::from),
            (Port, None) => match port(item) {
                Some(port) => return Ok(port),
                None => None,
            },
            (Volume, Some(text)) => match short_volume::parse(text) {
                Ok(volume) => Some(volume.target.into()),
                Err(why) => return Err(Fault::new(item, why)),
            },
            (Volume, None) => field(item, "target")?,
        };
        key.map(ItemIdentity::Text).ok_or_else(|| {
            Fault::new(
                item,
                format!("is {}, which cannot stand in this list", item.value.kind()),
            )
            .help("put it in quotes, or see the Compose reference for the two forms of an item")
        })
    }
}

/// A field of a long form; an item that is no mapping has the empty key, as in the reference.
fn field<'n>(item: &'n Node, name: &str) -> WalkResult<Option<Cow<'n, str>>> {
    if item.as_map().is_none() {
        return Ok(Some("".into()));
    }
    match item.get(name).and_then(Node::as_str) {
        Some(text) => Ok(Some(text.into())),
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

fn port(item: &Node) -> Option<ItemIdentity<'_>> {
    if let Value::Int(port) = item.value {
        return Some(ItemIdentity::Text(port.to_string().into()));
    }
    let Some(map) = item.as_map() else {
        return Some(ItemIdentity::Text("".into()));
    };
    // In these two the kind does not count.
    let said = |key: &str, default: &'static str| match map.get(key) {
        None => PortPart::Text(default.into()),
        Some(node) => PortPart::Text(match node.as_str() {
            Some(text) => text.into(),
            None => node.scalar_text().unwrap_or_default().into(),
        }),
    };
    let parts = [
        said("host_ip", "0.0.0.0"),
        map.get("published").map_or(PortPart::Other(None), PortPart::of),
        PortPart::of(map.get("target")?),
        said("protocol", "tcp"),
    ];
    Some(plain_port(&parts).unwrap_or_else(|| ItemIdentity::OddPort(Box::new(parts))))
}

/// Two numbers and a protocol that are written as everybody writes them.
fn plain_port<'n>([address, published, target, protocol]: &[PortPart<'n>; 4]) -> Option<ItemIdentity<'n>> {
    let PortPart::Text(Cow::Borrowed(address)) = address else {
        return None;
    };
    let published = match published {
        PortPart::Other(None) => None,
        PortPart::Text(text) => Some(
            text.parse::<u16>()
                .ok()
                .filter(|n| *n > 0 && !text.starts_with(['0', '+']))?,
        ),
        _ => return None,
    };
    let PortPart::Number(target) = target else {
        return None;
    };
    let PortPart::Text(protocol) = protocol else {
        return None;
    };
    let protocol = ["tcp", "udp", "sctp"].iter().position(|p| p == protocol)?;
    let numbers = [
        u64::try_from(protocol).ok()?,
        u64::from(published.unwrap_or(0)),
        u64::from(u16::try_from(*target).ok()?),
    ];
    Some(ItemIdentity::Port(
        address,
        numbers.iter().fold(0, |all, n| all << 16 | n),
    ))
}

impl<'n> PortPart<'n> {
    fn of(node: &'n Node) -> Self {
        match &node.value {
            Value::Str(text) => PortPart::Text(text.into()),
            Value::Int(number) => PortPart::Number(*number),
            value => PortPart::Other(Some((value.kind(), node.scalar_text()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        assert!(super::super::path_table::is_sound(UNIQUE));
    }
}
