//! A mapping that is read once and asked often: sorted, without hashing.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Values by their names, sorted.
#[derive(Debug)]
pub(super) struct Named<K, V>(Vec<(K, V)>);

impl<K: Ord, V> Named<K, V> {
    /// The value of a name.
    pub(super) fn get(&self, name: K) -> Option<&V> {
        let at = self.0.binary_search_by(|(n, _)| n.cmp(&name)).ok()?;
        Some(&self.0[at].1)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, name: K) -> Option<&mut V> {
        let at = self.0.binary_search_by(|(n, _)| n.cmp(&name)).ok()?;
        Some(&mut self.0[at].1)
    }

    /// One more.
    pub(super) fn insert(&mut self, name: K, value: V) {
        let at = self.0.partition_point(|(n, _)| *n < name);
        self.0.insert(at, (name, value));
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.0.iter()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<K, V> Default for Named<K, V> {
    fn default() -> Self {
        Named(Vec::new())
    }
}

impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Deserialize<'de> for Named<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
    type Value = Named<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        entries.sort_by(|(a, _): &(K, V), (b, _)| a.cmp(b));
        entries.shrink_to_fit();
        Ok(Named(entries))
    }
}
