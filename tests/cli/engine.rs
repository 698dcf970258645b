//! The engine's kind: what `doctor` tells of it, what a plan makes of it, and what happens when it cannot be known.

use crate::scene::{Out, Scene, output};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

const WEB: &str = "services:\n  web: {image: \"nginx:1.27\", ports: [\"80:80\"]}\n";

fn web(engine: &str) -> Scene {
    Scene::compose(WEB).with_engine(engine)
}

#[track_caller]
fn says(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(wanted), "no {wanted:?} in:\n{text}");
    }
}

#[track_caller]
fn doctor(scene: &Scene) -> Value {
    let out = scene.run(&["doctor", "--format", "json"]);
    serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}: {out:?}"))
}

/// Its kind, its images, its volumes and containers are all asked for: one look whether anybody is there, and one
/// connection for all that is asked.
#[test]
fn the_engine_is_reached_once_for_a_plan() {
    let text =
        "services:\n  app: {image: \"example.org/app:1\", volumes: [\"data:/data\"]}\nvolumes: {data: {}}\n";
    for words in [
        &["harden"][..],
        &["diff"],
        &["up", "-d"],
        &["--nr-assume", "rootful", "harden"],
    ] {
        let scene = Scene::compose(text).with_engine("rootful");
        scene.run(words);
        assert_eq!(scene.reached(), 2, "{words:?}");
    }
    // An engine that is assumed is reached when there is a question, and not before: what another program provides has no
    // image.
    let scene = Scene::compose("services: {app: {provider: {type: example}}}\n").with_engine("rootful");
    scene.run(&["--nr-assume", "rootful", "harden"]);
    assert_eq!(scene.reached(), 0);
}

/// Nothing is started as if there were no volumes of others, because nobody said whether there are.
#[test]
fn a_start_ends_where_the_engine_does_not_say_whose_volumes_there_are() {
    let text =
        "name: p\nservices:\n  db: {image: \"redis:7\", volumes: [\"data:/data\"]}\nvolumes: {data: {}}\n";
    for (path, asked) in [
        ("/volumes/", "inspecting the volumes p_data: the disk is on fire"),
        (
            "/containers/",
            "listing what containers mount: the disk is on fire",
        ),
    ] {
        let scene = Scene::compose(text).with_docker();
        scene.engine_refuses(path);
        let out = scene.run(&["up", "-d"]);
        assert_eq!(out.code, Some(2), "{out:?}");
        says(&out.stderr, &[asked, "help: "]);
        assert!(!scene.was_handed_on());
        assert_eq!(scene.run(&["harden"]).code, Some(0));
    }
}

#[test]
fn doctor_names_the_kind_and_what_follows() {
    for (engine, kind, wanted) in [
        (
            "rootful",
            "rootful",
            "root in a container is root of the engine's machine",
        ),
        (
            "rootless",
            "rootless",
            "root in a container of a rootless engine is the user who runs it",
        ),
        ("userns-remap", "userns-remap", "is uid 100000 of the machine"),
        ("desktop", "desktop", "owners of host files do not count"),
        ("podman", "rootful", "podman is not tested"),
    ] {
        let scene = web(engine);
        let out = scene.run(&["doctor"]);
        assert_eq!(out.code, Some(0), "{engine}: {out:?}");
        says(
            &out.stdout,
            &[wanted, "nothing stands in the way of `nrcompose up`"],
        );
        let report = doctor(&scene);
        assert_eq!(
            (&report["engine"]["kind"], &report["well"]),
            (&kind.into(), &true.into())
        );
        assert!(!scene.was_handed_on(), "{engine}");
    }
    let report = doctor(&web("podman"));
    assert_eq!(report["engine"]["podman"], true);
    assert_eq!(report["engine"]["binds_low_ports"], false);
}

#[test]
fn doctor_tells_what_is_missing_and_what_to_do() {
    let out = Scene::new().run(&["doctor"]);
    assert_eq!((out.code, out.stderr.as_str()), (Some(2), ""));
    says(
        &out.stdout,
        &["wrong  docker", "no `docker` on PATH", "help: install Docker"],
    );
    says(
        &out.stdout,
        &["nothing can be started before this is right: docker"],
    );

    let out = web("old").run(&["doctor"]);
    assert_eq!(out.code, Some(2), "{out:?}");
    says(
        &out.stdout,
        &[
            "wrong  compose",
            "older than 2.24.4",
            "only root may bind low ports",
        ],
    );

    let scene = web("rootful").file(".nrcompose/profiles/mine.yaml", "class: nonsense\n");
    let out = scene.run(&["doctor"]);
    assert_eq!(out.code, Some(2), "{out:?}");
    says(&out.stdout, &["mine.yaml:1", "nrcompose profiles check"]);

    let down = web("rootful").with_docker_that(
        "echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1",
    );
    let out = down.run(&["doctor"]);
    assert_eq!(out.code, Some(2), "{out:?}");
    says(
        &out.stdout,
        &["wrong  engine", "Cannot connect", "help: start the engine"],
    );
}

#[test]
fn doctor_tells_where_nothing_can_be_kept() {
    let scene = web("rootful");
    let mut command = scene.command(&["doctor"]);
    let out = output(command.env("XDG_STATE_HOME", scene.path("compose.yaml")));
    assert_eq!(out.code, Some(2), "{out:?}");
    says(
        &out.stdout,
        &["wrong  state", "compose.yaml is no directory", "XDG_STATE_HOME"],
    );
    let out = output(scene.command(&["doctor"]).env_remove("HOME"));
    says(&out.stdout, &["wrong  state", "note   cache"]);
}

#[test]
fn a_rootless_engine_gets_other_ports_and_the_person_is_told() {
    // A machine may let everybody bind any port; then nothing is moved, and rightly so.
    let scene = web("rootful");
    let out = scene.run(&["--nr-assume", "rootless", "up", "-d"]);
    assert_eq!(out.code, Some(7), "{out:?}");
    says(
        &out.stderr,
        &[
            "service web: this engine may not publish ports below 1024",
            "80 on 8080",
        ],
    );
    let kept = fs::read_to_string(override_of(&scene)).unwrap();
    says(&kept, &["ports: !override [\"8080:80\"]"]);
    let out = scene.run(&["up", "-d"]);
    assert_eq!(
        (out.code, out.stderr.as_str()),
        (Some(7), "nrcompose: 1 service: 1 without root\n")
    );
    assert!(!fs::read_to_string(override_of(&scene)).unwrap().contains("8080"));
}

#[test]
fn an_old_engine_is_told_to_let_everybody_bind() {
    for engine in ["old", "podman"] {
        let out = web(engine).run(&["explain"]);
        says(
            &out.stdout,
            &["= sysctls.net.ipv4.ip_unprivileged_port_start: \"0\""],
        );
    }
    let out = web("rootful").run(&["explain"]);
    assert!(!out.stdout.contains("sysctls"), "{}", out.stdout);
}

/// Its Compose would not understand the override: nothing is written.
#[test]
fn a_compose_without_the_tag_is_told_before_anything_is_written() {
    let low = "services:\n  web: {image: \"nginx:1.27\", tmpfs: /x}\n";
    let scene = Scene::compose(low).with_engine("old");
    for words in [&["up", "-d"][..], &["harden"], &["harden", "-o", "out.yaml"]] {
        let out = scene.run(words);
        assert_eq!((out.code, out.stdout.as_str()), (Some(2), ""), "{out:?}");
        says(
            &out.stderr,
            &["`!override`", "2.24.4", "2.20.3", "help: ", "--full"],
        );
        assert!(!scene.was_handed_on() && !scene.path("out.yaml").exists());
        assert!(!scene.home().join(".local").exists());
    }
    let out = scene.run(&["harden", "--full"]);
    assert_eq!(out.code, Some(0), "{out:?}");
    // What needs no tag is no matter.
    let plain = Scene::compose("services:\n  db: {image: \"redis:7\"}\n").with_engine("old");
    assert_eq!(plain.run(&["up"]).code, Some(7));
}

const HANGS: &str = "exec /bin/sleep 60";
const GARBAGE: &str = "echo 'what did you say?'";
const SILENT: &str = "exit 0";

#[test]
fn an_engine_that_cannot_be_understood_starts_nothing() {
    for (script, wanted) in [
        (GARBAGE, "the answer was not understood"),
        (SILENT, "the answer was not understood"),
        ("echo '{}'", "the answer has no version"),
        ("echo oh >&2; exit 3", "oh"),
    ] {
        let scene = Scene::compose(WEB).with_docker_that(script);
        is_refused(&scene, &scene.run(&["up", "-d"]), wanted);
        for words in [["diff"], ["harden"], ["explain"]] {
            let out = scene.run(&words);
            assert_eq!(out.code, Some(0), "{out:?}");
            says(
                &out.stderr,
                &["warning: ", wanted, "planned as for a rootful engine", "help: "],
            );
        }
        let out = scene.run(&["doctor"]);
        assert_eq!(out.code, Some(2), "{out:?}");
        says(&out.stdout, &["wrong  engine", wanted, "help: "]);
        assert!(!scene.home().join(".cache").exists(), "kept what is no answer");
    }
}

#[test]
fn an_engine_that_hangs_is_given_up() {
    let scene = Scene::compose(WEB).with_docker_that(HANGS);
    let before = Instant::now();
    let out = scene.run(&["--nr-engine-timeout", "200ms", "up", "-d"]);
    is_refused(&scene, &out, "no answer within 0.2 s");
    says(&out.stderr, &["`docker ps`"]);
    let out = scene.run(&["--nr-engine-timeout=200ms", "harden"]);
    assert_eq!(out.code, Some(0), "{out:?}");
    says(&out.stderr, &["warning: ", "no answer within"]);
    let out = scene.run(&["--nr-engine-timeout=200ms", "doctor"]);
    assert_eq!(out.code, Some(2), "{out:?}");
    says(&out.stdout, &["wrong  engine", "no answer within"]);
    assert!(
        before.elapsed() < Duration::from_secs(30),
        "{:?}",
        before.elapsed()
    );
    let out = scene.run(&["--nr-engine-timeout", "soon", "up"]);
    says(&out.stderr, &["--nr-engine-timeout", "30s, 500ms"]);
    // Who says what it is does not wait for it.
    let out = scene.run(&["--nr-assume", "rootless", "explain"]);
    says(&out.stdout, &["= ports.0.published: \"8080\""]);
}

#[track_caller]
fn is_refused(scene: &Scene, out: &Out, wanted: &str) {
    assert_eq!((out.code, out.stdout.as_str()), (Some(2), ""), "{out:?}");
    says(
        &out.stderr,
        &["error: asking the engine what it is", wanted, "help: "],
    );
    assert_eq!(out.stderr.matches("error: ").count(), 1, "{}", out.stderr);
    assert!(!scene.was_handed_on());
    assert!(!scene.home().join(".local").exists() && !scene.home().join(".cache").exists());
}

/// Asked once, and again when the engine or the command is another.
#[test]
fn an_answer_is_kept_privately_and_not_for_long() {
    let scene = web("rootful");
    let kind = |scene: &Scene| {
        let out = scene.run(&["explain"]);
        assert_eq!((out.code, out.stderr.as_str()), (Some(0), ""), "{out:?}");
        out.stdout.contains("sysctls")
    };
    assert!(!kind(&scene));
    let folder = scene.home().join(".cache/nrcompose/engines");
    let files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    let mode = |p: &std::path::Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!((files.len(), mode(&files[0]), mode(&folder)), (1, 0o600, 0o700));
    // The same program says something else now, which nobody hears.
    let scene_root = scene.path("..");
    let info = scene_root.join("bin/info");
    let old = fs::read_to_string(&info).unwrap().replace("20.10.24", "19.03.15");
    fs::write(&info, old).unwrap();
    assert!(!kind(&scene));
    // The engine was started again.
    fs::write(scene_root.join("docker.pid"), "1\n").unwrap();
    assert!(kind(&scene));
    // A broken file is none.
    fs::write(&files[0], "{").unwrap();
    assert!(kind(&scene));
}

#[test]
fn the_kind_can_be_assumed_anywhere() {
    let scene = Scene::compose(WEB);
    for words in [
        &["--nr-assume", "rootless", "harden"][..],
        &["harden", "--assume", "rootless"],
    ] {
        let out = scene.run(words);
        assert_eq!(out.code, Some(0), "{out:?}");
        says(&out.stdout, &["8080:80"]);
    }
    for kind in ["rootful", "userns-remap", "desktop", "remote"] {
        let out = scene.run(&["harden", "--assume", kind]);
        assert!(out.code == Some(0) && !out.stdout.contains("8080"), "{out:?}");
    }
    let out = scene.run(&["--nr-assume", "podman", "harden"]);
    assert_eq!(out.code, Some(2), "{out:?}");
    says(&out.stderr, &["rootful, rootless, userns-remap, desktop, remote"]);
    let out = scene.run(&["--nr-assume", "remote", "doctor"]);
    assert_eq!(out.code, Some(0), "{out:?}");
    says(
        &out.stdout,
        &[
            "an engine on another machine, as `--nr-assume` says",
            "none is looked at or made here",
        ],
    );
}

/// A directory for a remote engine would be one on the wrong machine.
#[test]
fn nothing_is_made_here_for_a_remote_engine() {
    let text = "services:\n  web: {image: \"nginx:1.27\", volumes: [\"./data:/data\"]}\n";
    let scene = Scene::compose(text).with_docker();
    let out = scene.run(&["--nr-assume", "remote", "up", "-d"]);
    assert_eq!(out.code, Some(7), "{out:?}");
    assert!(!scene.path("data").exists());
    let mut command = scene.command(&["up", "-d"]);
    let out = output(command.env("DOCKER_HOST", "ssh://me@far"));
    assert_eq!(out.code, Some(7), "{out:?}");
    assert!(!scene.path("data").exists());
    scene.run(&["up", "-d"]);
    assert!(scene.path("data").exists());
}

fn override_of(scene: &Scene) -> std::path::PathBuf {
    let found = scene.files().into_keys().find(|f| f.ends_with("override.yaml"));
    found.unwrap()
}
