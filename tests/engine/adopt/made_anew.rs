//! A service that plain Compose, or who replaces images, made anew without us: noticed, and brought back.

use super::uid;
use crate::report;
use crate::run::docker;
use crate::stack::{Stack, Tool};

const COMPOSE: &str = "\
services:
  app: &app
    image: nrcompose-test/base
    init: true
    command: [sleep, \"600\"]
    x-nrcompose: {user: \"4000:4000\"}
  other: *app
";

const TOLD: &str = "app was made anew without nrcompose";

fn doctor(stack: &Stack) -> String {
    stack.run(Tool::Nrcompose, &["doctor"]).all
}

#[test]
fn what_plain_compose_made_anew_is_told_and_hardened_again() {
    let stack = Stack::of("anew", COMPOSE);
    stack.ok(Tool::Nrcompose, &["up", "-d"]);
    assert!(!doctor(&stack).contains("made anew"));
    stack.ok(Tool::Plain, &["up", "-d", "--no-deps", "--force-recreate", "app"]);
    assert_eq!(uid(&stack, "app"), "0");
    let told = doctor(&stack);
    assert!(
        told.contains(TOLD) && told.contains("`nrcompose up -d` hardens it again"),
        "{told}"
    );
    let verify = stack.run(Tool::Nrcompose, &["verify"]);
    assert!(verify.all.contains(TOLD), "{}", verify.all);
    let out = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert!(out.all.contains(TOLD), "{}", out.all);
    assert_eq!(
        (uid(&stack, "app").as_str(), uid(&stack, "other").as_str()),
        ("4000", "4000")
    );
    let out = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert!(!out.all.contains("made anew"), "{}", out.all);
    assert!(!doctor(&stack).contains("made anew"));
    report::line("adopt: made anew by plain Compose: told by doctor and up, hardened by up, then silent");
}

/// As Watchtower does it: the same container, labels and all, of another image.
#[test]
fn what_has_another_image_under_the_same_labels_is_told() {
    let stack = Stack::of("anew", COMPOSE);
    stack.ok(Tool::Nrcompose, &["up", "-d"]);
    let app = stack.container("app");
    let labels = docker(&[
        "inspect",
        "-f",
        "{{range $k, $v := .Config.Labels}}{{$k}}={{$v}}\n{{end}}",
        &app,
    ])
    .ok();
    docker(&["rm", "-f", &app]).ok();
    let mut words = vec!["run", "-d", "--init", "--user", "4000:4000", "--network", "none"];
    for label in labels.lines().filter(|l| !l.is_empty()) {
        words.extend(["--label", label]);
    }
    words.extend(["nrcompose-test/redis", "sleep", "600"]);
    docker(&words).ok();
    assert!(doctor(&stack).contains(TOLD), "{}", doctor(&stack));
    stack.ok(Tool::Nrcompose, &["up", "-d"]);
    assert!(!doctor(&stack).contains("made anew"));
}
