//! What `nrcompose verify` and `nrcompose test` say of a stack: what it answers, from where it was asked, who started it.

use crate::run::docker;
use crate::stack::{Stack, Tool};

fn stack(what: &str) -> Stack {
    let compose = "services:\n  web: {image: nrcompose-test/nginx, x-nrcompose: {profile: nginx}, ports: [\"127.0.0.1::80\"]}\n  \
                   app: {image: nrcompose-test/python, user: \"1000:1000\", init: true, expose: [8000], command: [python3, -m, http.server, \"8000\"]}\n";
    Stack::of(what, compose)
}

/// From the machine and from a neighbour's place, and the words for it.
#[test]
fn what_a_service_answers_is_said_and_asked_from_where_it_counts() {
    let stack = stack("answers");
    stack.ok(Tool::Nrcompose, &["up", "-d"]);
    let said = stack.run(Tool::Nrcompose, &["verify"]);
    assert_eq!(said.code, 0, "{}", said.all);
    assert_eq!(said.all.matches("answers HTTP 200").count(), 2, "{}", said.all);
    assert!(said.all.contains("non-root 101:101"), "{}", said.all);
    let inside = stack.run(Tool::Nrcompose, &["verify", "--by", "helper", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&inside.stdout).unwrap();
    for service in report["services"].as_array().unwrap() {
        let answers = service["seen"]["answers"].as_array().unwrap();
        assert!(!answers.is_empty(), "{service}");
        for answer in answers {
            assert_eq!(
                (&answer["from"], &answer["status"]),
                (&"network".into(), &200.into())
            );
        }
    }
}

#[test]
fn what_is_missing_or_was_started_without_us_is_said_as_that() {
    let stack = stack("drift");
    stack.ok(Tool::Nrcompose, &["up", "-d"]);
    docker(&["rm", "-f", &stack.container("app")]).ok();
    stack.ok(Tool::Plain, &["up", "-d", "--force-recreate", "--no-deps", "web"]);
    let said = stack.run(Tool::Nrcompose, &["verify"]);
    assert_eq!(said.code, 1, "{}", said.all);
    assert!(said.all.contains("it has no container"), "{}", said.all);
    let foreign = "started without nrcompose, as its author wrote it: `nrcompose up -d web` hardens it";
    assert!(said.all.contains(foreign), "{}", said.all);
    stack.ok(Tool::Nrcompose, &["up", "-d"]);
    let again = stack.run(Tool::Nrcompose, &["verify"]);
    assert_eq!(again.code, 0, "{}", again.all);
}

/// What runs is held to the plan that started it.
#[test]
fn what_another_plan_started_is_held_to_that_plan() {
    let stack = stack("other-plan");
    stack.ok(Tool::Nrcompose, &["--nr-random-uid", "up", "-d"]);
    let said = stack.run(Tool::Nrcompose, &["verify"]);
    assert!(said.all.contains("started by another plan"), "{}", said.all);
    assert_eq!(said.code, 0, "{}", said.all);
}

/// Without a command the service itself is tried: both ways it works, one way, neither.
#[test]
fn a_service_is_compared_with_itself_as_written() {
    let compose = "services:\n  fine: {image: nrcompose-test/nginx, x-nrcompose: {profile: nginx}}\n  \
                   breaks: {image: nrcompose-test/base, command: [sh, -c, \"touch /etc/x && exec sleep 900\"], init: true, x-nrcompose: {user: \"1000:1000\"}}\n  \
                   neither: {image: nrcompose-test/base, command: [sh, -c, \"echo no database; exit 1\"], x-nrcompose: {user: \"1000:1000\"}}\n";
    let stack = Stack::of("test-service", compose);
    let of = |service: &str| stack.run(Tool::Nrcompose, &["test", service]);
    let fine = of("fine");
    assert_eq!(fine.code, 0, "{}", fine.all);
    assert_eq!(
        fine.all.matches("works: answers HTTP 200").count(),
        2,
        "{}",
        fine.all
    );
    let breaks = of("breaks");
    assert_eq!(breaks.code, 1, "{}", breaks.all);
    assert!(breaks.all.contains("hardening breaks it"), "{}", breaks.all);
    assert!(breaks.all.contains("/etc/x"), "{}", breaks.all);
    let neither = of("neither");
    assert_eq!(neither.code, 0, "{}", neither.all);
    assert!(neither.all.contains("hardening is not why"), "{}", neither.all);
    assert!(stack.left().is_empty(), "{:?}", stack.left());
}
