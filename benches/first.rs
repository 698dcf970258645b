//! What the first start of six known services costs over plain Compose: each is watched until it works. The six services of
//! the example, made from nothing in turns by both; it needs an engine with the stand-in images. `cargo bench --bench first`;
//! more than the bar is a failure.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints its figures, and fails"
)]

#[path = "../tests/support/stand_in.rs"]
mod stand_in;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// How often all is made from nothing.
const RUNS: usize = 5;
/// How many seconds the first start may take longer than plain Compose's, in the middle.
const BAR: f64 = 5.0;

fn run(program: &[&str], name: &str, state: &Path, words: &[&str]) -> f64 {
    let root = env!("CARGO_MANIFEST_DIR");
    let file = |path: &str| format!("{root}/{path}");
    let started = Instant::now();
    let mut command = Command::new(program[0]);
    command
        .args(&program[1..])
        .args(["-p", name])
        .args(["-f", &file("examples/six-services/compose.yaml")])
        .args(["-f", &file("tests/images/six-services.yaml")])
        .args(words)
        .env_remove("CI")
        .env("XDG_STATE_HOME", state)
        .envs([
            ("HTTP_PORT", "18180"),
            ("APP_PORT", "18181"),
            ("BOOKS_PORT", "18182"),
        ])
        .envs(["POSTGRES_PASSWORD", "MARIADB_ROOT_PASSWORD", "MARIADB_PASSWORD"].map(|name| (name, "tulip")))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let ended = command.status().unwrap();
    assert!(ended.success(), "{} {words:?}: {ended}", program[0]);
    started.elapsed().as_secs_f64()
}

fn main() {
    if !stand_in::is_here("nrcompose-test/redis:7") {
        return;
    }
    let name = format!("nrct0-first-{}", std::process::id());
    let programs = [&["docker", "compose"][..], &[env!("CARGO_BIN_EXE_nrcompose")]];
    let mut times = [Vec::new(), Vec::new()];
    for turn in 0..=RUNS {
        for at in [turn % 2, 1 - turn % 2] {
            // Nothing is known of an earlier start.
            let state = tempfile::tempdir().unwrap();
            let took = run(programs[at], &name, state.path(), &["up", "-d"]);
            run(programs[at], &name, state.path(), &["down", "-v", "-t", "1"]);
            // Images are read once.
            if turn > 0 {
                times[at].push(took);
            }
        }
    }
    let [plain, ours] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    let more = ours - plain;
    println!(
        "first up -d of six services, medians of {RUNS}: plain {plain:.2} s, ours {ours:.2} s, {more:.2} s more (bar: {BAR})"
    );
    assert!(more <= BAR, "over the bar");
}
