//! One entry of `ports:`.

use crate::tree::Node;
use std::borrow::Cow;
use std::rc::Rc;

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

    /// Whether the container port can be replaced in its author's text.
    pub fn can_move(&self) -> bool {
        let entry = self.node;
        match (&entry.raw, entry.get("target").and_then(|t| t.raw.as_ref())) {
            (Some(raw), _) => patched_port(
                raw,
                "target",
                &Node::synthetic(i64::from(self.target)),
                &Node::synthetic(1i64),
            )
            .is_some(),
            (None, Some(target)) => !target.contains('$'),
            (None, None) => true,
        }
    }

    /// Whether the published port can be replaced without resolving a variable: its author's
    /// text has none, or none there.
    pub fn can_move_published(&self, was: &str) -> bool {
        let entry = self.node;
        let is_plain = |text: &Rc<str>| !text.contains('$');
        match (&entry.raw, entry.get("published").and_then(|p| p.raw.as_ref())) {
            (Some(raw), _) => {
                is_plain(raw)
                    || patched_port(raw, "published", &Node::synthetic(was), &Node::synthetic("1")).is_some()
            }
            (None, published) => published.is_none_or(is_plain),
        }
    }
}

/// The text of a short port with one of its numbers replaced: `"${PORT}:80"` becomes `"${PORT}:8080"` for the
/// container port, the last number before the protocol; `"80:${PORT}"` becomes `"8080:${PORT}"` for the published
/// one, before it.
pub(crate) fn patched_port(raw: &str, key: &str, was: &Node, new: &Node) -> Option<Rc<str>> {
    let (was, new) = (was.scalar_text()?, new.scalar_text()?);
    let (text, protocol) = match raw.rsplit_once('/') {
        Some((text, protocol)) if protocol.chars().all(|c| c.is_ascii_alphabetic()) => {
            (text, &raw[text.len()..])
        }
        _ => (raw, ""),
    };
    let (text, rest) = match key {
        "target" => (text, ""),
        "published" => (text.rsplit_once(':')?.0, &text[text.rfind(':')?..]),
        _ => return None,
    };
    let head = text.strip_suffix(was.as_str())?;
    // A number inside `${…}` is a default, which is not what counts when the variable is set.
    let is_whole = head.matches("${").count() == head.matches('}').count();
    (is_whole && (head.is_empty() || head.ends_with(':')))
        .then(|| format!("{head}{new}{rest}{protocol}").into())
}
