//! A refusal concerns one service, and is as small as its reason: what cannot be is left out, the rest is hardened.

use crate::run::docker;
use crate::stack::{Stack, Tool};
use crate::{probe, procs};

/// What is refused here is a command that only root can carry out: `privileged: true`, which is refused alike, cannot
/// be started on every machine.
const COMPOSE: &str = "\
services:
  admin:
    image: nrcompose-test/nginx
    x-nrcompose: {profile: nginx}
    command: sh -c \"chown -R 0:0 /srv && exec nginx -g 'daemon off;'\"
  cache:
    image: nrcompose-test/redis
    x-nrcompose: {profile: redis}
    volumes: [\"./data:/data\"]
";

#[test]
fn under_standard_the_rest_is_hardened() {
    let stack = Stack::of("refusal", COMPOSE);
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(out.code, 0, "{}", out.all);
    let why =
        "service admin stays as its author wrote it, with no-new-privileges added: its command calls chown";
    let told = out.all.find(why).unwrap_or_else(|| panic!("{}", out.all));
    let theirs = out.all.find("Creat").unwrap_or(usize::MAX);
    assert!(told < theirs, "told after the start: {}", out.all);
    let admin = stack.container("admin");
    assert_eq!(docker(&["inspect", "-f", "{{.Config.User}}", &admin]).ok(), "");
    let found = procs::of(&admin);
    assert!(found.iter().any(procs::Process::is_root), "{found:#?}");
    assert!(
        found.iter().all(|p| p.no_new_privileges && p.bounding != 0),
        "{found:#?}"
    );
    let cache = procs::of(&stack.container("cache"));
    assert!(
        cache
            .iter()
            .all(|p| !p.is_root() && p.bounding == 0 && p.no_new_privileges),
        "{cache:#?}"
    );
    // The exit code is the child's, not a word on the refusal.
    assert_eq!(
        stack
            .run(
                Tool::Trusting,
                &["run", "--rm", "-T", "admin", "sh", "-c", "exit 7"]
            )
            .code,
        7
    );
    assert_eq!(stack.run(Tool::Trusting, &["up", "-d", "nobody"]).code, 1);
}

/// Compose cannot copy the file that would move the port: it starts as root, with what that is known to need, where
/// an inline config would have kept it from starting at all.
#[test]
fn a_low_port_of_a_read_only_service_on_the_host_network_answers() {
    let stack = Stack::of(
        "refusal-host",
        "services:\n  web:\n    image: nrcompose-test/nginx\n    x-nrcompose: {profile: nginx}\n    \
         network_mode: host\n    read_only: true\n    tmpfs: [/run, /var/cache/nginx, /tmp, /var/lib/nginx]\n    \
         volumes: [\"./conf.d:/etc/nginx/conf.d:ro\"]\n",
    );
    stack.write(
        "conf.d/default.conf",
        "server { listen 127.0.0.1:937; return 200 mine; }\n",
    );
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert!(out.all.contains("service web starts as root"), "{}", out.all);
    assert!(
        out.all.contains("Compose cannot copy into a read-only container"),
        "{}",
        out.all
    );
    probe::page("http://127.0.0.1:937/", "mine");
    let found = procs::of(&stack.container("web"));
    // CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, KILL, SETGID, SETUID, NET_BIND_SERVICE at most, of fourteen.
    let most = 0b100_1110_0111;
    assert!(
        found
            .iter()
            .all(|p| p.no_new_privileges && p.bounding & !most == 0),
        "{found:#?}"
    );
    assert!(found.iter().any(|p| !p.is_root()), "{found:#?}");
}

/// A volume of the image's that its user could not write, and that nothing is mounted at: its data may lie there, and a file
/// for plain Compose cannot give it away, so it starts as root, drops by itself, and has no more capabilities than that takes.
#[test]
fn what_cannot_run_without_root_gets_the_root_start_that_is_known() {
    let stack = Stack::of(
        "refusal-root",
        "services:\n  cache:\n    image: nrcompose-test/redis\n    x-nrcompose: {profile: kept}\n",
    );
    stack.write(
        ".nrcompose/profiles/kept.yaml",
        "images: [nrcompose-test/kept]\nextends: redis\nabout: redis whose data is root's\n\
         evidence: {made: {kind: inferred, says: made up}}\n\
         writable: [{path: /data, kind: data, owner: \"0:0\", mode: \"0755\", volume: true, evidence: made}]\n",
    );
    let out = stack.run(Tool::Trusting, &["harden", "--guess"]);
    stack.ok(Tool::File, &["up", "-d"]);
    let told = "service cache starts as root with what it needs for that, then drops to 999:999";
    assert!(out.all.contains(told), "{}", out.all);
    let container = stack.container("cache");
    let found = crate::run::eventually(20, || {
        let found = procs::of(&container);
        match found.iter().any(procs::Process::is_root) {
            true => Err(format!("{found:#?}")),
            false => Ok(found),
        }
    });
    // CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID at most.
    assert!(
        found
            .iter()
            .all(|p| p.no_new_privileges && p.bounding & !0b1110_1011 == 0 && p.bounding != 0),
        "{found:#?}"
    );
    let said = docker(&["exec", &container, "redis-cli", "set", "a", "b"]).ok();
    assert_eq!(said, "OK");
}

/// What it keeps has no volume, so its root stays writable; the user and all else hold.
#[test]
fn a_read_only_root_that_cannot_be_is_refused_alone() {
    let stack = Stack::of(
        "refusal-ro",
        "services:\n  cache:\n    image: nrcompose-test/redis\n    x-nrcompose: {profile: redis, read_only: true}\n",
    );
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(out.code, 0, "{}", out.all);
    let told = "service cache: read_only is refused: it keeps data in /data";
    assert!(out.all.contains(told), "{}", out.all);
    let found = procs::of(&stack.container("cache"));
    assert!(
        found
            .iter()
            .all(|p| !p.is_root() && p.bounding == 0 && p.no_new_privileges),
        "{found:#?}"
    );
    let strict = stack.run(Tool::Trusting, &["--nr-policy", "strict", "up", "-d"]);
    assert_eq!(strict.code, 3, "{}", strict.all);
}

#[test]
fn under_strict_nothing_starts_and_nothing_is_written() {
    let stack = Stack::of("refusal-strict", COMPOSE);
    for args in [&["up", "-d"][..], &["create"], &["run", "--rm", "cache", "true"]] {
        let out = stack.run(Tool::Trusting, &[&["--nr-policy", "strict"], args].concat());
        assert_eq!(out.code, 3, "{args:?}: {}", out.all);
        assert!(
            out.all.contains("policy strict: admin cannot be hardened"),
            "{}",
            out.all
        );
        assert_eq!(stack.left(), Vec::<String>::new());
        assert_eq!(stack.state(), []);
        assert!(!stack.path("data").exists() && !stack.path(".home/XDG_STATE_HOME").exists());
    }
}
