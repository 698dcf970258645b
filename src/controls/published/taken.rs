//! Host ports that are published already.

use crate::plan::around::PortRange;
use std::collections::BTreeMap;

/// Ports that are published, as ranges that neither touch nor overlap: their ends by their starts.
#[derive(Debug, Default)]
pub(super) struct Taken(BTreeMap<u16, u16>);

impl Taken {
    /// Takes one more.
    pub(super) fn add(&mut self, (mut from, mut to): PortRange) {
        let touches = |taken: &Self, from: u16, to: u16| {
            let before = taken.0.range(..=to.saturating_add(1)).next_back();
            before
                .filter(|(_, end)| end.saturating_add(1) >= from)
                .map(|(start, end)| (*start, *end))
        };
        while let Some((start, end)) = touches(self, from, to) {
            self.0.remove(&start);
            (from, to) = (from.min(start), to.max(end));
        }
        self.0.insert(from, to);
    }

    /// The last port of the range that holds any of these.
    pub(super) fn in_the_way(&self, (from, to): PortRange) -> Option<u16> {
        let (_, end) = self.0.range(..=to).next_back()?;
        (*end >= from).then_some(*end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_kept_as_ranges_that_do_not_touch() {
        let mut taken = Taken::default();
        for range in [
            (10, 12),
            (20, 20),
            (13, 13),
            (1, 2),
            (11, 30),
            (65_535, 65_535),
            (1, 65_000),
        ] {
            taken.add(range);
        }
        assert_eq!(taken.0, BTreeMap::from([(1, 65_000), (65_535, 65_535)]));
    }
}
