//! A refusal concerns one service: it starts as its author wrote it, and the rest is hardened.

use crate::procs;
use crate::run::docker;
use crate::stack::{Stack, Tool};

/// What is refused here is a port that nobody knows how to move: `privileged: true`, which is refused alike, cannot be
/// started on every machine.
const COMPOSE: &str = "\
services:
  admin:
    image: nrcompose-test/nginx
    x-nrcompose: {profile: nginx, ports: remap}
    ports: [80]
    volumes: [\"./conf.d:/etc/nginx/conf.d:ro\"]
  cache:
    image: nrcompose-test/redis
    x-nrcompose: {profile: redis}
    volumes: [\"./data:/data\"]
";

#[test]
fn under_standard_the_rest_is_hardened() {
    let stack = Stack::of("refusal", COMPOSE);
    stack.write("conf.d/default.conf", "server { listen 80; return 200 mine; }\n");
    let out = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert_eq!(out.code, 0, "{}", out.all);
    let why = "service admin stays as its author wrote it: port 80 cannot be moved";
    let told = out.all.find(why).unwrap_or_else(|| panic!("{}", out.all));
    let theirs = out.all.find("Creat").unwrap_or(usize::MAX);
    assert!(told < theirs, "told after the start: {}", out.all);
    let admin = stack.container("admin");
    assert_eq!(docker(&["inspect", "-f", "{{.Config.User}}", &admin]).ok(), "");
    assert!(procs::of(&admin).iter().any(procs::Process::is_root));
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
                Tool::Nrcompose,
                &["run", "--rm", "-T", "admin", "sh", "-c", "exit 7"]
            )
            .code,
        7
    );
    assert_eq!(stack.run(Tool::Nrcompose, &["up", "-d", "nobody"]).code, 1);
}

#[test]
fn under_strict_nothing_starts_and_nothing_is_written() {
    let stack = Stack::of("refusal-strict", COMPOSE);
    for args in [&["up", "-d"][..], &["create"], &["run", "--rm", "cache", "true"]] {
        let out = stack.run(Tool::Nrcompose, &[&["--nr-policy", "strict"], args].concat());
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
