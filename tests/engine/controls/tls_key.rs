//! *readable*: a key that only root may read. Nothing of the host is changed: the service starts as plain Compose would have
//! it do, with less; the cure is told, and cures. A key that a group may read is read by joining it.

use super::{app, failure};
use crate::container::once;
use crate::probe;
use crate::procs;
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

/// What is told of the key where it keeps the server from starting hardened: it answers all the same, as plain Compose would
/// have it do, and does not where a person has it hardened by force.
#[track_caller]
fn cure(stack: &Stack, port: u16) -> String {
    let page = format!("https://127.0.0.1:{port}/");
    let told = "101:101 cannot read";
    stack.ok(Tool::Plain, &["up", "-d"]);
    probe::page(&page, "over TLS");

    let forced = stack.run(Tool::Trusting, &["up", "-d", "--nr-force", "--nr-trust"]);
    assert!(forced.all.contains(told), "told nothing:\n{}", forced.all);
    let logs = failure(stack, "app");
    assert!(
        logs.contains("my server.key") || logs.contains("Permission denied"),
        "{logs}"
    );

    // Every start names it, until it is cured.
    let explained = stack.ok(Tool::Trusting, &["explain"]);
    let help = explained
        .lines()
        .skip_while(|l| !l.trim().starts_with("refused: 101:101 cannot read"))
        .find_map(|l| l.trim().strip_prefix("help: "))
        .unwrap();
    let said = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(said.code, 0, "{}", said.all);
    for part in [
        "service app starts as root",
        told,
        "it keeps 5 capabilities",
        help,
    ] {
        assert!(said.all.contains(part), "no {part} in\n{}", said.all);
    }
    probe::page(&page, "over TLS");
    let again = stack.run(Tool::Trusting, &["up", "-d"]);
    assert!(
        again.code == 0 && again.all.contains("start as root: app"),
        "{}",
        again.all
    );
    probe::page(&page, "over TLS");
    let found = procs::of(&stack.container("app"));
    let all = procs::mask(&["CHOWN", "DAC_OVERRIDE", "KILL", "SETGID", "SETUID"]);
    assert!(
        found.iter().any(|p| !p.is_root()) && found.iter().all(|p| p.no_new_privileges && p.bounding == all),
        "{found:#?}"
    );
    // What stands between the first two backquotes.
    help.split('`').nth(1).unwrap().to_owned()
}

#[track_caller]
fn serves(stack: &Stack, port: u16, group: Option<u32>) {
    let said = stack.run(Tool::Trusting, &["up", "-d"]);
    assert!(
        said.code == 0 && !said.all.contains("cannot read"),
        "{}",
        said.all
    );
    probe::page(&format!("https://127.0.0.1:{port}/"), "over TLS");
    super::runs_as(stack, "app", 101, 101, &[]);
    let found = procs::of(&stack.container("app"));
    let others = |p: &procs::Process| p.gids[4..].iter().copied().find(|gid| *gid != 101);
    assert!(found.iter().all(|p| others(p) == group), "{found:#?}");
}

#[test]
fn a_key_of_roots_alone_is_no_end_of_the_service_and_is_cured() {
    for volumes in [FILES, DIRECTORY] {
        let port = free_port();
        let stack = stack("0:0", "600", volumes, port);
        let command = cure(&stack, port);
        assert!(command.starts_with("sudo chown 101:101 "), "{command}");
        as_root(&stack, "base", &command.replace("sudo ", ""));
        serves(&stack, port, None);
    }
}

#[test]
fn a_key_of_a_group_is_read_by_joining_it() {
    let port = free_port();
    let stack = stack("0:7777", "640", FILES, port);
    serves(&stack, port, Some(7777));
    // Without, it is out of reach.
    stack.write(
        "nrcompose.yaml",
        "services: {app: {suppress: {readable: to see what it is for}}}\n",
    );
    stack.run(Tool::Trusting, &["up", "-d", "--nr-trust"]);
    failure(&stack, "app");
}
