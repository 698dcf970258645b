//! What `docker compose` gets: the words as they were typed, the override last, standard input untouched.

use crate::scene::Scene;
use nrcompose::cli::compose_line::VERBS;

const WEB: &str = "services:\n  web: {image: \"nginx:1.27\"}\n";

/// The arguments that docker was called with, without those that name the override.
fn arguments(scene: &Scene) -> Vec<String> {
    let (notes, _) = scene.notes();
    let words = notes.lines().filter_map(|line| line.strip_prefix("arg "));
    words.map(str::to_owned).collect()
}

fn compose_file(scene: &Scene) -> String {
    let (notes, _) = scene.notes();
    let mut lines = notes.lines();
    lines.find_map(|l| l.strip_prefix("file ")).unwrap().to_owned()
}

#[test]
fn files_that_were_found_come_back_through_the_variable() {
    let scene = Scene::compose(WEB)
        .file("compose.override.yaml", "services: {web: {restart: always}}\n")
        .with_docker();
    let out = scene.run(&["--ansi", "never", "up", "-d", "--wait"]);
    assert_eq!(out.code, Some(7), "{out:?}");
    assert_eq!(
        arguments(&scene),
        ["compose", "--ansi", "never", "up", "-d", "--wait"]
    );
    let files = compose_file(&scene);
    let files: Vec<&str> = files.split(':').collect();
    let [base, pair, ours] = files.as_slice() else {
        panic!("{files:?}")
    };
    assert!(base.ends_with("/project/compose.yaml") && pair.ends_with("/project/compose.override.yaml"));
    assert!(ours.ends_with("/override.yaml") && ours.contains("/.local/state/nrcompose/projects/project-"));
}

#[test]
fn files_that_were_named_get_one_more() {
    let scene = Scene::compose(WEB).with_docker();
    scene.run(&["-f", "compose.yaml", "-p", "other", "up"]);
    let words = arguments(&scene);
    assert_eq!(words[..5], ["compose", "-f", "compose.yaml", "-p", "other"]);
    assert_eq!(words[5], "-f");
    assert!(words[6].contains("/projects/other-") && words[6].ends_with("/override.yaml"));
    assert_eq!(words[7..], ["up"]);
    assert_eq!(compose_file(&scene), "none");
}

#[test]
fn a_file_on_standard_input_can_be_read_again() {
    let scene = Scene::new().with_docker();
    // More than a pipe holds.
    let text = format!("{WEB}# {}\n", "x".repeat(200_000));
    for words in [
        &["-f", "-", "up", "-d"][..],
        &["-f", "-", "stop"],
        &["-f", "-", "down"],
    ] {
        let out = scene.run_with(words, &text);
        assert_eq!(out.code, Some(7), "{out:?}");
        assert!(scene.notes().1 == text, "{words:?}: the file is not what it was");
        assert_eq!(arguments(&scene)[..3], ["compose", "-f", "-"]);
        // Compose would take the directory of the override for the project's.
        let place = arguments(&scene)
            .into_iter()
            .skip_while(|w| w != "--project-directory")
            .nth(1);
        assert_eq!(
            place.map(Into::into),
            Some(scene.path("").canonicalize().unwrap())
        );
    }
}

#[test]
fn standard_input_belongs_to_the_command() {
    let scene = Scene::compose(WEB).with_docker();
    for words in [
        &["exec", "-T", "web", "cat"][..],
        &["run", "--rm", "-T", "web", "cat"],
    ] {
        scene.run_with(words, "for the command");
        assert_eq!(scene.notes().1, "for the command", "{words:?}");
    }
}

#[test]
fn only_what_makes_containers_or_shows_the_model_plans() {
    let scene = Scene::compose(WEB).with_docker();
    scene.run(&["up", "-d"]);
    assert!(compose_file(&scene).ends_with("/override.yaml"));
    let before = scene.files();
    for (what, text) in [
        (
            "refused by policy",
            "services:\n  web: {image: a, privileged: true}\nx-nrcompose: {policy: strict}\n",
        ),
        (
            "configured wrongly",
            "services:\n  web: {image: a, x-nrcompose: {nothing: 1}}\n",
        ),
        ("no Compose file any more", "services: [\n"),
    ] {
        let scene = Scene::compose(text).with_docker();
        for verb in VERBS {
            let out = scene.run(&[verb.name, "web"]);
            let is_planned =
                ["config", "convert", "create", "run", "scale", "up", "watch"].contains(&verb.name);
            if is_planned {
                assert_ne!(out.code, Some(7), "{} {what}", verb.name);
                continue;
            }
            let said = (out.code, out.stderr.as_str());
            assert_eq!(said, (Some(7), ""), "{} {what}", verb.name);
            assert_eq!(arguments(&scene), ["compose", verb.name, "web"]);
        }
    }
    assert_eq!(scene.files(), before);
}

/// The override that was written last is used for as long as it fits.
#[test]
fn the_last_override_is_used_while_it_fits() {
    let scene = Scene::compose(WEB).with_docker();
    scene.run(&["up", "-d"]);
    let ours = compose_file(&scene);
    scene.run(&["down"]);
    assert_eq!(compose_file(&scene), ours);
    // A file that cannot be loaded has no name of its own; the directory still tells the project.
    let scene = scene.file("compose.yaml", "services: [\n");
    scene.run(&["down"]);
    assert_eq!(compose_file(&scene), ours);
    let scene = scene.file("compose.yaml", "services:\n  renamed: {image: \"nginx:1.27\"}\n");
    scene.run(&["down"]);
    assert_eq!(compose_file(&scene), "none");
}

#[test]
fn help_of_compose_is_its_own() {
    let scene = Scene::compose("services: [\n").with_docker();
    for words in [&["up", "--help"][..], &["run", "-h"]] {
        let out = scene.run(words);
        assert_eq!(out.code, Some(7), "{out:?}");
        assert_eq!(arguments(&scene)[1..], *words);
    }
}

#[test]
fn policy_strict_starts_and_writes_nothing() {
    let scene = Scene::compose(
        "services:\n  bad: {image: \"nginx:1.27\", privileged: true}\n  cache: {image: \"redis:7\", volumes: [\"./data:/data\"]}\n",
    )
    .with_docker();
    let before = scene.files();
    let out = scene.run(&["--nr-policy", "strict", "up", "-d"]);
    assert_eq!(out.code, Some(3), "{out:?}");
    assert!(
        out.stderr.contains("policy strict: bad cannot be hardened"),
        "{out:?}"
    );
    assert!(!scene.was_handed_on());
    assert_eq!(scene.files(), before);

    let out = scene.run(&["up", "-d"]);
    assert_eq!(out.code, Some(7), "{out:?}");
    assert!(
        out.stderr
            .contains("service bad stays as its author wrote it: `privileged: true`"),
        "{out:?}"
    );
    let ours = compose_file(&scene);
    let text = std::fs::read_to_string(ours.rsplit(':').next().unwrap()).unwrap();
    assert!(text.contains("cache:") && !text.contains("bad:"), "{text}");
}

/// `harden` under strict refuses alike, and says it before anything is printed.
#[test]
fn policy_strict_hardens_nothing() {
    let scene = Scene::compose("services:\n  bad: {image: \"nginx:1.27\", privileged: true}\n");
    let out = scene.run(&["harden", "--policy", "strict"]);
    assert_eq!((out.code, out.stdout.as_str()), (Some(3), ""), "{out:?}");
    assert_eq!(scene.run(&["harden"]).code, Some(0));
}

/// Root by its author's word is root all the same, however it is written and wherever policy strict is asked for.
#[test]
fn policy_strict_lets_nobody_be_root_by_their_word() {
    let rows = [
        ("user: root", ""),
        ("user: \"0\"", ""),
        ("user: \"0:0\"", ""),
        ("user: root:root", ""),
        ("user: \"${WHO:-root}\"", ""),
        ("x-nrcompose: {as_root: true}", ""),
        ("user: root", "x-nrcompose: {policy: strict}\n"),
    ];
    for (word, project) in rows {
        let text = format!(
            "services:\n  web: {{image: \"nginx:1.27\", {word}}}\n  cache: {{image: \"redis:7\"}}\n{project}"
        );
        let scene = Scene::compose(&text).with_docker();
        let before = scene.files();
        let asked: &[&str] = match project {
            "" => &["--nr-policy", "strict"],
            _ => &[],
        };
        for command in [&["up", "-d"][..], &["create"], &["harden"]] {
            let out = scene.run(&[asked, command].concat());
            assert_eq!((out.code, out.stdout.as_str()), (Some(3), ""), "{text}{out:?}");
            let message = "policy strict: web cannot be hardened; nothing was written or started";
            assert!(out.stderr.contains(message), "{text}{out:?}");
            // Who a name is can be known from the image alone, which is pulled for that.
            if scene.was_handed_on() {
                let (noted, _) = scene.notes();
                let starts = ["arg up\n", "arg create\n"].iter().any(|a| noted.contains(a));
                assert!(noted.contains("arg pull\n") && !starts, "{noted}");
            }
            assert_eq!(scene.files(), before);
        }
        // Overruled, it is no root, and nothing is in the way.
        if word.starts_with("user:") {
            let over = text.replace(word, &format!("{word}, x-nrcompose: {{override_root: true}}"));
            let scene = Scene::compose(&over).with_docker();
            assert_eq!(
                scene.run(&[asked, &["up", "-d"]].concat()).code,
                Some(7),
                "{over}"
            );
        }
    }
}

/// Compose says what it would do by our plan, and nothing is written: no override, no directory that is mounted.
#[test]
fn a_dry_run_writes_nothing() {
    let web = "services:\n  web: {image: \"nginx:1.27\", volumes: [\"./made:/data\"]}\n";
    for words in [
        &["--dry-run", "up", "-d"][..],
        &["up", "--dry-run", "-d"],
        &["up", "--dry-run=true"],
        &["--dry-run", "create"],
        &["run", "--dry-run", "web"],
    ] {
        let scene = Scene::compose(web).with_docker();
        let before = scene.files();
        let out = scene.run(&[&["--nr-assume", "rootful"], words].concat());
        assert_eq!(out.code, Some(7), "{words:?}: {out:?}");
        assert_eq!(scene.files(), before, "{words:?}");
        let said = scene.handed_override();
        assert!(said.contains("user: \"101:101\""), "{words:?}: {said}");
    }
    for words in [
        &["up", "--dry-run=false", "-d"][..],
        &["run", "web", "--dry-run"],
        &["up", "-d", "--", "--dry-run"],
    ] {
        let scene = Scene::compose(web).with_docker();
        scene.run(words);
        assert!(scene.path("made").is_dir(), "{words:?}");
        assert!(
            compose_file(&scene).contains("/.local/state/nrcompose/projects/"),
            "{words:?}"
        );
    }
}
