//! The proxy as a service of the project: without root, in the group of the socket, on a network with the service that
//! leads nowhere else.

use crate::lower::Edit;
use crate::model::{self, Service};
use crate::plan::intent::SocketProxy;
use crate::tree::{Map, Node, Path, Value};

/// What every client asks before anything else, and what tells nothing.
const ALWAYS: &[&str] = &["PING", "VERSION"];

/// The network, the proxy, and what makes the service use it instead of the socket.
pub(super) fn edits(service: Service, proxy: &SocketProxy) -> Vec<Edit> {
    let name = model::socket_name(service.name);
    let mut edits = vec![
        Edit::set(
            Path::of(["networks", name.as_str()]),
            mapping([("internal", true.into())]),
        ),
        Edit::set(
            Path::of(["services", name.as_str()]),
            definition(service, proxy, &name),
        ),
        Edit::remove(proxy.mount.clone()),
        Edit::set(service.path_of("networks").join(&name), Value::Null),
        Edit::set(
            service.path_of("depends_on").join(&name),
            mapping([("condition", "service_started".into()), ("required", true.into())]),
        ),
    ];
    let environment = service.path_of("environment");
    let variables = proxy.environment.iter();
    edits.extend(variables.map(|(key, value)| Edit::set(environment.join(key), value.as_str())));
    let arguments = proxy.arguments.iter();
    edits.extend(arguments.map(|a| Edit::add(service, "command", a.as_str())));
    edits
}

/// The proxy's service, in the canonical form.
fn definition(service: Service, proxy: &SocketProxy, name: &str) -> Value {
    let mut command = vec![
        "-listenip=0.0.0.0".to_owned(),
        format!("-allowfrom={}", service.name),
    ];
    let sections = &proxy.sections;
    let read = pattern(sections.iter().map(String::as_str).chain(ALWAYS.iter().copied()));
    command.push(format!("-allowGET={read}"));
    command.push(format!("-allowHEAD={read}"));
    if sections.iter().any(|s| s == "POST") {
        let write = pattern(sections.iter().map(String::as_str));
        command.extend(["POST", "PUT", "DELETE"].map(|method| format!("-allow{method}={write}")));
    }
    let socket = mapping([
        ("type", "bind".into()),
        ("source", proxy.source.as_str().into()),
        ("target", "/var/run/docker.sock".into()),
        ("read_only", true.into()),
    ]);
    let mut definition = mapping([
        ("cap_drop", list(["ALL"])),
        ("command", list(command)),
        ("image", proxy.image.as_str().into()),
        ("networks", mapping([(name, Value::Null)])),
        ("read_only", true.into()),
        ("restart", "unless-stopped".into()),
        ("security_opt", list(["no-new-privileges:true"])),
        ("user", format!("65534:{}", proxy.gid).as_str().into()),
        ("volumes", Value::Seq(vec![Node::synthetic(socket)])),
        ("x-nrcompose", mapping([(model::SOCKET_OF, service.name.into())])),
    ]);
    if let (Value::Map(map), Some(profiles)) = (&mut definition, service.get("profiles")) {
        map.insert("profiles".to_owned(), profiles.clone());
    }
    definition
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
fn mapping<const N: usize>(entries: [(&str, Value); N]) -> Value {
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
