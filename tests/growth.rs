//! Ten times the services, ports or volumes take about ten times the time, to plan, to apply and to prove: `cargo bench
//! --bench growth` measures it at sizes that nobody has; this is a bound that only another kind of growth exceeds.

#![allow(clippy::unwrap_used, reason = "a test that cannot start anything has failed")]

#[path = "support/large.rs"]
mod large;

use std::process::{Command, Stdio};

/// Ten times as much may take so many times as long; what grows with the square takes up to a hundred times.
const BOUND: f64 = 20.0;

fn harden(text: &str) -> f64 {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("compose.yaml"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrcompose"));
    command.arg("harden").current_dir(directory.path());
    command
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .env("HOME", directory.path());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    large::processor_time(&mut command)
}

#[test]
fn time_grows_with_the_project_and_not_with_its_square() {
    let mut wrong = Vec::new();
    for (what, project) in large::KINDS {
        let count = if what.starts_with("ports") { 1000 } else { 200 };
        let (small, large) = (project(count), project(10 * count));
        let ratio = || harden(&large) / harden(&small);
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
