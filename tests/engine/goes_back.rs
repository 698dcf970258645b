//! A service that is broken on purpose under its plan goes back, and plain Compose has its data afterwards.

use crate::probe;
use crate::run::{docker, eventually, free_port};
use crate::stack::{Stack, Tool};

/// What stands before the image's own start: root goes on, anybody else does `work` and fails.
fn only_root(work: &str, own: &str) -> String {
    format!("[sh, -c, '[ \"$$(id -u)\" != 0 ] || exec {own}; {work}; exit 3']")
}

#[test]
fn redis_keeps_what_it_appended() {
    let work = "redis-server --appendonly yes & sleep 2; redis-cli set broken 1; redis-cli shutdown";
    let entrypoint = only_root(work, "docker-entrypoint.sh redis-server --appendonly yes");
    let compose = format!(
        "services:\n  redis:\n    image: nrcompose-test/redis:7\n    x-nrcompose: {{profile: redis}}\n    entrypoint: {entrypoint}\n    volumes: ['data:/data']\nvolumes: {{data: }}\n"
    );
    let stack = Stack::of("aof", &compose);
    let client =
        |words: &[&str]| docker(&[&["exec", &stack.container("redis"), "redis-cli"], words].concat());
    stack.ok(Tool::Plain, &["up", "-d"]);
    eventually(20, || match client(&["set", "kept", "tulip"]) {
        out if out.stdout.contains("OK") => Ok(()),
        out => Err(out.all),
    });
    stack.ok(Tool::Plain, &["down", "-t", "5"]);
    let before = stack.ok(Tool::Nrcompose, &["up", "-d"]);
    assert_eq!(stack.user("redis"), "", "{before}");
    for _ in 0..2 {
        eventually(20, || match client(&["get", "kept"]) {
            out if out.stdout.contains("tulip") => Ok(()),
            out => Err(out.all),
        });
        stack.ok(Tool::Plain, &["up", "-d", "--force-recreate"]);
    }
}

/// Half a database in a place that was empty would keep the next start from making a whole one.
#[test]
fn half_a_database_is_not_left_in_the_way() {
    let own = "docker-entrypoint.sh postgres";
    let half = "mkdir -p $$PGDATA/base && echo half > $$PGDATA/half";
    for (what, mount) in [("a volume", "data"), ("a directory", "./data")] {
        let port = free_port();
        let entrypoint = only_root(half, own);
        let compose = format!(
            "services:\n  db:\n    image: nrcompose-test/postgres:16\n    x-nrcompose: {{profile: postgres}}\n    entrypoint: {entrypoint}\n    environment: {{POSTGRES_USER: app, POSTGRES_DB: app, POSTGRES_PASSWORD: tulip-postgres, PGDATA: /var/lib/postgresql/data}}\n    ports: ['127.0.0.1:{port}:5432']\n    volumes: ['{mount}:/var/lib/postgresql/data']\nvolumes: {{data: }}\n"
        );
        let stack = Stack::of("initdb", &compose);
        if what == "a volume" {
            // It is there already, and empty.
            stack.ok(Tool::Plain, &["create"]);
            stack.ok(Tool::Plain, &["rm", "-f"]);
        }
        let out = stack.run(Tool::Nrcompose, &["up", "-d"]);
        assert_eq!(
            (out.code, stack.user("db").as_str()),
            (0, ""),
            "{what}: {}",
            out.all
        );
        probe::postgres(&stack, 1);
        stack.ok(Tool::Plain, &["up", "-d", "--force-recreate"]);
        probe::postgres(&stack, 2);
    }
}

#[test]
fn a_supervisor_whose_program_drops_to_33_answers() {
    let port = free_port();
    let compose = format!(
        "services:\n  app:\n    image: nrcompose-test/supervisord\n    ports: ['127.0.0.1:{port}:8000']\n    volumes: ['site:/var/www/site']\nvolumes: {{site: }}\n"
    );
    let stack = Stack::of("supervised", &compose);
    let out = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert_eq!((out.code, stack.user("app").as_str()), (0, ""), "{}", out.all);
    let url = format!("http://127.0.0.1:{port}/");
    probe::page(&url, "supervised");
    stack.ok(Tool::Plain, &["up", "-d", "--force-recreate"]);
    probe::page(&url, "supervised");
}
