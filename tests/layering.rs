//! The data flows one way: no stage imports a later one. And no file grows beyond what one can read.

use std::fs;
use std::path::{Path, PathBuf};

/// The stages, first to last. What is common ground (`tree`, `diagnostic` …) may be used by all and uses none.
const STAGES: &[&str] = &[
    "locate", "load", "model", "facts", "plan", "controls", "render", "act", "verify", "cli",
];

/// Pairs of neighbours that belong together: the plan runs the controls, and controls make the plan's decisions.
const TOGETHER: &[(&str, &str)] = &[("plan", "controls")];

/// Above this a file needs a reason.
const LONG: usize = 800;

#[test]
fn no_stage_imports_a_later_one() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(stage) = stage_of(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for used in line.match_indices("crate::").filter_map(|(at, word)| {
                line[at + word.len()..]
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
            }) {
                let Some(other) = STAGES.iter().position(|s| *s == used) else {
                    continue;
                };
                if other > stage && !TOGETHER.contains(&(STAGES[stage], used)) {
                    wrong.push(format!(
                        "{}:{}: {} imports {used}",
                        path.display(),
                        number + 1,
                        STAGES[stage]
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut sizes: Vec<(usize, PathBuf)> = sources()
        .into_iter()
        .map(|(p, t)| (t.lines().count(), p))
        .collect();
    sizes.sort();
    let median = sizes[sizes.len() / 2].0;
    for (lines, path) in sizes.iter().rev().take(5) {
        println!("{lines:5} {}", path.display());
    }
    println!("{} files, median {median} lines", sizes.len());
    let long: Vec<_> = sizes.iter().filter(|(lines, _)| *lines > LONG).collect();
    assert!(long.is_empty(), "{long:?}");
    assert!(median <= 150, "the median file has {median} lines");
}

fn stage_of(path: &Path) -> Option<usize> {
    let first = path.strip_prefix("src").ok()?.components().next()?;
    let name = Path::new(first.as_os_str()).file_stem()?.to_str()?.to_owned();
    STAGES.iter().position(|s| *s == name)
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![PathBuf::from("src")];
    let mut out = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap_or_default();
                out.push((path, text));
            }
        }
    }
    assert!(out.len() > 50, "the tests run in the crate's folder");
    out
}
