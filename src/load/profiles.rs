//! Which services the profiles enable.

use super::section;
use crate::tree::{Map, Node};
use indexmap::IndexSet;

/// The services without profiles, those of the profiles asked for, and those of the profiles of services named
/// on the command line.
pub(super) fn active(root: &Node, profiles: &[String], named: &[String]) -> IndexSet<String> {
    let Some(services) = section(root, "services") else {
        return IndexSet::new();
    };
    let asked: Vec<&str> = profiles.iter().map(String::as_str).collect();
    let first = enabled(services, &asked);
    let more = named
        .iter()
        .filter(|n| !first.contains(*n))
        .filter_map(|n| services.get(n))
        .flat_map(of);
    let all: Vec<&str> = asked.iter().copied().chain(more).collect();
    enabled(services, &all)
}

fn enabled(services: &Map, profiles: &[&str]) -> IndexSet<String> {
    let any = profiles.contains(&"*");
    let is_on = |service: &Node| {
        let mut own = of(service).peekable();
        own.peek().is_none() || any || own.any(|p| profiles.contains(&p))
    };
    services
        .iter()
        .filter(|(_, s)| is_on(s))
        .map(|(name, _)| name.clone())
        .collect()
}

fn of(service: &Node) -> impl Iterator<Item = &str> {
    service
        .get("profiles")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::as_str)
}
