//! The proxy as a service of the project.

use super::Plan;
use crate::model;
use crate::plan::context::Context;
use crate::tree::{Map, Node, Value};

/// The proxy: of a scratch image, as uid 65534, with an allowlist of its own for each method (its README).
const IMAGE: &str = "wollomatic/socket-proxy:1";

/// What every client asks before anything else, and what tells nothing.
const ALWAYS: &[&str] = &["PING", "VERSION"];

/// The proxy's service, in the canonical form.
pub(super) fn proxy(cx: &Context, plan: &Plan, name: &str) -> Value {
    let image = cx.settings.socket_proxy.as_deref().unwrap_or(IMAGE);
    let mut command = vec![
        "-listenip=0.0.0.0".to_owned(),
        format!("-allowfrom={}", cx.service.name),
    ];
    let sections = &plan.api.sections;
    let read = pattern(sections.iter().map(String::as_str).chain(ALWAYS.iter().copied()));
    command.push(format!("-allowGET={read}"));
    command.push(format!("-allowHEAD={read}"));
    if sections.iter().any(|s| s == "POST") {
        let write = pattern(sections.iter().map(String::as_str));
        command.extend(["POST", "PUT", "DELETE"].map(|method| format!("-allow{method}={write}")));
    }
    let socket = mapping([
        ("type", "bind".into()),
        ("source", plan.source.into()),
        ("target", "/var/run/docker.sock".into()),
        ("read_only", true.into()),
    ]);
    let mut service = mapping([
        ("cap_drop", list(["ALL"])),
        ("command", list(command)),
        ("image", image.into()),
        ("networks", mapping([(name, Value::Null)])),
        ("read_only", true.into()),
        ("restart", "unless-stopped".into()),
        ("security_opt", list(["no-new-privileges:true"])),
        ("user", format!("65534:{}", plan.gid).as_str().into()),
        ("volumes", Value::Seq(vec![Node::synthetic(socket)])),
        (
            "x-nrcompose",
            mapping([(model::SOCKET_OF, cx.service.name.into())]),
        ),
    ]);
    if let (Value::Map(map), Some(profiles)) = (&mut service, cx.service.get("profiles")) {
        map.insert("profiles".to_owned(), profiles.clone());
    }
    service
}

/// The paths of sections, as a regular expression that the proxy anchors: `/v1.43/containers/json`.
fn pattern<'s>(sections: impl Iterator<Item = &'s str>) -> String {
    let mut names: Vec<String> = sections
        .filter(|s| *s != "POST" && !s.starts_with("ALLOW_"))
        .map(|s| {
            if s == "PING" {
                "_ping".to_owned()
            } else {
                s.to_ascii_lowercase()
            }
        })
        .collect();
    names.sort();
    names.dedup();
    format!("(/v[0-9.]+)?/({})(/.*)?", names.join("|"))
}

/// A mapping of these entries.
pub(super) fn mapping<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let mut map = Map::new();
    for (key, value) in entries {
        map.insert(key.to_owned(), Node::synthetic(value));
    }
    Value::from(map)
}

fn list<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Value {
    Value::Seq(items.into_iter().map(|s| Node::synthetic(s.into())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_become_paths() {
        assert_eq!(
            pattern(["CONTAINERS", "POST", "PING", "CONTAINERS"].into_iter()),
            "(/v[0-9.]+)?/(_ping|containers)(/.*)?"
        );
    }
}
