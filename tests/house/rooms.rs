//! Which room may use which: one table, for every room. A room is a top-level module of `src`, or the program itself.

use crate::modules::{Modules, Place};
use crate::uses::Use;
use std::collections::{BTreeMap, BTreeSet};

/// A table of rooms, each with those that it may use.
pub(crate) type Table = [(&'static str, &'static [&'static str])];

/// Every room, bottom to top: none may use one that stands further down here.
#[rustfmt::skip]
pub(crate) const ROOMS: &Table = &[
    // The common ground.
    ("capability", &[]),
    ("mark", &[]),
    ("nearest", &[]),
    ("template", &[]),
    ("visible", &[]),
    ("dotenv", &["template"]),
    ("tree", &[]),
    ("diagnostic", &["tree", "visible"]),
    ("input", &["diagnostic"]),
    ("docker", &["diagnostic"]),
    ("whole_file", &[]),
    // What the helper on an engine runs.
    ("owners", &[]),
    ("image_files", &["owners"]),
    // The port.
    ("engine", &["diagnostic", "docker", "input"]),
    // The stages.
    ("locate", &["diagnostic", "dotenv", "input", "mark", "tree"]),
    ("load", &["diagnostic", "docker", "dotenv", "locate", "nearest", "template", "tree"]),
    ("model", &["capability", "load", "tree"]),
    ("facts", &["capability", "diagnostic", "engine", "image_files", "input", "load", "locate", "model", "nearest", "owners", "template", "tree", "whole_file"]),
    ("plan", &["diagnostic", "facts", "load", "model", "nearest", "tree"]),
    ("controls", &["capability", "diagnostic", "facts", "load", "model", "plan", "template", "tree"]),
    ("lower", &["facts", "load", "model", "plan", "tree"]),
    ("render", &["diagnostic", "facts", "load", "lower", "mark", "model", "plan", "template", "tree", "visible"]),
    ("act", &["controls", "diagnostic", "docker", "engine", "facts", "input", "load", "locate", "model", "owners", "plan", "whole_file"]),
    ("verify", &["act", "capability", "diagnostic", "engine", "facts", "model", "plan", "tree", "visible"]),
    ("watch", &["engine", "plan", "verify"]),
    // All of them in a row.
    ("pipeline", &["act", "controls", "diagnostic", "docker", "engine", "facts", "input", "load", "locate", "lower", "model", "nearest", "plan", "render", "tree"]),
    // Who asks for it.
    ("cli", &["act", "diagnostic", "docker", "engine", "facts", "input", "load", "locate", "lower", "mark", "model", "nearest", "pipeline", "plan", "render", "tree", "verify", "visible", "watch", "whole_file"]),
    ("main", &["cli", "engine", "image_files", "owners", "verify"]),
];

/// What follows from an intent, each in one place: a control says what must be true, and names none of these.
const FOLLOWS: &[&[&str]] = &[&["plan", "claim"], &["lower"]];

/// Where a control names a claim or a target's words all the same.
pub(crate) fn lowering(uses: &BTreeSet<Use>) -> Vec<String> {
    let of_controls = uses
        .iter()
        .filter(|u| u.from.first().is_some_and(|room| room == "controls"));
    let follows = |to: &Place| {
        FOLLOWS
            .iter()
            .any(|words| to.iter().take(words.len()).eq(words.iter()))
    };
    of_controls
        .filter(|u| follows(&u.to))
        .map(|u| u.at.clone())
        .collect()
}

/// Rooms that work with what they are given: they reach for no file, program, variable or machine.
pub(crate) const PURE: &[&str] = &[
    "capability",
    "mark",
    "nearest",
    "template",
    "visible",
    "dotenv",
    "tree",
    "diagnostic",
    "model",
    "plan",
    "controls",
    "lower",
    "render",
];

/// What of the library of Rust reaches for those; and who reads a Dockerfile for others.
const REACHING: &[&[&str]] = &[
    &["std", "env"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "os"],
    &["std", "process"],
    &["rustix"],
    &["which"],
    &["Recipe", "read"],
    &["Recipes", "read"],
];

/// Where a room that is to be pure is not.
pub(crate) fn reaching(modules: &Modules) -> Vec<String> {
    let mut found = Vec::new();
    let pure = modules
        .all
        .iter()
        .filter(|(place, _)| place.first().is_some_and(|room| PURE.contains(&room.as_str())));
    for (_, module) in pure {
        let imports = module.imports.iter().map(|i| (&i.path, i.line));
        let mentions = module.mentions.iter().map(|m| (&m.path, m.line));
        for (path, line) in imports.chain(mentions) {
            if REACHING
                .iter()
                .any(|words| path.iter().take(words.len()).eq(words.iter()))
            {
                found.push(format!("{}:{line}: {}", module.file, path.join("::")));
            }
        }
    }
    found
}

/// What the rooms use of each other, with one place of each.
pub(crate) type Plan = BTreeMap<String, BTreeMap<String, String>>;

/// The rooms of a crate.
pub(crate) fn rooms(modules: &Modules) -> BTreeSet<String> {
    modules
        .all
        .keys()
        .filter_map(|place| place.first())
        .cloned()
        .collect()
}

/// Which room uses which, and where.
pub(crate) fn plan(modules: &Modules, uses: &BTreeSet<Use>) -> Plan {
    let mut plan = Plan::new();
    let mut note = |from: &Place, to: Option<&String>, at: &str| {
        if let (Some(from), Some(to)) = (from.first(), to)
            && from != to
        {
            let places = plan.entry(from.clone()).or_default();
            places.entry(to.clone()).or_insert_with(|| at.to_owned());
        }
    };
    for used in uses {
        note(&used.from, used.to.first(), &used.at);
    }
    // By `#[path]` a room may have a file of another compiled as its own.
    for (place, module) in &modules.all {
        let owner = module.file.trim_start_matches("src/").trim_end_matches(".rs");
        let owner = owner.split('/').next().map(str::to_owned);
        note(place, owner.filter(|o| o != "lib").as_ref(), &module.file);
    }
    plan
}

/// Everything that is not as `table` says: uses that it does not permit, rooms without a row, rows without a room, and
/// what it permits though nobody uses it.
pub(crate) fn breaches(table: &Table, rooms: &BTreeSet<String>, plan: &Plan) -> Vec<String> {
    let mut wrong = Vec::new();
    let rows: BTreeMap<&str, &[&str]> = table.iter().copied().collect();
    for room in rooms.iter().filter(|room| !rows.contains_key(room.as_str())) {
        wrong.push(format!("{room} has no row"));
    }
    for (room, permitted) in &rows {
        if !rooms.contains(*room) {
            wrong.push(format!("there is no room {room}"));
        }
        let none = BTreeMap::new();
        let used = plan.get(*room).unwrap_or(&none);
        for (other, at) in used
            .iter()
            .filter(|(other, _)| !permitted.contains(&other.as_str()))
        {
            wrong.push(format!("{room} may not use {other}: {at}"));
        }
        for other in permitted.iter().filter(|other| !used.contains_key(**other)) {
            wrong.push(format!("{room} may use {other}, and does not"));
        }
    }
    wrong
}

/// Uses of a room that stands further down in the table.
pub(crate) fn upward(table: &Table, plan: &Plan) -> Vec<String> {
    let place = |room: &str| table.iter().position(|(name, _)| *name == room);
    let mut found = Vec::new();
    for (room, used) in plan {
        for (other, at) in used {
            if place(other).is_some_and(|to| place(room).is_some_and(|from| from < to)) {
                found.push(format!("{room} uses {other}: {at}"));
            }
        }
    }
    found
}
