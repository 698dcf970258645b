//! What names a port besides `ports:` and `expose`: the healthcheck, proxy labels, neighbours' URLs.

use crate::model::Service;
use crate::plan::around::is_of_word;
use crate::plan::context::Context;
use crate::plan::intent::Intent;
use crate::template::has_variables;
use crate::tree::{Node, Path, Value};

/// Every text that names `from`, with `to` instead. Neighbours call the service by the names of the one whose
/// network it is in.
///
/// # Errors
/// What cannot be rewritten for certain: a text that takes the port from a variable.
pub(super) fn mentions(cx: &Context, owner: Service, from: u16, to: u16) -> Result<Vec<Intent>, String> {
    let mut mentions = Vec::new();
    let service = cx.service;
    let own = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"];
    if let Some(test) = service.get("healthcheck").and_then(|h| h.get("test")) {
        let path = service.path_of("healthcheck").join("test");
        rewrite(test, &path, &mut mentions, &|text| urls(text, &own, from, to))?;
    }
    if let Some(labels) = service.get("labels") {
        rewrite(labels, &service.path_of("labels"), &mut mentions, &|text| {
            Ok(label(text, from, to))
        })?;
        labels_by_name(labels, &service.path_of("labels"), &mut mentions, from, to);
    }
    let mut names = vec![owner.name];
    names.extend(owner.get("container_name").and_then(Node::as_str));
    names.extend(owner.get("hostname").and_then(Node::as_str));
    names.retain(|name| !name.is_empty());
    let others = cx.around.naming(cx.project, &names);
    for other in others.into_iter().filter(|s| s.name != service.name) {
        for key in ["environment", "command"] {
            if let Some(node) = other.get(key) {
                rewrite(node, &other.path_of(key), &mut mentions, &|text| {
                    urls(text, &names, from, to)
                })?;
            }
        }
    }
    Ok(mentions)
}

/// Applies `change` to every string below `node`.
fn rewrite(
    node: &Node,
    path: &Path,
    mentions: &mut Vec<Intent>,
    change: &dyn Fn(&str) -> Result<Option<String>, String>,
) -> Result<(), String> {
    match &node.value {
        Value::Map(map) => map
            .iter()
            .try_for_each(|(k, n)| rewrite(n, &path.join(k), mentions, change)),
        Value::Seq(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(i, n)| rewrite(n, &path.join(i), mentions, change)),
        Value::Str(text) => {
            let Some(new) = change(text)? else { return Ok(()) };
            if node.raw.as_deref().is_some_and(has_variables) {
                return Err(format!(
                    "{path} names it beside a variable, which must not be resolved into a file"
                ));
            }
            mentions.push(Intent::Mention {
                place: path.clone(),
                says: new,
            });
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `text` with the port of every URL or address of these hosts moved; `http://host/` has port 80 unsaid.
fn urls(text: &str, hosts: &[&str], from: u16, to: u16) -> Result<Option<String>, String> {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    let mut changed = false;
    while let Some((at, host)) = next_host(rest, hosts) {
        let end = at + host.len();
        let scheme = rest[..at]
            .rsplit_once("://")
            .filter(|(_, tail)| tail.is_empty())
            .map(|(head, _)| head);
        out.push_str(&rest[..end]);
        rest = &rest[end..];
        let digits: String = rest
            .strip_prefix(':')
            .unwrap_or("")
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        if digits == from.to_string() {
            out.push_str(&format!(":{to}"));
            rest = &rest[1 + digits.len()..];
            changed = true;
        } else if digits.is_empty() && !rest.starts_with(':') {
            let unsaid = match scheme {
                Some(s) if s.ends_with("https") => 443,
                Some(s) if s.ends_with("http") => 80,
                _ => 0,
            };
            if unsaid == from {
                out.push_str(&format!(":{to}"));
                changed = true;
            }
        }
    }
    out.push_str(rest);
    Ok(changed.then_some(out))
}

/// The first of `hosts` in `text` that stands as a whole word.
fn next_host<'h>(text: &str, hosts: &[&'h str]) -> Option<(usize, &'h str)> {
    hosts
        .iter()
        .filter_map(|host| {
            text.match_indices(host).find_map(|(at, _)| {
                let before = text[..at].chars().next_back().is_none_or(|c| !is_of_word(c));
                let after = text[at + host.len()..]
                    .chars()
                    .next()
                    .is_none_or(|c| !is_of_word(c));
                (before && after).then_some((at, *host))
            })
        })
        .min_by_key(|(at, _)| *at)
}

/// caddy-docker-proxy's `{{upstreams 80}}`.
fn label(text: &str, from: u16, to: u16) -> Option<String> {
    let new = text.replace(
        &format!("{{{{upstreams {from}}}}}"),
        &format!("{{{{upstreams {to}}}}}"),
    );
    (new != text).then_some(new)
}

/// Labels whose whole value is the port, by name: traefik's `…loadbalancer.server.port`, SWAG's `swag_port`.
fn labels_by_name(labels: &Node, path: &Path, mentions: &mut Vec<Intent>, from: u16, to: u16) {
    for (name, node) in labels.as_map().into_iter().flatten() {
        let is_port = name.ends_with(".loadbalancer.server.port") || name == "swag_port";
        if is_port && node.scalar_text().as_deref() == Some(from.to_string().as_str()) {
            mentions.push(Intent::Mention {
                place: path.join(name),
                says: to.to_string(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_the_service_move_and_others_stay() {
        let moved = |t: &str| urls(t, &["web"], 80, 8080).unwrap().unwrap_or_default();
        assert_eq!(
            moved("http://web/a http://web:80/b"),
            "http://web:8080/a http://web:8080/b"
        );
        assert_eq!(moved("web:80"), "web:8080");
        assert_eq!(moved("http://webby/ https://web/ web:8000"), "");
        assert_eq!(moved("tcp://web/ web/"), "");
        let secure = |t: &str| urls(t, &["web"], 443, 8443).unwrap().unwrap_or_default();
        assert_eq!(
            secure("https://web/ http://web/"),
            "https://web:8443/ http://web/"
        );
        assert_eq!(secure("http://web/ tcp://web"), "");
    }

    #[test]
    fn labels_that_are_the_port_move() {
        let mut labels = crate::tree::Map::new();
        for (name, value) in [
            ("traefik.http.services.web.loadbalancer.server.port", "80"),
            ("traefik.http.services.old.loadbalancer.server.port", "81"),
            ("swag_port", "80"),
            ("weight", "80"),
        ] {
            labels.insert(name.to_owned(), Node::synthetic(value));
        }
        let mut mentions = Vec::new();
        let node = Node::synthetic(Value::from(labels));
        labels_by_name(&node, &Path::of(["labels"]), &mut mentions, 80, 8080);
        let wanted = ["traefik.http.services.web.loadbalancer.server.port", "swag_port"];
        let wanted = wanted.map(|name| Intent::Mention {
            place: Path::of(["labels", name]),
            says: "8080".to_owned(),
        });
        assert_eq!(mentions, wanted);
    }

    #[test]
    fn caddy_upstreams_move() {
        assert_eq!(
            label("{{upstreams 80}}", 80, 8080).as_deref(),
            Some("{{upstreams 8080}}")
        );
        assert_eq!(label("{{upstreams 81}}", 80, 8080), None);
    }
}
