//! *init*: s6-overlay has to be process 1.

use super::{app, failure, without};
use crate::probe;
use crate::run::free_port;
use crate::stack::{Stack, Tool};

fn up(port: u16, more: &str) -> Stack {
    let stack = Stack::of(
        "init",
        &app(&[
            "image: nrcompose-test/s6-user",
            "init: true",
            &format!("x-nrcompose: {{profile: s6-user, {more}}}"),
            &format!("ports: ['127.0.0.1:{port}:8989']"),
            "volumes: ['config:/config']",
        ]),
    );
    let file = std::fs::read_to_string(stack.path("compose.yaml")).unwrap();
    stack.write("compose.yaml", &format!("{file}volumes: {{config: }}\n"));
    stack.run(Tool::Trusting, &["up", "-d"]);
    stack
}

#[test]
fn s6_is_process_1_again() {
    let port = free_port();
    let _stack = up(port, "");
    probe::notes(&format!("http://127.0.0.1:{port}/"), 1);
    let said = failure(&up(free_port(), &without("init")), "app");
    assert!(said.contains("can only run as pid 1"), "{said}");
}
