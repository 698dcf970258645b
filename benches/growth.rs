//! `nrcompose harden` of projects of a size that nobody has, against a tenth of each in the same run, as whole
//! processes that take turns: planning, applying and proving grow with services, ports and volumes, not with their
//! square. The bar is 12 times the time; machines differ, so nothing is asserted here, and `tests/growth.rs` is the test.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints its figures"
)]

#[path = "../tests/support/large.rs"]
mod large;
#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod measure;

use measure::costs;

const RUNS: usize = 7;

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
        let [small, large] = files
            .each_ref()
            .map(|file| [env!("CARGO_BIN_EXE_nrcompose"), "-f", file, "harden"]);
        let [small, large] = costs([&small, &large], RUNS);
        println!(
            "{count} {what}: {:.0} ms, {:.0} MiB; a tenth: {:.1} ms, {:.1} MiB; {:.1} times the time (bar: {BAR})",
            large.median,
            large.peak,
            small.median,
            small.peak,
            large.median / small.median
        );
    }
}
