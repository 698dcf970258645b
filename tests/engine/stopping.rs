//! Stopping and looking work whatever has become of the Compose file since the start.

use crate::run::docker;
use crate::stack::{Stack, Tool};

const COMPOSE: &str = "\
services:
  cache:
    image: nrcompose-test/redis
    x-nrcompose: {profile: redis, user: \"4000:4000\"}
    volumes: [\"data:/data\"]
  app:
    image: nrcompose-test/base
    init: true
    command: [sleep, \"600\"]
volumes: {data: }
";

/// Up, with a service that was given its volume.
fn started() -> Stack {
    let stack = Stack::of("stopping", COMPOSE);
    stack.ok(Tool::Nrcompose, &["up", "-d"]);
    assert!(stack.state()[0].1.contains("4000:4000"));
    stack
}

#[track_caller]
fn everything_goes(stack: &Stack) {
    for args in [
        &["ps"][..],
        &["logs", "app"],
        &["exec", "-T", "app", "true"],
        &["stop", "-t", "1"],
        &["kill"],
        &["rm", "-f", "app"],
        &["down", "-v", "-t", "1"],
    ] {
        let out = stack.run(Tool::Nrcompose, args);
        assert_eq!(out.code, 0, "{args:?}: {}", out.all);
        assert!(!out.all.contains("orphan"), "{args:?}: {}", out.all);
    }
    assert_eq!(stack.left(), Vec::<String>::new());
}

#[test]
fn after_the_project_was_refused() {
    let stack = started();
    let refused = COMPOSE.replace("    init: true", "    privileged: true");
    stack.write(
        "compose.yaml",
        &format!("x-nrcompose: {{policy: strict}}\n{refused}"),
    );
    assert_eq!(stack.run(Tool::Nrcompose, &["up", "-d"]).code, 3);
    everything_goes(&stack);
}

#[test]
fn after_its_configuration_broke() {
    let stack = started();
    stack.write("nrcompose.yaml", "nothing: [\n");
    assert_eq!(stack.run(Tool::Nrcompose, &["up", "-d"]).code, 2);
    everything_goes(&stack);
}

/// A service was renamed: what is left of the old name is an orphan to Compose itself, and everything else goes.
#[test]
fn after_a_service_was_renamed() {
    let stack = started();
    stack.write("compose.yaml", &COMPOSE.replace("  app:", "  worker:"));
    for args in [
        &["ps"][..],
        &["logs", "cache"],
        &["exec", "-T", "cache", "true"],
        &["stop", "-t", "1"],
    ] {
        let out = stack.run(Tool::Nrcompose, args);
        assert_eq!(out.code, 0, "{args:?}: {}", out.all);
    }
    let old = docker(&[
        "ps",
        "-aq",
        "--filter",
        &format!("name=^{}-app-1$", stack.project),
    ])
    .ok();
    docker(&["rm", "-f", &old]).ok();
    stack.ok(Tool::Nrcompose, &["down", "-v", "-t", "1"]);
    assert_eq!(stack.left(), Vec::<String>::new());
}

/// What cannot be loaded by Compose either: with the project's name, as there, everything still goes.
#[test]
fn after_the_file_broke_for_compose_too() {
    let stack = started();
    stack.write("compose.yaml", "services: [\n");
    for (tool, args) in [
        (Tool::Plain, &["ps"][..]),
        (Tool::Nrcompose, &["ps"]),
        (Tool::Nrcompose, &["logs", "app"]),
        (Tool::Nrcompose, &["exec", "-T", "app", "true"]),
        (Tool::Nrcompose, &["down", "-v", "-t", "1"]),
    ] {
        let out = stack.run(tool, args);
        assert_eq!(out.code, 0, "{args:?}: {}", out.all);
    }
    stack.ok(Tool::Nrcompose, &["down", "-v", "--remove-orphans", "-t", "1"]);
    assert_eq!(stack.left(), Vec::<String>::new());
}
