//! An image built for any uid in group 0: a group of its own takes its files away.

use super::app;
use crate::probe;
use crate::run::{docker, free_port};
use crate::stack::{Stack, Tool};

/// What its maintainers would say: any uid, with group 0.
const PROFILE: &str = "
images: [nrcompose-test/group0]
about: the stand-in
evidence: {dockerfile: {kind: dockerfile, says: tests/images/group0/Dockerfile}}
class: {value: nonroot, evidence: dockerfile}
user: {uid: 1001, gid: 0, others: gid0, evidence: dockerfile}
";

fn up(user: &str, globals: &[&str]) -> (Stack, u16) {
    let port = free_port();
    let ports = format!("ports: ['127.0.0.1:{port}:8080']");
    let stack = Stack::of(
        "group0",
        &app(&["image: nrcompose-test/group0", "init: true", &ports, user]),
    );
    if !globals.is_empty() {
        stack.write(".nrcompose/profiles/group0.yaml", PROFILE);
    }
    stack.ok(Tool::Trusting, &[globals, &["up", "-d"]].concat());
    (stack, port)
}

/// The image's own user, a uid alone of its author's, and an arbitrary one.
#[test]
fn an_image_built_for_group_0_keeps_that_group() {
    for (user, globals, digits) in [
        ("", &[][..], 4),
        ("user: '4242'", &[], 4),
        ("", &["--nr-random-uid"], 10),
    ] {
        let (stack, port) = up(user, globals);
        probe::notes(&format!("http://127.0.0.1:{port}/"), 1);
        let given = docker(&["inspect", "-f", "{{.Config.User}}", &stack.container("app")]).ok();
        let (uid, gid) = given.split_once(':').unwrap();
        assert_eq!((uid.len(), gid), (digits, "0"), "{given}");
        super::runs_as(&stack, "app", uid.parse().unwrap(), 0, &[]);
    }
}

#[test]
fn an_image_built_for_group_0_cannot_write_in_another() {
    let (stack, _) = up("user: '4242:4242'", &[]);
    super::runs_as(&stack, "app", 4242, 4242, &[]);
    let write = ["exec", &stack.container("app"), "touch", "/opt/app/data/notes"];
    let said = docker(&write).failed();
    assert!(said.contains("Permission denied"), "{said}");
}
