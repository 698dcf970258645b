//! Who writes a volume.

use crate::facts::settings::Ids;

/// A service that writes a volume.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its place among the services.
    pub place: usize,
    /// Whom it runs as.
    pub ids: Ids,
}

/// The services with a planned user that write one volume. There may be as many as there are services, so of each
/// kind only those are kept that anybody can ask for: the first, and the first that runs as somebody else.
#[derive(Debug, Default)]
pub struct Writers<'a> {
    declared: [Option<Writer<'a>>; 2],
    others: [Option<Writer<'a>>; 2],
}

impl<'a> Writers<'a> {
    /// Takes one more, in the order of the file.
    pub(super) fn add(&mut self, writer: Writer<'a>, is_declared: bool) {
        let kind = if is_declared {
            &mut self.declared
        } else {
            &mut self.others
        };
        match kind {
            [None, _] => kind[0] = Some(writer),
            [Some(first), None] if first.ids != writer.ids => kind[1] = Some(writer),
            _ => {}
        }
    }

    /// The first in the file that runs as somebody else than `ids`, among those whose profile names the directory or
    /// among the others.
    pub fn first_beside(&self, ids: Ids, is_declared: bool) -> Option<Writer<'a>> {
        let kind = if is_declared { &self.declared } else { &self.others };
        kind.iter().flatten().find(|w| w.ids != ids).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_writers_the_first_and_the_first_other_are_kept() {
        let writer = |name, place, uid| Writer {
            name,
            place,
            ids: Ids { uid, gid: uid },
        };
        let mut writers = Writers::default();
        for (w, is_declared) in [
            (writer("a", 0, 7), false),
            (writer("b", 1, 7), false),
            (writer("c", 2, 8), false),
            (writer("d", 3, 9), false),
            (writer("e", 4, 9), true),
        ] {
            writers.add(w, is_declared);
        }
        let first = |uid, is_declared| {
            let found = writers.first_beside(Ids { uid, gid: uid }, is_declared);
            found.map(|w| (w.name, w.place))
        };
        assert_eq!(first(7, false), Some(("c", 2)));
        assert_eq!(first(8, false), Some(("a", 0)));
        assert_eq!(first(9, true), None);
        assert_eq!(first(7, true), Some(("e", 4)));
    }
}
