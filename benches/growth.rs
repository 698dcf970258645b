//! `nrcompose harden` of projects of a size that nobody has, against a tenth of each in the same run, as whole
//! processes that take turns: planning, applying and proving grow with services, ports and volumes, not with their
//! square. The bar is 12 times the time of the processors; machines differ, so nothing is asserted here, and
//! `tests/growth.rs` is the test.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints its figures"
)]

#[path = "../tests/support/large.rs"]
mod large;

use std::process::{Command, Stdio};

const RUNS: usize = 5;

/// How many times the time of a tenth the whole may take.
const BAR: f64 = 12.0;

fn main() {
    let directory = tempfile::tempdir().unwrap();
    for (what, project) in large::KINDS {
        let count = if what.starts_with("ports") { 65_535 } else { 20_000 };
        let files = [count / 10, count].map(|count| {
            let file = directory.path().join(format!("{count}.yaml"));
            std::fs::write(&file, project(count)).unwrap();
            file.to_str().unwrap().to_owned()
        });
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..RUNS {
            for (file, times) in files.iter().zip(&mut times) {
                let mut command = Command::new(env!("CARGO_BIN_EXE_nrcompose"));
                command.args(["-f", file, "harden"]);
                command.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
                command.stdout(Stdio::null()).stderr(Stdio::null());
                times.push(large::processor_time(&mut command));
            }
        }
        let [small, large] = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        });
        println!(
            "{count} {what}: {large:.2} s; a tenth: {small:.2} s; {:.1} times the time (bar: {BAR})",
            large / small
        );
    }
}
