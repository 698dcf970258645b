//! *passwd*: git and ssh look up who they are.

use super::app;
use crate::run::{Out, docker};
use crate::stack::{Stack, Tool};

/// A commit by whoever this is, a key's fingerprint, and a user that the image brought.
const SCRIPT: &str = "set -e; d=$(mktemp -d); cd $d; ssh-keygen -q -t ed25519 -N '' -f key; ssh-keygen -l -f key >&2; \
                      git init -q .; git commit -q --allow-empty -m x; git log --format='%an <%ae>'; getent passwd www-data";

fn commit(more: &str) -> Out {
    let stack = Stack::of(
        "git",
        &app(&[
            "image: nrcompose-test/git",
            "hostname: git.example.org",
            "init: true",
            "command: [sleep, '600']",
            more,
        ]),
    );
    stack.ok(Tool::Nrcompose, &["--nr-user", "4242:4242", "up", "-d"]);
    super::runs_as(&stack, "app", 4242, 4242, &[]);
    docker(&["exec", &stack.container("app"), "sh", "-c", SCRIPT])
}

#[test]
fn git_and_ssh_know_who_they_are() {
    let said = commit("").ok();
    assert!(
        said.starts_with("app <app@git.example.org>\nwww-data:x:33:"),
        "{said}"
    );
    let said = commit("x-nrcompose: {passwd: false}").failed();
    assert!(said.contains("No user exists for uid 4242"), "{said}");
}
