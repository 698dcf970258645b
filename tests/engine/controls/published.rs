//! *published*: where the engine may not publish a low port, another one answers. The engine of these tests may; the
//! plan is told that it may not.

use super::app;
use crate::probe;
use crate::stack::{Stack, Tool};

#[test]
fn a_port_that_may_not_be_published_answers_on_another() {
    let stack = Stack::of(
        "published",
        &app(&[
            "image: nrcompose-test/nginx",
            "x-nrcompose: {profile: nginx}",
            "ports: ['127.0.0.3:81:80']",
        ]),
    );
    let up = stack.run(Tool::Trusting, &["--nr-assume", "rootless", "up", "-d"]);
    assert!(up.code == 0 && up.all.contains("81 on 8081"), "{}", up.all);
    probe::page("http://127.0.0.3:8081/", "nginx");
    let old = std::net::TcpStream::connect(("127.0.0.3", 81));
    assert!(old.is_err(), "it is published where it was, too");
}
