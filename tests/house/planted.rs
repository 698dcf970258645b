//! Breaches planted in the real source, in memory: a judge that finds nothing proves nothing.

use crate::rooms::{ROOMS, Table, breaches, lowering, plan, rooms};
use crate::sources::Sources;
use crate::{House, own};

/// What is planted in which files, and what must be said of it.
struct Breach {
    files: &'static [(&'static str, &'static str)],
    wanted: &'static str,
}

/// Those that a search for `crate::ROOM` finds as well.
const PLAIN: &[Breach] = &[
    Breach {
        files: &[("src/tree/map.rs", "use crate::cli::run;")],
        wanted: "tree may not use cli",
    },
    Breach {
        files: &[("src/engine/info.rs", "use crate::plan::Plan;")],
        wanted: "engine may not use plan",
    },
    Breach {
        files: &[("src/tree/map.rs", "fn planted() { drop(crate::cli::run([])); }")],
        wanted: "tree may not use cli",
    },
    Breach {
        files: &[(
            "src/tree/map.rs",
            "fn planted(_: &crate::cli::session::Session) {}",
        )],
        wanted: "tree may not use cli",
    },
    Breach {
        files: &[(
            "src/tree/map.rs",
            "fn planted() { assert!(vec![crate::cli::run([])].is_empty()); }",
        )],
        wanted: "tree may not use cli",
    },
    Breach {
        files: &[(
            "src/engine/info.rs",
            "#[derive(Deserialize)] struct P { #[serde(with = \"crate::plan::Plan\")] p: u8 }",
        )],
        wanted: "engine may not use plan",
    },
];

/// Those that it does not.
const HIDDEN: &[Breach] = &[
    // Grouped.
    Breach {
        files: &[("src/tree/path.rs", "use crate::{visible, cli::session::Session};")],
        wanted: "tree may not use cli",
    },
    // By way of the parents: in an import, and where it is called.
    Breach {
        files: &[("src/load/schema/named.rs", "use super::super::super::cli::run;")],
        wanted: "load may not use cli",
    },
    Breach {
        files: &[("src/engine/info.rs", "fn planted(_: super::super::plan::Plan) {}")],
        wanted: "engine may not use plan",
    },
    // Under another name.
    Breach {
        files: &[(
            "src/tree/map.rs",
            "use crate as c; fn planted() { drop(c::cli::run([])); }",
        )],
        wanted: "tree may not use cli",
    },
    Breach {
        files: &[(
            "src/tree/map.rs",
            "use super::super as up; use up::{cli as shell}; fn planted() { drop(shell::run([])); }",
        )],
        wanted: "tree may not use cli",
    },
    Breach {
        files: &[
            ("src/lib.rs", "extern crate self as me;"),
            ("src/tree/map.rs", "use crate::me::cli::run;"),
        ],
        wanted: "tree may not use cli",
    },
    // Of a room that hands it on and may use it itself.
    Breach {
        files: &[
            ("src/load/mod.rs", "pub use crate::locate::Location;"),
            ("src/model/ids.rs", "use crate::load::Location;"),
        ],
        wanted: "model may not use locate",
    },
    Breach {
        files: &[
            ("src/load/mod.rs", "pub use crate::locate as place;"),
            (
                "src/model/ids.rs",
                "fn planted(_: crate::load::place::Location) {}",
            ),
        ],
        wanted: "model may not use locate",
    },
    Breach {
        files: &[
            ("src/load/mod.rs", "pub use crate::locate::*;"),
            ("src/model/ids.rs", "use crate::load::absolute;"),
        ],
        wanted: "model may not use locate",
    },
    // In a block, and in an inline module.
    Breach {
        files: &[(
            "src/tree/map.rs",
            "fn planted() { use crate::{cli}; drop(cli::run([])); }",
        )],
        wanted: "tree may not use cli",
    },
    Breach {
        files: &[(
            "src/tree/map.rs",
            "mod planted { use super::super::super::cli::run; }",
        )],
        wanted: "tree may not use cli",
    },
    // As a file of its own.
    Breach {
        files: &[(
            "src/tree/mod.rs",
            "#[path = \"../verify/baseline_claims.rs\"] mod planted;",
        )],
        wanted: "tree may not use verify",
    },
    Breach {
        files: &[("src/lib.rs", "pub mod attic;"), ("src/attic.rs", "")],
        wanted: "attic has no row",
    },
];

fn plant(breach: &Breach) -> Sources {
    let with = |sources: Sources, (path, text): &(&str, &str)| sources.with(path, text);
    breach.files.iter().fold(own(), with)
}

#[test]
fn every_planted_breach_is_found() {
    for breach in PLAIN.iter().chain(HIDDEN) {
        let house = House::of(&plant(breach));
        let found = house.breaches();
        let is_told = found.iter().any(|b| b.starts_with(breach.wanted));
        assert!(
            is_told,
            "{:?}: {} is not among {found:?}",
            breach.files, breach.wanted
        );
    }
}

/// Why names are resolved: a search for `crate::ROOM`, as it was before, sees nothing of what is hidden.
#[test]
fn a_search_of_the_text_would_miss_what_is_hidden() {
    let finds = |breach: &&Breach| {
        breach.files.iter().any(|(path, text)| {
            let own = path.trim_start_matches("src/").split(['/', '.']).next();
            let row = ROOMS.iter().find(|(room, _)| Some(*room) == own);
            let permits = |other: &str| Some(other) == own || row.is_none_or(|(_, all)| all.contains(&other));
            let mut others = ROOMS.iter().filter(|(other, _)| !permits(other));
            others.any(|(other, _)| text.contains(&format!("crate::{other}")))
        })
    };
    assert_eq!(PLAIN.iter().filter(finds).count(), PLAIN.len());
    assert_eq!(HIDDEN.iter().filter(finds).count(), 0);
}

#[test]
fn what_only_tests_compile_may_reach_further() {
    let text =
        "#[cfg(test)] mod planted { use crate::cli::run; fn planted() { drop(crate::cli::run([])); } }";
    let house = House::of(&own().with("src/tree/map.rs", text));
    assert_eq!(house.breaches(), Vec::<String>::new());
}

#[test]
fn a_table_that_permits_too_much_is_a_breach() {
    let house = House::of(&own());
    let mut table = ROOMS.to_vec();
    table.push(("attic", &[]));
    table
        .iter_mut()
        .filter(|(room, _)| *room == "whole_file")
        .for_each(|row| row.1 = &["visible"]);
    let table: &Table = &table;
    let found = breaches(table, &rooms(&house.modules), &plan(&house.modules, &house.uses));
    assert_eq!(
        found,
        [
            "there is no room attic",
            "whole_file may use visible, and does not"
        ]
    );
}

#[test]
fn a_path_that_leads_nowhere_and_a_file_of_nobody_are_told() {
    let sources = own()
        .with("src/tree/map.rs", "use crate::nowhere::Thing;")
        .with("src/attic.rs", "");
    let house = House::of(&sources);
    assert!(
        house.lost.iter().any(|l| l.ends_with("crate::nowhere::Thing")),
        "{:?}",
        house.lost
    );
    assert_eq!(house.modules.strays(&sources), ["src/attic.rs"]);
}

#[test]
fn a_disk_that_is_read_while_planning_is_found() {
    for text in [
        "fn planted() { drop(std::fs::read(\"/etc/hosts\")); }",
        "use std::{fs, rc};",
        "use crate::facts::Recipe; fn planted() { drop(Recipe::read(std::path::Path::new(\"/\"), None)); }",
    ] {
        let planted = own().with("src/plan/service_facts.rs", text);
        let found = crate::rooms::reaching(&House::of(&planted).modules);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
    }
}

#[test]
fn a_control_that_proves_or_lowers_is_found() {
    for (file, text) in [
        ("devices.rs", "use crate::plan::claim::Claim;"),
        // Grouped, by way of the parents, under another name, where it is called.
        ("ports/carry.rs", "use crate::plan::{context, claim as proof};"),
        ("user/mod.rs", "fn planted(_: super::super::lower::Edit) {}"),
        (
            "tmpfs.rs",
            "use crate::lower as words; fn planted(_: words::Op) {}",
        ),
        (
            "cure.rs",
            "fn planted() { drop(crate::plan::claim::Claim::NoRootProcess); }",
        ),
        ("init.rs", "use crate::lower::compose::Compose;"),
    ] {
        let planted = own().with(&format!("src/controls/{file}"), text);
        let found = lowering(&House::of(&planted).uses);
        assert!(!found.is_empty(), "{text}");
        let is_there = |at: &String| at.starts_with(&format!("src/controls/{file}:"));
        assert!(found.iter().all(is_there), "{text}: {found:?}");
    }
    // Of a module that hands it on.
    let handed_on = own()
        .with("src/plan/decision.rs", "pub use super::claim::Claim as Proof;")
        .with("src/controls/devices.rs", "use crate::plan::decision::Proof;");
    let found = lowering(&House::of(&handed_on).uses);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn every_planted_circle_is_found() {
    for files in [
        // Two files that use each other.
        &[
            ("src/act/person.rs", "use super::layers::look;"),
            ("src/act/layers.rs", "use crate::act::person;"),
        ][..],
        // Three, the last by a path in an expression.
        &[
            (
                "src/load/units.rs",
                "use super::scalar::planted_1; pub fn planted() {}",
            ),
            (
                "src/load/scalar.rs",
                "use super::{base64::planted_2}; pub fn planted_1() {}",
            ),
            (
                "src/load/base64.rs",
                "pub fn planted_2() { super::units::planted(); }",
            ),
        ],
        // Two folders, in files that do not meet themselves.
        &[
            ("src/facts/config/values.rs", "use crate::facts::local::Local;"),
            ("src/facts/local/shell.rs", "use crate::facts::config::Config;"),
        ],
        // Two rooms.
        &[("src/plan/mod.rs", "use crate::controls::CONTROLS as ALL;")],
    ] {
        let planted = files
            .iter()
            .fold(own(), |sources, (path, text)| sources.with(path, text));
        let circles = House::of(&planted).circles();
        assert_eq!(circles.len(), 1, "{files:?}: {circles:?}");
        let told = |(path, _): &(&str, &str)| circles[0].iter().any(|at| at.starts_with(path));
        assert!(files.iter().all(told), "{files:?}: {circles:?}");
    }
}

/// Also what a macro makes of its rows counts.
#[test]
fn a_second_meaning_of_a_name_is_found() {
    for text in [
        "pub struct ServiceConfig;",
        "enum Verdict {}",
        "type Intent = u8;",
    ] {
        let house = House::of(&own().with("src/nearest.rs", text));
        let doubled = house.modules.types.values().filter(|places| places.len() > 1);
        assert_eq!(doubled.count(), 1, "{text}");
    }
}
