//! Files that Compose copies into a container before its start, the author's or ours. Two things prevent that: Compose
//! copies nothing into a read-only container, and a mount over the file's place hides it.

use super::tmpfs_places;
use crate::model::{is_within, own_name};
use crate::plan::context::Context;
use crate::tree::{Node, Path};

/// What Compose copies into the container by its author's word: configs and secrets without a file, each with its path
/// there. Those of a file are mounted.
pub(super) fn copied<'a>(cx: &Context<'a>) -> Vec<(&'a str, String)> {
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
pub(super) fn obstacle(cx: &Context, path: &str) -> Option<String> {
    let ours = own_name(cx.service.name, path);
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
pub(super) fn is_taken(cx: &Context, path: &str) -> bool {
    obstacle(cx, path).is_some()
}
