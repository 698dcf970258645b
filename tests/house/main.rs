//! The plan of the house: which room may use which, no circles, files that one can read. Judged on what names really
//! mean, not on how they look; `tests/figures` prints the figures, of other revisions too.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests that print figures"
)]

mod circles;
mod figures;
mod modules;
mod planted;
mod rooms;
mod sources;
mod tokens;
mod uses;

use figures::{LONG, median, sizes};
use modules::Modules;
use rooms::{Plan, ROOMS, breaches, rooms, upward};
use sources::Sources;
use std::collections::BTreeSet;
use std::path::Path;
use uses::Use;

/// What the figures were when these tests were written; they may go down.
const MOST_LONG_FILES: usize = 28;
/// Nobody reads more than that in one go.
const LONGEST_FILE: usize = 600;
/// The file in the middle.
const MEDIAN_FILE: usize = 150;

/// A source tree, and what uses what in it.
struct House {
    modules: Modules,
    uses: BTreeSet<Use>,
    /// Paths of our own that lead nowhere: what a judge does not understand, it must not pass.
    lost: Vec<String>,
}

impl House {
    fn of(sources: &Sources) -> House {
        let modules = Modules::of(sources);
        let (uses, lost) = uses::uses(&modules);
        House { modules, uses, lost }
    }

    fn plan(&self) -> Plan {
        rooms::plan(&self.modules, &self.uses)
    }

    fn breaches(&self) -> Vec<String> {
        breaches(ROOMS, &rooms(&self.modules), &self.plan())
    }

    fn circles(&self) -> Vec<Vec<String>> {
        circles::circles(&self.uses)
    }
}

/// This source tree.
fn own() -> Sources {
    Sources::read(Path::new(env!("CARGO_MANIFEST_DIR")))
}

#[test]
fn each_room_uses_what_the_table_permits() {
    let sources = own();
    let house = House::of(&sources);
    let wrong = [house.breaches(), house.lost.clone()].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let strays = house.modules.strays(&sources);
    assert!(strays.is_empty(), "files that no module declares: {strays:?}");
}

/// The rooms that the first page of the documentation lists, and those that there are; the program is none of the library.
#[test]
fn the_first_page_lists_every_room_once() {
    let sources = own();
    let listed = |text: &str| -> Vec<String> {
        let items = text.lines().filter_map(|line| line.strip_prefix("//! - `"));
        let names = items
            .filter_map(|item| item.split_once("`: "))
            .map(|(name, _)| name.to_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    let rooms = rooms(&Modules::of(&sources));
    let rooms: Vec<String> = rooms.into_iter().filter(|room| room != "main").collect();
    assert_eq!(listed(&sources.0["src/lib.rs"]), rooms);
}

#[test]
fn no_room_uses_one_above_it() {
    let found = upward(ROOMS, &House::of(&own()).plan());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn who_plans_reads_no_disk() {
    let found = rooms::reaching(&House::of(&own()).modules);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_control_proves_or_lowers() {
    let found = rooms::lowering(&House::of(&own()).uses);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_modules_use_each_other_in_a_circle() {
    let circles = House::of(&own()).circles();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn a_type_name_means_one_thing() {
    let house = House::of(&own());
    let doubled = house.modules.types.iter().filter(|(_, places)| places.len() > 1);
    assert_eq!(doubled.collect::<Vec<_>>(), []);
}

#[test]
fn no_file_is_too_long_to_read() {
    let sources = own();
    let sizes = sizes(&sources);
    let long = sizes.iter().filter(|(lines, _)| *lines > LONG).count();
    let longest = sizes.last().unwrap();
    assert!(longest.0 <= LONGEST_FILE, "{longest:?}");
    assert!(
        long <= MOST_LONG_FILES,
        "{long} files have more than {LONG} lines"
    );
    assert!(
        median(&sizes) <= MEDIAN_FILE,
        "the median file has {} lines",
        median(&sizes)
    );
}
