//! Our list of Compose's commands and global flags against what the installed Compose says of itself.

use crate::scene::{help_of, help_of_compose};
use nrcompose::cli::compose_line::{FLAGS, UP_FLAGS, VERBS};
use std::collections::BTreeSet;

/// What Compose's own help leaves out: Cobra's, older names, and what is tried out.
const HIDDEN_VERBS: [&str; 5] = ["alpha", "completion", "convert", "help", "viz"];
const HIDDEN_FLAGS: [&str; 5] = ["help", "no-ansi", "verbose", "version", "workdir"];

#[test]
fn each_stands_once() {
    assert!(VERBS.windows(2).all(|w| w[0].name < w[1].name));
    let names: BTreeSet<&str> = FLAGS.iter().map(|f| f.name).collect();
    let letters: Vec<char> = FLAGS.iter().filter_map(|f| f.short).collect();
    assert_eq!(names.len(), FLAGS.len());
    assert_eq!(letters.iter().collect::<BTreeSet<_>>().len(), letters.len());
}

#[test]
fn commands_are_those_that_compose_lists() {
    let Some(help) = help_of_compose() else { return };
    let lists = help.split("ommands:\n").skip(1);
    let lines = lists.flat_map(|list| list.lines().take_while(|line| line.starts_with("  ")));
    let theirs: BTreeSet<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(theirs.contains("up"), "{help}");
    let ours: BTreeSet<&str> = VERBS.iter().map(|v| v.name).collect();
    let hidden = BTreeSet::from(HIDDEN_VERBS);
    assert_eq!(
        &ours - &hidden,
        theirs,
        "ours without the hidden ones, and theirs"
    );
}

#[test]
fn global_flags_are_those_that_compose_lists() {
    let Some(help) = help_of_compose() else { return };
    let list = help
        .split("Options:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let theirs: BTreeSet<(&str, Option<char>, bool)> = list.lines().filter_map(listed).collect();
    assert!(theirs.contains(&("file", Some('f'), true)), "{theirs:?}");
    let ours = FLAGS.iter().filter(|f| !HIDDEN_FLAGS.contains(&f.name));
    let ours: BTreeSet<_> = ours.map(|f| (f.name, f.short, f.takes_value)).collect();
    assert_eq!(ours, theirs, "ours without the hidden ones, and theirs");
}

#[test]
fn flags_of_a_start_are_those_that_compose_lists() {
    let (Some(up), Some(watch)) = (help_of(&["up"]), help_of(&["watch"])) else {
        return;
    };
    let both = [&up, &watch];
    let lists = both.iter().filter_map(|help| help.split("Options:\n").nth(1));
    let theirs: BTreeSet<(&str, Option<char>, bool)> =
        lists.flat_map(str::lines).filter_map(listed).collect();
    assert!(theirs.contains(&("timeout", Some('t'), true)), "{theirs:?}");
    let ours: BTreeSet<_> = UP_FLAGS
        .iter()
        .map(|f| (f.name, f.short, f.takes_value))
        .collect();
    assert_eq!(ours, theirs, "ours and theirs");
}

/// `  -f, --file stringArray   Compose configuration files`: name, letter, whether it takes a value.
fn listed(line: &str) -> Option<(&str, Option<char>, bool)> {
    let (before, after) = line.split_once("--")?;
    // A flag in the words about another stands further right.
    let letter = match before.trim() {
        "" if before.len() <= 6 => None,
        letter => Some(letter.strip_prefix('-')?.strip_suffix(',')?.chars().next()?),
    };
    let (name, rest) = after.split_once(' ')?;
    Some((name, letter, !rest.starts_with(' ')))
}
