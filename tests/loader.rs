//! The loader against what Docker Compose 2.40.3 said of the same files: one folder a table of `src/load/`.
//!
//! `expected.json` is what `docker compose --profile '*' --all-resources config --format json` printed, with
//! `@CASE@` for the folder; [`ANSWERS`] has the others. `cargo test --test loader -- --ignored` compares with the
//! Compose on PATH instead. That each row is missed by a case is tested in `src/render/model/rows.rs`.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its own files has failed"
)]

mod support;

use nrcompose::load::{Options, tables};
use nrcompose::render::Format;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use support::{difference, model, model_as, settings};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/loader");
    let mut cases: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 5);
    cases
}

fn files(case: &Path) -> Vec<&'static str> {
    let all = ["compose.yaml", "override.yaml"];
    all.into_iter().filter(|f| case.join(f).exists()).collect()
}

/// What Compose prints of a case, by the file that has it: `config` with these flags.
const ANSWERS: [(&str, &[&str]); 3] = [
    ("expected.json", &["--format", "json"]),
    ("expected.yaml", &[]),
    // Not where Compose refuses a case that it takes with its variables filled in.
    ("uninterpolated.json", &["--no-interpolate", "--format", "json"]),
];

fn ours(case: &Path, answer: &str) -> Result<Value, String> {
    let mut settings = settings(case, &files(case), &[("HOME", "/home/me")]);
    settings.profiles = vec!["*".to_owned()];
    settings.all_resources = true;
    let options = Options {
        interpolate: answer != "uninterpolated.json",
        ..Options::default()
    };
    let format = match answer.ends_with(".yaml") {
        true => Format::Yaml,
        false => Format::Json,
    };
    model_as(&settings, &options, format)
}

fn read(answer: &str, text: &str) -> Value {
    match answer.ends_with(".yaml") {
        true => serde_yaml::from_str(text).unwrap(),
        false => serde_json::from_str(text).unwrap(),
    }
}

/// Compose's message about a case that it refuses; ours is in our own words.
const REFUSED: &str = "refused.txt";

/// The cases and each of their answers that is written down.
fn answers() -> Vec<(PathBuf, &'static str, String)> {
    let of = |case: PathBuf| {
        ANSWERS.iter().filter_map(move |(answer, _)| {
            let text = fs::read_to_string(case.join(answer)).ok()?;
            Some((case.clone(), *answer, text))
        })
    };
    cases().into_iter().flat_map(of).collect()
}

#[test]
fn every_case_is_what_compose_made_of_it() {
    let mut wrong = Vec::new();
    for (case, answer, text) in answers() {
        let parent = case.parent().unwrap().display().to_string();
        let text = text
            .replace("@CASE@", &case.display().to_string())
            .replace("@CASES@", &parent);
        let at = case.join(answer).display().to_string();
        match ours(&case, answer) {
            Ok(got) => wrong.extend(difference(&read(answer, &text), &got).map(|d| format!("{at}: {d}"))),
            Err(error) => wrong.push(format!("{at}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_compose_refuses_is_refused() {
    let refused = || cases().into_iter().filter(|case| case.join(REFUSED).exists());
    assert!(refused().count() > 5);
    let taken: Vec<PathBuf> = refused()
        .filter(|case| ours(case, "expected.json").is_ok())
        .collect();
    assert!(taken.is_empty(), "{taken:?}");
}

#[test]
#[ignore = "needs docker compose on PATH"]
fn every_case_is_what_the_compose_on_path_makes_of_it() {
    let config = |case: &Path, flags: &[&str]| {
        let mut command = std::process::Command::new("docker");
        command
            .args(["compose", "--profile", "*", "--all-resources"])
            .current_dir(case)
            .env("HOME", "/home/me");
        for file in files(case) {
            command.args(["-f", file]);
        }
        command.arg("config").args(flags).output().unwrap()
    };
    for case in cases().into_iter().filter(|case| case.join(REFUSED).exists()) {
        assert!(!config(&case, &[]).status.success(), "{}", case.display());
    }
    for (case, answer, _) in answers() {
        let flags = ANSWERS.iter().find(|(name, _)| *name == answer).unwrap().1;
        let output = config(&case, flags);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let wanted = read(answer, &String::from_utf8(output.stdout).unwrap());
        let different = difference(&wanted, &ours(&case, answer).unwrap());
        assert_eq!(different, None, "{}", case.join(answer).display());
    }
}

/// A row without a case is a row nobody would miss.
#[test]
fn every_row_of_every_table_has_a_case() {
    let mut wrong = Vec::new();
    for (table, rows) in tables() {
        let case = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/loader")
            .join(table);
        let written: Vec<BTreeSet<String>> =
            files(&case).into_iter().map(|f| places(&case.join(f))).collect();
        for row in rows {
            // what only a later version knows cannot be in a case of this one
            let newer = row.contains("pre_start") || row.contains("no_cache_filter");
            if !newer
                && !written
                    .iter()
                    .all(|places| places.iter().any(|p| stands_for(row, p)))
            {
                wrong.push(format!("{table}: {row}"));
            }
        }
    }
    assert!(wrong.is_empty(), "rows without a case:\n{}", wrong.join("\n"));
}

/// All paths of a file.
fn places(file: &Path) -> BTreeSet<String> {
    fn walk(value: &serde_yaml::Value, path: &str, all: &mut BTreeSet<String>) {
        all.insert(path.to_owned());
        let below = |key: &str| {
            if path.is_empty() {
                key.to_owned()
            } else {
                format!("{path}\0{key}")
            }
        };
        match value {
            serde_yaml::Value::Mapping(map) => {
                map.iter()
                    .for_each(|(k, v)| walk(v, &below(k.as_str().unwrap()), all));
            }
            serde_yaml::Value::Sequence(items) => items.iter().for_each(|v| walk(v, &below("-"), all)),
            _ => {}
        }
    }
    let value = serde_yaml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let mut all = BTreeSet::new();
    walk(&value, "", &mut all);
    all
}

fn stands_for(row: &str, path: &str) -> bool {
    let (row, path): (Vec<&str>, Vec<&str>) = (row.split('.').collect(), path.split('\0').collect());
    row.len() == path.len() && row.iter().zip(&path).all(|(r, p)| *r == "*" || r == p)
}

/// What a person reads: the place, the line, what is wrong, and what to do.
#[test]
fn errors_name_their_place_and_a_way_out() {
    let rows = [
        (
            "services:\n  a:\n    image: x\n    user: 1000\n",
            "compose.yaml:4:11",
            "must be a string",
            "\"1000\"",
        ),
        (
            "services:\n  a:\n    image: x\n    prots: []\n",
            "compose.yaml:4:5",
            "does not know",
            "did you mean `ports`",
        ),
        (
            "services:\n  a:\n    image: ${X:?set me}\n",
            "compose.yaml:3:12",
            "set me",
            "set X",
        ),
        (
            "services:\n  a:\n    image: x${\n",
            "compose.yaml:3:12",
            "template",
            "$$",
        ),
        (
            "services:\n  a: {image: x, image: y}\n",
            "compose.yaml:2:17",
            "repeated",
            "remove one",
        ),
        (
            "services:\n  a:\n    image: [x\n",
            "compose.yaml:3:12",
            "reading YAML",
            "correct the YAML",
        ),
        (
            "services:\n  a:\n    image: x\n    ports: ['x:80']\n",
            "compose.yaml:4:13",
            "host port",
            "PUBLISHED",
        ),
        (
            "services:\n  a:\n    image: x\n    volumes: [vol:/v]\n",
            "compose.yaml:4:15",
            "not defined",
            "add `vol:`",
        ),
        (
            "services:\n  a:\n    image: x\n    depends_on: [b]\n",
            "compose.yaml:4:18",
            "does not exist",
            "correct",
        ),
        (
            "services:\n  a:\n    image: x\n    mem_limit: 5x\n",
            "compose.yaml:4:16",
            "not a size",
            "64m",
        ),
        (
            "services:\n  a: {extends: b}\n  b: {extends: a}\n",
            "compose.yaml:",
            "circle",
            "stand on its own",
        ),
        (
            "include: [https://example.org/x.git]\nservices: {}\n",
            "compose.yaml:1:11",
            "another machine",
            "--nr-loader",
        ),
        (
            "x: &a [*a]\n",
            "compose.yaml:1:8",
            "contains itself",
            "own anchor",
        ),
        ("- a\n", "compose.yaml:1:1", "not a mapping", "services:"),
        ("", "", "is empty", "describe at least one service"),
    ];
    let directory = tempfile::tempdir().unwrap();
    for (text, place, what, help) in rows {
        fs::write(directory.path().join("compose.yaml"), text).unwrap();
        let settings = settings(directory.path(), &["compose.yaml"], &[]);
        let error = model(&settings, &Options::default()).unwrap_err();
        for part in [place, what, help, "help:"] {
            assert!(error.contains(part), "{text:?} should say {part:?}:\n{error}");
        }
    }
}

/// The text an override repeats: never a value that a variable was filled into.
#[test]
fn what_the_author_wrote_stays_with_each_node() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("sub")).unwrap();
    fs::write(
        directory.path().join("compose.yaml"),
        "services:\n  a:\n    image: x:${TAG:-1}\n    ports: ['${PORT:-80}:80', '8000-8001:90-91']\n    volumes: ['${DIR:-./d}:/d']\n    \
         environment: ['A=${SECRET:-s}', B=1]\n    stop_grace_period: 90s\n    healthcheck: {retries: 010}\n  b:\n    \
         extends: {service: c, file: sub/c.yaml}\n",
    )
    .unwrap();
    fs::write(
        directory.path().join("sub/c.yaml"),
        "services: {c: {image: x, volumes: ['./d:/d', 'v:/v']}}\nvolumes: {v: }\n",
    )
    .unwrap();
    let settings = settings(directory.path(), &["compose.yaml"], &[]);
    let location = nrcompose::locate::locate(&settings).unwrap();
    let options = Options {
        consistency: false,
        ..Options::default()
    };
    let project = nrcompose::load::load(&location, &options).unwrap();
    let raw = |path: &[&str]| {
        let path = nrcompose::tree::Path::of(["services"].iter().chain(path).copied());
        project.tree.at(&path).unwrap().raw.as_deref().map(str::to_owned)
    };
    let is = |text: &str| Some(text.to_owned());
    assert_eq!(raw(&["a", "image"]), is("x:${TAG:-1}"));
    assert_eq!(raw(&["a", "ports", "0"]), is("${PORT:-80}:80"));
    assert_eq!(raw(&["a", "ports", "1"]), is("8000-8001:90-91"));
    assert_eq!(raw(&["a", "ports", "2"]), is("8000-8001:90-91"));
    assert_eq!(raw(&["a", "volumes", "0"]), is("${DIR:-./d}:/d"));
    assert_eq!(raw(&["a", "environment", "A"]), is("${SECRET:-s}"));
    assert_eq!(raw(&["a", "environment", "B"]), None);
    assert_eq!(raw(&["a", "stop_grace_period"]), is("90s"));
    assert_eq!(raw(&["a", "healthcheck", "retries"]), is("010"));
    // a path from another directory means something else here
    assert_eq!(raw(&["b", "volumes", "0"]), None);
    assert_eq!(raw(&["b", "volumes", "1"]), is("v:/v"));
}
