//! The shared sets, where they are at hand: `../shared`, or the folder in `NRCOMPOSE_SHARED`. Nothing of them is in
//! this repository.

#![allow(clippy::print_stdout, reason = "a set that is left out is told")]

use nrcompose::cli::split::split;
use nrcompose::locate::{ProcessSettings, Stdin};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Settings of a command line of Compose, with these variables and nothing of this process.
pub(crate) fn settings_of(
    arguments: &[String],
    directory: &Path,
    environment: indexmap::IndexMap<String, String>,
    stdin: &str,
) -> ProcessSettings {
    let line = split(arguments.iter().cloned()).unwrap();
    ProcessSettings {
        files: line.all("file"),
        project_name: line.last("project-name"),
        project_directory: line.last("project-directory").map(PathBuf::from),
        env_files: line.all("env-file"),
        profiles: line.all("profile"),
        all_resources: line.has("all-resources"),
        cwd: directory.to_owned(),
        environment,
        stdin: Stdin::with(stdin),
        ..ProcessSettings::default()
    }
}

/// The folder of a shared set, unpacked; none where it is not at hand.
pub(crate) fn unpacked(archive: &str) -> Option<tempfile::TempDir> {
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

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Compose files as people publish them.
pub(crate) struct Corpus(tempfile::TempDir);

/// One of them, and how Compose is called for it.
pub(crate) struct Input {
    pub name: String,
    pub arguments: Vec<String>,
    pub directory: PathBuf,
    /// What Compose makes of it. No such file: it refuses it.
    pub golden: PathBuf,
}

impl Input {
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        vec![
            ("HOME".to_owned(), "/root".to_owned()),
            ("PWD".to_owned(), self.directory.display().to_string()),
        ]
    }
}

impl Corpus {
    pub(crate) fn open() -> Option<Self> {
        unpacked("corpus/dev.tar.xz").map(Self)
    }

    /// Where they stand.
    pub(crate) fn files(&self) -> PathBuf {
        self.0.path().join("corpus")
    }

    /// Every file by itself.
    pub(crate) fn alone(&self) -> Vec<Input> {
        let rows = rows(&self.0.path().join("corpus.tsv"), &["path"]);
        let inputs = rows.into_iter().map(|row| {
            let file = self.files().join(&row[0]);
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            Input {
                arguments: vec!["-f".to_owned(), name],
                directory: file.parent().unwrap().to_owned(),
                golden: self.0.path().join(format!("golden/{}.json", row[0])),
                name: row[0].clone(),
            }
        });
        inputs.collect()
    }

    /// Files that are called with others, or with more than their name, and which Compose accepts so.
    pub(crate) fn among_others(&self) -> Vec<Input> {
        let place = self.files().display().to_string();
        let rows = rows(&self.0.path().join("corpus-with.tsv"), &["path", "cwd", "args"]);
        let inputs = rows.into_iter().map(|row| Input {
            arguments: row[2]
                .replace("@ROOT@", &place)
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            directory: PathBuf::from(row[1].replace("@ROOT@", &place)),
            golden: self.0.path().join(format!("golden/{}.with.json", row[0])),
            name: row[0].clone(),
        });
        inputs.filter(|i| i.golden.exists()).collect()
    }
}

/// These columns of a table with a header.
fn rows(table: &Path, columns: &[&str]) -> Vec<Vec<String>> {
    let text = fs::read_to_string(table).unwrap();
    let mut lines = text.lines().map(|l| l.split('\t').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let places: Vec<usize> = columns
        .iter()
        .map(|name| header.iter().position(|h| h == name).unwrap())
        .collect();
    lines
        .map(|row| places.iter().map(|at| row[*at].to_owned()).collect())
        .collect()
}
