//! *read_only* and *tmpfs*: nginx on a root filesystem that nobody can write.

use super::{app, failure, without};
use crate::probe;
use crate::run::{docker, free_port};
use crate::stack::{Stack, Tool};

fn up(port: u16, more: &str) -> Stack {
    let stack = Stack::of(
        "readonly",
        &app(&[
            "image: nrcompose-test/nginx",
            &format!("x-nrcompose: {{profile: nginx, {more}}}"),
            &format!("ports: ['127.0.0.1:{port}:80']"),
        ]),
    );
    stack.run(Tool::Trusting, &["up", "-d"]);
    stack
}

#[test]
fn nginx_serves_on_a_read_only_root() {
    let port = free_port();
    let stack = up(port, "read_only: true");
    probe::page(&format!("http://127.0.0.1:{port}/"), "nginx");
    super::runs_as(&stack, "app", 101, 101, &[]);
    let said = docker(&["exec", &stack.container("app"), "touch", "/var/tmp/x"]).failed();
    assert!(said.contains("Read-only file system"), "{said}");
}

#[test]
fn nginx_fails_without_its_tmpfs() {
    for (more, wanted) in [
        ("", "Permission denied"),
        ("read_only: true, ", "Read-only file system"),
    ] {
        let stack = up(free_port(), &format!("{more}{}", without("tmpfs")));
        let said = failure(&stack, "app");
        assert!(said.contains(wanted), "{said}");
    }
}
