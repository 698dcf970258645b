//! Values of `.env`, `env_file` and the process reach no output, no message and no file; what stands in the Compose
//! file itself is shown only where its own lines are.

use crate::scene::{Out, Scene};

/// In every place where people put secrets; each ends in its place, so that a leak says whence.
const COMPOSE: &str = r#"
services:
  web:
    image: nginx:1.27
    env_file: [web.env]
    ports: ["${FROM_DOTENV_PORT}:80"]
    environment:
      TOKEN: ${FROM_DOTENV}
      FROM_PROCESS:
      URL: "http://user:${FROM_DOTENV}@app:80/"
    command: ["nginx", "-g", "${FROM_DOTENV}"]
    labels: {key: "${FROM_DOTENV}"}
    healthcheck: {test: ["CMD", "curl", "-u", "x:${FROM_DOTENV}", "http://localhost:80/"]}
  app:
    image: ghcr.io/example/thing:1
    environment: ["PASSWORD=${FROM_DOTENV}", "DB=postgres://u:${FROM_DOTENV}@db/x"]
    volumes: ["data:/data"]
  db:
    image: postgres:16
    privileged: true
    environment: {POSTGRES_PASSWORD: "${FROM_DOTENV}"}
volumes: {data: {driver_opts: {o: "password=${FROM_DOTENV}"}}}
"#;

fn scene() -> Scene {
    Scene::compose(COMPOSE)
        .file(".env", "FROM_DOTENV=canary-dotenv\nFROM_DOTENV_PORT=8080\n")
        .file("web.env", "IN_ENV_FILE=canary-envfile\n")
        .with_docker()
}

fn run(scene: &Scene, words: &[&str]) -> Out {
    crate::scene::output(scene.command(words).env("FROM_PROCESS", "canary-process"))
}

#[track_caller]
fn nothing_leaks(words: &[&str], out: &Out) {
    for text in [&out.stdout, &out.stderr] {
        let leak = text.lines().find(|line| line.contains("canary"));
        assert_eq!(leak, None, "{words:?}");
    }
}

const PLANNERS: [&[&str]; 10] = [
    &["harden"],
    &["harden", "--full"],
    &["harden", "--format", "json"],
    &["harden", "--ports", "remap"],
    &["harden", "--full", "--ports", "remap"],
    &["diff"],
    &["diff", "--ports", "remap"],
    &["diff", "--format", "json", "--ports", "remap"],
    &["explain"],
    &["explain", "--format", "json"],
];

#[test]
fn no_output_has_a_value() {
    let scene = scene();
    for words in PLANNERS {
        let out = run(&scene, words);
        assert_eq!(out.code, Some(0), "{words:?}: {out:?}");
        nothing_leaks(words, &out);
    }
}

/// A dollar that is meant hides none that stands for a variable.
#[test]
fn a_value_beside_a_dollar_is_not_filled_in() {
    let text = r#"
services:
  web: {image: "nginx:1.27", ports: ["8080:80"]}
  app: {image: example.org/app, user: "1000:1000", environment: {URL: "http://web:80/$$x/${FROM_DOTENV}"}}
"#;
    let scene = Scene::compose(text).file(".env", "FROM_DOTENV=canary-dotenv\n");
    let words = ["harden", "--ports", "remap"];
    let out = run(&scene, &words);
    nothing_leaks(&words, &out);
    assert!(out.stderr.contains("beside a variable"), "{out:?}");
}

/// Several files cannot be edited in place: they are merged, and variables stay variables.
#[test]
fn merged_files_have_no_value() {
    let scene = scene().file("compose.override.yaml", "services: {web: {restart: always}}\n");
    for words in PLANNERS {
        let out = run(&scene, words);
        assert_eq!(out.code, Some(0), "{words:?}: {out:?}");
        nothing_leaks(words, &out);
    }
}

#[test]
fn no_state_file_has_a_value() {
    let scene = scene();
    for words in [&["up", "-d"][..], &["--nr-ports", "remap", "up", "-d"]] {
        let out = run(&scene, words);
        assert_eq!(out.code, Some(7), "{out:?}");
        nothing_leaks(words, &out);
        for (path, bytes) in scene.files() {
            if path.starts_with(scene.home()) {
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains("canary"), "{}:\n{text}", path.display());
            }
        }
    }
}

/// A file that is broken at the line of a secret: the message names the line and does not show it.
#[test]
fn no_message_has_a_value() {
    for broken in [
        "PASSWORD=\"canary-dotenv\nOTHER=1\n",
        "PASSWORD=canary-dotenv${\n",
        "PASS WORD=canary-dotenv\n",
        "=canary-dotenv\n",
        "PASSWORD='canary-dotenv\n",
        "PASSWORD=\"canary-dotenv\" canary-rest\n",
        "A=canary-dotenv${B:?not set}\n",
        "A=${canary-dotenv${}\n",
    ] {
        let scene = Scene::compose("services:\n  web: {image: a, env_file: web.env}\n").file(".env", broken);
        nothing_leaks(&[".env", broken], &scene.run(&["diff"]));
        let scene =
            Scene::compose("services:\n  web: {image: a, env_file: web.env}\n").file("web.env", broken);
        nothing_leaks(&["web.env", broken], &scene.run(&["diff"]));
    }
}

/// A value that is wrong where it is used: the message shows the author's line, with the variable. (Paths
/// are told as they are: a plan is about them, and nobody keeps a secret in one.)
#[test]
fn a_wrong_value_is_not_shown() {
    for service in [
        "image: a, ports: [\"${SECRET}:80\"]",
        "image: a, user: \"${SECRET}\"",
        "image: a, mem_limit: \"${SECRET}\"",
        "image: a, restart: \"${SECRET}\"",
        "image: a, read_only: \"${SECRET}\"",
        "image: a, depends_on: [\"${SECRET}\"]",
        "image: a, networks: [\"${SECRET}\"]",
        "image: a, stop_grace_period: \"${SECRET}\"",
        "image: a, network_mode: \"${SECRET}\"",
        "image: a, command: \"${SECRET} 'open\"",
        "image: a, privileged: true, environment: [\"PUID=${SECRET}\"]",
        "image: lscr.io/linuxserver/sonarr, environment: [\"PUID=${SECRET}\"]",
    ] {
        let scene = Scene::compose(&format!("services:\n  web: {{{service}}}\n"))
            .file(".env", "SECRET=canary-value\n");
        for verb in ["diff", "harden", "explain"] {
            nothing_leaks(&[verb, service], &scene.run(&[verb]));
        }
    }
}

/// What an author wrote into the file itself is theirs: it stays where it is, and is repeated nowhere else.
#[test]
fn literal_values_stay_in_their_file() {
    let scene = Scene::compose(
        "services:\n  web:\n    image: nginx:1.27\n    environment: {TOKEN: canary-literal}\n    command: [nginx, -g, canary-literal]\n",
    )
    .with_docker();
    for words in [
        &["harden"][..],
        &["harden", "--format", "json"],
        &["diff"],
        &["diff", "--format", "json"],
        &["explain"],
    ] {
        nothing_leaks(words, &scene.run(words));
    }
    assert!(
        scene
            .run(&["harden", "--full"])
            .stdout
            .contains("TOKEN: canary-literal")
    );
    nothing_leaks(&["up"], &scene.run(&["up", "-d"]));
}

/// A file of variables where another one is meant: what is wrong is told, and not what is in it.
#[test]
fn a_file_of_variables_in_the_place_of_another() {
    let secret = "PASSWORD=S3cr3tValue99\n";
    let scene = Scene::compose("services: {web: {image: \"nginx:1.27\"}}\n")
        .file(".env", secret)
        .file("my.env", secret);
    std::fs::create_dir_all(scene.path(".nrcompose/profiles")).unwrap();
    for words in [
        &["-f", ".env", "diff"][..],
        &["--nr-policy-file", "my.env", "diff"],
        &["profiles", "check", "--no-test", ".env"],
    ] {
        let out = scene.run(words);
        assert_ne!(out.code, Some(0), "{words:?}: {out:?}");
        assert!(!(out.stdout + &out.stderr).contains("S3cr3t"), "{words:?}");
    }
    std::os::unix::fs::symlink("../../.env", scene.path(".nrcompose/profiles/x.yaml")).unwrap();
    let out = scene.run(&["diff"]);
    assert_ne!(out.code, Some(0), "{out:?}");
    assert!(!(out.stdout + &out.stderr).contains("S3cr3t"));
}
