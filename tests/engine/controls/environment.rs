//! *environment*: a program that keeps something in its home.

use super::{app, failure, without};
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool};

fn up(more: &str) -> Stack {
    let stack = Stack::of(
        "home",
        &app(&[
            "image: nrcompose-test/python",
            "init: true",
            "command: [sh, -c, 'echo kept > ~/note && cat ~/note && exec sleep 600']",
            &format!("x-nrcompose: {{profile: python, {more}}}"),
        ]),
    );
    stack.ok(Tool::Trusting, &["up", "-d"]);
    stack
}

#[test]
fn a_home_that_can_be_written_is_set() {
    let stack = up("");
    let container = stack.container("app");
    eventually(20, || {
        let logs = docker(&["logs", &container]).all;
        if logs.trim() == "kept" { Ok(()) } else { Err(logs) }
    });
    super::runs_as(&stack, "app", 1000, 1000, &[]);
    let said = failure(&up(&without("environment")), "app");
    assert!(said.contains("/note: Permission denied"), "{said}");
}
