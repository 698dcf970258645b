//! What Compose fills in, and what it forbids, once all files are merged.

use super::error::{Fault, WalkResult};
use super::path_table::Level;
use super::short_port;
use crate::tree::{Map, Node, Value};

/// What is filled in at a place, or checked there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// A build without a context builds the project directory.
    Context,
    /// A device request without a count means all.
    Device,
    /// A port is TCP and behind the ingress network; its address must be one.
    Port,
    /// A secret is at `/run/secrets`.
    Secret,
    /// A config has one source of its content.
    Config,
    /// A secret has one source of its content.
    SecretSource,
    /// An external volume has nothing but a name.
    Volume,
    /// A watched path is not empty.
    Watch,
}

use Rule::{Config, Context, Device, Port, Secret, SecretSource, Volume, Watch};

/// Where there is something to fill in or to check.
pub(super) static RULES: &[(&str, Rule)] = &[
    ("configs.*", Config),
    ("secrets.*", SecretSource),
    ("services.*.build", Context),
    ("services.*.deploy.resources.reservations.devices.*", Device),
    ("services.*.develop.watch.*.path", Watch),
    ("services.*.gpus.*", Device),
    ("services.*.ports.*", Port),
    ("services.*.secrets.*", Secret),
    ("volumes.*", Volume),
];

/// Fills in and checks everything below this node.
pub(super) fn apply(node: &mut Node, level: &Level<Rule>) -> WalkResult<()> {
    if let Some(rule) = level.row {
        rule.apply(node)?;
    }
    match &mut node.value {
        Value::Map(map) => {
            for (key, child) in map.iter_mut() {
                if let Some(level) = level.child(key) {
                    apply(child, level).map_err(|f| f.under(key))?;
                }
            }
        }
        Value::Seq(items) => {
            if let Some(level) = level.item() {
                for (position, item) in items.iter_mut().enumerate() {
                    apply(item, level).map_err(|f| f.under(position))?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

impl Rule {
    fn apply(self, node: &mut Node) -> WalkResult<()> {
        let origin = node.origin;
        if let (Watch, Some("")) = (self, node.as_str()) {
            return Err(Fault::new(node, "cannot be empty"));
        }
        let Some(map) = node.as_map_mut() else {
            return match self {
                Config | SecretSource => {
                    Err(Fault::new(node, "says nothing about its content").help("add `file:`"))
                }
                _ => Ok(()),
            };
        };
        let mut default = |key: &str, value: &dyn Fn(&Map) -> Value| {
            if !map.contains_key(key) {
                let value = value(map);
                map.insert(key.to_owned(), Node::new(value, origin));
            }
        };
        match self {
            Context => default("context", &|_| Value::from(".")),
            Secret => default("target", &|map| {
                let source = map.get("source").and_then(Node::scalar_text).unwrap_or_default();
                Value::from(format!("/run/secrets/{source}"))
            }),
            Port => {
                default("protocol", &|_| Value::from("tcp"));
                default("mode", &|_| Value::from("ingress"));
                address(map)?;
            }
            Device => {
                let ids = map.contains_key("device_ids");
                match (map.contains_key("count"), ids) {
                    (false, false) => _ = map.insert("count".to_owned(), Node::new("all", origin)),
                    (true, true) => {
                        return Err(
                            Fault::at(origin, "has both count and device_ids").help("keep one of them")
                        );
                    }
                    _ => {}
                }
            }
            Config => return source(node, &["file", "environment", "content"]),
            SecretSource => return source(node, &["file", "environment"]),
            Volume => return external(map),
            Watch => {}
        }
        Ok(())
    }
}

fn address(map: &Map) -> WalkResult<()> {
    match map.get("host_ip") {
        Some(ip) if !ip.as_str().is_some_and(short_port::is_address) => {
            let text = ip.scalar_text().unwrap_or_default();
            Err(Fault::new(ip, format!("is {text:?}, which is no IP address")).under("host_ip"))
        }
        _ => Ok(()),
    }
}

fn source(node: &Node, keys: &[&str]) -> WalkResult<()> {
    let given = keys.iter().filter(|k| node.get(k).is_some()).count();
    let all = keys.join(", ");
    match given {
        0 if node.get("driver").is_none() && node.get("external").is_none() => {
            Err(Fault::new(node, format!("has none of {all}")).help("say where its content comes from"))
        }
        0 | 1 => Ok(()),
        _ => Err(Fault::new(node, format!("has more than one of {all}")).help("keep one of them")),
    }
}

fn external(map: &Map) -> WalkResult<()> {
    let Some(external) = map.get("external") else {
        return Ok(());
    };
    match external.as_bool() {
        Some(false) => return Ok(()),
        Some(true) => {}
        None => return Err(Fault::new(external, "is no boolean").under("external")),
    }
    match map
        .iter()
        .find(|(k, _)| !matches!(k.as_str(), "name" | "external") && !k.starts_with("x-"))
    {
        Some((key, node)) => Err(Fault::new(node, format!("is external and has {key}"))
            .help("what exists outside the project cannot be configured here; remove the key")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        assert!(super::super::path_table::is_sound(RULES));
    }
}
