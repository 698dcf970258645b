//! What nrcompose makes of small Compose files: one folder a case in `tests/cases/`, named `<control>-<what>`.
//!
//! A case has `compose.yaml`, perhaps `nrcompose.yaml` and `arguments`, and what must come out: `override.yaml` (from `harden`) and
//! `explain.txt`. `NRCOMPOSE_BLESS=1 cargo test --test cases` writes them anew; read the difference before you commit it.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its own files has failed"
)]

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};

fn nrcompose(case: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("nrcompose").unwrap();
    command
        .current_dir(case)
        .env_clear()
        .env("PATH", "/nowhere")
        .env("HOME", "/nowhere")
        // A plan must not depend on who runs the tests.
        .args(["--nr-user", "1000:1000", "-p", "case"])
        .args(own_arguments(case))
        .args(arguments);
    command
}

/// What the case is called with besides, one word a line: `--nr-assume` and so on.
fn own_arguments(case: &Path) -> Vec<String> {
    let text = fs::read_to_string(case.join("arguments")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir("tests/cases")
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

/// The output, whatever the exit code, with its code when that is not 0.
fn output(case: &Path, arguments: &[&str]) -> String {
    let output = nrcompose(case, arguments).output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    if !output.status.success() {
        text.push_str(&format!(
            "exit code {:?}\n{}",
            output.status.code(),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    text.replace(&case.canonicalize().unwrap().display().to_string(), "@CASE@")
}

fn check(case: &Path, file: &str, got: &str, wrong: &mut Vec<String>) {
    let path = case.join(file);
    if std::env::var_os("NRCOMPOSE_BLESS").is_some() {
        fs::write(&path, got).unwrap();
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    if wanted != got {
        wrong.push(format!("{}:\n--- wanted\n{wanted}--- got\n{got}", path.display()));
    }
}

#[test]
fn every_case_comes_out_as_it_should() {
    let mut wrong = Vec::new();
    for case in cases() {
        check(&case, "override.yaml", &output(&case, &["harden"]), &mut wrong);
        check(&case, "explain.txt", &output(&case, &["explain"]), &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Planning what was planned changes nothing: the override is added as one more file.
#[test]
fn every_case_is_planned_once() {
    for case in cases() {
        let hardened = output(&case, &["harden", "--full"]);
        if hardened.contains("exit code") {
            continue;
        }
        let file = std::env::temp_dir().join(format!("nrcompose-case-{}.yaml", std::process::id()));
        fs::write(&file, &hardened).unwrap();
        let directory = case.canonicalize().unwrap().display().to_string();
        let again = output(
            &case,
            &[
                "-f",
                &file.display().to_string(),
                "--project-directory",
                &directory,
                "harden",
                "--check",
            ],
        );
        fs::remove_file(&file).unwrap();
        assert!(
            !again.contains("exit code"),
            "{}: planned again:\n{again}\n--- from\n{hardened}",
            case.display()
        );
    }
}
