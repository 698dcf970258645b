//! Who is told what, at which command: what the table says is what comes out.

use super::scene::{Out, Scene};
use nrcompose::diagnostic::audience::{Moment, Topic};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// One of each kind that comes about without containers, on this engine or that.
const STACK: &str = "\
services:
  moved: {image: 'redis:7', ports: ['80:6379'], environment: {A: '${MISSING}'}}
  author: {image: 'redis:7', user: root}
  given: {image: 'redis:7', privileged: true}
  idle: {image: 'redis:7', x-nrcompose: {suppress: {socket_proxy: it has none}}}
  opened: {image: 'redis:7', secrets: [{source: s, mode: 0400}]}
  closed: {image: 'redis:7', volumes: ['./closed:/closed:ro']}
  part: {image: 'redis:7', ports: ['${LOW-81}:6379']}
  built: {build: .}
  shared: {image: 'redis:7', pid: host}
  kept: {image: 'redis:7', x-nrcompose: {suppress: {privileges: later}}}
  away: {image: 'redis:7', x-nrcompose: {skip: no time}}
secrets: {s: {environment: HOME}}
";

/// What is said of the stack, by what it is about.
const SAID: [(Topic, &str); 13] = [
    (Topic::Loader, "the variable MISSING is not set"),
    (Topic::Configuration, "service idle suppresses socket_proxy"),
    (Topic::Unread, "Dockerfile of service built"),
    (Topic::MovedPort, "service moved: this engine may not publish"),
    (Topic::ExplicitRoot, "service author runs as root"),
    (Topic::Refused, "service given stays as its author wrote it"),
    (Topic::OpenedFile, "has to read /run/secrets/s"),
    (Topic::Hindrance, "service closed: "),
    (Topic::RefusedPart, "service part: published is refused"),
    (Topic::Nonroot, "service idle runs as"),
    (Topic::Finding, "service shared: `pid: host`: it sees"),
    (Topic::Suppressed, "service kept: "),
    (Topic::Skipped, "service away is skipped"),
];

fn stack() -> Scene {
    let scene = Scene::compose(STACK).file("closed/file", "");
    fs::create_dir(scene.path("Dockerfile")).unwrap();
    fs::set_permissions(scene.path("closed/file"), fs::Permissions::from_mode(0o000)).unwrap();
    scene
}

#[track_caller]
fn check(out: &Out, moment: Moment, but: &[Topic]) {
    for (topic, words) in SAID.iter().filter(|(topic, _)| !but.contains(topic)) {
        let count = out.stderr.matches(words).count();
        let wanted = usize::from(topic.is_told_at(moment));
        assert_eq!(count, wanted, "{topic:?} at {moment:?}: {}", out.stderr);
    }
}

#[test]
fn what_the_table_says_is_told_and_nothing_else_and_once() {
    for (words, moment) in [
        (&["up", "-d"][..], Moment::Start),
        (&["create"], Moment::Start),
        (&["config"], Moment::Config),
        (&["harden"], Moment::Harden),
        (&["diff"], Moment::Show),
        (&["explain"], Moment::Show),
        (&["verify"], Moment::Verify),
        (&["test", "moved", "--", "true"], Moment::Trial),
        (&["model"], Moment::Model),
        (&["ps"], Moment::Other),
        (&["logs", "-f"], Moment::Other),
        (&["doctor"], Moment::Other),
    ] {
        // Whom a file of the machine belongs to is known of the one, and only the other cannot publish every port.
        for (engine, but) in [
            ("rootless", &[Topic::Hindrance][..]),
            ("rootful", &[Topic::MovedPort, Topic::RefusedPart]),
        ] {
            check(&stack().with_engine(engine).run(words), moment, but);
        }
    }
}

/// What is told nowhere is there to be told: whoever asks for the plan has it.
#[test]
fn what_is_not_told_stands_in_the_plan() {
    let plan = stack().with_engine("rootless").run(&["explain"]).stdout;
    for words in [
        "it sees every process of the host",
        "runs as 999:999 from its first process on",
        "reason: later",
        "is skipped: no time",
    ] {
        assert!(plan.contains(words), "no {words:?} in {plan}");
    }
}

/// A handful of the table's cells as they have to be, whatever the table says.
#[test]
fn these_stay_as_they_are() {
    let unset = "the variable MISSING is not set";
    let idle = "service idle suppresses socket_proxy";
    let moved = "service moved: this engine may not publish";
    let given = "service given stays as its author wrote it";
    for (words, told, untold) in [
        (&["up", "-d"][..], &[idle, moved, given][..], &[unset][..]),
        (&["config"], &[idle, moved, given], &[unset]),
        (&["harden"], &[unset, idle, moved, given], &["service shared"]),
        (&["diff"], &[unset, idle], &[moved, given]),
        (&["model"], &[unset], &[idle, moved, given]),
        (&["ps"], &[], &[unset, idle, moved, given, "warning"]),
    ] {
        let said = stack().with_engine("rootless").run(words).stderr;
        for words in told {
            assert_eq!(said.matches(words).count(), 1, "{words}: {said}");
        }
        for words in untold {
            assert!(!said.contains(words), "{words}: {said}");
        }
    }
}

/// After the start everything was told, so the proof says nothing of it again.
#[test]
fn a_start_and_its_proof_tell_everything_once() {
    let scene = stack().with_docker_that("exit 0");
    let words = ["--nr-assume", "rootful", "up", "-d", "--nr-verify"];
    let out = scene.run(&words);
    check(&out, Moment::Start, &[Topic::MovedPort, Topic::RefusedPart]);
    assert!(
        out.stderr.contains("error: "),
        "the proof has been tried: {}",
        out.stderr
    );
}

/// What is said of the engine is the same for every project; what is said of a project is not.
#[test]
fn of_several_projects_the_engine_is_told_of_once_and_each_project_for_itself() {
    let text = "version: '3'\nservices: {web: {image: 'redis:7', environment: {A: '${MISSING}'}}}\n";
    let scene = Scene::new()
        .file("a/compose.yaml", text)
        .file("b/compose.yaml", text)
        .with_docker_that("exit 0");
    let out = scene.run(&["diff", "a", "b"]);
    for (words, wanted) in [
        ("planned as for a rootful engine", 1),
        ("the variable MISSING is not set", 2),
        ("the attribute `version` is obsolete", 2),
    ] {
        assert_eq!(
            out.stderr.matches(words).count(),
            wanted,
            "{words}: {}",
            out.stderr
        );
    }
}
