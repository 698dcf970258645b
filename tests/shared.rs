//! The loader against Compose's own answers for the shared sets, where they are at hand (`../shared`, or the
//! folder in `NRCOMPOSE_SHARED`). Nothing of them is in this repository.
//!
//! With `NRCOMPOSE_DIFFERENTIAL=1` the answers are those of the `docker compose` on PATH instead of the stored
//! ones, so that a new version of Compose is checked in minutes:
//! `NRCOMPOSE_DIFFERENTIAL=1 cargo test --release --test shared -- --nocapture`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that reports its score"
)]

#[path = "support/docker_config.rs"]
mod docker_config;
#[path = "support/report.rs"]
mod report;
mod support;

use nrcompose::cli::split::split;
use nrcompose::load::Options;
use nrcompose::locate::ProcessSettings;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use support::sets::{Corpus, json, settings_of, unpacked};
use support::{difference, model};

/// One input and what Compose makes of it; no model means that Compose refuses it.
struct Case {
    name: String,
    arguments: Vec<String>,
    directory: PathBuf,
    environment: Vec<(String, String)>,
    stdin: String,
    wanted: Option<Value>,
    /// Texts of the input that stand for a path in the answer.
    places: Vec<(String, String)>,
}

#[derive(Default)]
struct Score {
    same: usize,
    accepted: usize,
    refused: usize,
    rejected: usize,
    wrong: Vec<String>,
}

impl Case {
    fn settings(&self) -> (ProcessSettings, Vec<String>) {
        let line = split(self.arguments.iter().cloned()).unwrap();
        let services = line
            .tail
            .iter()
            .filter(|w| !w.starts_with('-') && *w != "json")
            .cloned()
            .collect();
        let environment = self.environment.iter().cloned().collect();
        let settings = settings_of(&self.arguments, &self.directory, environment, &self.stdin);
        (settings, services)
    }

    /// What the Compose on PATH says.
    fn ask(&self) -> Option<Value> {
        let mut child = Command::new("docker")
            .arg("compose")
            .args(&self.arguments)
            .current_dir(&self.directory)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment.iter().map(|(k, v)| (k, v)))
            // The case has a home of its own, and Compose may be a plugin in this one's.
            .env("DOCKER_CONFIG", docker_config::folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        _ = child.stdin.take().unwrap().write_all(self.stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        output
            .status
            .success()
            .then(|| self.renamed(&serde_json::from_slice(&output.stdout).unwrap()))
    }

    fn judge(&self, score: &mut Score) {
        let (settings, services) = self.settings();
        let options = Options {
            newest: knows_newest_keys(),
            services,
            ..Options::default()
        };
        let got = model(&settings, &options);
        let wanted = match &*ASKED {
            Some(_) => self.ask(),
            None => self.wanted.clone(),
        };
        match (wanted, got) {
            (None, Err(error)) => {
                assert!(error.contains("help:"), "no help in: {error}");
                score.rejected += 1;
                score.refused += 1;
            }
            (None, Ok(_)) => {
                score.rejected += 1;
                score.wrong.push(format!("{}: Compose refuses it", self.name));
            }
            (Some(_), Err(error)) => {
                score.accepted += 1;
                score.wrong.push(format!(
                    "{}: {}",
                    self.name,
                    error.lines().next().unwrap_or_default()
                ));
            }
            (Some(wanted), Ok(got)) => {
                score.accepted += 1;
                match difference(&wanted, &self.renamed(&got)) {
                    None => score.same += 1,
                    Some(difference) => score.wrong.push(format!("{}: {difference}", self.name)),
                }
            }
        }
    }

    fn renamed(&self, got: &Value) -> Value {
        let text = self
            .places
            .iter()
            .fold(got.to_string(), |text, (from, to)| text.replace(from, to));
        serde_json::from_str(&text).unwrap()
    }
}

/// Whose answers count: the stored ones, or those of the `docker compose` on PATH, by its version.
static ASKED: LazyLock<Option<String>> = LazyLock::new(|| {
    std::env::var_os("NRCOMPOSE_DIFFERENTIAL")?;
    let mut command = Command::new("docker");
    command.args(["compose", "version", "--short"]);
    let output = command
        .env("DOCKER_CONFIG", docker_config::folder())
        .output()
        .unwrap();
    let version = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    assert!(
        output.status.success(),
        "there is no docker compose to compare with"
    );
    report::line(&format!("compared with docker compose {version}"));
    Some(version)
});

/// Whether keys count that only versions after 2.40 know; the stored answers are of that one.
fn knows_newest_keys() -> bool {
    let Some(version) = &*ASKED else { return false };
    let mut numbers = version
        .trim_start_matches('v')
        .split(['.', '-'])
        .map(|n| n.parse().unwrap_or(0));
    (numbers.next(), numbers.next()) > (Some(2), Some(40))
}

impl Score {
    fn report(&self, set: &str, accepted: f64, rejected: f64) {
        let share = |a: usize, b: usize| {
            100.0 * f64::from(u32::try_from(a).unwrap()) / f64::from(u32::try_from(b.max(1)).unwrap())
        };
        let (same, refused) = (
            share(self.same, self.accepted),
            share(self.refused, self.rejected),
        );
        report::line(&format!(
            "{set}: same model {}/{} = {same:.2} %, refused too {}/{} = {refused:.2} %",
            self.same, self.accepted, self.refused, self.rejected
        ));
        self.wrong.iter().for_each(|w| report::line(&format!("  {w}")));
        assert!(
            same >= accepted && refused >= rejected,
            "{set} is below {accepted} % and {rejected} %"
        );
    }
}

fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|v| v.as_str().map(str::to_owned))
        .collect()
}

fn folders(root: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    if root.join("case.json").exists() {
        found.push(root.to_owned());
        return;
    }
    entries
        .iter()
        .filter(|e| e.is_dir())
        .for_each(|e| folders(e, found));
}

/// A folder of the conformance set, and whether `score.py` leaves it to us.
fn case(folder: &Path) -> Option<(Case, bool)> {
    let case = json(&folder.join("case.json"));
    let expected = folder.join("expected.v2.40.3.json");
    let expected = expected.exists().then(|| json(&expected)["full"].clone())?;
    let code = expected["rc"].as_i64()?;
    let mut arguments = Vec::new();
    let mut flag = |name: &str, value: &Value| {
        arguments.extend(
            value
                .as_str()
                .map(|v| [name.to_owned(), v.to_owned()])
                .into_iter()
                .flatten(),
        );
    };
    flag("-p", &case["project"]);
    flag("--project-directory", &case["wd"]);
    for (name, key) in [
        ("--profile", "profiles"),
        ("--env-file", "env_files"),
        ("-f", "compose"),
    ] {
        texts(&case[key])
            .iter()
            .for_each(|value| flag(name, &Value::from(value.as_str())));
    }
    arguments.extend(["config", "--format", "json"].map(str::to_owned));
    if case["args"].is_array() {
        arguments = texts(&case["args"]);
    }
    let directory = folder.join(case["cwd"].as_str().unwrap_or_default());
    let mut environment = vec![
        ("HOME".to_owned(), "/home/nrc".to_owned()),
        ("PWD".to_owned(), directory.display().to_string()),
    ];
    let own = case["env"].as_object().into_iter().flatten();
    environment.extend(own.map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned())));
    let places = vec![
        (folder.display().to_string(), "@CASE@".to_owned()),
        ("/home/nrc".to_owned(), "@HOME@".to_owned()),
        // answers that name the folder above were stored with where it was
        (
            folder.parent().unwrap().display().to_string(),
            "@PARENT@".to_owned(),
        ),
    ];
    let wanted = (code == 0).then(|| {
        let text = expected["out"].to_string();
        serde_json::from_str(&parents(&text, "/tmp/research/conformance/")).unwrap()
    });
    let skipped = case["kind"] == "cli" || case["test_only"].as_array().is_some_and(|a| !a.is_empty());
    let case = Case {
        name: folder.display().to_string(),
        arguments,
        directory,
        environment,
        stdin: case["stdin"].as_str().unwrap_or_default().to_owned(),
        wanted,
        places,
    };
    Some((case, skipped))
}

/// `/tmp/research/conformance/cases/2.9.1/volume-spec/x` names the folder above the case.
fn parents(text: &str, prefix: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(prefix) {
        out.push_str(&rest[..at]);
        let path = &rest[at..];
        let end = path.find('"').unwrap();
        let last = path[..end].rfind('/').unwrap();
        out.push_str("@PARENT@");
        out.push_str(&path[last..end]);
        rest = &path[end..];
    }
    out + rest
}

#[test]
fn conformance() {
    let Some(root) = unpacked("conformance/open.tar.xz") else {
        return;
    };
    let mut found = Vec::new();
    folders(root.path(), &mut found);
    let (mut score, mut ours) = (Score::default(), Score::default());
    for folder in found {
        if let Some((case, skipped)) = case(&folder) {
            case.judge(if skipped { &mut ours } else { &mut score });
        }
    }
    score.report("conformance", 99.0, 97.0);
    report::line(&format!(
        "cases that bring their own way of calling: {}",
        ours.accepted + ours.rejected
    ));
    ours.report("these", 99.0, 97.0);
}

#[test]
fn corpus() {
    let Some(corpus) = Corpus::open() else {
        return;
    };
    let mut score = Score::default();
    for input in corpus.alone().into_iter().chain(corpus.among_others()) {
        let config = ["config", "--format", "json"].map(str::to_owned);
        let case = Case {
            environment: input.environment(),
            name: input.name,
            arguments: input.arguments.into_iter().chain(config).collect(),
            directory: input.directory,
            stdin: String::new(),
            wanted: input.golden.exists().then(|| json(&input.golden)),
            places: vec![(corpus.files().display().to_string(), "@ROOT@".to_owned())],
        };
        case.judge(&mut score);
    }
    score.report("corpus", 99.5, 97.0);
}
