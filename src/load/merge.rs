//! One tree over another, as Compose overrides: mappings merge, lists append, scalars replace, and what is
//! special about an attribute is a row of [`SPECIAL`].

use super::error::{Fault, WalkResult};
use super::path_table::Level;
use crate::tree::{Map, Node, Value, text};
use std::rc::Rc;

/// How an attribute merges.
#[derive(Debug, Clone, Copy)]
pub(super) enum Special {
    /// The override replaces, even with null.
    Replace,
    /// `build: DIR` is `{context: DIR}`.
    Build,
    /// A list of names is a mapping of conditions.
    DependsOn,
    /// Lists of `host=ip`; exact repetitions are dropped.
    Hosts,
    /// Address pools merge by subnet.
    IpamConfig,
    /// Options merge only within one driver.
    Logging,
    /// A list of names is a mapping of nulls.
    Names,
    /// Mappings become lists of `K=V`, a text a list of one; then lists append.
    Sequence,
}

use Special::{Build, DependsOn, Hosts, IpamConfig, Logging, Names, Replace, Sequence};

/// What is special.
pub(super) static SPECIAL: &[(&str, Special)] = &[
    ("networks.*.ipam.config", IpamConfig),
    ("networks.*.labels", Sequence),
    ("services.*.annotations", Sequence),
    ("services.*.build", Build),
    ("services.*.build.additional_contexts", Sequence),
    ("services.*.build.args", Sequence),
    ("services.*.build.extra_hosts", Hosts),
    ("services.*.build.labels", Sequence),
    ("services.*.command", Replace),
    ("services.*.depends_on", DependsOn),
    ("services.*.deploy.labels", Sequence),
    ("services.*.dns", Sequence),
    ("services.*.dns_opt", Sequence),
    ("services.*.dns_search", Sequence),
    ("services.*.entrypoint", Replace),
    ("services.*.env_file", Sequence),
    ("services.*.environment", Sequence),
    ("services.*.extra_hosts", Hosts),
    ("services.*.healthcheck.test", Replace),
    ("services.*.label_file", Sequence),
    ("services.*.labels", Sequence),
    ("services.*.logging", Logging),
    ("services.*.models", Names),
    ("services.*.networks", Names),
    ("services.*.sysctls", Sequence),
    ("services.*.tmpfs", Sequence),
    ("services.*.ulimits.*", Replace),
    ("volumes.*.labels", Sequence),
];

/// `over` over `base`.
pub(super) fn merge(base: Node, over: Node, level: Option<&Level<Special>>) -> WalkResult<Node> {
    if let Some(special) = level.and_then(|l| l.row) {
        return special.merge(base, over, level);
    }
    match (base.value, over.value) {
        (value, Value::Null) => Ok(Node { value, ..base }),
        (Value::Map(under), Value::Map(map)) => Ok(Node {
            value: Value::from(mappings(under, map, level)?),
            origin: base.origin,
            raw: None,
        }),
        (Value::Seq(mut items), Value::Seq(more)) => {
            items.extend(more);
            Ok(Node {
                value: Value::Seq(items),
                origin: base.origin,
                raw: None,
            })
        }
        (Value::Map(_), value) => Err(cannot("a mapping", value, over.origin)),
        (Value::Seq(_), value) => Err(cannot("a list", value, over.origin)),
        (_, value) => Ok(Node { value, ..over }),
    }
}

fn cannot(base: &str, over: Value, origin: crate::tree::Origin) -> Box<Fault> {
    Fault::at(origin, format!("is {}, and cannot override {base}", over.kind())).help(format!(
        "write it as {base}, or put `!override` before it to replace what the files before say"
    ))
}

/// Merges two mappings key by key.
pub(super) fn mappings(mut base: Map, over: Map, level: Option<&Level<Special>>) -> WalkResult<Map> {
    for (key, node) in over {
        match base.get_mut(&key) {
            None => _ = base.insert(key, node),
            Some(slot) => {
                let under = std::mem::replace(slot, Node::synthetic(Value::Null));
                let merged = merge(under, node, level.and_then(|l| l.child(&key)));
                *slot = merged.map_err(|f| f.under(&key))?;
            }
        }
    }
    Ok(base)
}

impl Special {
    fn merge(self, base: Node, over: Node, level: Option<&Level<Special>>) -> WalkResult<Node> {
        let origin = if base.origin.is_written() {
            base.origin
        } else {
            over.origin
        };
        let value = match self {
            Replace => return Ok(over),
            Sequence => {
                let mut items = sequence(base);
                items.extend(sequence(over));
                Value::Seq(items)
            }
            Hosts => {
                let mut items = sequence(base);
                let known = items.len();
                for item in sequence(over) {
                    if !items[..known].contains(&item) {
                        items.push(item);
                    }
                }
                Value::Seq(items)
            }
            Build => Value::from(mappings(build(base), build(over), level)?),
            DependsOn => Value::from(mappings(conditions(base)?, conditions(over)?, level)?),
            Names => Value::from(mappings(names(base)?, names(over)?, level)?),
            Logging => match (base.value, over.value) {
                (Value::Map(under), Value::Map(map)) => {
                    let drivers = (under.get("driver"), map.get("driver"));
                    match drivers {
                        (Some(a), Some(b)) if a != b => Value::Map(map),
                        _ => Value::from(mappings(under, map, level)?),
                    }
                }
                (_, value) => return Err(cannot("a mapping", value, over.origin)),
            },
            IpamConfig => match (base.value, over.value) {
                (Value::Seq(pools), Value::Seq(more)) => Value::Seq(ipam(pools, more, level)?),
                (_, value) => return Err(cannot("a list", value, over.origin)),
            },
        };
        Ok(Node::new(value, origin))
    }
}

/// A mapping as a sorted list of `K=V`, a text as a list of one; anything else has no items.
pub(super) fn sequence(node: Node) -> Vec<Node> {
    match node.value {
        Value::Seq(items) => items,
        Value::Str(_) => vec![node],
        Value::Map(map) => {
            let mut items = Vec::with_capacity(map.len());
            for (key, value) in map {
                match value.value {
                    Value::Seq(values) => items.extend(values.into_iter().map(|v| pair(&key, v))),
                    _ => items.push(pair(&key, value)),
                }
            }
            items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            items
        }
        _ => Vec::new(),
    }
}

fn pair(key: &str, node: Node) -> Node {
    let value = match &node.value {
        Value::Null => key.to_owned(),
        value => format!("{key}={}", text::of(value)),
    };
    Node {
        value: Value::Str(value),
        origin: node.origin,
        raw: node.raw.map(|raw| Rc::from(format!("{key}={raw}"))),
    }
}

fn build(node: Node) -> Map {
    match node.value {
        Value::Map(map) => map,
        Value::Str(_) => Map::from_iter([("context".to_owned(), node)]),
        _ => Map::new(),
    }
}

fn conditions(node: Node) -> WalkResult<Map> {
    let origin = node.origin;
    let from_list = matches!(node.value, Value::Seq(_));
    let mut map = names(node)?;
    if from_list {
        for (_, value) in &mut map {
            let mut condition = Map::new();
            condition.insert("condition".to_owned(), Node::new("service_started", value.origin));
            condition.insert("required".to_owned(), Node::new(true, value.origin));
            *value = Node::new(
                condition,
                if value.origin.is_written() {
                    value.origin
                } else {
                    origin
                },
            );
        }
    }
    Ok(map)
}

/// A list of names as a mapping of nulls.
pub(super) fn names(node: Node) -> WalkResult<Map> {
    match node.value {
        Value::Map(map) => Ok(map),
        Value::Seq(items) => items
            .into_iter()
            .map(|item| match item.value {
                Value::Str(name) => Ok((
                    name,
                    Node {
                        value: Value::Null,
                        origin: item.origin,
                        raw: item.raw,
                    },
                )),
                other => Err(Fault::at(
                    item.origin,
                    format!("has {} where a name is meant", other.kind()),
                )),
            })
            .collect(),
        _ => Ok(Map::new()),
    }
}

/// Address pools by subnet, in the reference's own order of comparing.
fn ipam(pools: Vec<Node>, over: Vec<Node>, level: Option<&Level<Special>>) -> WalkResult<Vec<Node>> {
    let mut merged: Vec<Node> = Vec::new();
    let same = |a: &Map, b: &Node| a.get("subnet") == b.get("subnet");
    for pool in pools {
        let origin = pool.origin;
        let mut right = names(pool)?;
        for other in &over {
            let left = names(other.clone())?;
            if left.get("subnet") != right.get("subnet") && !merged.iter().any(|m| same(&left, m)) {
                merged.push(Node::new(left, other.origin));
                continue;
            }
            right = mappings(right, left, level)?;
            match merged.iter_mut().find(|m| same(&right, m)) {
                Some(slot) => *slot = Node::new(right.clone(), origin),
                None => merged.push(Node::new(right.clone(), origin)),
            }
        }
    }
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        assert!(super::super::path_table::is_sound(SPECIAL));
    }
}
