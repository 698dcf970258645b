//! Whether a node is among many others, without comparing it with each of them.

use super::{Node, Value};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// Nodes that can be asked for by their value.
#[derive(Debug, Default)]
pub struct Among<'n> {
    by_hash: HashMap<u64, Vec<&'n Node>>,
    random: RandomState,
}

impl<'n> Among<'n> {
    /// Those of a list.
    pub fn of(items: impl IntoIterator<Item = &'n Node>) -> Self {
        let mut among = Among::default();
        for item in items {
            among.insert(item);
        }
        among
    }

    /// Adds one; false where an equal one is there.
    pub fn insert(&mut self, node: &'n Node) -> bool {
        self.insert_unless(node, |a, b| a == b)
    }

    /// Adds one; false where one is there that is the same in this sense, which may make no difference between numbers
    /// of one value, but no other difference less than equality does.
    pub fn insert_unless(&mut self, node: &'n Node, same: impl Fn(&Node, &Node) -> bool) -> bool {
        let alike = self.by_hash.entry(hash(node, &self.random)).or_default();
        if alike.iter().any(|other| same(other, node)) {
            return false;
        }
        alike.push(node);
        true
    }

    /// Whether an equal one is there.
    pub fn contains(&self, node: &Node) -> bool {
        let equal = self.by_hash.get(&hash(node, &self.random));
        equal.is_some_and(|equal| equal.contains(&node))
    }
}

/// Zero has two signs, and both are equal.
fn number(number: f64) -> [u8; 8] {
    (number + 0.0).to_bits().to_le_bytes()
}

/// Equal for equal nodes, and for numbers of one value: the order of a mapping does not count.
#[allow(
    clippy::cast_precision_loss,
    reason = "numbers that are alike may have one hash"
)]
fn hash(node: &Node, random: &RandomState) -> u64 {
    let mut hasher = random.build_hasher();
    let mut tagged = |tag: u8, bytes: &[u8]| {
        hasher.write_u8(tag);
        hasher.write(bytes);
    };
    match &node.value {
        Value::Null => tagged(0, &[]),
        Value::Bool(b) => tagged(1, &[u8::from(*b)]),
        Value::Int(i) => tagged(2, &number(*i as f64)),
        Value::Uint(u) => tagged(2, &number(*u as f64)),
        Value::Float(f) => tagged(2, &number(*f)),
        Value::Str(s) => tagged(5, s.as_bytes()),
        Value::Time(s) => tagged(6, s.as_bytes()),
        Value::Seq(items) => {
            for item in items {
                tagged(7, &hash(item, random).to_le_bytes());
            }
        }
        Value::Map(map) => {
            let entries = map.iter().map(|(key, node)| {
                let mut entry = random.build_hasher();
                entry.write(key.as_bytes());
                entry.write_u64(hash(node, random));
                entry.finish()
            });
            let sum = entries.fold(0u64, u64::wrapping_add);
            tagged(8, &sum.to_le_bytes());
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Map;

    #[test]
    fn equal_nodes_are_found_and_others_are_not() {
        let map = |pairs: &[(&str, i64)]| {
            let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), Node::synthetic(*v)));
            Node::synthetic(pairs.collect::<Map>())
        };
        let list =
            |items: &[i64]| Node::synthetic(items.iter().map(|i| Node::synthetic(*i)).collect::<Vec<_>>());
        let known = [
            map(&[("a", 1), ("b", 2)]),
            list(&[1, 2]),
            Node::synthetic(Value::Float(0.0)),
            Node::synthetic("1"),
        ];
        let mut among = Among::of(&known);
        for node in [
            map(&[("b", 2), ("a", 1)]),
            list(&[1, 2]),
            Node::synthetic(Value::Float(-0.0)),
        ] {
            assert!(among.contains(&node));
        }
        for node in [map(&[("a", 2), ("b", 1)]), list(&[2, 1]), Node::synthetic(1i64)] {
            assert!(!among.contains(&node));
        }
        let more = [Node::synthetic("2"), Node::synthetic("1")];
        assert_eq!(
            more.iter().map(|n| among.insert(n)).collect::<Vec<_>>(),
            [true, false]
        );
    }
}
