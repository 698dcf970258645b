//! `ADDRESS:PUBLISHED:TARGET/PROTOCOL`, the short form of a port, with ranges.

use crate::tree::{Map, Node, Value};
use std::net::IpAddr;
use std::rc::Rc;

/// All ports a short form means, in the reference's order (by text). Each item keeps the author's text: the
/// items of one range share `raw` and `origin`.
pub(super) fn expand(text: &str, node: &Node) -> Result<Vec<Node>, String> {
    let (address, published, target) = split(text);
    let (target, protocol) = match target.split_once('/') {
        Some((port, protocol)) => (port, if protocol.is_empty() { "tcp" } else { protocol }),
        None => (target, "tcp"),
    };
    if target.is_empty() {
        return Err(format!("has no container port in {text:?}"));
    }
    let protocol = protocol.to_lowercase();
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("has an unknown protocol {protocol:?}"));
    }
    let address = unbracket(address);
    if !address.is_empty() && !is_address(address) {
        return Err(format!("has an invalid IP address {address:?}"));
    }
    let (first, last) = range(target).ok_or_else(|| format!("has an invalid container port {target:?}"))?;
    if first == 0 {
        return Err("has the container port 0".to_owned());
    }
    let published = match published {
        "" => None,
        text => Some(range(text).ok_or_else(|| format!("has an invalid host port {text:?}"))?),
    };
    if let Some((from, to)) = published
        && to - from != last - first
        && first != last
    {
        return Err(format!("has ranges of different length in {text:?}"));
    }
    let mut ports: Vec<u32> = (first..=last).collect();
    ports.sort_by_key(|port| as_text(*port));
    let ports = ports.into_iter().map(|port| {
        let published = published.map(|(from, to)| match from + (port - first) {
            start if first == last && from != to => format!("{start}-{to}"),
            start => start.to_string(),
        });
        long(node, address, port, published, &protocol)
    });
    Ok(ports.collect())
}

/// Ports have the order of these as their texts have: the digits from the left, and what is shorter first.
fn as_text(port: u32) -> u32 {
    let digits = port.checked_ilog10().unwrap_or(0);
    port * 10u32.pow(4u32.saturating_sub(digits)) * 8 + digits
}

fn long(node: &Node, address: &str, target: u32, published: Option<String>, protocol: &str) -> Node {
    let mut map = Map::with_capacity(5);
    let mut put = |key: &str, value: Value| _ = map.insert(key.to_owned(), Node::new(value, node.origin));
    put("mode", Value::from("ingress"));
    if !address.is_empty() {
        put("host_ip", Value::from(address));
    }
    put("target", Value::Int(i64::from(target)));
    if let Some(published) = published {
        put("published", Value::from(published));
    }
    put("protocol", Value::from(protocol));
    let raw = node.raw.clone().or_else(|| node.scalar_text().map(Rc::from));
    Node {
        value: Value::from(map),
        origin: node.origin,
        raw,
    }
}

fn split(text: &str) -> (&str, &str, &str) {
    let Some((rest, target)) = text.rsplit_once(':') else {
        return ("", "", text);
    };
    match rest.rsplit_once(':') {
        Some((address, published)) => (address, published, target),
        None => ("", rest, target),
    }
}

fn unbracket(address: &str) -> &str {
    address
        .strip_prefix('[')
        .and_then(|a| a.strip_suffix(']'))
        .unwrap_or(address)
}

/// An address as Go's `net.ParseIP` takes it: no zone, no leading zeros.
pub(super) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

fn range(text: &str) -> Option<(u32, u32)> {
    let port = |t: &str| {
        let digits = !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if digits {
            t.parse::<u16>().ok().map(u32::from)
        } else {
            None
        }
    };
    // what follows a second hyphen is not looked at, in the reference too
    let mut parts = text.split('-');
    let from = parts.next().and_then(port)?;
    match parts.next() {
        None => Some((from, from)),
        Some(to) => port(to).map(|to| (from, to)).filter(|(from, to)| from <= to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<String>, String> {
        let ports = expand(text, &Node::synthetic(text))?;
        let field = |port: &Node, key: &str| port.get(key).and_then(Node::scalar_text).unwrap_or_default();
        Ok(ports
            .iter()
            .map(|p| {
                ["host_ip", "published", "target", "protocol"]
                    .map(|k| field(p, k))
                    .join("|")
            })
            .collect())
    }

    #[test]
    fn ports_and_ranges() {
        for (text, wanted) in [
            ("80", vec!["||80|tcp"]),
            ("8080:80/UDP", vec!["|8080|80|udp"]),
            ("127.0.0.1:8080:80", vec!["127.0.0.1|8080|80|tcp"]),
            ("[::1]::80", vec!["::1||80|tcp"]),
            ("8000-8002:80", vec!["|8000-8002|80|tcp"]),
            ("99-100:99-100", vec!["|100|100|tcp", "|99|99|tcp"]),
        ] {
            assert_eq!(
                of(text),
                Ok(wanted.into_iter().map(str::to_owned).collect()),
                "{text}"
            );
        }
        for text in ["", ":", "80/foo", "x:80", "1-2:3-5", "99999", "5-4", "1.2.3:1:1"] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
