//! `ownership give`: what it refuses, before anything is asked of an engine or written.

use crate::scene::{Out, Scene};
use std::os::unix::fs::symlink;

const TWO: &str = "services:
  cache: {image: 'redis:7', volumes: ['./data:/data', './both:/data/both']}
  other: {image: 'redis:7', user: '7:8', volumes: ['./both:/data', './read:/data/read:ro']}
  whole: {image: 'redis:7', user: '0:0', volumes: ['./roots:/data']}
  reads: {image: 'nginx:1.27', volumes: ['./html:/usr/share/nginx/html']}
";

fn scene() -> Scene {
    let scene = Scene::compose(TWO).with_docker();
    for directory in [
        "data/deep",
        "both",
        "read",
        "roots",
        "html",
        "nobodys",
        "../beside",
    ] {
        std::fs::create_dir_all(scene.path(directory)).unwrap();
    }
    symlink("data", scene.path("link")).unwrap();
    symlink("/etc", scene.path("data/etc")).unwrap();
    scene
}

/// Refused as a wrong call, and nothing is left behind or started.
#[track_caller]
fn refused(scene: &Scene, words: &[&str], says: &[&str]) {
    let before = scene.files();
    let out = scene.run(&[&["ownership", "give"], words].concat());
    let Out { code, stdout, stderr } = &out;
    assert_eq!(*code, Some(2), "{words:?}: {stdout}{stderr}");
    assert_eq!(stdout, "", "{words:?}");
    for part in says {
        assert!(stderr.contains(part), "{words:?}: no {part} in {stderr}");
    }
    assert!(stderr.contains("help:"), "{words:?}: {stderr}");
    assert_eq!(scene.files(), before, "{words:?}");
}

#[test]
fn what_other_programs_rely_on_is_never_given() {
    let scene = scene();
    for (word, why) in [
        ("/", "it holds more than the data of a service"),
        ("/home", "it holds more"),
        ("/root", "it holds more"),
        ("/srv/..", "it holds more"),
        ("/etc", "it is the system's"),
        ("/usr/share", "it is the system's"),
        ("/var/lib", "it is the system's"),
        ("./link", "it is a link"),
        ("./data/etc", "it is a link"),
        ("./data/etc/ssl", "it is the system's"),
        ("./missing", "No such file"),
        ("..", "it holds more"),
        ("../beside", "it is not below the project"),
    ] {
        // However it is said whom it is given to.
        let more = match word {
            "/etc" => &["--recursive", "--dry-run"][..],
            _ => &[],
        };
        refused(&scene, &[&[word, "--to", "7:8"], more].concat(), &[why]);
    }
    refused(&scene, &["/etc"], &["it is the system's"]);
    refused(&scene, &["./link"], &["it is a link"]);
    let socket = scene.path("../docker.sock").canonicalize().unwrap();
    refused(&scene, &[socket.to_str().unwrap()], &["it is a socket"]);
    let out = scene.run(&["ownership", "give", "./data", "--to", "0:0"]);
    assert_eq!(out.code, Some(2));
    assert!(out.stderr.contains("uid 0 is root"), "{}", out.stderr);
}

#[test]
fn a_directory_is_given_to_those_who_write_it_or_to_nobody() {
    let scene = scene();
    refused(
        &scene,
        &[],
        &["none is named, and nrcompose's configuration asks for none"],
    );
    refused(
        &scene,
        &["./both"],
        &["cache runs as 999:999, and other as 7:8", "--to UID:GID"],
    );
    refused(
        &scene,
        &["./nobodys"],
        &["no service mounts it to write there", "--to UID:GID"],
    );
    refused(&scene, &["./read"], &["no service mounts it to write there"]);
    refused(&scene, &["."], &["no service mounts it to write there"]);
    refused(
        &scene,
        &["./roots"],
        &["whole runs as nobody that the plan chooses"],
    );
    refused(
        &scene,
        &["whole"],
        &["it runs as nobody that the plan chooses", "explain whole"],
    );
    refused(
        &scene,
        &["reads"],
        &["it is not known to write any of this machine"],
    );
    refused(&scene, &["data"], &["there is no such service", "./data"]);
    refused(&scene, &["compose.yaml"], &["it is a file, not a directory"]);
    refused(&scene, &[""], &["an empty word names none"]);
    refused(
        &scene,
        &["cache", "other"],
        &["cache runs as 999:999, and other as 7:8"],
    );
}

#[test]
fn what_is_on_another_machine_cannot_be_given_from_here() {
    let scene = scene();
    let words = ["--nr-assume", "remote", "ownership", "give", "./data"];
    let out = scene.run(&words);
    assert_eq!(out.code, Some(2), "{}", out.stderr);
    assert!(
        out.stderr.contains("the engine is on another machine"),
        "{}",
        out.stderr
    );
}

/// Two services that want one directory for different users.
#[test]
fn what_is_asked_for_twice_goes_to_nobody() {
    let compose = "services:
  one: {image: 'redis:7', volumes: ['./data:/data'], x-nrcompose: {volumes: {./data: own}}}
  two: {image: 'redis:7', user: '7:8', volumes: ['./data/below:/data'], x-nrcompose: {volumes: {./data/below: own}}}
";
    let scene = Scene::compose(compose).with_docker();
    std::fs::create_dir_all(scene.path("data/below")).unwrap();
    refused(
        &scene,
        &[],
        &[
            "data is to be given to 999:999 for one, and",
            "data/below to 7:8 for two",
        ],
    );
}

/// A file gives nothing, so who writes one is told; a start does it.
#[test]
fn who_writes_a_file_is_told_what_it_cannot_do() {
    let compose = "services:
  one: {image: 'redis:7', volumes: ['./data:/data'], x-nrcompose: {volumes: {./data: own}}}
";
    let scene = Scene::compose(compose).with_docker();
    std::fs::create_dir_all(scene.path("data")).unwrap();
    let out = scene.run(&["harden"]);
    let told = "before a plain `docker compose up`: `nrcompose ownership give`";
    assert!(out.stderr.contains(told), "{}", out.stderr);
    assert!(!out.stdout.contains("nrcompose-init"), "{}", out.stdout);
    let out = scene.run(&["diff"]);
    assert_eq!(out.stderr, "");
    assert!(out.stdout.contains("data belongs to 999:999"), "{}", out.stdout);
}

/// A service without a user has nobody to be given anything: whoever reads the plan, or starts it, is told once.
#[test]
fn what_a_root_start_is_to_be_given_is_told_to_have_no_effect() {
    let compose = "services:
  whole: {image: ghcr.io/xirixiz/dsmr-reader-docker, volumes: ['./data:/backups'], x-nrcompose: {volumes: {./data: own}}}
  author: {image: 'redis:7', user: '0:0', volumes: ['./data:/data'], x-nrcompose: {volumes: {./data: own}}}
";
    let scene = Scene::compose(compose).with_docker();
    std::fs::create_dir_all(scene.path("data")).unwrap();
    let told = [
        "service whole asks for ./data, which is given to nobody: it starts as root, and that start sets owners right",
        "service author asks for ./data, which is given to nobody: it runs as root",
    ];
    for words in [&["diff"][..], &["explain"], &["harden"], &["up", "-d"]] {
        let out = scene.run(words);
        for text in told {
            assert_eq!(out.stderr.matches(text).count(), 1, "{words:?}: {}", out.stderr);
        }
        assert!(out.stderr.contains("compose.yaml:"), "{words:?}: {}", out.stderr);
    }
    refused(&scene, &[], &["which is given to nobody"]);
    let user = Scene::compose(&compose.replace("user: '0:0', ", "")).run(&["diff", "author"]);
    assert!(!user.stderr.contains("service author asks"), "{}", user.stderr);
}
