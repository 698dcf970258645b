//! A mapping in the order its author wrote it.
//!
//! A project is thousands of mappings of a handful of keys, so a mapping is a list; only a large one (the
//! services of a large project) has an index. The methods are those of `IndexMap`, as far as they are needed.

use super::Node;
use std::collections::HashMap;

/// From this size on, looking for a key one by one takes longer than hashing it.
const LARGE: usize = 24;

/// A mapping from text to nodes.
#[derive(Debug, Clone, Default)]
pub struct Map {
    entries: Vec<(String, Node)>,
    #[expect(clippy::box_collection, reason = "a pointer in every mapping, not a table")]
    index: Option<Box<HashMap<String, usize>>>,
}

impl Map {
    /// An empty mapping.
    pub const fn new() -> Self {
        Map {
            entries: Vec::new(),
            index: None,
        }
    }

    /// An empty mapping with room for so many entries.
    pub fn with_capacity(entries: usize) -> Self {
        Map {
            entries: Vec::with_capacity(entries),
            index: None,
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Gives back the room that is not used.
    pub fn shrink_to_fit(&mut self) {
        self.entries.shrink_to_fit();
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self.entries.iter().position(|(k, _)| k == key),
        }
    }

    fn push(&mut self, key: String, node: Node) -> usize {
        let place = self.entries.len();
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), place);
        }
        // most mappings are small: room for twice as many would mostly stay empty
        if place == self.entries.capacity() && place < 8 {
            self.entries.reserve_exact(2);
        }
        self.entries.push((key, node));
        if self.index.is_none() && self.entries.len() > LARGE {
            self.reindex();
        }
        place
    }

    fn reindex(&mut self) {
        self.index = (self.entries.len() > LARGE).then(|| {
            let places = self.entries.iter().enumerate();
            Box::new(places.map(|(place, (key, _))| (key.clone(), place)).collect())
        });
    }

    /// The node under a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.position(key).map(|place| &self.entries[place].1)
    }

    /// The entry of a key.
    pub fn get_key_value(&self, key: &str) -> Option<(&String, &Node)> {
        self.position(key).map(|place| as_pair(&self.entries[place]))
    }

    /// The node under a key, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.position(key).map(|place| &mut self.entries[place].1)
    }

    /// Whether there is an entry under a key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Puts a node under a key; one that is there already is replaced at its place and given back.
    pub fn insert(&mut self, key: String, node: Node) -> Option<Node> {
        match self.position(&key) {
            Some(place) => Some(std::mem::replace(&mut self.entries[place].1, node)),
            None => {
                self.push(key, node);
                None
            }
        }
    }

    /// The entry of a key, there or not.
    pub fn entry(&mut self, key: String) -> Entry<'_> {
        Entry { map: self, key }
    }

    /// Takes an entry out; the order of the others stays.
    pub fn shift_remove(&mut self, key: &str) -> Option<Node> {
        let place = self.position(key)?;
        let (_, node) = self.entries.remove(place);
        if self.index.is_some() {
            self.reindex();
        }
        Some(node)
    }

    /// Keeps only the entries for which this is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&String, &mut Node) -> bool) {
        self.entries.retain_mut(|(key, node)| keep(key, node));
        self.reindex();
    }

    /// Puts the entries in the order of their keys.
    pub fn sort_keys(&mut self) {
        self.entries.sort_by(|a, b| a.0.cmp(&b.0));
        self.reindex();
    }

    /// Key and node of each entry.
    pub fn iter(&self) -> Iter<'_> {
        self.entries.iter().map(as_pair)
    }

    /// Key and node of each entry, the node to change.
    pub fn iter_mut(&mut self) -> IterMut<'_> {
        self.entries.iter_mut().map(as_pair_mut)
    }

    /// The keys.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &String> + ExactSizeIterator + Clone {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The nodes.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Node> + ExactSizeIterator + Clone {
        self.entries.iter().map(|(_, node)| node)
    }

    /// The nodes, to change.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Node> + ExactSizeIterator {
        self.entries.iter_mut().map(|(_, node)| node)
    }
}

/// The entry of a key, there or not.
#[derive(Debug)]
pub struct Entry<'m> {
    map: &'m mut Map,
    key: String,
}

impl<'m> Entry<'m> {
    /// The node, made if it is not there.
    pub fn or_insert_with(self, make: impl FnOnce() -> Node) -> &'m mut Node {
        let place = self.map.position(&self.key);
        let place = place.unwrap_or_else(|| self.map.push(self.key, make()));
        &mut self.map.entries[place].1
    }

    /// The node, this one if none is there.
    pub fn or_insert(self, node: Node) -> &'m mut Node {
        self.or_insert_with(|| node)
    }
}

type AsPair = fn(&(String, Node)) -> (&String, &Node);
type AsPairMut = fn(&mut (String, Node)) -> (&String, &mut Node);
/// Key and node of each entry.
pub(crate) type Iter<'m> = std::iter::Map<std::slice::Iter<'m, (String, Node)>, AsPair>;
/// Key and node of each entry, the node to change.
pub(crate) type IterMut<'m> = std::iter::Map<std::slice::IterMut<'m, (String, Node)>, AsPairMut>;

fn as_pair(entry: &(String, Node)) -> (&String, &Node) {
    (&entry.0, &entry.1)
}

fn as_pair_mut(entry: &mut (String, Node)) -> (&String, &mut Node) {
    (&entry.0, &mut entry.1)
}

/// Two mappings are equal when they have the same entries, in whatever order.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, node)| other.get(key) == Some(node))
    }
}

impl FromIterator<(String, Node)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Node)>>(entries: I) -> Self {
        let mut map = Map::new();
        map.extend(entries);
        map
    }
}

impl<const N: usize> From<[(String, Node); N]> for Map {
    fn from(entries: [(String, Node); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl Extend<(String, Node)> for Map {
    fn extend<I: IntoIterator<Item = (String, Node)>>(&mut self, entries: I) {
        let entries = entries.into_iter();
        self.entries.reserve_exact(entries.size_hint().0);
        for (key, node) in entries {
            self.insert(key, node);
        }
    }
}

impl IntoIterator for Map {
    type Item = (String, Node);
    type IntoIter = std::vec::IntoIter<(String, Node)>;
    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'m> IntoIterator for &'m Map {
    type Item = (&'m String, &'m Node);
    type IntoIter = Iter<'m>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'m> IntoIterator for &'m mut Map {
    type Item = (&'m String, &'m mut Node);
    type IntoIter = IterMut<'m>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_mappings_behave_alike() {
        for size in [3i64, 100] {
            let mut map: Map = (0..size).map(|i| (i.to_string(), Node::synthetic(i))).collect();
            assert_eq!(map.get("2").and_then(Node::as_int), Some(2));
            assert_eq!(
                map.insert("1".to_owned(), Node::synthetic(7))
                    .and_then(|n| n.as_int()),
                Some(1)
            );
            assert!(map.shift_remove("0").is_some() && map.shift_remove("0").is_none());
            assert_eq!(map.keys().next().map(String::as_str), Some("1"));
            assert_eq!(
                map.entry("2".to_owned()).or_insert(Node::synthetic(9)).as_int(),
                Some(2)
            );
            map.entry("new".to_owned()).or_insert(Node::synthetic(9));
            map.retain(|key, _| key != "1");
            assert!(!map.contains_key("1") && map.contains_key("new"));
            let mut turned: Map = map.clone().into_iter().rev().collect();
            assert_eq!(turned, map);
            turned.sort_keys();
            assert!(turned.keys().is_sorted());
        }
    }
}
