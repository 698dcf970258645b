//! Where things are kept, and with which rights.

use crate::scene::Scene;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

const WEB: &str = "services:\n  web: {image: \"nginx:1.27\", volumes: [\"./made/inside:/data\"]}\n";

#[test]
fn state_is_private_and_at_one_place() {
    let scene = Scene::compose(WEB).with_docker();
    scene.run(&["up", "-d"]);
    let before = scene.files();
    let state = scene.home().join(".local/state/nrcompose");
    let ours: Vec<_> = before.keys().filter(|p| p.starts_with(&state)).collect();
    assert_eq!(
        ours.len(),
        5,
        "nrcompose, projects, the project, its override, what was started: {ours:?}"
    );
    for path in ours {
        let mode = path.metadata().unwrap().permissions().mode() & 0o7777;
        assert_eq!(
            mode,
            if path.is_dir() { 0o700 } else { 0o600 },
            "{}",
            path.display()
        );
    }
    let modified = || {
        let path = before.keys().find(|p| p.ends_with("override.yaml")).unwrap();
        (
            path.metadata().unwrap().ino(),
            path.metadata().unwrap().mtime_nsec(),
        )
    };
    let first = modified();
    scene.run(&["up", "-d"]);
    assert_eq!(scene.files(), before);
    assert_eq!(modified(), first, "the same bytes were written again");
}

#[test]
fn xdg_says_where() {
    let scene = Scene::compose(WEB).with_docker();
    let state = scene.home().join("elsewhere");
    let mut command = scene.command(&["up", "-d"]);
    crate::scene::output(command.env("XDG_STATE_HOME", &state));
    assert!(state.join("nrcompose/projects").is_dir());
    assert!(!scene.home().join(".local").exists());
}

#[test]
fn a_place_that_cannot_be_written_is_told() {
    let scene = Scene::compose(WEB).with_docker();
    let mut command = scene.command(&["up", "-d"]);
    let out = crate::scene::output(command.env("HOME", "/dev/null"));
    assert_eq!(out.code, Some(2), "{out:?}");
    assert!(
        out.stderr.contains("error: making the directory /dev/null"),
        "{out:?}"
    );
    assert!(
        out.stderr.contains("help: ") && out.stderr.contains("XDG_STATE_HOME"),
        "{out:?}"
    );
    assert!(!scene.was_handed_on());
}

#[test]
fn a_host_directory_is_made_before_the_start() {
    let scene = Scene::compose(WEB).with_docker();
    for verb in ["diff", "harden", "explain", "ps", "config"] {
        scene.run(&[verb]);
        assert!(!scene.path("made").exists(), "{verb} made a directory");
    }
    let out = scene.run(&["up", "-d"]);
    assert!(scene.path("made/inside").is_dir(), "{out:?}");
    assert!(out.stderr.contains("made/inside, which web mounts"), "{out:?}");
    // Root gives it to the user that the service runs as; anybody else keeps it.
    let own = scene.path("compose.yaml").metadata().unwrap().uid();
    let owner = if own == 0 { 101 } else { own };
    assert_eq!(scene.path("made/inside").metadata().unwrap().uid(), owner);
    assert_eq!(scene.path("made").metadata().unwrap().uid(), own);
}
