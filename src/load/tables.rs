//! The tables of all stages in one place: as the loader walks them, and by name.

use super::path_table::Level;
use super::types::{SHAPES, Shape};
use super::{canonical, defaults, interpolate, merge, paths, unicity};
#[cfg(not(test))]
use std::sync::LazyLock;

/// The tables of all stages, ready to be walked.
pub(super) struct Tables {
    pub casts: Level<interpolate::Cast>,
    pub special: Level<merge::Special>,
    pub unique: Level<unicity::UniqueBy>,
    pub forms: Level<canonical::Canonical>,
    pub rules: Level<defaults::Rule>,
    pub paths: Level<paths::PathKind>,
    pub shapes: Level<Shape>,
}

impl Tables {
    /// All rows but this one.
    fn but(table: &str, row: &str) -> Self {
        fn level<T>(name: &str, rows: &'static [(&'static str, T)], table: &str, row: &str) -> Level<T> {
            Level::of(
                rows.iter()
                    .filter(|(pattern, _)| name != table || *pattern != row),
            )
        }
        Tables {
            casts: level("casts", interpolate::CASTS, table, row),
            special: level("merge", merge::SPECIAL, table, row),
            unique: level("unicity", unicity::UNIQUE, table, row),
            forms: level("forms", canonical::FORMS, table, row),
            rules: level("rules", defaults::RULES, table, row),
            paths: level("paths", paths::PATHS, table, row),
            shapes: level("shapes", SHAPES, table, row),
        }
    }
}

#[cfg(not(test))]
pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::but("", ""));

/// The shapes of the canonical tree, for who prints it.
pub fn shapes() -> &'static Level<Shape> {
    &TABLES.shapes
}

/// The rows of every table by the table's name: what a test asks to see that each has a case.
pub fn tables() -> [(&'static str, Vec<&'static str>); 7] {
    fn rows<T>(table: &'static [(&'static str, T)]) -> Vec<&'static str> {
        table.iter().map(|(pattern, _)| *pattern).collect()
    }
    [
        ("casts", rows(interpolate::CASTS)),
        ("forms", rows(canonical::FORMS)),
        ("merge", rows(merge::SPECIAL)),
        ("paths", rows(paths::PATHS)),
        ("rules", rows(defaults::RULES)),
        ("shapes", rows(SHAPES)),
        ("unicity", rows(unicity::UNIQUE)),
    ]
}

#[cfg(test)]
pub(super) use in_tests::TABLES;
#[cfg(test)]
pub(crate) use in_tests::without;

/// In unit tests a thread can leave a row out, to see that somebody would miss it.
#[cfg(test)]
mod in_tests {
    use super::Tables;
    use std::cell::Cell;
    use std::ops::Deref;

    thread_local! {
        static USED: Cell<&'static Tables> = Cell::new(whole());
    }

    fn whole() -> &'static Tables {
        static WHOLE: std::sync::LazyLock<Tables> = std::sync::LazyLock::new(|| Tables::but("", ""));
        &WHOLE
    }

    pub(in crate::load) struct Used;

    impl Deref for Used {
        type Target = Tables;

        fn deref(&self) -> &Tables {
            USED.get()
        }
    }

    pub(in crate::load) static TABLES: Used = Used;

    /// What `run` gives in this thread, without a row.
    pub(crate) fn without<T>(table: &str, row: &str, run: impl FnOnce() -> T) -> T {
        // Leaked, since the loader's tables live as long as the process; a row's are a few kilobytes.
        USED.set(Box::leak(Box::new(Tables::but(table, row))));
        let result = run();
        USED.set(whole());
        result
    }
}
