//! An override that was written into the project: plain Compose takes it, nrcompose plans anew and hands on its own.

use crate::container::owners;
use crate::run::docker;
use crate::stack::{Stack, Tool};

/// Root as its author wrote it.
fn stack(user: &str) -> Stack {
    Stack::of("written", &compose(user, ""))
}

fn compose(user: &str, more: &str) -> String {
    format!(
        "services:\n  app:\n    image: nrcompose-test/base\n    init: true\n    command: [sleep, \"600\"]\n    \
         volumes: [\"data:/data\"]\n    x-nrcompose: {{user: \"{user}\"{more}}}\nvolumes: {{data: }}\n"
    )
}

fn user(stack: &Stack) -> String {
    docker(&["inspect", "-f", "{{.Config.User}}", &stack.container("app")]).ok()
}

#[test]
fn plain_compose_takes_it_and_nrcompose_stops_what_it_started() {
    let stack = stack("4000:4000");
    stack.ok(Tool::Trusting, &["harden", "-o", "compose.override.yaml"]);
    stack.ok(Tool::Plain, &["up", "-d"]);
    assert_eq!(user(&stack), "4000:4000");
    assert_eq!(owners(&stack.volume("data")), ["4000:4000"]);
    let listed = stack.ok(Tool::Trusting, &["ps", "-a", "--format", "{{.Service}}"]);
    assert!(
        listed.contains("app") && listed.contains("nrcompose-init-app"),
        "{listed}"
    );
    stack.ok(Tool::Trusting, &["logs"]);
    stack.ok(Tool::Trusting, &["down", "-v", "-t", "1"]);
    assert_eq!(stack.left(), Vec::<String>::new());
}

#[test]
fn what_runs_is_the_new_plan() {
    let stack = stack("4000:4000");
    let written = || std::fs::read_to_string(stack.path("compose.override.yaml")).unwrap();
    stack.ok(Tool::Trusting, &["harden", "-o", "compose.override.yaml"]);
    let first = written();
    for flags in [&[][..], &["-f", "compose.yaml", "-f", "compose.override.yaml"]] {
        for user_now in ["4000:4000", "4001:4001"] {
            stack.write("compose.yaml", &compose(user_now, ""));
            stack.ok(Tool::Trusting, &[flags, &["up", "-d"]].concat());
            assert_eq!(user(&stack), user_now, "{flags:?}");
            assert_eq!(owners(&stack.volume("data")), [user_now]);
        }
        // Nothing is to be changed any more: it starts as its author wrote it.
        stack.write("compose.yaml", &compose("4000:4000", ", skip: \"by hand\""));
        stack.ok(Tool::Trusting, &[flags, &["up", "-d"]].concat());
        assert_eq!(user(&stack), "", "{flags:?}");
        stack.ok(Tool::Trusting, &[flags, &["down", "-v", "-t", "1"]].concat());
        assert_eq!(stack.left(), Vec::<String>::new(), "{flags:?}");
    }
    assert_eq!(written(), first);
}

/// Both sides would be the hardened one.
#[test]
fn as_written_is_without_it() {
    let stack = stack("4000:4000");
    stack.ok(Tool::Trusting, &["harden", "-o", "compose.override.yaml"]);
    let out = stack.run(
        Tool::Trusting,
        &["test", "app", "--", "sh", "-c", "test $(id -u) = 0"],
    );
    assert_eq!(out.code, 1, "{}", out.all);
    assert!(out.stdout.contains("as written  exit   0"), "{}", out.all);
}
