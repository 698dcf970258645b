//! Edits applied to a tree: what the hardened project is, before anything is written.

use super::decision::{Edit, Op};
use crate::tree::{Among, Map, Node, Path, Value};
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// The tree with these edits: first what is set, then what goes, then what is added, so that list positions mean the
/// positions in `tree`. Each list is gone through once, however many edits are about it.
#[must_use]
pub fn apply(tree: &Node, edits: &[Edit]) -> Node {
    let mut tree = tree.clone();
    let mut removals: IndexMap<&[String], HashSet<&str>> = IndexMap::new();
    let mut additions: IndexMap<&[String], Vec<&Node>> = IndexMap::new();
    for edit in edits {
        match (&edit.op, edit.path.segments().split_last()) {
            (Op::Set(node), _) => set(&mut tree, &edit.path, node),
            (Op::Remove, Some((key, above))) => _ = removals.entry(above).or_default().insert(key.as_str()),
            (Op::Remove, None) => {}
            (Op::Add(item), _) => additions.entry(edit.path.segments()).or_default().push(item),
        }
    }
    // The deepest first: what goes from an item goes before the items move up.
    removals.sort_by(|a, _, b, _| b.len().cmp(&a.len()));
    for (above, keys) in removals {
        remove(&mut tree, above, &keys);
    }
    for (path, items) in additions {
        add(&mut tree, path, &items);
    }
    tree
}

/// Adds to the list at `path` what it does not have.
fn add(tree: &mut Node, path: &[String], items: &[&Node]) {
    let list = child(tree, path, &|| Value::Seq(Vec::new()));
    let Some(Value::Seq(there)) = list.map(|node| &mut node.value) else {
        return;
    };
    let mut known = Among::of(there.iter());
    let new: Vec<Node> = items
        .iter()
        .copied()
        .filter(|i| known.insert(i))
        .cloned()
        .collect();
    there.extend(new);
}

/// The edits that change something: an item that is there, a value that is so, is none.
pub fn effective(tree: &Node, edits: Vec<Edit>) -> Vec<Edit> {
    let mut lists: HashMap<Path, Among> = HashMap::new();
    let mut changes = |edit: &Edit| match &edit.op {
        Op::Set(node) => tree.at(&edit.path) != Some(node),
        Op::Add(item) => {
            if !lists.contains_key(&edit.path) {
                let there = tree.at(&edit.path).map(Node::items).unwrap_or_default();
                lists.insert(edit.path.clone(), Among::of(there));
            }
            !lists.get(&edit.path).is_some_and(|list| list.contains(item))
        }
        Op::Remove => tree.at(&edit.path).is_some(),
    };
    edits.into_iter().filter(|edit| changes(edit)).collect()
}

/// Puts `node` at `path`. What an author wrote in one text on the way there keeps a text of its own only
/// where the edit is a part of that text.
fn set(tree: &mut Node, path: &Path, node: &Node) {
    let Some((key, above)) = path.segments().split_last() else {
        return;
    };
    let Some(parent) = child(tree, above, &|| Value::from(Map::new())) else {
        return;
    };
    let raw = parent.raw.take();
    let Some(slot) = child(parent, std::slice::from_ref(key), &|| Value::Null) else {
        return;
    };
    let was = std::mem::replace(slot, node.clone());
    parent.raw = raw.and_then(|raw| patched(&raw, key, &was, node));
}

/// Whether the container port of an entry of `ports:` can be replaced in its author's text.
pub fn can_patch(entry: &Node, port: u16) -> bool {
    match (&entry.raw, entry.get("target").and_then(|t| t.raw.as_ref())) {
        (Some(raw), _) => patched(
            raw,
            "target",
            &Node::synthetic(i64::from(port)),
            &Node::synthetic(1i64),
        )
        .is_some(),
        (None, Some(target)) => !target.contains('$'),
        (None, None) => true,
    }
}

/// Whether the published port of an entry of `ports:` can be replaced without resolving a variable: its author's
/// text has none, or none there.
pub fn can_move_published(entry: &Node, was: &str) -> bool {
    let is_plain = |text: &Rc<str>| !text.contains('$');
    match (&entry.raw, entry.get("published").and_then(|p| p.raw.as_ref())) {
        (Some(raw), _) => {
            is_plain(raw) || patched(raw, "published", &Node::synthetic(was), &Node::synthetic("1")).is_some()
        }
        (None, published) => published.is_none_or(is_plain),
    }
}

/// The text of a short port with one of its numbers replaced: `"${PORT}:80"` becomes `"${PORT}:8080"` for the
/// container port, the last number before the protocol; `"80:${PORT}"` becomes `"8080:${PORT}"` for the published
/// one, before it.
fn patched(raw: &str, key: &str, was: &Node, new: &Node) -> Option<Rc<str>> {
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

/// Takes these nodes below `above` away.
fn remove(tree: &mut Node, above: &[String], keys: &HashSet<&str>) {
    let above_them = above
        .iter()
        .try_fold(&mut *tree, |node, segment| match &mut node.value {
            Value::Map(map) => map.get_mut(segment),
            Value::Seq(items) => segment.parse::<usize>().ok().and_then(|i| items.get_mut(i)),
            _ => None,
        });
    match above_them.map(|node| &mut node.value) {
        Some(Value::Map(map)) => map.retain(|key, _| !keys.contains(key.as_str())),
        Some(Value::Seq(items)) => {
            let places: HashSet<usize> = keys.iter().filter_map(|k| k.parse().ok()).collect();
            let mut place = 0..;
            items.retain(|_| place.next().is_none_or(|p| !places.contains(&p)));
        }
        _ => {}
    }
}

/// The node at `path`, made with mappings on the way where there is none; the last one of `kind`.
fn child<'n>(node: &'n mut Node, path: &[String], kind: &dyn Fn() -> Value) -> Option<&'n mut Node> {
    let Some((segment, rest)) = path.split_first() else {
        return Some(node);
    };
    let index = segment.parse::<usize>().ok();
    let is_item = matches!((&node.value, index), (Value::Seq(items), Some(i)) if i < items.len());
    if !is_item && !matches!(node.value, Value::Map(_)) {
        node.value = Value::from(Map::new());
    }
    match (&mut node.value, index) {
        (Value::Seq(items), Some(i)) => child(items.get_mut(i)?, rest, kind),
        (Value::Map(map), _) => {
            let slot = map
                .entry(segment.clone())
                .or_insert_with(|| Node::synthetic(Value::Null));
            if slot.is_null() && rest.is_empty() {
                slot.value = kind();
            }
            child(slot, rest, kind)
        }
        _ => None,
    }
}
