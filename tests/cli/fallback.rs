//! What is known to fail on this machine is not started hardened: what a person is told of it, how often, and that nothing
//! starts where they want no fallback.

use crate::scene::{Out, Scene};
use std::os::unix::fs::PermissionsExt;

/// Directories that nobody but root may write, and a key that only its owner may read, whoever runs the tests.
const PROJECT: &str = "services:
  cache: {image: 'redis:7', volumes: ['./cache:/data']}
  store: {image: 'registry:2', volumes: ['./store:/var/lib/registry']}
  web: {image: 'nginx:1.27', volumes: ['./key.pem:/key.pem:ro']}
  plain: {image: 'nginx:1.27'}
";

fn scene(project: &str) -> Scene {
    let scene = Scene::compose(project).with_docker().file("key.pem", "x");
    let to = |path, mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(scene.path(path), mode).unwrap();
    };
    for directory in ["cache", "store"] {
        std::fs::create_dir(scene.path(directory)).unwrap();
        to(directory, 0o555);
    }
    to("key.pem", 0o600);
    scene
}

fn warnings(out: &Out) -> Vec<&str> {
    let lines = out.stderr.lines();
    lines.filter(|line| line.starts_with("warning: ")).collect()
}

#[test]
fn several_directories_are_told_in_one_line_with_one_command() {
    let scene = scene(PROJECT);
    for words in [
        &["up", "-d", "--nr-trust"][..],
        &["--nr-guess", "harden"],
        &["config"],
    ] {
        let out = scene.run(words);
        let told = warnings(&out);
        let [together, key] = told.as_slice() else {
            panic!("{words:?}: {told:#?}");
        };
        for part in [
            "2 directories of this machine belong to others than the 2 services that use them: ",
            "cache (starts as root with 4 capabilities)",
            "store (stays as its author wrote it, with no-new-privileges added)",
        ] {
            assert!(together.contains(part), "{words:?}: no {part} in {together}");
        }
        assert!(
            key.contains("service web starts as root") && key.contains("cannot read"),
            "{key}"
        );
        assert_eq!(
            out.stderr.matches("`nrcompose adopt`").count(),
            1,
            "{}",
            out.stderr
        );
        assert!(!out.stderr.contains("ownership give"), "{}", out.stderr);
    }
    // The plan has each with its own command.
    for words in ["explain", "diff"] {
        let out = scene.run(&[words]);
        assert_eq!(out.stderr, "", "{words}");
        assert_eq!(
            out.stdout.matches("nrcompose ownership give").count(),
            2,
            "{}",
            out.stdout
        );
        assert!(
            out.stdout.contains("starts as root with what it needs"),
            "{}",
            out.stdout
        );
    }
}

#[test]
fn one_alone_has_its_own_command() {
    let scene = scene(PROJECT);
    let out = scene.run(&["up", "-d", "--nr-trust", "cache"]);
    let told = warnings(&out);
    assert!(
        matches!(told.as_slice(), [one] if one.contains("service cache starts as root") && one.contains("it keeps 4 capabilities")),
        "{told:#?}"
    );
    assert!(
        out.stderr.contains("help: `nrcompose ownership give /"),
        "{}",
        out.stderr
    );
    assert!(!out.stderr.contains("`nrcompose adopt`"), "{}", out.stderr);
}

/// Each reason has a cure of its own.
#[test]
fn every_reason_of_a_service_is_told() {
    let scene =
        scene("services: {cache: {image: 'redis:7', volumes: ['./cache:/data', './key.pem:/key.pem:ro']}}\n");
    let out = scene.run(&["up", "-d", "--nr-trust"]);
    let told = warnings(&out);
    assert!(
        matches!(told.as_slice(), [a, b] if a.contains("cannot") && b.contains("service cache: ")),
        "{told:#?}"
    );
    assert!(
        out.stderr.contains("ownership give") && out.stderr.contains("chown"),
        "{}",
        out.stderr
    );
}

#[test]
fn by_force_all_start_hardened_and_are_told() {
    let scene = scene(PROJECT);
    let out = scene.run(&["up", "-d", "--nr-force", "--nr-trust"]);
    assert_eq!(out.code, Some(7), "{out:?}");
    let told = warnings(&out);
    assert!(
        matches!(told.as_slice(), [one, key] if one.contains("cache, store (starts hardened, and may fail)") && key.contains("cannot read")),
        "{told:#?}"
    );
    assert!(!out.stderr.contains("starts as root"), "{}", out.stderr);
    let text = scene.handed_override();
    assert_eq!(text.matches("user: ").count(), 4, "{text}");
}

#[test]
fn without_a_fallback_nothing_starts_and_nothing_is_written() {
    let scene = scene(PROJECT);
    let before = scene.files();
    let all = "--nr-no-fallback: cache, store, web would not start hardened; nothing was written or started";
    for (words, says) in [
        (&["up", "-d", "--nr-no-fallback"][..], all),
        (&["--nr-guess", "--nr-no-fallback", "up"], all),
        (&["--nr-guess", "--nr-no-fallback", "create"], all),
        (&["--nr-guess", "--nr-no-fallback", "harden"], all),
        (
            &["up", "-d", "--nr-no-fallback", "web"],
            "--nr-no-fallback: web would not start hardened",
        ),
    ] {
        let out = scene.run(words);
        assert_eq!(
            (out.code, out.stdout.as_str()),
            (Some(3), ""),
            "{words:?}: {out:?}"
        );
        assert!(out.stderr.contains(says), "{words:?}: {}", out.stderr);
        let adopt = out.stderr.contains("help: `nrcompose adopt`; web: ");
        assert_eq!(adopt, says == all, "{words:?}: {}", out.stderr);
        assert!(!scene.was_handed_on(), "{words:?}");
        assert_eq!(scene.files(), before, "{words:?}");
    }
    for words in [
        &["up", "-d", "--nr-trust", "--nr-no-fallback", "plain"][..],
        &["up", "-d", "--nr-trust", "--nr-no-fallback", "--nr-force"],
        &["--nr-no-fallback=false", "up", "-d", "--nr-trust"],
    ] {
        assert_eq!(scene.run(words).code, Some(7), "{words:?}");
    }
    // Whatever the reason.
    let scene = self::scene("services: {web: {image: 'nginx:1.27', privileged: true}}\n");
    let out = scene.run(&["up", "-d", "--nr-no-fallback"]);
    assert_eq!(out.code, Some(3), "{out:?}");
    assert!(
        out.stderr.contains("web would not start hardened"),
        "{}",
        out.stderr
    );
}

/// Policy strict takes no guess for hardened, nor a start as root with capabilities that nobody measured.
#[test]
fn under_strict_a_guess_is_none() {
    for (service, guess) in [
        ("image: 'example.org/unknown:1'", true),
        ("image: 'example.org/unknown:1', user: '7:8'", false),
        ("image: 'redis:7'", false),
        ("image: 'redis:7', user: '7:8'", false),
        // Its capabilities are read from what it starts, and were never seen.
        (
            "image: 'lscr.io/linuxserver/sonarr', environment: {DOCKER_MODS: x}",
            true,
        ),
    ] {
        let scene = self::scene(&format!("services: {{app: {{{service}}}}}\n"));
        let out = scene.run(&["harden", "--guess", "--policy", "strict"]);
        let says = "policy strict: what is planned for app is a guess; nothing was written or started";
        assert_eq!(out.code == Some(3), guess, "{service}: {out:?}");
        assert_eq!(out.stderr.contains(says), guess, "{service}: {}", out.stderr);
    }
}
