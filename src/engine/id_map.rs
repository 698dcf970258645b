//! A `uid_map` or `gid_map`: how a user namespace counts.

use serde::{Deserialize, Serialize};

/// What the kernel shows for an id that has no place in a namespace.
pub const OVERFLOW: u32 = 65534;

/// From the ids of the reader to those of the namespace, and back: first inside, first outside, how many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdMap(Vec<(u32, u32, u32)>);

impl IdMap {
    /// Reads the map; one that cannot be read maps every id to itself.
    pub fn parse(text: &str) -> IdMap {
        let rows = text.lines().filter_map(|line| {
            let mut numbers = line.split_whitespace().map(|n| n.parse().ok());
            Some((numbers.next()??, numbers.next()??, numbers.next()??))
        });
        IdMap(rows.collect())
    }

    /// All ids from 0 on, moved by `outside`.
    pub fn from_zero(outside: u32, count: u32) -> IdMap {
        IdMap(vec![(0, outside, count)])
    }

    /// The id inside; one without a place there is what the kernel shows for it, the overflow id.
    pub fn inside(&self, id: u32) -> u32 {
        self.place(id).unwrap_or(OVERFLOW)
    }

    /// The id inside, if it has a place there.
    pub fn place(&self, id: u32) -> Option<u32> {
        if self.0.is_empty() {
            return Some(id);
        }
        let row = self
            .0
            .iter()
            .find(|(_, outside, count)| id >= *outside && id - outside < *count);
        row.map(|(inside, outside, _)| inside + (id - outside))
    }

    /// The id outside; none for one that the namespace does not have.
    pub fn outside(&self, id: u32) -> Option<u32> {
        if self.0.is_empty() {
            return Some(id);
        }
        let row = self
            .0
            .iter()
            .find(|(inside, _, count)| id >= *inside && id - inside < *count);
        row.map(|(inside, outside, _)| outside + (id - inside))
    }

    /// Whether it changes nothing.
    pub fn is_identity(&self) -> bool {
        self.0.iter().all(|(inside, outside, _)| inside == outside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_as_the_container_counts() {
        let map = IdMap::parse("         0     100000      65536\n");
        assert_eq!(
            (map.inside(100_000), map.inside(100_033), map.inside(0)),
            (0, 33, OVERFLOW)
        );
        assert_eq!(map, IdMap::from_zero(100_000, 65536));
        assert!(IdMap::parse("0 0 4294967295").is_identity());
        assert_eq!(IdMap::parse("").inside(7), 7);
    }

    /// As `/proc/PID/uid_map` of a rootless dockerd shows it.
    #[test]
    fn and_back() {
        let map = IdMap::parse("0 1001 1\n1 100000 65536\n");
        assert_eq!((map.inside(1001), map.inside(100_999)), (0, 1000));
        assert_eq!((map.outside(0), map.outside(1000)), (Some(1001), Some(100_999)));
        assert_eq!((map.outside(70_000), map.inside(1000)), (None, OVERFLOW));
    }
}
