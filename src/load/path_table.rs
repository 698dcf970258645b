//! Tables keyed by a path pattern (`services.*.ports`), walked along with the tree.

/// A table, one level of it: the row of this place, and the rows below.
#[derive(Debug)]
pub struct Level<T: 'static> {
    /// What the table says about this very place.
    pub row: Option<&'static T>,
    any: Option<Box<Level<T>>>,
    named: Vec<(&'static str, Level<T>)>,
}

impl<T> Level<T> {
    const EMPTY: Self = Level {
        row: None,
        any: None,
        named: Vec::new(),
    };

    /// Makes the rows walkable.
    pub fn of(rows: impl IntoIterator<Item = &'static (&'static str, T)>) -> Self {
        let mut root = Self::EMPTY;
        for (pattern, row) in rows {
            let mut level = &mut root;
            for segment in pattern.split('.') {
                level = level.descend(segment);
            }
            level.row = Some(row);
        }
        root
    }

    fn descend(&mut self, segment: &'static str) -> &mut Self {
        if segment == "*" {
            return self.any.get_or_insert_with(|| Box::new(Self::EMPTY));
        }
        let position = self
            .named
            .iter()
            .position(|(name, _)| *name == segment)
            .unwrap_or_else(|| {
                self.named.push((segment, Self::EMPTY));
                self.named.len() - 1
            });
        &mut self.named[position].1
    }

    /// The level below a key or a list item.
    pub fn child(&self, key: &str) -> Option<&Self> {
        self.any.as_deref().or_else(|| {
            self.named
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, level)| level)
        })
    }

    /// The level below any list item.
    pub fn item(&self) -> Option<&Self> {
        self.any.as_deref()
    }

    /// The levels below that have a name.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &Self)> {
        self.named.iter().map(|(name, level)| (*name, level))
    }
}

/// Whether rows stand in order, each once, and no place is both named and `*`: what makes a table walkable.
#[cfg(test)]
pub(super) fn is_sound<T>(rows: &'static [(&'static str, T)]) -> bool {
    fn mixed<T>(level: &Level<T>) -> bool {
        (level.any.is_some() && !level.named.is_empty())
            || level.any.as_deref().is_some_and(mixed)
            || level.named.iter().any(|(_, l)| mixed(l))
    }
    rows.is_sorted_by(|a, b| a.0 < b.0) && !mixed(&Level::of(rows))
}
