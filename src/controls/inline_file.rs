//! A whole file put into a container as an inline config, which needs no file on the host. Compose copies it in before
//! the start; it cannot do that to a read-only container.

use super::own_name;
use crate::plan::context::Context;
use crate::plan::decision::{Edit, Op};
use crate::tree::{Map, Node, Path, Value};

/// Whether something that is not ours stands at `path`.
pub fn is_taken(cx: &Context, path: &str) -> bool {
    let ours = own_name(cx, path);
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let mut configs = cx
        .service
        .get("configs")
        .map(Node::items)
        .unwrap_or_default()
        .iter();
    cx.service.mount_holding(path).is_some()
        || configs
            .any(|c| text(c, "target").as_deref() == Some(path) && text(c, "source") != Some(ours.clone()))
}

/// The edits that put `content` at `path` of the service's containers; none when an earlier run did.
pub fn edits(cx: &Context, path: &str, content: String) -> Vec<Edit> {
    let name = own_name(cx, path);
    let mounted = cx.service.get("configs").map(Node::items).unwrap_or_default();
    if mounted
        .iter()
        .any(|m| m.get("source").and_then(Node::as_str) == Some(&name))
    {
        return Vec::new();
    }
    let mut config = Map::new();
    config.insert("content".to_owned(), Node::synthetic(content));
    let mut mount = Map::new();
    mount.insert("source".to_owned(), Node::synthetic(name.as_str()));
    mount.insert("target".to_owned(), Node::synthetic(path));
    vec![
        Edit {
            path: Path::of(["configs", name.as_str()]),
            op: Op::Set(Node::synthetic(Value::from(config))),
        },
        Edit {
            path: cx.service.path_of("configs"),
            op: Op::Add(Node::synthetic(Value::from(mount))),
        },
    ]
}
