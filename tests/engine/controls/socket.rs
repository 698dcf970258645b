//! *devices*: the engine's socket belongs to a group of the host.

use super::{app, failure, without};
use crate::report;
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool};
use std::os::unix::fs::MetadataExt;

const SOCKET: &str = "/var/run/docker.sock";

/// Asks the engine for its version and stays.
const READER: &str = r#"
import json, socket, time
s = socket.socket(socket.AF_UNIX)
s.connect("/var/run/docker.sock")
s.sendall(b"GET /version HTTP/1.0\r\nHost: engine\r\n\r\n")
answer = b"".join(iter(lambda: s.recv(65536), b""))
print("engine", json.loads(answer.split(b"\r\n\r\n", 1)[1])["Version"], flush=True)
time.sleep(600)
"#;

fn reader(more: &str) -> Stack {
    let stack = Stack::of(
        "socket",
        &app(&[
            "image: nrcompose-test/python",
            "init: true",
            "command: [python3, /reader.py]",
            "volumes: ['./reader.py:/reader.py:ro', '/var/run/docker.sock:/var/run/docker.sock:ro']",
            &format!("x-nrcompose: {{{more}}}"),
        ]),
    );
    stack.write("reader.py", READER);
    stack.ok(Tool::Trusting, &["--nr-user", "4242:4242", "up", "-d"]);
    stack
}

#[test]
fn the_engines_socket_is_read_through_its_group() {
    let Some(socket) = std::fs::metadata(SOCKET).ok().filter(|s| s.gid() != 0) else {
        report::line("docker.sock through its group: left out, it is not here or is root's alone");
        return;
    };
    let stack = reader("");
    let version = docker(&["version", "-f", "{{.Server.Version}}"]).ok();
    let container = stack.container("app");
    eventually(20, || {
        let logs = docker(&["logs", &container]).all;
        if logs.trim() == format!("engine {version}") {
            Ok(())
        } else {
            Err(logs)
        }
    });
    super::runs_as(&stack, "app", 4242, 4242, &[]);
    let found = crate::procs::of(&container);
    assert!(
        found.iter().all(|p| p.gids[4..].contains(&socket.gid())),
        "{found:#?}"
    );

    let said = failure(&reader(&without("devices")), "app");
    assert!(said.contains("PermissionError"), "{said}");
}
