//! What nrcompose makes of small Compose files: one folder a case in `tests/cases/`, named `<control>-<what>`.
//!
//! A case has `compose.yaml`, perhaps `nrcompose.yaml`, perhaps `flags`, and what must come out: `override.yaml` (from
//! `harden`), `explain.txt`, and `claims.txt`: what must hold in the containers. With `image/` there is an engine that has one image, for every name: `inspect.json`, and
//! `files`, a line each: mode, owner, path (a directory ends with `/`), and the file of `image/` that is its content.
//! `NRCOMPOSE_BLESS=1 cargo test --test cases` writes them anew; read the difference before you commit it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot read its own files has failed"
)]

#[path = "support/docker.rs"]
mod docker;

use assert_cmd::Command;
use docker::StandIn;
use std::fs;
use std::path::{Path, PathBuf};

/// The engine of a case that has an image.
struct Engine {
    root: tempfile::TempDir,
}

impl Engine {
    fn of(case: &Path) -> Option<Engine> {
        let image = case.join("image");
        let list = fs::read_to_string(image.join("files")).ok()?;
        let root = tempfile::tempdir().unwrap();
        let mut tar = tar::Builder::new(Vec::new());
        for line in list.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (uid, gid) = words[1].split_once(':').unwrap();
            let content = words.get(3).map(|name| fs::read(image.join(name)).unwrap());
            let content = content.unwrap_or_default();
            let mut header = tar::Header::new_gnu();
            header.set_mode(u32::from_str_radix(words[0], 8).unwrap());
            header.set_uid(uid.parse().unwrap());
            header.set_gid(gid.parse().unwrap());
            header.set_size(content.len() as u64);
            header.set_entry_type(if words[2].ends_with('/') {
                tar::EntryType::Directory
            } else {
                tar::EntryType::Regular
            });
            let path = words[2].trim_start_matches('/');
            tar.append_data(&mut header, path, content.as_slice()).unwrap();
        }
        let inspected = fs::read(image.join("inspect.json")).unwrap();
        let docker = StandIn::of_engine("rootful").with_image(inspected, tar.into_inner().unwrap());
        docker.put(root.path());
        docker.listen(&root.path().join("docker.sock"));
        Some(Engine { root })
    }
}

fn nrcompose(case: &Path, engine: Option<&Engine>, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("nrcompose").unwrap();
    let flags = fs::read_to_string(case.join("flags")).unwrap_or_default();
    let path = engine.map_or(Path::new("/nowhere"), |e| e.root.path());
    command
        .current_dir(case)
        .env_clear()
        .env("PATH", path)
        .env("HOME", path)
        .env("DOCKER_HOST", format!("unix://{}/docker.sock", path.display()))
        // A plan must not depend on who runs the tests; a group that is not the user's number tells the two apart.
        .args(["--nr-guess", "--nr-user", "1000:2000", "-p", "case"])
        .args(flags.split_whitespace())
        .args(arguments);
    command
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
    let engine = Engine::of(case);
    let output = nrcompose(case, engine.as_ref(), arguments).output().unwrap();
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
        let text = output(&case, &["harden"]);
        check(&case, "override.yaml", &text, &mut wrong);
        let is_one = nrcompose::mark::is_override(text.as_bytes());
        assert_eq!(is_one, !text.contains("exit code"), "known again: {text}");
        check(&case, "explain.txt", &output(&case, &["explain"]), &mut wrong);
        check(&case, "claims.txt", &claims(&case), &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is claimed of each service, a line a claim; nothing where there is no plan.
fn claims(case: &Path) -> String {
    let text = output(case, &["harden", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let services = plan["services"].as_object().into_iter().flatten();
    let lines = services.flat_map(|(name, service)| {
        let claims = service["claims"].as_array().unwrap();
        claims.iter().map(move |claim| format!("{name}: {claim}\n"))
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines.concat()
}

/// Planning what was planned changes nothing: the override is added as one more file.
#[test]
fn every_case_is_planned_once() {
    for case in cases() {
        let hardened = output(&case, &["harden", "--full"]);
        if hardened.contains("exit code") {
            continue;
        }
        let text = hardened.as_bytes();
        assert!(nrcompose::mark::is_ours(text) && !nrcompose::mark::is_override(text));
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
            ],
        );
        fs::remove_file(&file).unwrap();
        assert!(
            again.ends_with("\nservices: {}\n"),
            "{}: planned again:\n{again}\n--- from\n{hardened}",
            case.display()
        );
    }
}

/// Every control has a case where it has something to say, and one where it has not.
#[test]
fn every_control_has_cases_in_both_directions() {
    let cases = cases();
    let mut lacking = Vec::new();
    for control in nrcompose::controls::CONTROLS {
        let own = |case: &&PathBuf| {
            let name = case.file_name().unwrap().to_string_lossy();
            name.strip_prefix(control.id)
                .is_some_and(|rest| rest.starts_with('-'))
        };
        let (with, without): (Vec<_>, Vec<_>) = cases.iter().filter(own).partition(|c| says(c, control.id));
        println!("{}: {} with, {} without", control.id, with.len(), without.len());
        if with.is_empty() || without.is_empty() {
            lacking.push(format!("{}: {with:?} and {without:?}", control.id));
        }
    }
    assert!(lacking.is_empty(), "too few cases:\n{}", lacking.join("\n"));
}

/// Whether a control changes, refuses or finds anything in a case.
fn says(case: &Path, control: &str) -> bool {
    let plan = output(case, &["harden", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let services = plan["services"].as_object().unwrap().values();
    services
        .flat_map(|s| s["decisions"].as_array().unwrap())
        .any(|d| {
            d["control"] == control && !["already_ok", "suppressed"].contains(&d["outcome"].as_str().unwrap())
        })
}

/// No override gives anything `DAC_READ_SEARCH` or `privileged` that its author did not, and what nrcompose adds mounts no
/// path of the host but the engine's socket, into the proxy that stands before it.
#[test]
fn no_override_opens_the_host() {
    for case in cases() {
        let text = |name: &str| fs::read_to_string(case.join(name)).unwrap().to_uppercase();
        let (override_, authors) = (text("override.yaml"), text("compose.yaml"));
        for opens in ["DAC_READ_SEARCH", "PRIVILEGED: TRUE"] {
            assert!(
                !override_.contains(opens) || authors.contains(opens),
                "{}: {opens}",
                case.display()
            );
        }
        let mut service = "";
        for line in override_.lines() {
            if line.starts_with("  ") && !line.starts_with("   ") {
                service = line.trim();
            }
            let source = line.trim().trim_start_matches("- ").strip_prefix("SOURCE: ");
            let is_path = source.is_some_and(|s| s.trim_matches('"').starts_with(['/', '.', '~']));
            let is_proxy = service.starts_with("NRCOMPOSE-SOCKET-") && line.ends_with("/DOCKER.SOCK");
            assert!(
                !is_path || !service.starts_with("NRCOMPOSE-") || is_proxy,
                "{}: {service} {line}",
                case.display()
            );
        }
    }
}
