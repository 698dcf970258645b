//! One entry of `ports:`.

use crate::tree::Node;
use std::borrow::Cow;

/// A container port and where it is published.
#[derive(Debug, Clone)]
pub struct PortMapping<'a> {
    /// The entry.
    pub node: &'a Node,
    /// The container's port.
    pub target: u16,
    /// The host's port or range as text; absent for a random one.
    pub published: Option<Cow<'a, str>>,
    /// `tcp` or `udp`.
    pub protocol: &'a str,
}

impl<'a> PortMapping<'a> {
    /// Reads a canonical (long) entry.
    pub fn of(node: &'a Node) -> Option<Self> {
        Some(PortMapping {
            node,
            target: u16::try_from(node.get("target")?.as_int()?).ok()?,
            published: node
                .get("published")
                .and_then(|published| match published.as_str() {
                    Some(text) => Some(text.into()),
                    None => published.scalar_text().map(Cow::from),
                }),
            protocol: node.get("protocol").and_then(Node::as_str).unwrap_or("tcp"),
        })
    }
}
