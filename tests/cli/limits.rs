//! Whatever a name leads to, and whoever listens where an engine should: an answer comes soon.

use crate::scene::{Out, Scene};
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketType};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, Instant};

/// It takes under a second; the rest is for a machine that has other things to do. What has no end takes longer.
const SOON: Duration = Duration::from_secs(10);

const WEB: &str = "services:\n  web: {image: \"nginx:1.27\"}\n";

/// Where a person's file can stand: the Compose file, the place that becomes something else, and the command.
const PLACES: &[(&str, &str, &str, &[&str])] = &[
    (
        "the Compose file",
        WEB,
        "other.yaml",
        &["-f", "other.yaml", "diff"],
    ),
    ("an include", "include: [other.yaml]\n", "other.yaml", &["diff"]),
    (
        "a base",
        "services: {web: {extends: {file: other.yaml, service: web}}}\n",
        "other.yaml",
        &["diff"],
    ),
    (
        "an env file",
        "services: {web: {image: nginx, env_file: [web.env]}}\n",
        "web.env",
        &["diff"],
    ),
    (
        "a label file",
        "services: {web: {image: nginx, label_file: [labels]}}\n",
        "labels",
        &["diff"],
    ),
    (
        "a file for variables",
        WEB,
        "my.env",
        &["--env-file", "my.env", "diff"],
    ),
    ("the configuration", WEB, "nrcompose.yaml", &["diff"]),
    (
        "a policy file",
        WEB,
        "law.yaml",
        &["--nr-policy-file", "law.yaml", "diff"],
    ),
    (
        "a profile of the project",
        WEB,
        ".nrcompose/profiles/own.yaml",
        &["diff"],
    ),
    (
        "a profile to check",
        WEB,
        "own.yaml",
        &["profiles", "check", "--no-test", "own.yaml"],
    ),
];

/// Makes of `path` what nobody expects there; what is said of it.
type Surprise = (&'static str, fn(&std::path::Path), &'static [&'static str]);
const SURPRISES: &[Surprise] = &[
    (
        "a device without an end",
        |path| symlink("/dev/zero", path).unwrap(),
        &["larger than 16 MiB"],
    ),
    ("a pipe that nobody writes to", pipe, &["nothing comes out of it"]),
    (
        "300 MB",
        |path| fs::File::create(path).unwrap().set_len(300_000_000).unwrap(),
        &["larger than 16 MiB"],
    ),
    (
        "a directory",
        |path| fs::create_dir(path).unwrap(),
        &["it is a directory"],
    ),
    (
        "aliases of aliases",
        |path| fs::write(path, laughs()).unwrap(),
        &[],
    ),
    (
        "nesting without an end",
        |path| fs::write(path, "[".repeat(100_000)).unwrap(),
        &[],
    ),
];

fn pipe(path: &std::path::Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A few lines that stand for a billion.
fn laughs() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..10 {
        let before = vec![format!("*a{}", n - 1); 10].join(", ");
        text.push_str(&format!("a{n}: &a{n} [{before}]\n"));
    }
    text
}

#[track_caller]
fn soon(scene: &Scene, words: &[&str]) -> Out {
    let begin = Instant::now();
    let out = scene.run(words);
    assert!(begin.elapsed() < SOON, "{words:?} took {:?}", begin.elapsed());
    out
}

#[test]
fn every_file_is_read_within_limits() {
    for (place, compose, file, words) in PLACES {
        for (surprise, make, wanted) in SURPRISES {
            // Nothing is looked for in a folder of that name, and env files have no structure to be deep in.
            let is_looked_over = *surprise == "a directory" && *file == "nrcompose.yaml";
            let is_flat = wanted.is_empty()
                && (place.contains("env") || place.contains("label") || place.contains("variables"));
            if is_looked_over || is_flat {
                continue;
            }
            let scene = Scene::compose(compose);
            let path = scene.path(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            make(&path);
            let out = soon(&scene, words);
            let expected = if words.contains(&"check") { 1 } else { 2 };
            assert_eq!(out.code, Some(expected), "{place}, {surprise}: {out:?}");
            let said = out.stdout + &out.stderr;
            let name = file.rsplit('/').next().unwrap();
            for wanted in wanted.iter().chain([&name]) {
                assert!(
                    said.contains(wanted),
                    "{place}, {surprise}: no {wanted:?} in {said}"
                );
            }
            assert!(
                said.contains("help: ") || expected == 1,
                "{place}, {surprise}: {said}"
            );
        }
    }
}

#[test]
fn a_dockerfile_that_cannot_be_read_is_told_and_not_waited_for() {
    let build = "services: {web: {build: .}}\n";
    for (surprise, make, wanted) in SURPRISES.iter().filter(|(_, _, wanted)| !wanted.is_empty()) {
        let scene = Scene::compose(build);
        make(&scene.path("Dockerfile"));
        let out = soon(&scene, &["diff"]);
        assert_eq!(out.code, Some(0), "{surprise}: {out:?}");
        for wanted in wanted
            .iter()
            .chain(&["warning: ", "Dockerfile", "compose.yaml:1:", "help: "])
        {
            assert!(
                out.stderr.contains(wanted),
                "{surprise}: no {wanted:?} in {out:?}"
            );
        }
    }
}

/// A configuration that cannot be read may have said `policy: strict`.
#[test]
fn a_link_to_nowhere_is_no_missing_configuration() {
    let scene = Scene::compose(WEB);
    symlink("gone", scene.path("nrcompose.yaml")).unwrap();
    let out = scene.run(&["diff"]);
    assert_eq!(out.code, Some(2), "{out:?}");
    assert!(
        out.stderr.contains("nrcompose.yaml: it does not exist"),
        "{out:?}"
    );
}

/// Compose would read a pipe again, and find nothing in it: the service would start without its variables.
#[test]
fn variables_from_a_pipe_are_not_lost_on_the_way_to_compose() {
    let scene = Scene::compose(WEB).with_docker();
    pipe(&scene.path("secrets"));
    let out = soon(&scene, &["--env-file", "secrets", "up", "-d"]);
    assert_eq!(out.code, Some(2), "{out:?}");
    assert!(out.stderr.contains("secrets: it is a pipe"), "{out:?}");
    assert!(!scene.was_handed_on());
}

#[test]
fn an_engine_that_accepts_nobody_is_given_up() {
    let scene = Scene::compose(WEB).with_docker();
    let socket = scene.path("full.sock");
    let listener = net::socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
    let address = SocketAddrUnix::new(&socket).unwrap();
    net::bind(&listener, &address).unwrap();
    net::listen(&listener, 0).unwrap();
    let _first_in_the_queue = std::os::unix::net::UnixStream::connect(&socket).unwrap();
    let run = |words: &[&str]| {
        let begin = Instant::now();
        let mut command = scene.command(words);
        command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
        let out = crate::scene::output(&mut command);
        assert!(begin.elapsed() < SOON, "{words:?} took {:?}", begin.elapsed());
        out
    };
    let out = run(&["--nr-engine-timeout", "200ms", "up", "-d"]);
    assert_eq!(out.code, Some(2), "{out:?}");
    for wanted in ["accepted nobody within 0.2 s", "--nr-engine-timeout 2m"] {
        assert!(out.stderr.contains(wanted), "{out:?}");
    }
    let out = run(&["diff", "--engine-timeout", "200ms"]);
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(out.stderr.contains("warning: reaching the engine"), "{out:?}");
    let out = run(&["--nr-engine-timeout", "200ms", "test", "web", "--", "true"]);
    assert_eq!(out.code, Some(2), "{out:?}");
    assert!(out.stderr.contains("accepted nobody"), "{out:?}");
    let out = run(&["--nr-engine-timeout", "200ms", "verify"]);
    assert_ne!(out.code, Some(0), "{out:?}");
}

/// One that answered a moment ago, and hangs when it is asked about an image.
#[test]
fn an_engine_that_hangs_later_is_given_up_too() {
    let scene = Scene::compose("services: {web: {image: nobody/knows}}\n").with_docker();
    assert_eq!(scene.run(&["diff"]).code, Some(0));
    scene.engine_hangs();
    let out = soon(&scene, &["--nr-engine-timeout", "200ms", "diff"]);
    assert_eq!(out.code, Some(0), "{out:?}");
}

#[test]
fn a_time_that_no_clock_can_hold_is_only_long() {
    let scene = Scene::compose(WEB).with_docker();
    let out = scene.run(&["--nr-engine-timeout", "18446744073709551615m", "diff"]);
    assert_eq!(out.code, Some(0), "{out:?}");
}
