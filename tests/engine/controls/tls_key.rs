//! *readable*: a key that only root may read. Nothing of the host is changed; the finding tells the cure, and the cure
//! cures.

use super::{app, failure};
use crate::container::once;
use crate::probe;
use crate::run::free_port;
use crate::stack::{Stack, Tool};

const SERVER: &str = "server { listen 8443 ssl; ssl_certificate /etc/nginx/tls/server.pem; \
                      ssl_certificate_key '/etc/nginx/tls/my server.key'; return 200 'over TLS'; }\n";

/// The certificate and the key, each by itself; the key's name has a space in it, as names have.
const FILES: &str = "['./server.conf:/etc/nginx/conf.d/default.conf:ro', './tls/server.pem:/etc/nginx/tls/server.pem:ro', \
                     './tls/my server.key:/etc/nginx/tls/my server.key:ro']";
/// Both in their directory.
const DIRECTORY: &str = "['./server.conf:/etc/nginx/conf.d/default.conf:ro', './tls:/etc/nginx/tls:ro']";

/// A project with a fresh key, which is `mode` and belongs to `owner`.
fn stack(owner: &str, mode: &str, volumes: &str, port: u16) -> Stack {
    let stack = Stack::of(
        "tls",
        &app(&[
            "image: nrcompose-test/nginx",
            "x-nrcompose: {profile: nginx}",
            &format!("ports: ['127.0.0.1:{port}:8443']"),
            "group_add: []",
            &format!("volumes: {volumes}"),
        ]),
    );
    stack.write("server.conf", SERVER);
    as_root(
        &stack,
        "dsmr",
        &format!(
            "install -d -m 755 tls && cd tls && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
             -keyout 'my server.key' -out server.pem 2>/dev/null && chmod 644 server.pem && chmod {mode} *.key && chown {owner} *.key"
        ),
    );
    stack
}

/// Runs a command as root of the host would, in the project's directory.
#[track_caller]
fn as_root(stack: &Stack, image: &str, command: &str) {
    let place = stack.path("").display().to_string();
    let mount = format!("{place}:{place}");
    let options = ["-v", &mount, "-w", &place, "--entrypoint", "sh"];
    once(&options, image, &["-c", command]).ok();
}

/// What `up` tells of the key, and whether the server came up.
#[track_caller]
fn cure(stack: &Stack) -> String {
    let said = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert!(
        said.all.contains("101:101 cannot read"),
        "told nothing:\n{}",
        said.all
    );
    let explained = stack.ok(Tool::Nrcompose, &["explain"]);
    let help = explained
        .lines()
        .skip_while(|l| !l.contains("101:101 cannot read"))
        .find_map(|l| l.trim().strip_prefix("help: "))
        .unwrap();
    assert!(said.all.contains(help), "{help}\nis not among\n{}", said.all);
    let logs = failure(stack, "app");
    assert!(
        logs.contains("my server.key") || logs.contains("Permission denied"),
        "{logs}"
    );
    // What stands between the first two backquotes.
    help.split('`').nth(1).unwrap().to_owned()
}

#[track_caller]
fn serves(stack: &Stack, port: u16) {
    let said = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert!(
        said.code == 0 && !said.all.contains("cannot read"),
        "{}",
        said.all
    );
    probe::page(&format!("https://127.0.0.1:{port}/"), "over TLS");
    super::runs_as(stack, "app", 101, 101, &[]);
}

#[test]
fn a_key_of_roots_alone_is_told_and_cured() {
    for volumes in [FILES, DIRECTORY] {
        let port = free_port();
        let stack = stack("0:0", "600", volumes, port);
        let command = cure(&stack);
        assert!(command.starts_with("sudo chown 101:101 "), "{command}");
        as_root(&stack, "base", &command.replace("sudo ", ""));
        serves(&stack, port);
    }
}

#[test]
fn a_key_of_a_group_is_told_and_cured() {
    let port = free_port();
    let stack = stack("0:7777", "640", FILES, port);
    let line = cure(&stack);
    assert_eq!(line, "group_add: [\"7777\"]");
    let file = std::fs::read_to_string(stack.path("compose.yaml")).unwrap();
    stack.write("compose.yaml", &file.replace("group_add: []", &line));
    serves(&stack, port);
}
