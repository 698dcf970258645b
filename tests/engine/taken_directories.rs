//! A directory of the host that is asked for, and that a running container of another user has.

use crate::run::docker;
use crate::stack::{Stack, Tool};
use std::os::unix::fs::MetadataExt;

const TWO: &str = "
services:
  has:
    image: nrcompose-test/redis
    x-nrcompose: {profile: redis, volumes: {./data: own}}
    volumes: ['./data:/data']
  wants:
    image: nrcompose-test/redis
    user: '2000:2000'
    profiles: [later]
    x-nrcompose: {profile: redis, volumes: {./data: own}}
    volumes: ['./data:/data']
";

#[test]
fn it_is_not_taken_from_a_service_that_runs() {
    let stack = Stack::of("taken", TWO);
    std::fs::create_dir(stack.path("data")).unwrap();
    let owner = || std::fs::metadata(stack.path("data")).unwrap().uid();
    stack.ok(Tool::Trusting, &["up", "-d", "has"]);
    assert_eq!(owner(), 999);
    let has = format!("{}-has-1", stack.project);
    for words in [&["up", "-d", "wants"][..], &["start", "wants"]] {
        let said = stack.run(Tool::Trusting, words).failed();
        assert!(
            said.contains(&format!(
                "in use by the running container {has}, whose user is 999:999"
            )),
            "{words:?}: {said}"
        );
        assert!(said.contains("compose.yaml:11:"), "{words:?}: {said}");
        assert_eq!(owner(), 999, "{words:?}");
    }
    let running = docker(&["inspect", "-f", "{{.State.Running}}", &has]).ok();
    assert_eq!(running, "true");

    // Whoever stops it has said so.
    stack.ok(Tool::Trusting, &["stop", "-t", "2", "has"]);
    stack.ok(Tool::Trusting, &["up", "-d", "wants"]);
    assert_eq!(owner(), 2000);
    let said = stack.run(Tool::Trusting, &["start", "has"]).failed();
    assert!(said.contains("in use by the running container"), "{said}");
    assert_eq!(owner(), 2000);
}

/// Both at once: where it is asked for is shown.
#[test]
fn two_that_want_it_at_once_are_told_where() {
    let stack = Stack::of("taken", TWO);
    std::fs::create_dir(stack.path("data")).unwrap();
    let said = stack
        .run(Tool::Trusting, &["--profile", "later", "up", "-d"])
        .failed();
    assert!(
        said.contains("is to be given to 999:999 for has") && said.contains("compose.yaml:11:"),
        "{said}"
    );
}

/// Of who writes everything, nothing is taken.
#[test]
fn root_of_the_same_project_may_have_it_too() {
    let compose = format!(
        "{TWO}  backup: {{image: nrcompose-test/base, command: [sleep, '99'], user: '0:0', volumes: ['./data:/data']}}\n"
    );
    let stack = Stack::of("taken", &compose);
    std::fs::create_dir(stack.path("data")).unwrap();
    stack.ok(Tool::Trusting, &["up", "-d", "backup"]);
    stack.ok(Tool::Trusting, &["up", "-d", "has"]);
    assert_eq!(std::fs::metadata(stack.path("data")).unwrap().uid(), 999);
}
