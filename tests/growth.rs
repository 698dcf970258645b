//! Ten times the services, ports or volumes take about ten times the time, to plan, to apply and to prove: `cargo bench
//! --bench growth` measures it at sizes that nobody has; this is a bound that only another kind of growth exceeds.

#![allow(clippy::unwrap_used, reason = "a test that cannot start anything has failed")]

#[path = "support/large.rs"]
mod large;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Ten times as much may take so many times as long; what grows with the square takes up to a hundred times.
const BOUND: f64 = 20.0;

fn harden(text: &str) -> Duration {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("compose.yaml"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrcompose"));
    command.arg("harden").current_dir(directory.path());
    command
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .env("HOME", directory.path());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status().unwrap();
    assert!(status.success(), "{status}");
    started.elapsed()
}

#[test]
fn time_grows_with_the_project_and_not_with_its_square() {
    let mut wrong = Vec::new();
    for (what, project) in large::KINDS {
        let (small, large) = (project(250), project(2500));
        let ratio = || harden(&large).as_secs_f64() / harden(&small).as_secs_f64();
        // Other work on the machine may hit the one and not the other; four times in a row it does not.
        let ratios: Vec<f64> = (0..4)
            .map(|_| ratio())
            .scan(true, |go_on, ratio| {
                std::mem::replace(go_on, ratio > BOUND).then_some(ratio)
            })
            .collect();
        if ratios.iter().all(|r| *r > BOUND) {
            wrong.push(format!("ten times the {what} take {ratios:.1?} times the time"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
