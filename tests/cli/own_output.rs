//! What nrcompose wrote into the project: an override is never read as part of it, a whole file is the person's own.

use crate::scene::{Out, Scene, output};
use std::fs;

const WEB: &str = "services:\n  web: {image: \"nginx:1.27\", volumes: [\"data:/data\"]}\nvolumes: {data: }\n";
const LATER: &str = "services:\n  web: {image: \"redis:7\", volumes: [\"data:/data\"]}\nvolumes: {data: }\n";
/// Nothing of it is changed.
const AS_IT_IS: &str = "services:\n  web: {image: \"nginx:1.27\", x-nrcompose: {skip: \"elsewhere\"}}\n";

/// A file, the flags, the variable, `.env`.
type Way = (
    &'static str,
    &'static [&'static str],
    Option<&'static str>,
    Option<&'static str>,
);

/// The ways in which a project can come to have an override: its file, the flags, the variable, `.env`.
const WAYS: [Way; 7] = [
    ("compose.override.yaml", &[], None, None),
    ("compose.override.yml", &[], None, None),
    ("docker-compose.override.yml", &[], None, None),
    ("docker-compose.override.yaml", &[], None, None),
    ("o.yaml", &["-f", "compose.yaml", "-f", "o.yaml"], None, None),
    ("o.yaml", &[], Some("compose.yaml:o.yaml"), None),
    ("o.yaml", &[], None, Some("COMPOSE_FILE=compose.yaml:o.yaml\n")),
];

fn scene(text: &str, (file, _, _, env): Way) -> Scene {
    let scene = Scene::compose(text).with_docker();
    // The variable may name only what is there; an empty file may be replaced.
    let scene = if file == "o.yaml" {
        scene.file(file, "")
    } else {
        scene
    };
    match env {
        Some(text) => scene.file(".env", text),
        None => scene,
    }
}

fn run(scene: &Scene, (_, flags, variable, _): Way, words: &[&str]) -> Out {
    let mut command = scene.command(&[flags, words].concat());
    if let Some(value) = variable {
        command.env("COMPOSE_FILE", value);
    }
    output(&mut command)
}

fn arguments(scene: &Scene) -> Vec<String> {
    let (notes, _) = scene.notes();
    let words = notes.lines().filter_map(|line| line.strip_prefix("arg "));
    words.map(str::to_owned).collect()
}

/// The files that Compose was handed: by the variable, else by flags.
fn handed(scene: &Scene) -> Vec<String> {
    let (notes, _) = scene.notes();
    let variable = notes.lines().find_map(|l| l.strip_prefix("file ")).unwrap();
    let words = arguments(scene);
    let flags: Vec<String> = words
        .windows(2)
        .filter(|w| w[0] == "-f")
        .map(|w| w[1].clone())
        .collect();
    match variable {
        "none" => flags,
        list => list.split(':').map(str::to_owned).collect(),
    }
}

#[test]
fn an_override_is_written_three_times_alike() {
    for way in WAYS {
        let (file, ..) = way;
        let wanted = Scene::compose(WEB).run(&["harden"]).stdout;
        let scene = scene(WEB, way);
        // The first writes what the others find.
        fs::remove_file(scene.path(file)).unwrap_or_default();
        if file == "o.yaml" {
            fs::write(scene.path(file), &wanted).unwrap();
        }
        for _ in 0..3 {
            let out = run(&scene, way, &["harden", "-o", file]);
            assert_eq!(out.code, Some(0), "{way:?}: {out:?}");
            assert_eq!(fs::read_to_string(scene.path(file)).unwrap(), wanted, "{way:?}");
            assert_eq!(run(&scene, way, &["harden"]).stdout, wanted, "{way:?}");
            assert_eq!(run(&scene, way, &["harden", "--check"]).code, Some(1), "{way:?}");
        }
        let fresh = Scene::compose(LATER).run(&["harden"]).stdout;
        assert_ne!(fresh, wanted);
        let scene = scene.file("compose.yaml", LATER);
        for _ in 0..2 {
            assert_eq!(run(&scene, way, &["harden", "-o", file]).code, Some(0));
            assert_eq!(fs::read_to_string(scene.path(file)).unwrap(), fresh, "{way:?}");
        }
    }
}

#[test]
fn compose_is_handed_the_authors_files_and_the_new_plan() {
    let alone = Scene::compose(LATER).with_docker();
    alone.run(&["config"]);
    let wanted = alone.handed_override();
    for way in WAYS {
        let (file, ..) = way;
        let scene = scene(WEB, way);
        fs::write(scene.path(file), Scene::compose(WEB).run(&["harden"]).stdout).unwrap();
        let scene = scene.file("compose.yaml", LATER);
        for words in [
            &["up", "-d"][..],
            &["config"],
            &["stop"],
            &["kill"],
            &["down", "-v"],
        ] {
            let out = run(&scene, way, words);
            assert_eq!(out.code, Some(7), "{way:?} {words:?}: {out:?}");
            let files = handed(&scene);
            let [base, ours] = files.as_slice() else {
                panic!("{way:?} {words:?}: {files:?}");
            };
            assert!(
                base.ends_with("compose.yaml") && !base.ends_with(file),
                "{files:?}"
            );
            assert!(
                ours.contains("/.local/state/nrcompose/projects/"),
                "{way:?} {words:?}: {files:?}"
            );
            // The containers of a start are made first, so that what they mount can be looked at.
            let asked = match words {
                ["up", ..] => &["up", "--no-start"],
                words => words,
            };
            assert_eq!(arguments(&scene)[arguments(&scene).len() - asked.len()..], *asked);
            let text = fs::read_to_string(ours).unwrap();
            assert_eq!(text, wanted, "{way:?} {words:?}");
        }
    }
}

/// Compose would find the override again by itself, and start what no plan says any more.
#[test]
fn where_nothing_changes_an_old_override_is_not_handed_on() {
    for way in WAYS {
        let (file, ..) = way;
        let scene = scene(AS_IT_IS, way);
        fs::write(scene.path(file), Scene::compose(WEB).run(&["harden"]).stdout).unwrap();
        for words in [&["up", "-d"][..], &["config"]] {
            let out = run(&scene, way, words);
            assert_eq!(out.code, Some(7), "{out:?}");
            let files = handed(&scene);
            assert!(
                matches!(files.as_slice(), [one] if one.ends_with("compose.yaml")),
                "{way:?}: {files:?}"
            );
        }
    }
}

/// `harden -o` and plain Compose started it; looking and stopping needs what was started, without what is gone.
#[test]
fn looking_takes_the_projects_override_where_there_is_no_other() {
    for way in WAYS {
        let (file, ..) = way;
        let scene = scene(WEB, way);
        let two = WEB.replace("services:\n", "services:\n  gone: {image: \"nginx:1.27\"}\n");
        fs::write(scene.path(file), Scene::compose(&two).run(&["harden"]).stdout).unwrap();
        let out = run(&scene, way, &["down"]);
        assert_eq!((out.code, out.stderr.as_str()), (Some(7), ""), "{way:?}");
        let files = handed(&scene);
        let text = fs::read_to_string(files.last().unwrap()).unwrap();
        assert!(
            text.contains("  web:") && !text.contains("gone"),
            "{way:?}: {text}"
        );
        // One that says nothing of the project is none.
        let scene = scene.file("compose.yaml", "services:\n  other: {image: \"nginx:1.27\"}\n");
        fs::remove_dir_all(scene.home().join(".local")).unwrap();
        run(&scene, way, &["ps"]);
        assert!(
            handed(&scene).iter().all(|f| !f.ends_with(file)),
            "{way:?}: {:?}",
            handed(&scene)
        );
    }
}

#[test]
fn the_override_of_the_state_directory_can_be_named() {
    let scene = Scene::compose(WEB).with_docker();
    scene.run(&["up", "-d"]);
    let ours = handed(&scene).pop().unwrap();
    let before = fs::read_to_string(&ours).unwrap();
    for words in [&["up", "-d"][..], &["config"], &["stop"]] {
        for flags in [
            vec!["-f", "compose.yaml", "-f", &ours],
            vec!["-f", &ours, "-f", "compose.yaml"],
        ] {
            let out = scene.run(&[&flags, words].concat());
            assert_eq!(out.code, Some(7), "{out:?}");
            assert_eq!(handed(&scene), ["compose.yaml", &ours], "{words:?}");
            assert_eq!(fs::read_to_string(&ours).unwrap(), before);
        }
    }
}

#[test]
fn an_override_alone_is_no_project() {
    let scene = Scene::compose(WEB).with_docker();
    scene.run(&["harden", "-o", "o.yaml"]);
    for words in [
        &["-f", "o.yaml", "harden"][..],
        &["-f", "o.yaml", "-f", "o.yaml", "up", "-d"],
        &["harden", "o.yaml"],
        &["-f", "o.yaml", "config"],
    ] {
        let out = scene.run(words);
        assert_eq!(
            (out.code, out.stdout.as_str()),
            (Some(2), ""),
            "{words:?}: {out:?}"
        );
        assert!(
            out.stderr.contains("o.yaml: an override that nrcompose wrote") && out.stderr.contains("help: ")
        );
        assert!(!scene.was_handed_on());
    }
    // It is not looked for further up, or another project would be taken for this one.
    let scene = Scene::compose(WEB).file("inner/compose.yaml", scene.run(&["harden"]).stdout);
    let mut command = scene.command(&["harden"]);
    let out = output(command.current_dir(scene.path("inner")));
    assert_eq!(out.code, Some(2), "{out:?}");
}

#[test]
fn an_override_on_standard_input_is_left_out() {
    let scene = Scene::compose(WEB).with_docker();
    let text = scene.run(&["harden"]).stdout;
    let out = scene.run_with(&["-f", "compose.yaml", "-f", "-", "harden"], &text);
    assert_eq!(
        (out.code, out.stdout.as_str()),
        (Some(0), text.as_str()),
        "{out:?}"
    );
    scene.run_with(&["-f", "compose.yaml", "-f", "-", "up", "-d"], &text);
    assert!(!handed(&scene).contains(&"-".to_owned()), "{:?}", handed(&scene));
}

/// A whole file is the person's own: planned, handed on, and written over itself with what it says.
#[test]
fn a_whole_file_is_planned_as_any() {
    let old_note = "# Written by nrcompose. Do not edit: it is written anew.\n";
    for is_of_before in [false, true] {
        for base in [
            WEB,
            "services:\n    web:\n        image: nginx:1.27\n",
            "services:\n  web:\n    build: .\n    user: \"7:7\"\n",
        ] {
            let scene = Scene::compose(base).with_docker();
            assert_eq!(scene.run(&["harden", "--full", "-o", "whole.yaml"]).code, Some(0));
            let path = scene.path("whole.yaml");
            if is_of_before {
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, old_note.to_owned() + text.split_once('\n').unwrap().1).unwrap();
            }
            let out = scene.run(&["-f", "whole.yaml", "harden"]);
            assert!(
                out.code == Some(0) && out.stdout.ends_with("\nservices: {}\n"),
                "{out:?}"
            );
            assert_eq!(
                scene.run(&["-f", "whole.yaml", "harden", "--check"]).code,
                Some(0)
            );
            scene.run(&["-f", "whole.yaml", "up", "-d"]);
            assert_eq!(handed(&scene), ["whole.yaml"]);
            let mut bytes = None;
            for _ in 0..3 {
                let out = scene.run(&["-f", "whole.yaml", "harden", "--full", "-o", "whole.yaml"]);
                assert_eq!(out.code, Some(0), "{out:?}");
                let now = fs::read(&path).unwrap();
                assert!(bytes.as_ref().is_none_or(|b| *b == now));
                bytes = Some(now);
            }
            // What changes in it is planned.
            let text = fs::read_to_string(&path).unwrap();
            let changed = text
                .replacen("nginx:1.27", "redis:7", 1)
                .replacen(" user:", " x-user:", 1);
            fs::write(&path, changed).unwrap();
            let out = scene.run(&["-f", "whole.yaml", "harden", "--guess", "--check"]);
            assert_eq!(out.code, Some(1), "{out:?} {text}");
        }
    }
}

/// It has the service that gives the volume away, and another image or user makes that another one.
#[test]
fn what_was_added_to_a_whole_file_is_planned_anew() {
    let scene = Scene::compose(WEB);
    let text = scene.run(&["harden", "--full"]).stdout;
    for (from, to) in [("nginx:1.27", "redis:7"), ("user: \"101:101\"", "user: \"5:5\"")] {
        let scene = Scene::compose(&text.replacen(from, to, 1));
        let out = scene.run(&["harden"]);
        assert_eq!(out.code, Some(0), "{out:?}");
        assert!(out.stdout.contains("nrcompose-init-web: !override"), "{out:?}");
        assert!(nrcompose::mark::is_override(out.stdout.as_bytes()));
        scene.run(&["harden", "-o", "compose.override.yaml"]);
        assert_eq!(scene.run(&["harden"]).stdout, out.stdout);
        let whole = scene.run(&["harden", "--full"]).stdout;
        let again = Scene::compose(&whole).run(&["harden"]).stdout;
        assert!(again.ends_with("\nservices: {}\n"), "{again}");
    }
}

/// What is written would be what the next plan is made from.
#[test]
fn a_file_of_the_project_is_no_output() {
    let scene = Scene::compose("include:\n  - path: [base.yaml, over.yaml]\n").file("base.yaml", WEB);
    let over = Scene::compose(WEB).run(&["harden"]).stdout;
    let scene = scene.file("over.yaml", &over);
    let out = scene.run(&["harden", "-o", "over.yaml"]);
    assert_eq!(out.code, Some(2), "{out:?}");
    assert!(
        out.stderr.contains("over.yaml: it is a file of the project"),
        "{out:?}"
    );
    assert_eq!(fs::read_to_string(scene.path("over.yaml")).unwrap(), over);
    // A whole file among others, or about to be replaced by an override of itself.
    scene.run(&["harden", "--full", "-o", "whole.yaml"]);
    let whole = fs::read(scene.path("whole.yaml")).unwrap();
    for words in [
        &["-f", "whole.yaml", "harden", "-o", "whole.yaml"][..],
        &[
            "-f",
            "base.yaml",
            "-f",
            "whole.yaml",
            "harden",
            "--full",
            "-o",
            "whole.yaml",
        ],
        &[
            "-f",
            "whole.yaml",
            "harden",
            "--full",
            "--format",
            "json",
            "-o",
            "whole.yaml",
        ],
    ] {
        let out = scene.run(words);
        assert_eq!(out.code, Some(2), "{words:?}: {out:?}");
        assert_eq!(fs::read(scene.path("whole.yaml")).unwrap(), whole, "{words:?}");
    }
}

/// Compose takes one override: another that its author wrote would be lost without a word, or ours would do nothing.
#[test]
fn a_second_override_is_told() {
    let scene = Scene::compose(WEB).file("compose.override.yaml", "services: {web: {restart: always}}\n");
    let out = scene.run(&["harden", "-o", "compose.override.yml"]);
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(
        out.stderr.contains("takes one alone, compose.override.yml") && out.stderr.contains("help: "),
        "{out:?}"
    );
    // For the plan the author's is still the one.
    let out = scene.run(&["harden", "--full"]);
    assert!(
        out.stdout.contains("restart: always") && out.stderr.is_empty(),
        "{out:?}"
    );
    assert_eq!(scene.run(&["harden", "-o", "other.yml"]).stderr, "");
}

/// `model` shows what `docker compose config` would.
#[test]
fn the_model_has_every_file() {
    let scene = Scene::compose(WEB);
    let before = scene.run(&["model"]).stdout;
    scene.run(&["harden", "-o", "compose.override.yaml"]);
    let out = scene.run(&["model"]);
    assert!(
        out.stdout.contains("cap_drop:") && !before.contains("cap_drop:"),
        "{out:?}"
    );
}
