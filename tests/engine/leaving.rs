//! Nothing stays behind of what is made for a while, however it ends; and nothing else is taken away.

use crate::container::{Built, Volume};
use crate::run::{Out, bounded, docker, eventually, output, unique};
use crate::stack::{Stack, Tool};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

const CACHE: &str = "\
services:
  cache:
    image: nrcompose-test/redis
    x-nrcompose: {profile: redis, user: \"4000:4000\"}
    volumes: [\"data:/data\"]
volumes: {data: }
";

/// The program itself, which does not outlive a test that fails.
struct Runner(Child);

impl std::ops::Deref for Runner {
    type Target = Child;
    fn deref(&self) -> &Child {
        &self.0
    }
}

impl std::ops::DerefMut for Runner {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Without anything around it that would get the signal, and ready for all of them: what was started in the background
/// of a script, or by `nohup`, ignores some.
fn spawn(stack: &Stack, args: &[&str]) -> Runner {
    let bounded = stack.command(Tool::Trusting, args);
    let mut words = bounded.get_args().skip(3);
    let mut command = Command::new("env");
    command
        .arg("--default-signal")
        .arg(words.next().unwrap())
        .args(words)
        .current_dir(bounded.get_current_dir().unwrap());
    command.envs(bounded.get_envs().filter_map(|(k, v)| Some((k, v?))));
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Runner(quiet.process_group(0).spawn().unwrap())
}

fn signal(signal: &str, target: &str) {
    output(Command::new("kill").args(["-s", signal, "--", target])).ok();
}

/// What a process made: containers, networks, volumes, folders.
fn left(process: u32) -> Vec<String> {
    let mark = format!("-{process}-");
    let mut left: Vec<String> = Vec::new();
    for list in [
        &["ps", "-a", "--format", "{{.Names}}\t{{.Label \"nrcompose.run\"}}"][..],
        &[
            "network",
            "ls",
            "--format",
            "{{.Name}}\t{{.Label \"nrcompose.run\"}}",
        ],
        &[
            "volume",
            "ls",
            "--format",
            "{{.Name}}\t{{.Label \"nrcompose.run\"}}",
        ],
    ] {
        let found = docker(list).ok();
        let own = found
            .lines()
            .filter_map(|l| l.split_once('\t'))
            .filter(|(_, run)| run.contains(&mark));
        left.extend(own.map(|(name, _)| name.to_owned()));
    }
    let entries = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
    let names = entries.map(|e| e.file_name().to_string_lossy().into_owned());
    left.extend(names.filter(|n| n.starts_with("nrcompose-") && n.contains(&mark)));
    left
}

#[track_caller]
fn all_gone(process: u32, seconds: u64) {
    eventually(seconds, || match left(process) {
        found if found.is_empty() => Ok(()),
        found => Err(format!("left: {found:?}")),
    });
}

/// On copies of the data of a live project, at any moment of it and by any signal, for the program alone and for
/// everything that it started.
#[test]
fn a_test_that_is_ended_leaves_nothing() {
    let stack = Stack::of("leaving", CACHE);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    for (way, to_all, moment) in [
        ("INT", true, 0),
        ("INT", false, 2),
        ("TERM", false, 2),
        ("HUP", true, 2),
        ("KILL", false, 1),
        ("KILL", true, 2),
    ] {
        let mut runner = spawn(&stack, &["test", "cache", "--", "sleep", "600"]);
        let (id, enough) = (runner.id(), moment);
        eventually(60, || match left(id).len() {
            found if found > enough => Ok(()),
            found => Err(format!("{way}: {found} things were made")),
        });
        signal(way, &format!("{}{id}", if to_all { "-" } else { "" }));
        runner.wait().unwrap();
        all_gone(id, 15);
        // And nothing comes after it.
        sleep(Duration::from_secs(2));
        assert_eq!(left(id), Vec::<String>::new(), "{way}");
    }
    assert_eq!(
        stack.left().len(),
        3,
        "the live project is as it was: {:?}",
        stack.left()
    );
}

#[test]
fn a_test_that_ends_leaves_nothing() {
    let stack = Stack::of("leaving", CACHE);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    let mut runner = spawn(&stack, &["test", "cache", "--", "true"]);
    assert!(runner.wait().unwrap().success());
    assert_eq!(left(runner.id()), Vec::<String>::new());
}

/// An image that was never looked at is read through a container that never runs.
#[test]
fn reading_an_image_leaves_nothing() {
    for way in ["INT", "TERM", "KILL"] {
        let stack = Stack::of(
            "leaving",
            "services: {app: {image: nrcompose-test/postgres, x-nrcompose: {profile: generic}}}\n",
        );
        stack.reads_images_anew();
        // Nobody has described it by this name.
        let image = format!("{}:1", unique("unknown"));
        docker(&["tag", "nrcompose-test/postgres", &image]).ok();
        stack.write(
            "compose.yaml",
            &format!("services: {{app: {{image: \"{image}\"}}}}\n"),
        );
        let mut runner = spawn(&stack, &["diff"]);
        let id = runner.id();
        eventually(60, || match left(id) {
            found if found.is_empty() && runner.try_wait().unwrap().is_some() => Ok(false),
            found if found.is_empty() => Err("nothing was made".to_owned()),
            _ => Ok(true),
        });
        signal(way, &id.to_string());
        runner.wait().unwrap();
        docker(&["rmi", &image]).ok();
        all_gone(id, 15);
    }
}

/// `doctor` removes what is left wherever it is: so it is tried by one test alone.
#[test]
fn doctor_finds_and_removes_what_is_left() {
    what_was_killed_with_its_keeper();
    what_plain_compose_leaves();
    what_a_version_before_left();
    what_is_not_ours_stays();
    what_is_made_of_ours_stays();
}

/// Nothing is taken of a run that goes on.
fn what_was_killed_with_its_keeper() {
    let stack = Stack::of("leaving", CACHE);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    let mut live = spawn(&stack, &["test", "cache", "--", "sleep", "600"]);
    let mut dead = spawn(&stack, &["test", "cache", "--", "sleep", "600"]);
    for runner in [&live, &dead] {
        // What is made before the command runs is partly removed again meanwhile.
        eventually(60, || match left(runner.id()) {
            found if found.iter().any(|name| name.ends_with("-trial")) => Ok(()),
            found => Err(format!("{found:?} were made")),
        });
    }
    let keepers = output(Command::new("pgrep").args(["-f", &format!("__keep .*-{}-", dead.id())])).ok();
    for process in keepers.lines() {
        signal("KILL", process);
    }
    signal("KILL", &format!("-{}", dead.id()));
    dead.wait().unwrap();
    let there = left(dead.id());
    assert!(there.len() >= 3, "{there:?}");
    let told = stack.ok(Tool::Trusting, &["doctor"]);
    for name in &there {
        assert!(told.contains(name.as_str()), "{name} is not in:\n{told}");
    }
    assert!(told.contains("doctor --clean"), "{told}");
    let report = stack.ok(Tool::Trusting, &["doctor", "--clean", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let removed = report["leftovers"].as_array().unwrap();
    assert!(removed.iter().all(|l| l["removed"] == true), "{report:#}");
    assert_eq!(left(dead.id()), Vec::<String>::new());
    assert!(left(live.id()).len() >= 3, "what still runs was taken away");
    signal("TERM", &live.id().to_string());
    live.wait().unwrap();
    all_gone(live.id(), 15);
}

/// It does not know of the service that gave a volume to its user. The volume is the project's.
fn what_plain_compose_leaves() {
    let stack = Stack::of("leaving", CACHE);
    stack.ok(Tool::File, &["up", "-d"]);
    let clean = || stack.ok(Tool::Trusting, &["doctor", "--clean"]);
    clean();
    assert_eq!(
        stack.left().len(),
        4,
        "it belongs to what runs: {:?}",
        stack.left()
    );
    let mut down = bounded(60, "docker");
    down.args(["compose", "-p", &stack.project, "-f"])
        .arg(stack.path("compose.yaml"));
    output(down.args(["down", "-v", "-t", "1"]));
    assert_eq!(stack.left().len(), 2, "{:?}", stack.left());
    let told = clean();
    let volume = stack.volume("data");
    assert!(told.contains(&format!("docker volume rm {volume}")), "{told}");
    assert_eq!(stack.left(), [volume]);
}

fn what_a_version_before_left() {
    let stack = Stack::of("leaving", CACHE);
    let name = unique("helper");
    let labels = ["--label", "nrcompose.helper=1", "--label", "nrcompose-test=1"];
    let create = [
        &["create", "--name", &name][..],
        &labels,
        &["nrcompose-test/base", "true"],
    ]
    .concat();
    docker(&create).ok();
    let told = stack.ok(Tool::Trusting, &["doctor"]);
    assert!(told.contains(&name), "{told}");
    stack.ok(Tool::Trusting, &["doctor", "--clean"]);
    assert_ne!(docker(&["inspect", &name]).code, 0);
}

/// A label alone says nothing: an image hands it to its containers, and anybody can put it on anything.
fn what_is_not_ours_stays() {
    let stack = Stack::of("leaving", CACHE);
    let image = Built::of("FROM nrcompose-test/base\nLABEL nrcompose.helper=1 nrcompose.run=1");
    let of_image = |verb: &[&str]| {
        let name = unique("mine");
        docker(&[verb, &["--name", &name, &image.0, "sleep", "1000"]].concat()).ok();
        Mine("rm", name)
    };
    let all = [of_image(&["run", "-d"]), of_image(&["create"]), {
        let (name, label) = (unique("mine"), "nrcompose.helper=1");
        docker(&[
            "run",
            "-d",
            "--label",
            label,
            "--name",
            &name,
            "nrcompose-test/base",
            "sleep",
            "1000",
        ])
        .ok();
        Mine("rm", name)
    }];
    let (volume, network) = (Mine("volume", unique("v")), Mine("network", unique("n")));
    for one in [&volume, &network] {
        for label in ["nrcompose.helper=1", "nrcompose.run="] {
            let name = format!("{}{}", one.1, &label[10..12]);
            docker(&[
                one.0,
                "create",
                "--label",
                label,
                "--label",
                "nrcompose-test=1",
                &name,
            ])
            .ok();
        }
    }
    stack.ok(Tool::Trusting, &["doctor", "--clean"]);
    for one in &all {
        assert_eq!(docker(&["inspect", &one.1]).code, 0, "{} is gone", one.1);
    }
    for one in [&volume, &network] {
        for label in ["he", "ru"] {
            let name = format!("{}{label}", one.1);
            assert_eq!(docker(&[one.0, "rm", &name]).code, 0, "{name} is gone");
        }
    }
}

/// Who keeps a copy of a container of ours keeps its labels.
fn what_is_made_of_ours_stays() {
    let stack = Stack::of("leaving", CACHE);
    stack.ok(Tool::File, &["up", "-d"]);
    let own = format!("label=com.docker.compose.project={}", stack.project);
    let by = "label=com.docker.compose.service=nrcompose-init-cache";
    let init = docker(&["ps", "-aq", "--filter", &own, "--filter", by]).ok();
    let mut runner = spawn(&stack, &["test", "cache", "--", "sleep", "600"]);
    let mark = format!("-{}-", runner.id());
    // What holds the data to copy is gone a moment later.
    let format = "{{.ID}} {{.Names}} {{.Label \"nrcompose.run\"}}";
    let of_run = eventually(60, || {
        let all = docker(&["ps", "-a", "--format", format, "--filter", "label=nrcompose.run"]).ok();
        let found = all
            .lines()
            .find(|l| l.contains(&mark) && l.contains("-trial "))
            .and_then(|l| l.split(' ').next());
        found.map(str::to_owned).ok_or(all)
    });
    let copies = [init, of_run].map(|id| {
        let (image, name) = (Built(unique("image")), unique("mine"));
        docker(&["commit", &id, &image.0]).ok();
        // It need not have a shell.
        docker(&[
            "create",
            "--label",
            "nrcompose-test=1",
            "--name",
            &name,
            &image.0,
            "x",
        ])
        .ok();
        (Mine("rm", name), image)
    });
    signal("TERM", &runner.id().to_string());
    runner.wait().unwrap();
    let left_beside = || {
        let mut left = left(runner.id());
        left.retain(|name| !copies.iter().any(|(mine, _)| mine.1 == *name));
        left
    };
    eventually(20, || match left_beside() {
        found if found.is_empty() => Ok(()),
        found => Err(format!("left: {found:?}")),
    });
    let mut down = bounded(60, "docker");
    down.args(["compose", "-p", &stack.project, "-f"])
        .arg(stack.path("compose.yaml"));
    output(down.args(["down", "-v", "-t", "1"]));
    stack.ok(Tool::Trusting, &["doctor", "--clean"]);
    for (mine, _) in &copies {
        assert_eq!(docker(&["inspect", &mine.1]).code, 0, "{} is gone", mine.1);
    }
}

/// Something of the person's own.
struct Mine(&'static str, String);

impl Drop for Mine {
    fn drop(&mut self) {
        if self.0 == "rm" {
            docker(&["rm", "-fv", &self.1]);
        }
    }
}

/// Only what is the project's own is named for removing.
#[test]
fn the_hint_names_no_volume_of_another() {
    let other = Volume::new();
    let compose = CACHE.replace(
        "volumes: {data: }",
        &format!(
            "volumes: {{data: , other: {{external: true, name: {}}}}}",
            other.0
        ),
    );
    let stack = Stack::of(
        "leaving",
        &compose.replace("[\"data:/data\"]", "[\"data:/data\", \"other:/other\"]"),
    );
    stack.ok(Tool::File, &["up", "-d"]);
    let mut down = bounded(60, "docker");
    down.args(["compose", "-p", &stack.project, "-f"])
        .arg(stack.path("compose.yaml"));
    output(down.args(["down", "-v", "-t", "1"]));
    let told = stack.ok(Tool::Trusting, &["doctor"]);
    let hint = told.lines().find(|l| l.contains("docker volume rm")).unwrap();
    assert!(hint.contains(&stack.volume("data")), "{told}");
    assert!(!hint.contains(&other.0), "{told}");
}

/// Our own `down` needs no help.
#[test]
fn down_leaves_nothing() {
    let stack = Stack::of("leaving", CACHE);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    stack.ok(Tool::Trusting, &["down", "-v", "-t", "1"]);
    assert_eq!(stack.left(), Vec::<String>::new());
}

/// Whoever gives the word by hand gets nothing removed: not by a pipe, not by a label that is right.
#[test]
fn the_word_alone_removes_nothing() {
    let stack = Stack::of("leaving", CACHE);
    let mut runner = spawn(&stack, &["test", "cache", "--", "sleep", "600"]);
    eventually(60, || match left(runner.id()).len() {
        3.. => Ok(()),
        found => Err(format!("{found} things were made")),
    });
    let format = "{{.Label \"nrcompose.run\"}}";
    let labels = docker(&["ps", "-a", "--format", format, "--filter", "label=nrcompose.run"]).ok();
    let mark = format!("-{}-", runner.id());
    let run = labels.lines().find(|l| l.contains(&mark)).unwrap();
    let before = left(runner.id());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for words in [
        &["__keep"][..],
        &["__keep", run],
        &["__keep", &stack.project, path],
        &["__keep", path],
    ] {
        let by_hand = |stdin: Stdio| -> Out {
            let mut command = bounded(30, env!("CARGO_BIN_EXE_nrcompose"));
            let child = command
                .args(words)
                .stdin(stdin)
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let code = child.status().unwrap().code().unwrap_or(-1);
            Out {
                code,
                stdout: String::new(),
                all: String::new(),
            }
        };
        let (pipe, writer) = std::io::pipe().unwrap();
        drop(writer);
        for stdin in [Stdio::null(), Stdio::from(pipe)] {
            assert_eq!(by_hand(stdin).code, 2, "{words:?}");
        }
    }
    assert_eq!(left(runner.id()), before);
    assert!(folder.path().is_dir());
    signal("TERM", &runner.id().to_string());
    runner.wait().unwrap();
    all_gone(runner.id(), 15);
}

/// `--dry-run` plans, and writes nothing: not the override, not the directories that are mounted.
#[test]
fn a_dry_run_touches_nothing() {
    let compose = CACHE.to_owned() + "  \n";
    let stack = Stack::of(
        "leaving",
        &compose.replace("\"data:/data\"", "\"data:/data\", \"./made/deep:/more\""),
    );
    let there = |name: &str| -> PathBuf { stack.path(name) };
    for args in [
        &["--dry-run", "up", "-d"][..],
        &["up", "--dry-run", "-d"],
        &["--dry-run", "create"],
    ] {
        let out = stack.run(Tool::Trusting, args);
        assert_eq!(out.code, 0, "{}", out.all);
        assert!(out.all.contains("cache-1"), "{}", out.all);
        assert!(!there("made").exists(), "{args:?}");
        assert!(!there(".home/XDG_STATE_HOME").exists(), "{args:?}");
        assert_eq!(stack.left(), Vec::<String>::new());
    }
    stack.ok(Tool::Trusting, &["up", "-d"]);
    assert!(there("made/deep").is_dir() && stack.state().len() == 1);
}

/// Compose's dry run looks in containers for configs that it did not copy into them: ours are left out of it.
#[test]
fn a_dry_run_of_a_plan_that_adds_files_ends_well() {
    let compose = "services:\n  app:\n    image: nrcompose-test/base\n    init: true\n    command: [sleep, \"600\"]\n    \
                   user: \"4000:4000\"\n    volumes: [\"data:/data\"]\n    x-nrcompose: {passwd: true}\nvolumes: {data: }\n";
    let stack = Stack::of("dry", compose);
    let planned = stack.run(Tool::Trusting, &["config"]);
    assert!(planned.all.contains("/etc/passwd"), "{}", planned.all);
    for args in [&["--dry-run", "up", "-d"][..], &["up", "--dry-run", "-d"]] {
        let out = stack.run(Tool::Trusting, args);
        assert_eq!(out.code, 0, "{}", out.all);
        assert!(out.all.contains("app-1"), "{}", out.all);
    }
    assert_eq!(stack.left(), Vec::<String>::new());
}
