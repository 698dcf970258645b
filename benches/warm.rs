//! What this program costs over plain `docker compose` where nothing is to be done: a start of five services with volumes
//! that run already, and looking; and what a start costs that makes all of them. Two stacks, one started by each, run in
//! turns in the same run; it needs an engine with the stand-in images. `cargo bench --bench warm`; more than the bars is a
//! failure.

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

/// How often each command runs.
const RUNS: usize = 41;

/// What is run, and how many milliseconds it may take more than plain Compose.
const BARS: [(&[&str], f64); 4] = [
    (&["up", "-d"], 20.0),
    (&["ps"], 5.0),
    (&["logs", "--tail", "1"], 5.0),
    (&["exec", "-T", "api", "true"], 5.0),
];

/// How often everything is made from nothing, and how many times the time of plain Compose that may take.
const COLD_RUNS: usize = 7;
const COLD_BAR: f64 = 1.15;

const SERVICES: [&str; 5] = ["front", "api", "cache", "jobs", "store"];

/// A stack, which is gone in the end.
struct Stack<'d> {
    directory: &'d Path,
    program: &'static [&'static str],
    name: String,
}

impl Stack<'_> {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.program[0]);
        command
            .args(&self.program[1..])
            .args(["-p", &self.name])
            .args(words)
            .current_dir(self.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        for home in ["XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
            command.env(home, self.directory.join(home));
        }
        command
    }

    /// What one run takes, in milliseconds.
    fn time(&self, words: &[&str]) -> f64 {
        let started = Instant::now();
        let ended = self.command(words).status().unwrap();
        let took = started.elapsed();
        assert!(ended.success(), "{} {words:?}: {ended}", self.program[0]);
        took.as_secs_f64() * 1000.0
    }
}

impl Drop for Stack<'_> {
    fn drop(&mut self) {
        let _ = self.command(&["down", "-v", "-t", "1"]).status();
    }
}

fn compose() -> String {
    let service = |name: &str| {
        format!(
            "  {name}: {{image: \"nrcompose-test/redis:7\", x-nrcompose: {{profile: redis}}, volumes: [\"{name}-data:/data\"]}}\n"
        )
    };
    let services: String = SERVICES.map(service).concat();
    let volumes = SERVICES.map(|name| format!("{name}-data: ")).join(", ");
    format!("services:\n{services}volumes: {{{volumes}}}\n")
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    if !stand_in::is_here("nrcompose-test/redis:7") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("compose.yaml"), compose()).unwrap();
    let stack = |program, name: &str| Stack {
        directory: directory.path(),
        program,
        name: format!("nrct0-{name}-{}", std::process::id()),
    };
    let plain = stack(&["docker", "compose"], "warm-plain");
    let ours = stack(&[env!("CARGO_BIN_EXE_nrcompose")], "warm-ours");
    // Images are read, and containers made, once.
    for stack in [&plain, &ours, &plain, &ours] {
        stack.time(&["up", "-d"]);
    }
    let mut over = Vec::new();
    println!(
        "{:28} {:>9} {:>9} {:>9} {:>6}",
        "ms, medians", "plain", "ours", "more", "bar"
    );
    for (words, bar) in BARS {
        let (mut of_plain, mut of_ours) = (Vec::new(), Vec::new());
        for turn in 0..RUNS {
            // Neither is always the one that runs after the other.
            if turn % 2 == 0 {
                of_plain.push(plain.time(words));
                of_ours.push(ours.time(words));
            } else {
                of_ours.push(ours.time(words));
                of_plain.push(plain.time(words));
            }
        }
        let (plain, ours) = (median(&mut of_plain), median(&mut of_ours));
        let (what, more) = (words.join(" "), ours - plain);
        println!("{what:28} {plain:9.1} {ours:9.1} {more:9.1} {bar:6.0}");
        if more > bar {
            over.push(what);
        }
    }
    let (mut of_plain, mut of_ours) = (Vec::new(), Vec::new());
    for turn in 0..COLD_RUNS {
        let turns = [(&plain, &mut of_plain), (&ours, &mut of_ours)];
        let cold = |(stack, times): (&Stack<'_>, &mut Vec<f64>)| {
            stack.time(&["down", "-v", "-t", "1"]);
            times.push(stack.time(&["up", "-d"]));
        };
        match turn % 2 {
            0 => turns.into_iter().for_each(cold),
            _ => turns.into_iter().rev().for_each(cold),
        }
    }
    let (cold_plain, cold_ours) = (median(&mut of_plain), median(&mut of_ours));
    let times = cold_ours / cold_plain;
    println!(
        "up -d, from nothing: plain {cold_plain:.0} ms, ours {cold_ours:.0} ms: {times:.2} times (bar: {COLD_BAR})"
    );
    if times > COLD_BAR {
        over.push("up -d, from nothing".to_owned());
    }
    drop((plain, ours));
    assert!(over.is_empty(), "over the bar: {}", over.join(", "));
}
