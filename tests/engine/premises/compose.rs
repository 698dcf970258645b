//! How Compose merges an override: which lists append, and which repetitions it refuses.

use crate::run::{Out, bounded, docker, output, unique};
use crate::stack::{Stack, Tool};

fn merged(base: &str, over: &str) -> Out {
    let dir = std::env::temp_dir().join(unique("merge"));
    std::fs::create_dir(&dir).unwrap();
    let service = |text: &str| format!("services: {{a: {{image: x, {text}}}}}\n");
    let (a, b) = (dir.join("a.yaml"), dir.join("b.yaml"));
    std::fs::write(&a, service(base)).unwrap();
    std::fs::write(&b, service(over)).unwrap();
    let mut compose = bounded(30, "docker");
    let out = output(
        compose
            .arg("compose")
            .arg("-f")
            .arg(a)
            .arg("-f")
            .arg(b)
            .args(["config", "--format", "json"]),
    );
    let _ = std::fs::remove_dir_all(&dir);
    out
}

#[test]
fn compose_refuses_a_second_tmpfs_on_one_target() {
    let refused = merged("tmpfs: [/run]", "tmpfs: ['/run:uid=1000']").failed();
    assert!(refused.contains("target /run already mounted"), "{refused}");
    let replaced = merged("tmpfs: [/run]", "tmpfs: !override ['/run:uid=1000']").ok();
    assert!(replaced.contains("/run:uid=1000"), "{replaced}");
}

#[test]
fn compose_appends_ports_unless_overridden() {
    let published = |over| {
        merged("ports: ['8080:80']", over)
            .ok()
            .matches("\"published\"")
            .count()
    };
    assert_eq!(published("ports: ['8080:8080']"), 2);
    assert_eq!(published("ports: !override ['8080:8080']"), 1);
}

#[test]
fn compose_unites_dropped_capabilities() {
    let out = merged("cap_drop: [ALL]", "cap_drop: [ALL]").ok();
    assert_eq!(out.matches("\"ALL\"").count(), 1, "{out}");
}

#[test]
fn compose_wants_user_as_text() {
    assert!(
        merged("user: '1'", "user: 1000")
            .failed()
            .contains("must be a string")
    );
}

#[test]
fn compose_takes_a_variable_away_when_reset() {
    let base = "environment: {KEPT: a, GONE: b}";
    let reset = merged(base, "environment: {GONE: !reset null}").ok();
    assert!(reset.contains("KEPT") && !reset.contains("GONE"), "{reset}");
    // Without the tag it would be the caller's own variable, or stay.
    let null = merged(base, "environment: {GONE: null}").ok();
    assert!(null.contains("GONE"), "{null}");
}

#[test]
fn compose_makes_a_volume_that_only_the_override_has() {
    let stack = Stack::of(
        "added",
        "services: {app: {image: nrcompose-test/base, init: true, command: [sleep, '600']}}\n",
    );
    let volumes = "volumes: [{type: volume, source: added, target: /srv/new/data}]";
    stack.write(
        "override.yaml",
        &format!("services: {{app: {{{volumes}}}}}\nvolumes: {{added: {{}}}}\n"),
    );
    let (base, over) = (stack.path("compose.yaml"), stack.path("override.yaml"));
    let stack = stack.and(base).and(over);
    stack.ok(Tool::Plain, &["up", "-d"]);
    let container = stack.container("app");
    let stat = docker(&["exec", &container, "stat", "-c", "%u:%g %a", "/srv/new/data"]);
    assert_eq!(stat.ok(), "0:0 755", "somebody has to give it away");
    let mounted = docker(&["inspect", "-f", "{{range .Mounts}}{{.Name}}{{end}}", &container]);
    assert_eq!(mounted.ok(), stack.volume("added"));
}
