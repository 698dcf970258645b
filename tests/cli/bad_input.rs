//! What cannot work: one error that says what, where and what to do, its exit code, and nothing written.

use crate::scene::{Out, Scene, output};
use std::os::unix::fs::PermissionsExt;

const WEB: &str = "services:\n  web: {image: \"nginx:1.27\"}\n";

/// Runs it and expects exactly one error with help, exit code 2, silence on standard output, nothing written and
/// nothing handed on. Gives what was said.
#[track_caller]
fn fails(scene: &Scene, words: &[&str]) -> String {
    let before = scene.files();
    let out = scene.run(words);
    is_one_error(&out, words);
    assert_eq!(out.code, Some(2), "{words:?}: {out:?}");
    assert_eq!(scene.files(), before, "{words:?} wrote something");
    assert!(!scene.was_handed_on(), "{words:?} reached docker compose");
    out.stderr
}

#[track_caller]
fn is_one_error(out: &Out, words: &[&str]) {
    let errors: Vec<&str> = out
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("error: "))
        .collect();
    let [error] = errors.as_slice() else {
        panic!("{words:?}: not one error: {out:?}");
    };
    let first = error.chars().next().unwrap();
    assert!(!first.is_uppercase() && !error.ends_with('.'), "{error}");
    assert!(out.stderr.contains("help: "), "{words:?}: no help: {out:?}");
    assert_eq!(out.stdout, "", "{words:?}");
}

#[track_caller]
fn says(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(wanted), "no {wanted:?} in:\n{text}");
    }
}

/// Own commands and handed-on ones alike.
const READERS: [&[&str]; 5] = [&["diff"], &["harden"], &["explain"], &["model"], &["up", "-d"]];

#[track_caller]
fn every_reader_fails(scene: &Scene, globals: &[&str], wanted: &[&str]) {
    for reader in READERS {
        says(&fails(scene, &[globals, reader].concat()), wanted);
    }
}

#[test]
fn a_missing_file() {
    let scene = Scene::new().with_docker();
    every_reader_fails(
        &scene,
        &["-f", "nowhere.yaml"],
        &["nowhere.yaml: it does not exist"],
    );
    every_reader_fails(&scene, &[], &["no Compose file found in", "-f FILE"]);
    says(&fails(&scene, &["diff", "nowhere.yaml"]), &["nowhere.yaml"]);
}

#[test]
fn a_directory_as_file() {
    let scene = Scene::new().with_docker();
    every_reader_fails(&scene, &["-f", "."], &["it is a directory"]);
}

/// Nobody can read a pipe twice.
#[test]
fn a_pipe_as_file() {
    let scene = Scene::compose(WEB).with_docker();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(scene.path("pipe"))
            .status()
            .unwrap()
            .success()
    );
    for verb in ["up", "config", "run"] {
        says(&fails(&scene, &["-f", "pipe", verb]), &["it is a pipe", "`-f -`"]);
    }
}

#[test]
fn an_unreadable_file() {
    let scene = Scene::compose(WEB).with_docker();
    let file = scene.path("compose.yaml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o0)).unwrap();
    // Root reads everything.
    if std::fs::read(&file).is_err() {
        every_reader_fails(&scene, &[], &["permission denied"]);
    }
}

#[test]
fn no_yaml() {
    for text in [&b"services: [web"[..], b"\x00\xff\xfe\x01", b"a: b: c\n"] {
        let scene = Scene::new().file("compose.yaml", text).with_docker();
        every_reader_fails(&scene, &[], &["compose.yaml"]);
    }
}

#[test]
fn yaml_that_is_no_compose_file() {
    for (text, wanted) in [
        ("just a text\n", "not a mapping"),
        ("- a\n- b\n", "not a mapping"),
        ("kind: Deployment\n", "\"kind\""),
        (
            "services:\n  web: {image: a, imagge: b}\n",
            "did you mean `image`?",
        ),
        ("services: [web]\n", "services"),
        ("", "is empty"),
    ] {
        let scene = Scene::compose(text).with_docker();
        every_reader_fails(&scene, &[], &[wanted]);
    }
}

#[test]
fn what_compose_itself_rejects() {
    for (text, wanted) in [
        (
            "services:\n  web: {image: a, depends_on: [no]}\n",
            "depends on no",
        ),
        ("services:\n  web: {image: a, networks: [no]}\n", "no"),
        ("services:\n  web: {}\n", "web"),
        ("services:\n  web: {image: a, user: 1000}\n", "user"),
        ("services:\n  web: {image: a, ports: [\"x:y\"]}\n", "ports"),
    ] {
        let scene = Scene::compose(text).with_docker();
        every_reader_fails(&scene, &[], &[wanted, "compose.yaml:2"]);
    }
}

#[test]
fn an_unresolved_variable() {
    let scene = Scene::compose("services:\n  web: {image: \"nginx:${TAG:?say which}\"}\n").with_docker();
    every_reader_fails(&scene, &[], &["TAG", "say which", "compose.yaml:2:16"]);
}

#[test]
fn a_service_that_does_not_exist() {
    let scene = Scene::compose(WEB);
    says(
        &fails(&scene, &["explain", "wbe"]),
        &["no such service: wbe", "did you mean `web`?"],
    );
    says(
        &fails(&scene, &["explain", "something"]),
        &["its services are: web"],
    );
}

#[test]
fn no_docker() {
    let scene = Scene::compose(WEB);
    for words in [&["up", "-d"][..], &["ps"], &["down"], &["logs", "-f"]] {
        says(&fails(&scene, words), &["it is not on PATH", "install Docker"]);
    }
}

#[test]
fn no_engine() {
    let scene = Scene::compose(WEB).with_docker();
    let mut command = scene.command(&["up", "-d"]);
    let out = output(command.env("DOCKER_HOST", "unix:///nonexistent"));
    is_one_error(&out, &["up"]);
    says(
        &out.stderr,
        &["reaching the engine at /nonexistent", "start the engine"],
    );
    assert_eq!(out.code, Some(2));
    assert!(!scene.was_handed_on() && !scene.home().join(".local").exists());
}

#[test]
fn an_output_that_is_not_ours() {
    let scene = Scene::compose(WEB).file("mine.yaml", "services: {}\n");
    says(
        &fails(&scene, &["harden", "-o", "mine.yaml"]),
        &["was not written by nrcompose", "give a name"],
    );
    says(
        &fails(&scene, &["harden", "-o", "compose.yaml", "--full"]),
        &["was not written"],
    );
    says(
        &fails(&scene, &["harden", "-o", "no/such/folder.yaml"]),
        &["no/such", "directory"],
    );
    says(&fails(&scene, &["harden", "-o", "."]), &["directory"]);
    for _ in 0..2 {
        assert_eq!(scene.run(&["harden", "-o", "ours.yaml"]).code, Some(0));
    }
}

#[test]
fn words_nobody_knows() {
    let scene = Scene::compose(WEB).with_docker();
    says(
        &fails(&scene, &["--nr-nothing", "up"]),
        &["unknown flag --nr-nothing"],
    );
    says(
        &fails(&scene, &["--nr-policy", "lax", "up"]),
        &["strict, standard, cautious", "lax"],
    );
    says(&fails(&scene, &["--nr-user", "me", "up"]), &["--nr-user"]);
    says(&fails(&scene, &["-f"]), &["-f needs a value"]);
    for words in [&["diff", "--nothing"][..], &["harden", "--format", "xml"]] {
        let out = scene.run(words);
        assert_eq!(out.code, Some(2), "{out:?}");
        says(&out.stderr, &["error: ", "--help"]);
    }
}

#[test]
fn a_configuration_that_is_wrong() {
    let wrong = |text: &str| Scene::compose(WEB).file("nrcompose.yaml", text).with_docker();
    every_reader_of_a_plan_fails(&wrong("policy: lax\n"), &["nrcompose.yaml:1"]);
    every_reader_of_a_plan_fails(&wrong("servces: {}\n"), &["servces"]);
    every_reader_of_a_plan_fails(
        &wrong("services: {wbe: {skip: x}}\n"),
        &["service wbe", "nrcompose.yaml:1"],
    );
    every_reader_of_a_plan_fails(&wrong("[\n"), &["nrcompose.yaml"]);
}

#[track_caller]
fn every_reader_of_a_plan_fails(scene: &Scene, wanted: &[&str]) {
    for reader in READERS.iter().filter(|r| r[0] != "model") {
        says(&fails(scene, reader), wanted);
    }
}

/// Whoever writes the mark of nrcompose's own services into theirs would have them left out of every gate.
#[test]
fn a_service_that_only_says_it_is_ours() {
    let own =
        "cap_drop: [ALL], security_opt: [\"no-new-privileges:true\"], read_only: true, network_mode: none";
    for (name, rest) in [
        ("web", "init_of: anything"),
        ("web", "socket_of: web"),
        ("nrcompose-init-web", "init_of: other"),
        (
            "nrcompose-init-web",
            "init_of: web}, privileged: true, x-more: {a: b",
        ),
        (
            "nrcompose-init-web",
            "init_of: web}, volumes: [\"/:/host\"], x-more: {a: b",
        ),
        (
            "nrcompose-init-web",
            "init_of: web}, cap_add: [SYS_ADMIN], x-more: {a: b",
        ),
    ] {
        let text =
            format!("services:\n  {name}: {{image: \"nginx:1.27\", {own}, x-nrcompose: {{{rest}}}}}\n");
        let scene = Scene::compose(&text).with_docker();
        let mark = rest.split(':').next().unwrap();
        for words in [
            &["harden", "--check"][..],
            &["diff"],
            &["--nr-policy", "strict", "up", "-d"],
        ] {
            says(&fails(&scene, words), &[mark, "compose.yaml:2:"]);
        }
    }
}

/// `no` is a text in Compose's YAML, and no reason.
#[test]
fn a_reason_that_is_none() {
    for rest in [
        "skip: no",
        "skip: \" \"",
        "skip: \"true\"",
        "suppress: {user: \"\"}",
    ] {
        let text = format!("services:\n  web: {{image: \"nginx:1.27\", x-nrcompose: {{{rest}}}}}\n");
        let scene = Scene::compose(&text).with_docker();
        says(&fails(&scene, &["harden"]), &["reason", "compose.yaml:2:"]);
    }
}

#[test]
fn two_policies() {
    let scene = Scene::compose(WEB).with_docker();
    let words = ["--nr-policy", "strict", "harden", "--policy", "cautious"];
    says(&fails(&scene, &words), &["say different things"]);
    let same = ["--nr-policy", "standard", "harden", "--policy", "standard"];
    assert_eq!(scene.run(&same).code, Some(0));
}

/// Variables of variables multiply: a few lines would take all memory.
#[test]
fn variables_that_multiply() {
    let doubling: String = (1..60)
        .map(|i| format!("A{i}=${{A{p}}}${{A{p}}}\n", p = i - 1))
        .collect();
    let doubling = format!("A0=x\n{doubling}");
    let with_file = "services: {web: {image: nginx, env_file: [web.env]}}\n";
    for (file, compose, words) in [
        (".env", WEB, &["diff"][..]),
        ("my.env", WEB, &["--env-file", "my.env", "diff"]),
        ("web.env", with_file, &["diff"]),
    ] {
        let scene = Scene::compose(compose).file(file, &doubling).with_docker();
        says(&fails(&scene, words), &["larger than 16 MiB", file]);
    }
    let big = format!("BIG={}\n", "x".repeat(8_000_000));
    let services: String = (0..200)
        .map(|i| format!("  s{i}: {{image: nginx, command: \"${{BIG}}${{BIG}}\"}}\n"))
        .collect();
    let scene = Scene::compose(&format!("services:\n{services}"))
        .file(".env", &big)
        .with_docker();
    says(
        &fails(&scene, &["diff"]),
        &["larger than anybody needs", "compose.yaml:"],
    );
}
