//! *readable*: a secret that Compose copies in for root alone. With an owner, engine 20.10 does not even make the
//! container of a service whose `user:` is a number.

use super::{app, failure, without};
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool};

const FOR_ROOT: &str = "{source: key, uid: '0', gid: '0', mode: 0400}";

fn project(secret: &str, more: &str) -> Stack {
    let text = app(&[
        "image: nrcompose-test/base",
        "init: true",
        "command: [sh, -c, 'cat /run/secrets/key && echo && exec sleep 600']",
        &format!("secrets: [{secret}]"),
        &format!("x-nrcompose: {{{more}}}"),
    ]);
    let stack = Stack::of(
        "secret",
        &format!("{text}secrets: {{key: {{environment: KEY}}}}\n"),
    );
    stack.write(".env", "KEY=tulip\n");
    stack
}

#[test]
fn a_copied_secret_of_roots_is_read_by_the_user() {
    let stack = project(FOR_ROOT, "");
    stack.ok(Tool::Trusting, &["--nr-user", "4242:4242", "up", "-d"]);
    let container = stack.container("app");
    eventually(20, || {
        let logs = docker(&["logs", &container]).all;
        if logs.trim() == "tulip" { Ok(()) } else { Err(logs) }
    });
    super::runs_as(&stack, "app", 4242, 4242, &[]);
}

#[test]
fn a_copied_secret_of_roots_is_closed_to_others() {
    let up = ["--nr-user", "4242:4242", "up", "-d"];
    let stack = project("{source: key, mode: 0400}", &without("readable"));
    stack.ok(Tool::Trusting, &up);
    let said = failure(&stack, "app");
    assert!(said.contains("Permission denied"), "{said}");

    let stack = project(FOR_ROOT, &without("readable"));
    let out = stack.run(Tool::Trusting, &up);
    let is_old = docker(&["version", "-f", "{{.Server.Version}}"])
        .ok()
        .starts_with("20.");
    if is_old {
        assert!(
            out.failed().contains("unable to find entry"),
            "else no owner need be taken away"
        );
    } else {
        assert!(out.code != 0 || failure(&stack, "app").contains("Permission denied"));
    }
}
