//! How Compose merges an override: which lists append, and which repetitions it refuses.

use crate::run::{Out, bounded, output, unique};

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
