//! `examples/dsmr-reader`: what works under `user:`, what cannot, and the root start that does.

use crate::run::docker;
use crate::stack::{Stack, Tool};
use crate::{probe, procs};

/// The most that the root start may keep: what stepping down takes, and nginx's file capability.
const ALLOWED: [&str; 7] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "KILL",
    "NET_BIND_SERVICE",
    "SETGID",
    "SETUID",
];

fn dsmr(file: &str, stand_ins: &str) -> (Stack, u16, u16) {
    let stack = Stack::example("dsmr-reader").file(file).stand_ins(stand_ins);
    let plain = stack.free_port(file, "7777:80", |free| format!("{free}:80"));
    let encrypted = stack.free_port(file, "7779:443", |free| format!("{free}:443"));
    (stack, plain, encrypted)
}

#[test]
fn dsmr_root_start_answers_with_least_privileges() {
    let (stack, plain, encrypted) = dsmr("compose.puid.yaml", "dsmr-reader");
    for round in [1, 2] {
        stack.ok(Tool::Nrcompose, &["up", "-d"]);
        probe::notes(&format!("http://127.0.0.1:{plain}/"), round);
        probe::page(&format!("https://127.0.0.1:{encrypted}/"), "note-1");
        let found = procs::of(&stack.container("dsmr"));
        assert!(
            found.iter().all(|process| process.no_new_privileges),
            "{found:#?}"
        );
        assert!(
            found.iter().any(|process| process.uids == [1000; 4]),
            "{found:#?}"
        );
        let bounding = found.iter().fold(0, |all, process| all | process.bounding);
        assert_eq!(
            bounding & !procs::mask(&ALLOWED),
            0,
            "{bounding:x}: more than this start takes"
        );
        stack.ok(Tool::Nrcompose, &["down"]);
    }
}

#[test]
fn dsmr_cannot_run_under_user() {
    let (stack, _, _) = dsmr("compose.yaml", "dsmr-reader");
    stack.ok(Tool::Nrcompose, &["create"]);
    let id = stack.ok(Tool::Plain, &["ps", "-aq"]);
    docker(&["update", "--restart", "no", &id]).ok();
    docker(&["start", &id]).ok();
    assert_ne!(docker(&["wait", &id]).ok(), "0");
    let logs = docker(&["logs", &id]).all;
    assert!(
        logs.contains("chown: changing ownership of '/defaults': Operation not permitted"),
        "{logs}"
    );
}

/// The same on an s6 tree that supports `user:`. It answers 500 until there is a note, which would be waited for.
#[test]
fn s6_runs_under_user_once_run_is_its_own() {
    let (stack, plain, _) = dsmr("compose.yaml", "dsmr-reader-s6-user");
    for round in [1, 2] {
        stack.ok(Tool::Trusting, &["up", "-d"]);
        probe::notes(&format!("http://127.0.0.1:{plain}/"), round);
        let found = procs::of(&stack.container("dsmr"));
        assert!(
            found
                .iter()
                .all(|process| process.uids == [1000; 4] && process.bounding == 0),
            "{found:#?}"
        );
        assert!(
            found.iter().all(|process| process.no_new_privileges),
            "{found:#?}"
        );
        stack.ok(Tool::Nrcompose, &["down"]);
    }
}
