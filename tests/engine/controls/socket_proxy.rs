//! *socket_proxy*: with it a service reaches what its profile names of the engine, and nothing else.

use super::app;
use crate::report;
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool};
use std::os::unix::fs::MetadataExt;

/// Asks for containers and for images, of the engine that DOCKER_HOST names, else of the socket.
const CLIENT: &str = r#"
import http.client, os, socket, time
class Socket(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/var/run/docker.sock")
def ask(path):
    host = os.environ.get("DOCKER_HOST", "").removeprefix("tcp://")
    engine = http.client.HTTPConnection(host) if host else Socket("engine")
    engine.request("GET", path)
    return engine.getresponse().status
for _ in range(50):
    try:
        print("containers", ask("/v1.40/containers/json"), "images", ask("/v1.40/images/json"), flush=True)
        break
    except OSError:
        time.sleep(0.2)
time.sleep(600)
"#;

const PROFILE: &str = "about: a client of the engine
evidence: {here: {kind: measured, says: this test}}
class: {value: user, evidence: here}
user: {uid: 4242, gid: 4242, others: any, evidence: here}
docker_api: {sections: [CONTAINERS], endpoint: {environment: {DOCKER_HOST: \"{endpoint}\"}}, evidence: here}
";

fn client(socket: &str) -> Stack {
    let text = app(&[
        "image: nrcompose-test/python",
        "init: true",
        "command: [python3, /client.py]",
        "volumes: ['./client.py:/client.py:ro', '/var/run/docker.sock:/var/run/docker.sock:ro']",
        &format!("x-nrcompose: {{profile: client, socket: {socket}}}"),
    ]);
    let stack = Stack::of(
        "proxied",
        &format!("{text}x-nrcompose: {{socket_proxy: nrcompose-test/socket-proxy}}\n"),
    );
    stack.write("client.py", CLIENT);
    stack.write(".nrcompose/profiles/client.yaml", PROFILE);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    stack
}

#[track_caller]
fn says(stack: &Stack, wanted: &str) {
    let container = stack.container("app");
    eventually(30, || {
        let logs = docker(&["logs", &container]).all;
        if logs.trim() == wanted { Ok(()) } else { Err(logs) }
    });
}

#[test]
fn a_proxy_lets_only_what_is_needed_pass() {
    let Some(socket) = std::fs::metadata("/var/run/docker.sock")
        .ok()
        .filter(|s| s.gid() != 0)
    else {
        report::line("a proxy before docker.sock: left out, it is not here or is root's alone");
        return;
    };
    let stack = client("proxy");
    says(&stack, "containers 200 images 403");
    super::runs_as(&stack, "app", 4242, 4242, &[]);
    let found = crate::procs::of(&stack.container("app"));
    assert!(
        found.iter().all(|p| !p.gids.contains(&socket.gid())),
        "{found:#?}"
    );
    super::runs_as(&stack, "nrcompose-socket-app", 65534, socket.gid(), &[]);
    // Planned and started again, nothing is made anew.
    let before = stack.container("app");
    stack.ok(Tool::Trusting, &["up", "-d"]);
    assert_eq!(stack.container("app"), before);
    stack.ok(Tool::Trusting, &["down", "-v"]);
    assert_eq!(stack.left(), Vec::<String>::new());

    says(&client("direct"), "containers 200 images 200");
}
