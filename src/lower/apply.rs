//! Edits applied to a tree: what the hardened project is, before anything is written.

use super::{Edit, Op};
use crate::model::patched_port;
use crate::tree::{Among, Map, Node, Path, Value};
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};

/// The tree with these edits: first what is set, then what goes, then what is added, so that list positions mean the
/// positions in `tree`. Each list is gone through once, however many edits are about it.
#[must_use]
pub(crate) fn apply(tree: &Node, edits: &[Edit]) -> Node {
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
pub(crate) fn effective(tree: &Node, edits: Vec<Edit>) -> Vec<Edit> {
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
    parent.raw = raw.and_then(|raw| patched_port(&raw, key, &was, node));
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
