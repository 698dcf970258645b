//! A whole file put into a container as an inline config, which needs no file on the host. Compose copies it in before
//! the start; it cannot do that to a read-only container, and what is mounted at the start hides it.

use super::{own_name, tmpfs_places};
use crate::model::is_within;
use crate::plan::context::Context;
use crate::plan::decision::{Edit, Op};
use crate::tree::{Map, Node, Path, Value};

/// What Compose copies into the container by its author's word: configs and secrets without a file, each with its path
/// there. Those of a file are mounted.
pub fn copied<'a>(cx: &Context<'a>) -> Vec<(&'a str, String)> {
    let mut copied = Vec::new();
    for (section, folder) in [("configs", "/"), ("secrets", "/run/secrets/")] {
        for item in cx.service.get(section).map(Node::items).unwrap_or_default() {
            let Some(name) = item.get("source").and_then(Node::as_str) else {
                continue;
            };
            let has = |key: &str| cx.project.tree.at(&Path::of([section, name, key])).is_some();
            if has("content") || has("environment") {
                let target = item.get("target").and_then(Node::as_str).unwrap_or(name);
                let folder = if target.starts_with('/') { "" } else { folder };
                copied.push((name, cx.resolved(&format!("{folder}{target}"))));
            }
        }
    }
    copied
}

/// Why no file of ours can stand at `path`, in words.
pub fn obstacle(cx: &Context, path: &str) -> Option<String> {
    let ours = own_name(cx, path);
    let place = cx.resolved(path);
    if let Some(holder) = cx.holder(path) {
        return Some(format!("its author mounts {} over {path}", holder.target));
    }
    for section in ["configs", "secrets"] {
        let items = cx.service.get(section).map(Node::items).unwrap_or_default();
        let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
        let mut others = items.iter().filter(|c| text(c, "source").as_ref() != Some(&ours));
        if others.any(|c| text(c, "target").is_some_and(|t| cx.resolved(&t) == place)) {
            return Some(format!("its author puts a file of their own at {path}"));
        }
    }
    let over = tmpfs_places::candidates(cx).into_iter();
    over.filter(|directory| is_within(&place, directory))
        .map(|directory| format!("the tmpfs on {directory} would hide {path}"))
        .next()
}

/// Whether something that is not ours stands at `path`.
pub fn is_taken(cx: &Context, path: &str) -> bool {
    obstacle(cx, path).is_some()
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
