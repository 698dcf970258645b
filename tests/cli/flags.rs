//! Flags where nobody reads them: a gate that looks closed and is open.

use crate::scene::Scene;

const BAD: &str = "services:\n  bad: {image: \"nginx:1.27\", privileged: true}\n";

/// Exit code 2, one error that names `flag`, a help with `cure`; nothing printed, written or handed on.
#[track_caller]
fn refused(scene: &Scene, words: &[&str], flag: &str, cure: &str) {
    let before = scene.files();
    let out = scene.run(words);
    assert_eq!(
        (out.code, out.stdout.as_str()),
        (Some(2), ""),
        "{words:?}: {out:?}"
    );
    let error = out.stderr.lines().find(|l| l.starts_with("error: "));
    assert!(error.is_some_and(|e| e.contains(flag)), "{words:?}: {out:?}");
    let help = out.stderr.split("help: ").nth(1).unwrap_or_default();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains(cure), "{words:?}: no {cure:?} in {help:?}");
    assert_eq!(scene.files(), before, "{words:?} wrote something");
    assert!(!scene.was_handed_on(), "{words:?} reached docker compose");
}

#[test]
fn before_a_command_of_ours_none_is_swallowed() {
    let scene = Scene::compose(BAD).with_docker();
    for (words, flag, cure) in [
        (
            &["--policy", "strict", "harden"][..],
            "--policy",
            "`nrcompose --nr-policy strict harden`, or `nrcompose harden --policy strict`",
        ),
        (
            &["--policy=strict", "harden"],
            "--policy",
            "`nrcompose --nr-policy strict harden`",
        ),
        (&["--check", "harden"], "--check", "`nrcompose harden --check`"),
        (&["--full", "harden"], "--full", "`nrcompose harden --full`"),
        (&["--full=true", "harden"], "--full", "after the command"),
        (
            &["-o", "ours.yaml", "harden"],
            "-o",
            "`nrcompose harden -o ours.yaml`",
        ),
        (
            &["--output", "ours.yaml", "harden"],
            "--output",
            "`nrcompose harden --output ours.yaml`",
        ),
        (
            &["--format", "json", "diff"],
            "--format",
            "`nrcompose diff --format json`",
        ),
        (
            &["--chekc", "harden"],
            "--chekc",
            "did you mean `nrcompose harden --check`?",
        ),
        (
            &["--profil", "x", "harden"],
            "--profil",
            "did you mean `--profile`?",
        ),
        (&["--frobnicate", "doctor"], "--frobnicate", "`nrcompose --help`"),
        (
            &["--frobnicate=1", "doctor"],
            "--frobnicate",
            "`nrcompose --help`",
        ),
        (&["-x", "doctor"], "-x", "`nrcompose --help`"),
        (
            &["-f", "compose.yaml", "--check", "harden", "--full"],
            "--check",
            "harden --check",
        ),
        (&["--check", "--", "harden"], "--check", "harden --check"),
        // What Compose has and a command of ours cannot follow.
        (
            &["--dry-run", "harden", "-o", "ours.yaml"],
            "--dry-run",
            "leave it out",
        ),
        (&["--dry-run=true", "doctor"], "--dry-run", "leave it out"),
        (&["--dry-run=so", "doctor"], "--dry-run", "--dry-run"),
        (
            &["--compatibility=so", "harden"],
            "--compatibility",
            "--compatibility",
        ),
        (&["-v", "harden", "--check"], "--version", "`nrcompose --version`"),
    ] {
        refused(&scene, words, flag, cure);
    }
    // Each command of ours, also those that Compose has none like.
    for verb in [
        "harden",
        "diff",
        "explain",
        "model",
        "verify",
        "test",
        "profiles",
        "doctor",
        "completions",
    ] {
        for flag in ["--frobnicate", "-x", "--frobnicate=value"] {
            refused(&scene, &[flag, verb], flag.split('=').next().unwrap(), "--help");
        }
    }
}

#[test]
fn own_flags_have_one_place_and_one_value() {
    let scene = Scene::compose(BAD).with_docker();
    for (words, flag, cure) in [
        (
            &["--nr-polcy", "strict", "harden"][..],
            "did you mean `--nr-policy`?",
            "",
        ),
        (&["--nr-check", "harden"], "unknown flag --nr-check", "--help"),
        (
            &["--nr-policy=", "harden"],
            "--nr-policy is strict, standard, cautious",
            "",
        ),
        (
            &["--nr-policy", "", "harden"],
            "--nr-policy is strict, standard, cautious",
            "",
        ),
        (
            &["--nr-policy", "harden"],
            "--nr-policy is strict, standard, cautious",
            "",
        ),
        (
            &["--nr-policy", "strict", "--nr-policy", "standard", "harden"],
            "--nr-policy is given twice",
            "",
        ),
        (&["--nr-ports=", "harden"], "--nr-ports", ""),
        (&["--nr-user=", "harden"], "--nr-user", ""),
        (&["--nr-assume=", "harden"], "--nr-assume", ""),
        (&["--nr-loader=", "harden"], "--nr-loader", ""),
        (&["--nr-engine-timeout=", "harden"], "--nr-engine-timeout", ""),
        (
            &["--nr-policy-file=", "harden"],
            "--nr-policy-file needs a value",
            "",
        ),
        (
            &["--nr-policy-file=", "up", "-d"],
            "--nr-policy-file needs a value",
            "",
        ),
        (&["--nr-color=often", "harden"], "--nr-color", ""),
        (&["--nr-random-uid=maybe", "harden"], "--nr-random-uid", ""),
        (&["--nr-random-uid=", "harden"], "--nr-random-uid", ""),
        (&["--nr-verify", "up", "-d"], "--nr-verify", ""),
        // After a command of Compose's, which would refuse it when everything is planned and written.
        (
            &["up", "--nr-policy", "strict", "-d"],
            "--nr-policy after up",
            "`nrcompose --nr-policy … up`",
        ),
        (
            &["up", "-d", "--nr-policy=strict"],
            "--nr-policy after up",
            "before the command",
        ),
        (
            &["up", "-d", "--nr-verify", "--nr-verify=rollback"],
            "--nr-verify after up",
            "once",
        ),
        (
            &["start", "--nr-verify"],
            "--nr-verify after start",
            "`nrcompose up -d --nr-verify`",
        ),
        (
            &["run", "--nr-policy", "strict", "bad"],
            "--nr-policy after run",
            "before the command",
        ),
    ] {
        refused(&scene, words, flag, cure);
    }
    for words in [
        &["harden", "--nr-policy", "strict"][..],
        &["harden", "--policy=", "--check"],
    ] {
        let out = scene.run(words);
        assert_eq!(
            (out.code, out.stdout.as_str()),
            (Some(2), ""),
            "{words:?}: {out:?}"
        );
    }
}

#[test]
fn what_is_meant_for_a_command_in_a_service_stays() {
    let scene = Scene::compose(BAD).with_docker();
    for words in [
        &["exec", "bad", "sh", "--nr-verify", "--nr-policy"][..],
        &["up", "-d", "--", "--nr-x"],
    ] {
        scene.run(words);
        let (notes, _) = scene.notes();
        let handed: Vec<&str> = notes
            .lines()
            .filter_map(|l| l.strip_prefix("arg "))
            .skip(1)
            .collect();
        assert_eq!(handed, words);
    }
}

#[test]
fn a_switch_can_be_turned_off() {
    let scene = Scene::compose("services:\n  web: {image: \"nginx:1.27\"}\n");
    let plain = scene.run(&["harden"]).stdout;
    assert_eq!(scene.run(&["--nr-random-uid=false", "harden"]).stdout, plain);
    assert_ne!(scene.run(&["--nr-random-uid=true", "harden"]).stdout, plain);
}

/// Compose's own global flags before a command of ours, and flags of a newer Compose before its own commands.
#[test]
fn what_has_a_meaning_is_taken() {
    let scene = Scene::compose("services:\n  web: {image: \"nginx:1.27\"}\n").with_docker();
    for words in [
        &[
            "--ansi",
            "never",
            "--progress=plain",
            "--parallel",
            "3",
            "--verbose",
            "-p",
            "x",
            "harden",
        ][..],
        &[
            "--compatibility",
            "--all-resources",
            "--dry-run=false",
            "--profile",
            "x",
            "diff",
        ],
        &["--project-directory", ".", "--env-file", "/dev/null", "model"],
        &["--help", "harden"],
        &["-h", "harden", "--check"],
    ] {
        let out = scene.run(words);
        assert_eq!(out.code, Some(0), "{words:?}: {out:?}");
    }
    assert!(
        scene
            .run(&["--help", "harden"])
            .stdout
            .contains("Usage: nrcompose harden")
    );
    let out = scene.run(&["--newer", "value", "up", "-d"]);
    assert_eq!(out.code, Some(7), "{out:?}");
}
