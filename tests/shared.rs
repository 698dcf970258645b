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

mod support;

use nrcompose::cli::split::split;
use nrcompose::load::Options;
use nrcompose::locate::{Settings, Stdin};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
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
    fn settings(&self) -> (Settings, Vec<String>) {
        let line = split(self.arguments.iter().cloned()).unwrap();
        let services = line
            .tail
            .iter()
            .filter(|w| !w.starts_with('-') && *w != "json")
            .cloned()
            .collect();
        let settings = Settings {
            files: line.all("file"),
            project_name: line.last("project-name"),
            project_directory: line.last("project-directory").map(PathBuf::from),
            env_files: line.all("env-file"),
            profiles: line.all("profile"),
            all_resources: line.has("all-resources"),
            cwd: self.directory.clone(),
            environment: self.environment.iter().cloned().collect(),
            stdin: Stdin::with(self.stdin.as_str()),
            ..Settings::default()
        };
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
            .then(|| serde_json::from_slice(&output.stdout).unwrap())
    }

    fn judge(&self, score: &mut Score) {
        let (settings, services) = self.settings();
        // the stored answers are those of a version that does not know the newest keys
        let options = Options {
            newest: false,
            services,
            ..Options::default()
        };
        let got = model(&settings, &options);
        let wanted = match std::env::var_os("NRCOMPOSE_DIFFERENTIAL") {
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

impl Score {
    fn report(&self, set: &str, accepted: f64, rejected: f64) {
        let share = |a: usize, b: usize| {
            100.0 * f64::from(u32::try_from(a).unwrap()) / f64::from(u32::try_from(b.max(1)).unwrap())
        };
        let (same, refused) = (
            share(self.same, self.accepted),
            share(self.refused, self.rejected),
        );
        println!(
            "{set}: same model {}/{} = {same:.2} %, refused too {}/{} = {refused:.2} %",
            self.same, self.accepted, self.refused, self.rejected
        );
        self.wrong.iter().for_each(|w| println!("  {w}"));
        assert!(
            same >= accepted && refused >= rejected,
            "{set} is below {accepted} % and {rejected} %"
        );
    }
}

/// The folder of a shared set, unpacked; none where it is not at hand.
fn unpacked(archive: &str) -> Option<tempfile::TempDir> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("NRCOMPOSE_SHARED").map_or(beside, PathBuf::from);
    let archive = shared.join(archive);
    if !archive.exists() {
        println!("left out: {} is not there", archive.display());
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    let status = Command::new("tar")
        .arg("-xJf")
        .arg(&archive)
        .arg("-C")
        .arg(directory.path())
        .status()
        .unwrap();
    assert!(status.success());
    Some(directory)
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

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
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
    println!(
        "cases that bring their own way of calling: {}",
        ours.accepted + ours.rejected
    );
    ours.report("these", 99.0, 97.0);
}

#[test]
fn corpus() {
    let Some(root) = unpacked("corpus/dev.tar.xz") else {
        return;
    };
    let root = root.path();
    let files = root.join("corpus");
    let place = files.display().to_string();
    let mut score = Score::default();
    let mut judge = |name: &str, directory: PathBuf, arguments: Vec<String>, golden: PathBuf| {
        let environment = vec![
            ("HOME".to_owned(), "/root".to_owned()),
            ("PWD".to_owned(), directory.display().to_string()),
        ];
        let case = Case {
            name: name.to_owned(),
            arguments: arguments
                .into_iter()
                .chain(["config", "--format", "json"].map(str::to_owned))
                .collect(),
            directory,
            environment,
            stdin: String::new(),
            wanted: golden.exists().then(|| json(&golden)),
            places: vec![(place.clone(), "@ROOT@".to_owned())],
        };
        case.judge(&mut score);
    };
    for row in rows(&root.join("corpus.tsv")) {
        let path = row[0].as_str();
        let file = files.join(path);
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        judge(
            path,
            file.parent().unwrap().to_owned(),
            vec!["-f".to_owned(), name],
            root.join(format!("golden/{path}.json")),
        );
    }
    let with = root.join("corpus-with.tsv");
    let header = fs::read_to_string(&with).unwrap();
    let column = |name: &str| {
        header
            .lines()
            .next()
            .unwrap()
            .split('\t')
            .position(|c| c == name)
            .unwrap()
    };
    let (path, cwd, arguments) = (column("path"), column("cwd"), column("args"));
    for row in rows(&with) {
        let golden = root.join(format!("golden/{}.with.json", row[path]));
        if golden.exists() {
            let words = row[arguments].replace("@ROOT@", &place);
            let words = words.split_whitespace().map(str::to_owned).collect();
            judge(
                &row[path],
                PathBuf::from(row[cwd].replace("@ROOT@", &place)),
                words,
                golden,
            );
        }
    }
    score.report("corpus", 99.5, 97.0);
}

fn rows(table: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(table).unwrap();
    text.lines()
        .skip(1)
        .map(|l| l.split('\t').map(str::to_owned).collect())
        .collect()
}
