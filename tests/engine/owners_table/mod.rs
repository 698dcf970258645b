//! Whoever finds what: services over data that is missing, root's, of an earlier root run, of another user of ours, and
//! restored by root, in volumes and in directories of the machine. Whatever answers under plain Compose answers under the
//! wrapper and under a written override, and a second `up` changes nothing.
//!
//! Where the plan says `ownership give`, that is done, as a person would.

mod data;
mod stand_ins;
mod table;
mod trial;

use data::Kind;
use stand_ins::{SIX, StandIn, TWELVE};
use std::sync::Mutex;
use std::thread;
use table::Row;

/// Those that the ordinary tests have: they step down after a search, take a directory's mode, leave all to the engine.
const SAMPLE: [&str; 3] = ["redis", "postgres", "php-app"];

/// Two at a time: most of it is waiting for a server.
fn rows(stand_ins: Vec<&StandIn>) -> Vec<Row> {
    let (next, rows) = (Mutex::new(stand_ins.into_iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(stand_in) = next.lock().unwrap().next() else {
                        return;
                    };
                    let saved = trial::fill(stand_in);
                    for kind in [Kind::Volume, Kind::Directory] {
                        let row = trial::row(stand_in, kind, &saved);
                        rows.lock().unwrap().push(row);
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap();
    rows.sort_by_key(|row| (row.kind.name(), row.name));
    rows
}

#[test]
fn who_answers_under_plain_compose_answers_hardened() {
    let all = crate::run::is_long();
    let only = std::env::var("NRCOMPOSE_TEST_OWNERS").unwrap_or_default();
    let is_chosen = |s: &&StandIn| match only.as_str() {
        "" => all || SAMPLE.contains(&s.name),
        names => names.split(',').any(|name| name == s.name),
    };
    let chosen = SIX.iter().chain(&TWELVE).filter(is_chosen).collect();
    let rows = rows(chosen);
    table::print(&rows);
    let wrong = table::wrong(&rows);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
