//! Programs look themselves up in /etc/passwd; Compose can put one there, unless the container is read-only.

use crate::container::once;
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool};

const STRANGER: [&str; 2] = ["--user", "4242:4242"];

/// A service whose /etc/passwd is an inline config.
fn with_passwd(more: &str) -> Stack {
    Stack::of(
        "passwd",
        &format!(
            "services:
  app:
    image: nrcompose-test/git
    user: '4242:4242'
    init: true
    command: [sh, -c, 'getent passwd 4242 && whoami && echo $$HOME && exec sleep 600']
    configs: [{{source: passwd, target: /etc/passwd}}]
    {more}
configs:
  passwd: {{content: \"root:x:0:0:root:/root:/bin/sh\\nsomebody:x:4242:4242::/var/tmp:/bin/false\\n\"}}
"
        ),
    )
}

#[test]
fn passwd_as_an_inline_config_is_seen_and_home_follows() {
    let stack = with_passwd("");
    stack.ok(Tool::Plain, &["up", "-d"]);
    let container = stack.container("app");
    eventually(20, || {
        let logs = docker(&["logs", &container]).all;
        if logs == "somebody:x:4242:4242::/var/tmp:/bin/false\nsomebody\n/var/tmp\n" {
            Ok(())
        } else {
            Err(logs)
        }
    });
}

#[test]
fn passwd_as_an_inline_config_is_refused_in_a_read_only_service() {
    let said = with_passwd("read_only: true")
        .run(Tool::Plain, &["up", "-d"])
        .failed();
    assert!(said.contains("in read-only service app"), "{said}");
}

#[test]
fn passwd_is_asked_by_programs_that_fail_without_an_entry() {
    for (image, script, wanted) in [
        (
            "git",
            "ssh-keygen -q -t ed25519 -N '' -f /tmp/key",
            "No user exists for uid 4242",
        ),
        ("git", "ssh nowhere", "No user exists for uid 4242"),
        (
            "git",
            "git init -q /tmp/x && cd /tmp/x && git commit --allow-empty -m x",
            "unable to auto-detect email address (got 'unknown@",
        ),
        (
            "postgres",
            "initdb -D /tmp/data",
            "could not look up effective user ID 4242",
        ),
        (
            "python",
            "python3 -c 'import os, pwd; pwd.getpwuid(os.getuid())'",
            "uid not found: 4242",
        ),
    ] {
        let said = once(&STRANGER, image, &["sh", "-c", script]).failed();
        assert!(said.contains(wanted), "{script}: {said}");
    }
}
