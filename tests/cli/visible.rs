//! Whatever is in names, paths, labels and messages: nothing that a terminal obeys gets to it.

use crate::scene::{Out, Scene};

/// As a YAML text in quotes: a colour, a title, a bell, a C1 introducer, DEL, directions, and a line of its own.
const HOSTILE: &str = r"\e[31m\e]0;x\a\x9b2J\x7f\u202e\u2066\u200f\r\nFORGED";

fn raw() -> String {
    "\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}2J\u{7f}\u{202e}\u{2066}\u{200f}\r\nFORGED".to_owned()
}

fn project() -> String {
    let hostile = HOSTILE;
    format!(
        r#"services:
  app:
    image: "example.org/{hostile}"
    user: "7:7"
    container_name: "c{hostile}"
    hostname: "h{hostile}"
    labels: {{"l{hostile}": "v{hostile}"}}
    environment: {{"E{hostile}": "v{hostile}", TERM: "$MISSING"}}
    command: ["{hostile}"]
    volumes: ["./{hostile}:/data", "/nowhere/{hostile}:/{hostile}:ro", {{type: bind, source: "./key{hostile}", target: "/k{hostile}", read_only: true}}]
    tmpfs: ["/t{hostile}"]
    devices: ["/dev/{hostile}:/dev/{hostile}"]
    security_opt: ["seccomp:unconfined", "label:{hostile}"]
    secrets: [s]
    x-nrcompose: {{suppress: {{privileges: "because {hostile}"}}, tmpfs: ["/w{hostile}"]}}
  skipped:
    image: nginx
    x-nrcompose: {{skip: "since {hostile}"}}
  web:
    image: nginx
    network_mode: host
    cap_add: ["X{hostile}"]
    environment: {{URL: "http://app:80/{hostile}"}}
    volumes: ["v:/usr/share/nginx/html/{hostile}"]
  built:
    build: "./{hostile}"
    ports: ["80:80"]
secrets:
  s: {{file: "./secret{hostile}"}}
volumes:
  v: {{name: "n{hostile}"}}
"#
    )
}

#[track_caller]
fn is_harmless(words: &[&str], out: &Out) {
    for text in [&out.stdout, &out.stderr] {
        let obeyed = |c: char| {
            c != '\n'
                && (c.is_control()
                    || ('\u{2028}'..='\u{202e}').contains(&c)
                    || "\u{200f}\u{2066}".contains(c))
        };
        if let Some(line) = text.lines().find(|l| l.contains(obeyed)) {
            panic!("{words:?}: {line:?}");
        }
        assert!(!text.lines().any(|l| l == "FORGED"), "{words:?}: {text}");
    }
}

#[test]
fn nothing_of_a_project_is_obeyed_by_a_terminal() {
    let name = raw();
    let scene = Scene::compose(&project())
        .with_docker()
        .file(
            &format!("other{name}/compose.yaml"),
            "services: {a: {image: nginx, bogus: 1}}",
        )
        .file(&format!("p{name}.yaml"), "images: [1]\n")
        .file(&format!("secret{name}"), "x")
        .file(&format!("key{name}"), "x")
        .file(
            "broken.yaml",
            format!("services: {{a: {{image: '{}'}}}}\n", "\u{202e}\u{9b}\u{2066}"),
        )
        .file(
            "odd.yaml",
            "services:\n  a:\n    image: \u{202e}\u{200f}nginx\n    bogus\u{2066}: 1\n",
        );
    let (other, profile) = (format!("other{name}"), format!("p{name}.yaml"));
    let mut spoken = 0;
    for words in [
        &["diff"][..],
        &["diff", "--format", "json"],
        &["diff", &other],
        &["diff", "odd.yaml", "broken.yaml"],
        &["explain"],
        &["explain", "--format", "json"],
        &["explain", &name],
        &["harden"],
        &["harden", "--format", "json"],
        &["harden", "--full"],
        &["harden", "-o", &format!("no{name}/x")],
        &["harden", &format!("no{name}")],
        &["-f", &format!("no{name}"), "model", "--quiet"],
        &["--env-file", &format!("no{name}"), "model", "--quiet"],
        &["-p", &name, "model", "--quiet"],
        &["model", "--quiet", &format!("--{name}")],
        &[&format!("--nr-policy={name}"), "diff"],
        &[&format!("--nr-{name}"), "diff"],
        &[&format!("--nr-policy-file=no{name}"), "diff"],
        &["verify"],
        &["-p", &name, "verify"],
        &["test", &name],
        &["doctor"],
        &["doctor", "--format", "json"],
        &["profiles"],
        &["profiles", "show", &name],
        &["profiles", "show", "nginx"],
        &["profiles", "check", &profile],
        &["profiles", "check", &profile, "--format", "json"],
        &["profiles", "check", &format!("no{name}")],
        &["up", "-d"],
    ] {
        let out = scene.run(words);
        spoken += out.stdout.len() + out.stderr.len();
        is_harmless(words, &out);
        if words.contains(&"json") {
            serde_json::from_str::<serde_json::Value>(&out.stdout).unwrap();
        }
    }
    assert!(spoken > 10_000, "{spoken}");
    // It is told all the same.
    let told = scene.run(&["explain"]).stdout;
    assert!(
        told.contains(r"\x1b[31m") && told.contains(r"since \x1b"),
        "{told}"
    );
}

#[test]
fn what_is_coloured_is_so_by_us_alone() {
    let scene = Scene::compose("services: {a: {image: nginx}}\n");
    let out = scene.run(&["--nr-color", "always", "explain", "b\u{1b}[31m"]);
    assert!(
        out.stderr.starts_with('\u{1b}') && out.stderr.contains(r"no such service: b\x1b[31m"),
        "{:?}",
        out.stderr
    );
}
