//! *privileges*: a program with a file capability gets exactly that one.

use super::app;
use crate::container::once;
use crate::probe;
use crate::run::{docker, free_port};
use crate::stack::{Stack, Tool};

#[test]
fn a_file_capability_stays_in_reach_and_no_other() {
    let port = free_port();
    let ports = format!("ports: ['127.0.0.1:{port}:80']");
    let stack = Stack::of(
        "capable",
        &app(&["image: nrcompose-test/file-capability", "init: true", &ports]),
    );
    stack.ok(Tool::Trusting, &["--nr-user", "4242:4242", "up", "-d"]);
    probe::page(&format!("http://127.0.0.1:{port}/"), "file capability stand-in");
    super::runs_as(&stack, "app", 4242, 4242, &["NET_BIND_SERVICE"]);
    let set = "{{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}}";
    let given = docker(&["inspect", "-f", set, &stack.container("app")]).ok();
    assert_eq!(given.replace("CAP_", ""), "[ALL] [NET_BIND_SERVICE]");
}

#[test]
fn a_file_capability_out_of_reach_keeps_the_program_from_starting() {
    let options = ["--user", "4242:4242", "--cap-drop", "ALL"];
    let said = once(&options, "file-capability", &[]).failed();
    assert!(said.to_lowercase().contains("operation not permitted"), "{said}");
}
