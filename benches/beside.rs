//! Another build of this program beside this one: `model` and `harden` of the same projects, in turns in the same run, as
//! whole processes without an engine. `NRCOMPOSE_BESIDE=/path/to/nrcompose cargo bench --bench beside`; nothing is
//! asserted, machines differ.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints its figures"
)]

#[path = "../tests/support/large.rs"]
#[allow(dead_code, reason = "each user takes a part of it")]
mod large;
#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod measure;

use measure::costs;

/// How many services, and how often each command runs.
const SIZES: [(usize, usize); 3] = [(1, 101), (10, 101), (1000, 11)];

fn main() {
    let Ok(other) = std::env::var("NRCOMPOSE_BESIDE") else {
        println!("NRCOMPOSE_BESIDE names no other build to compare with");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let (_, project) = large::KINDS[0];
    for (services, runs) in SIZES {
        let file = directory.path().join(format!("{services}.yaml"));
        std::fs::write(&file, project(services)).unwrap();
        let file = file.to_str().unwrap();
        for verb in ["model", "harden"] {
            let own = [env!("CARGO_BIN_EXE_nrcompose"), "-f", file, verb];
            let [own, other] = costs([&own, &[other.as_str(), "-f", file, verb]], runs);
            println!(
                "{verb} of {services} services: {:.2} ms, {:.1} MiB; the other {:.2} ms, {:.1} MiB; {:.2} times its time",
                own.median,
                own.peak,
                other.median,
                other.peak,
                own.median / other.median
            );
        }
    }
}
