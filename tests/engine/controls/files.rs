//! *files*: a start script that writes a file of root's.

use super::{app, failure, without};
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool};

fn nextcloud(more: &str) -> Stack {
    let stack = Stack::of(
        "files",
        &app(&[
            "image: nrcompose-test/nextcloud",
            "environment: {REDIS_HOST: cache}",
            "volumes: ['data:/var/www/html']",
            &format!("x-nrcompose: {{profile: nextcloud{more}}}"),
        ])
        .replace("services:", "volumes: {data: }\nservices:"),
    );
    stack.ok(Tool::Trusting, &["up", "-d"]);
    stack
}

#[test]
fn a_file_of_the_image_is_written_by_the_user() {
    let stack = nextcloud("");
    let container = stack.container("app");
    let written = || match docker(&[
        "exec",
        &container,
        "cat",
        "/usr/local/etc/php/conf.d/redis-session.ini",
    ]) {
        out if out.code == 0 && out.stdout.contains("tcp://cache:6379") => Ok(()),
        out => Err(out.all),
    };
    eventually(30, written);
    super::runs_as(&stack, "app", 33, 33, &[]);
    // A new container gets it anew, one that is started again has its own.
    stack.ok(Tool::Trusting, &["restart", "-t", "1"]);
    eventually(30, written);
    super::runs_as(&stack, "app", 33, 33, &[]);

    let said = failure(&nextcloud(&format!(", {}", without("files"))), "app");
    assert!(said.contains("redis-session.ini: Permission denied"), "{said}");
}
