//! What follows from what is written: names, the default network, implicit dependencies.

use super::error::{Fault, WalkResult};
use super::short_volume;
use crate::locate::truth;
use crate::tree::{Map, Node, Origin, Value, text};

/// Completes a project of this name.
pub(super) fn normalize(root: &mut Node, name: &str) -> WalkResult<()> {
    let Some(root) = root.as_map_mut() else {
        return Ok(());
    };
    root.insert("name".to_owned(), Node::synthetic(name));
    default_network(root);
    if let Some(services) = root.get_mut("services").and_then(Node::as_map_mut) {
        for (name, service) in services {
            let origin = service.origin;
            if let Some(map) = service.as_map_mut() {
                complete(map, origin).map_err(|f| f.under(name).under("services"))?;
            }
        }
    }
    for section in ["networks", "volumes", "configs", "secrets"] {
        if let Some(resources) = root.get_mut(section).and_then(Node::as_map_mut) {
            resources
                .iter_mut()
                .for_each(|(key, node)| resource_name(key, node, name));
        }
    }
    Ok(())
}

fn default_network(root: &mut Map) {
    let mut used = false;
    if let Some(services) = root.get_mut("services").and_then(Node::as_map_mut) {
        for service in services.values_mut().filter_map(Node::as_map_mut) {
            if service.contains_key("provider") || service.contains_key("network_mode") {
                continue;
            }
            match service.get("networks").and_then(Node::as_map) {
                Some(networks) if !networks.is_empty() => used |= networks.contains_key("default"),
                _ => {
                    let default = Map::from_iter([("default".to_owned(), Node::synthetic(Value::Null))]);
                    service.insert("networks".to_owned(), Node::synthetic(default));
                    used = true;
                }
            }
        }
    }
    if used {
        let networks = root
            .entry("networks".to_owned())
            .or_insert_with(|| Node::synthetic(Map::new()));
        if networks.is_null() {
            networks.value = Value::from(Map::new());
        }
        if let Some(networks) = networks.as_map_mut() {
            networks
                .entry("default".to_owned())
                .or_insert_with(|| Node::synthetic(Value::Null));
        }
    }
}

fn complete(service: &mut Map, origin: Origin) -> WalkResult<()> {
    if let Some(policy) = service.get_mut("pull_policy")
        && policy.as_str() == Some("if_not_present")
    {
        policy.rewrite("missing");
    }
    if let Some(build) = service.get_mut("build").and_then(Node::as_map_mut) {
        let missing = |build: &Map, key: &str| build.get(key).is_none_or(Node::is_null);
        if missing(build, "context") {
            build.insert("context".to_owned(), Node::synthetic("."));
        }
        if missing(build, "dockerfile") && missing(build, "dockerfile_inline") {
            build.insert("dockerfile".to_owned(), Node::synthetic("Dockerfile"));
        }
    }
    if let Some(volumes) = service.get_mut("volumes") {
        clean_targets(volumes).map_err(|f| f.under("volumes"))?;
    }
    let implied = implied_dependencies(service)?;
    if implied.is_empty()
        && !matches!(service.get("depends_on").map(|n| &n.value), Some(Value::Map(m)) if m.is_empty())
    {
        return Ok(());
    }
    let depends = service
        .entry("depends_on".to_owned())
        .or_insert_with(|| Node::new(Map::new(), origin));
    let Some(depends) = depends.as_map_mut() else {
        return Ok(());
    };
    for (name, restart, origin) in implied {
        depends.entry(name).or_insert_with(|| {
            let entries = [
                ("condition", Value::from("service_started")),
                ("restart", Value::from(restart)),
                ("required", Value::from(true)),
            ];
            let map: Map = entries
                .into_iter()
                .map(|(k, v)| (k.to_owned(), Node::new(v, origin)))
                .collect();
            Node::new(map, origin)
        });
    }
    Ok(())
}

fn clean_targets(volumes: &mut Node) -> WalkResult<()> {
    let Value::Seq(volumes) = &mut volumes.value else {
        return Ok(());
    };
    for (position, volume) in volumes.iter_mut().enumerate() {
        if volume.as_map().is_none() {
            continue;
        }
        let clean = volume
            .get("target")
            .and_then(Node::as_str)
            .map(short_volume::clean);
        let Some(clean) = clean else {
            return Err(Fault::new(volume, "has no target")
                .help("add `target: /path`")
                .under(position));
        };
        if let Some(target) = volume.as_map_mut().and_then(|m| m.get_mut("target")) {
            target.rewrite(clean);
        }
    }
    Ok(())
}

/// Services that must be there first, by what a service shares with them: name, whether it restarts with them.
fn implied_dependencies(service: &Map) -> WalkResult<Vec<(String, bool, Origin)>> {
    let mut implied = Vec::new();
    for link in service.get("links").map(Node::items).unwrap_or_default() {
        let text = text_of(link)?;
        let parts: Vec<&str> = text.split(':').collect();
        let name = if parts.len() == 2 { parts[0] } else { text };
        implied.push((name.to_owned(), true, link.origin));
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let Some(node) = service.get(key) else { continue };
        if let Some(name) = text_of(node).map_err(|f| f.under(key))?.strip_prefix("service:") {
            implied.push((name.to_owned(), true, node.origin));
        }
    }
    for from in service.get("volumes_from").map(Node::items).unwrap_or_default() {
        let text = text_of(from)?;
        if !text.starts_with("container:") {
            let name = text.split(':').next().unwrap_or_default();
            implied.push((name.to_owned(), false, from.origin));
        }
    }
    Ok(implied)
}

fn text_of(node: &Node) -> WalkResult<&str> {
    node.as_str()
        .ok_or_else(|| Fault::new(node, format!("is {}, not text", node.value.kind())))
}

fn resource_name(key: &str, node: &mut Node, project: &str) {
    if node.is_null() {
        node.value = Value::from(Map::new());
    }
    let Some(map) = node.as_map_mut() else { return };
    if map.get("name").is_none_or(Node::is_null) {
        let external = map
            .get("external")
            .is_some_and(|e| truth(&text::of(&e.value)) == Some(true));
        let name = if external {
            key.to_owned()
        } else {
            format!("{project}_{key}")
        };
        map.insert("name".to_owned(), Node::synthetic(name));
    }
}
