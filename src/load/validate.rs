//! What must fit together once everything is known: references between services and resources, mounts that
//! do not collide, limits that are not said twice. Only services that are active are looked at.

use super::{Loaded, section};
use crate::diagnostic::Diagnostic;
use crate::tree::{Map, Node, Value};
use indexmap::IndexSet;
use std::collections::{HashMap, HashSet};

/// Checks a project.
pub(super) fn check(root: &Node, active: &IndexSet<String>) -> Loaded<()> {
    let project = Checked { root, active };
    let services = section(root, "services");
    for (name, service) in services
        .into_iter()
        .flatten()
        .filter(|(name, _)| active.contains(*name))
    {
        if let Some(map) = service.as_map() {
            project.service(name, service, map)?;
        }
    }
    for (name, secret) in section(root, "secrets").into_iter().flatten() {
        let external = secret.get("external").and_then(Node::as_bool) == Some(true);
        if !external && text(secret, "file").is_empty() && text(secret, "environment").is_empty() {
            return Err(error(
                secret,
                format!("secret {name} has neither a file nor an environment variable"),
            )
            .help("say where its content comes from: `file:` or `environment:`"));
        }
    }
    project.circles()
}

struct Checked<'a> {
    root: &'a Node,
    active: &'a IndexSet<String>,
}

fn error(node: &Node, message: String) -> Diagnostic {
    Diagnostic::error(message).at(node.origin)
}

fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::as_str).unwrap_or_default()
}

fn items<'n>(map: &'n Map, key: &str) -> &'n [Node] {
    map.get(key).map(Node::items).unwrap_or_default()
}

impl Checked<'_> {
    fn has(&self, kind: &str, name: &str) -> bool {
        section(self.root, kind).is_some_and(|m| m.contains_key(name))
    }

    fn service(&self, name: &str, node: &Node, service: &Map) -> Loaded<()> {
        let given = |key: &str| service.get(key).is_some_and(|n| !n.is_null());
        if !given("build") && text(node, "image").is_empty() && !given("provider") {
            return Err(
                error(node, format!("service {name} has neither an image nor a build"))
                    .help("add `image:` or `build:`"),
            );
        }
        if let Some(build) = service.get("build").filter(|b| !b.is_null()) {
            self.build(name, node, build)?;
        }
        self.networks(name, node, service)?;
        if let Some(first) = service
            .get("healthcheck")
            .and_then(|h| h.get("test"))
            .and_then(|t| t.items().first())
            && !matches!(first.as_str(), Some("CMD" | "CMD-SHELL" | "NONE"))
        {
            return Err(error(
                first,
                format!("the health check of {name} begins with none of CMD, CMD-SHELL, NONE"),
            )
            .help("write `test: [CMD, program, argument]`, or the whole command as one text"));
        }
        self.references(name, node, service)?;
        scale(name, node, service)?;
        limits(name, service)?;
        for watch in service
            .get("develop")
            .and_then(|d| d.get("watch"))
            .map(Node::items)
            .unwrap_or_default()
        {
            if text(watch, "target").is_empty() && !matches!(text(watch, "action"), "rebuild" | "restart") {
                return Err(error(watch, format!("a watch of {name} has no target")).help("add `target:`"));
            }
        }
        mounts(name, service)
    }

    fn build(&self, name: &str, node: &Node, build: &Node) -> Loaded<()> {
        if !text(build, "dockerfile_inline").is_empty() && !text(build, "dockerfile").is_empty() {
            return Err(error(
                build,
                format!("service {name} has a dockerfile and an inline one"),
            )
            .help("keep one of them"));
        }
        for (context, value) in build
            .get("additional_contexts")
            .and_then(Node::as_map)
            .into_iter()
            .flatten()
        {
            let Some(other) = value.as_str().and_then(|v| v.strip_prefix("service:")) else {
                continue;
            };
            let target = section(self.root, "services")
                .and_then(|s| s.get(other))
                .filter(|_| self.active.contains(other));
            if target.is_none_or(|t| t.get("build").is_none_or(Node::is_null)) {
                return Err(error(
                    value,
                    format!(
                        "the build context {context} of {name} is service {other}, which is not built here"
                    ),
                )
                .help("name a service with a `build:`"));
            }
        }
        let platforms = build.get("platforms").map(Node::items).unwrap_or_default();
        let platform = text(node, "platform");
        if !platforms.is_empty()
            && !platform.is_empty()
            && !platforms.iter().any(|p| p.as_str() == Some(platform))
        {
            return Err(error(
                build,
                format!("service {name} runs on {platform}, but is not built for it"),
            )
            .help("add it to `build.platforms`"));
        }
        Ok(())
    }

    fn networks(&self, name: &str, node: &Node, service: &Map) -> Loaded<()> {
        let networks = service.get("networks").and_then(Node::as_map);
        let mode = text(node, "network_mode");
        if let Some(networks) = networks {
            if !mode.is_empty() && !networks.is_empty() {
                return Err(
                    error(node, format!("service {name} has both network_mode and networks"))
                        .help("keep one of them"),
                );
            }
            if let Some((network, at)) = networks
                .iter()
                .find(|(network, _)| !self.has("networks", network))
            {
                return Err(error(
                    at,
                    format!("service {name} is on the network {network}, which is not defined"),
                )
                .help(format!("add `{network}:` below `networks:` at the top level")));
            }
        }
        match mode.strip_prefix("service:") {
            Some(other) if !self.active.contains(other) => Err(error(
                service.get("network_mode").unwrap_or(node),
                format!("service {name} shares the network of {other}, which is not there"),
            )
            .help("correct the name, or enable its profile")),
            _ => Ok(()),
        }
    }

    fn references(&self, name: &str, node: &Node, service: &Map) -> Loaded<()> {
        for (other, condition) in service
            .get("depends_on")
            .and_then(Node::as_map)
            .into_iter()
            .flatten()
        {
            let required = condition.get("required").and_then(Node::as_bool).unwrap_or(false);
            if !self.active.contains(other) && (required || !self.has("services", other)) {
                let (why, help) = match self.has("services", other) {
                    true => (
                        "no active profile enables",
                        "enable its profile, or say `required: false`",
                    ),
                    false => ("does not exist", "correct the name"),
                };
                return Err(error(
                    condition,
                    format!("service {name} depends on {other}, which {why}"),
                )
                .help(help));
            }
        }
        let mounted = items(service, "volumes")
            .iter()
            .filter(|v| text(v, "type") == "volume" && !text(v, "source").is_empty());
        let empty: &[Node] = &[];
        let build = service
            .get("build")
            .and_then(|b| b.get("secrets"))
            .map_or(empty, Node::items);
        let uses = mounted
            .map(|n| ("volumes", n))
            .chain(build.iter().map(|n| ("secrets", n)))
            .chain(items(service, "configs").iter().map(|n| ("configs", n)))
            .chain(items(service, "secrets").iter().map(|n| ("secrets", n)));
        for (kind, at) in uses {
            let source = text(at, "source");
            if !self.has(kind, source) {
                let one = kind.trim_end_matches('s');
                return Err(error(
                    at,
                    format!("service {name} uses the {one} {source}, which is not defined"),
                )
                .help(format!("add `{source}:` below `{kind}:` at the top level")));
            }
        }
        match service
            .get("models")
            .and_then(Node::as_map)
            .into_iter()
            .flatten()
            .find(|(m, _)| !self.has("models", m))
        {
            Some((model, at)) => {
                let at = if at.origin.is_written() { at } else { node };
                Err(error(
                    at,
                    format!("service {name} uses the model {model}, which is not defined"),
                )
                .help(format!("add `{model}:` below `models:` at the top level")))
            }
            None => Ok(()),
        }
    }

    fn circles(&self) -> Loaded<()> {
        let Some(services) = section(self.root, "services") else {
            return Ok(());
        };
        let mut done: HashSet<&str> = HashSet::new();
        for start in self.active {
            // (service, its dependencies that are still to be visited)
            let mut path: Vec<(&str, Vec<&str>)> = Vec::new();
            let mut on_path: HashSet<&str> = HashSet::new();
            let mut next = Some(start.as_str());
            loop {
                if let Some(name) = next.take() {
                    if on_path.contains(name) {
                        let names: Vec<&str> =
                            path.iter().map(|(n, _)| *n).skip_while(|n| *n != name).collect();
                        let at = services.get(name).unwrap_or(self.root);
                        return Err(error(
                            at,
                            format!(
                                "services depend on each other in a circle: {} -> {name}",
                                names.join(" -> ")
                            ),
                        )
                        .help("remove one of these dependencies"));
                    }
                    if done.insert(name) || path.is_empty() {
                        let depends = services
                            .get(name)
                            .and_then(|s| s.get("depends_on"))
                            .and_then(Node::as_map);
                        let active = depends.into_iter().flat_map(Map::keys).map(String::as_str);
                        path.push((name, active.filter(|d| self.active.contains(*d)).collect()));
                        on_path.insert(name);
                    }
                }
                let Some((name, rest)) = path.last_mut() else {
                    break;
                };
                match rest.pop() {
                    Some(dependency) => next = Some(dependency),
                    None => {
                        on_path.remove(name);
                        path.pop();
                    }
                }
            }
        }
        Ok(())
    }
}

/// No two active services have the same container name.
pub(super) fn container_names(root: &Node, active: &IndexSet<String>) -> Loaded<()> {
    let mut names = HashSet::new();
    let services = section(root, "services").into_iter().flatten();
    for (name, service) in services.filter(|(name, _)| active.contains(*name)) {
        let container = text(service, "container_name");
        if !container.is_empty() && !names.insert(container) {
            return Err(error(
                service,
                format!("the container name {container} of {name} is taken by another service"),
            )
            .help("container names are unique on an engine; change one of them"));
        }
    }
    Ok(())
}

fn scale(name: &str, node: &Node, service: &Map) -> Loaded<()> {
    let scale = service.get("scale").and_then(Node::as_int);
    let replicas = service
        .get("deploy")
        .and_then(|d| d.get("replicas"))
        .and_then(Node::as_int);
    if let (Some(a), Some(b)) = (scale, replicas)
        && a != b
    {
        return Err(error(
            node,
            format!("service {name} has different values for scale and deploy.replicas"),
        )
        .help("keep one of them"));
    }
    let wanted = scale.or(replicas).unwrap_or(1);
    if wanted < 0 {
        return Err(error(
            node,
            format!("service {name} has a negative number of containers"),
        ));
    }
    if wanted > 1 && !text(node, "container_name").is_empty() {
        return Err(error(
            node,
            format!("service {name} has a container_name and {wanted} containers"),
        )
        .help("remove container_name: names are unique on an engine"));
    }
    Ok(())
}

/// Limits said by a service and by its `deploy` must agree.
fn limits(name: &str, service: &Map) -> Loaded<()> {
    let Some(resources) = service
        .get("deploy")
        .filter(|d| !d.is_null())
        .map(|d| d.get("resources"))
    else {
        return Ok(());
    };
    let rows = [
        ("cpus", "limits", "cpus"),
        ("mem_limit", "limits", "memory"),
        ("mem_reservation", "reservations", "memory"),
        ("pids_limit", "limits", "pids"),
    ];
    for (own, group, key) in rows {
        let Some(value) = service.get(own).filter(|n| !is_zero(n)) else {
            continue;
        };
        let Some(group_node) = resources.and_then(|r| r.get(group)).filter(|g| !g.is_null()) else {
            continue;
        };
        let same = group_node.get(key).is_some_and(|other| same_number(other, value));
        if !same {
            return Err(error(
                value,
                format!("service {name} has different values for {own} and deploy.resources.{group}.{key}"),
            )
            .help("keep one of them"));
        }
    }
    Ok(())
}

fn is_zero(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Int(i) => *i == 0,
        Value::Float(f) => *f == 0.0,
        Value::Str(s) => s == "0",
        _ => false,
    }
}

#[allow(clippy::cast_possible_truncation)] // both are kept in single precision by the reference
fn same_number(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Float(a), Value::Float(b)) => *a as f32 == *b as f32,
        (a, b) => a == b,
    }
}

fn mounts(name: &str, service: &Map) -> Loaded<()> {
    let mut targets: HashMap<&str, &str> = HashMap::new();
    let tmpfs = items(service, "tmpfs")
        .iter()
        .filter_map(|t| Some((t, t.as_str()?)));
    let tmpfs =
        tmpfs.map(|(node, text)| (node, text.split_once(':').map_or(text, |(path, _)| path), "tmpfs"));
    let volumes = items(service, "volumes")
        .iter()
        .map(|v| (v, text(v, "target"), "volumes"));
    for (node, target, kind) in tmpfs.chain(volumes) {
        if let Some(other) = targets.insert(target, kind) {
            return Err(error(node, format!("service {name} mounts something at {target} twice ({other} and {kind})"))
                .help("remove one of the two; to replace what another file says, use `!override` with the whole list"));
        }
    }
    Ok(())
}
