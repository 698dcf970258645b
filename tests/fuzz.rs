//! The judges of `fuzz/` without libFuzzer: what there is for a machine without a nightly toolchain. Inputs come from the
//! tests' own files, changed at random; nothing steers them, so libFuzzer finds more in the same time.
//!
//! `NRCOMPOSE_FUZZ_SECONDS` is how long each runs (else a fraction of a second), `NRCOMPOSE_FUZZ_SEED` begins
//! elsewhere. An input that fails is written down and named.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot read its own files has failed"
)]

use proptest::test_runner::{RngAlgorithm, TestRng};
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../fuzz/judges/command_line.rs"]
mod command_line;
#[path = "../fuzz/judges/dotenv.rs"]
mod dotenv;
#[path = "../fuzz/judges/load.rs"]
mod load;
#[path = "../fuzz/judges/merge.rs"]
mod merge;
#[path = "support/report.rs"]
mod report;
#[path = "../fuzz/judges/template.rs"]
mod template;

/// What means something somewhere.
const WORDS: &[&str] = &[
    "${A}",
    "${A:-",
    "}",
    "$$",
    "$",
    "'",
    "\"",
    "\\",
    "\n",
    "\r\n",
    "\t",
    "\0",
    ": ",
    "- ",
    "# ",
    "&a ",
    "*a",
    "<<: ",
    "!reset ",
    "!override ",
    "{",
    "}",
    "[",
    "]",
    "|\n",
    ">-\n",
    "---\n",
    "=",
    "--",
    "-f",
    "--nr-policy",
    "up",
    "services:",
    "x-nrcompose:",
    "~",
    "null",
    "0x10",
    "1e9",
    "é",
    "\u{feff}",
];

struct Fuzzer {
    random: TestRng,
    seeds: Vec<Vec<u8>>,
}

impl Fuzzer {
    fn new(seeds: Vec<Vec<u8>>) -> Self {
        let seed: u64 = std::env::var("NRCOMPOSE_FUZZ_SEED").map_or(1, |s| s.parse().unwrap());
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Fuzzer {
            random: TestRng::from_seed(RngAlgorithm::ChaCha, &bytes),
            seeds,
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        use proptest::prelude::Rng;
        usize::try_from(self.random.next_u64() % (limit.max(1) as u64)).unwrap()
    }

    fn seed(&mut self) -> Vec<u8> {
        let at = self.below(self.seeds.len());
        self.seeds[at].clone()
    }

    /// A seed with up to eight changes: a part gone, doubled, moved, from another seed, a word or a byte put in.
    fn input(&mut self) -> Vec<u8> {
        let mut input = self.seed();
        for _ in 0..=self.below(8) {
            let (at, length) = (self.below(input.len()), self.below(40));
            let end = (at + length).min(input.len());
            match self.below(6) {
                0 => drop(input.drain(at..end)),
                1 => {
                    let part = input[at..end].to_vec();
                    input.splice(at..at, part);
                }
                2 => {
                    let part: Vec<u8> = input.drain(at..end).collect();
                    let to = self.below(input.len());
                    input.splice(to..to, part);
                }
                3 => {
                    let other = self.seed();
                    let from = self.below(other.len());
                    let part = other[from..(from + length).min(other.len())].to_vec();
                    input.splice(at..end, part);
                }
                4 => {
                    let word = WORDS[self.below(WORDS.len())];
                    input.splice(at..at, word.bytes());
                }
                _ => {
                    let byte = u8::try_from(self.below(256)).unwrap();
                    input.splice(at..end.min(at + 1), [byte]);
                }
            }
        }
        input
    }
}

/// Files of the tests below a folder, by the end of their names.
fn files(folder: &str, end: &str, found: &mut Vec<Vec<u8>>) {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
        if path.is_dir() {
            files(&name.display().to_string(), end, found);
        } else if name.display().to_string().ends_with(end) {
            found.push(fs::read(path).unwrap());
        }
    }
}

fn seeds(end: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    files("tests/loader", end, &mut found);
    files("tests/cases", end, &mut found);
    found.sort();
    assert!(!found.is_empty());
    found
}

fn run(name: &str, seeds: Vec<Vec<u8>>, judge: impl Fn(&[u8]) + std::panic::RefUnwindSafe) {
    let seconds = std::env::var("NRCOMPOSE_FUZZ_SECONDS").map_or(0.3, |s| s.parse().unwrap());
    let mut fuzzer = Fuzzer::new(seeds);
    let begin = Instant::now();
    let mut tried = 0_u64;
    while begin.elapsed() < Duration::from_secs_f64(seconds) {
        let input = fuzzer.input();
        if catch_unwind(|| judge(&input)).is_err() {
            let file = std::env::temp_dir().join(format!("nrcompose-fuzz-{name}-{tried}"));
            fs::write(&file, &input).unwrap();
            panic!("{name}: the input in {} fails", file.display());
        }
        tried += 1;
    }
    assert!(tried > 10, "{name}: {tried} inputs in {seconds} s");
    report::line(&format!("{name}: {tried} inputs in {seconds} s"));
}

fn text(judge: impl Fn(&str)) -> impl Fn(&[u8]) {
    move |bytes| judge(&String::from_utf8_lossy(bytes))
}

#[test]
fn load_() {
    run("load", seeds("compose.yaml"), load::judge);
}

#[test]
fn merge_() {
    let mut two = seeds("override.yaml");
    let bases = seeds("compose.yaml");
    for (over, base) in two.iter_mut().zip(bases.iter().cycle()) {
        *over = [base.as_slice(), b"\0", over].concat();
    }
    run("merge", two, merge::judge);
}

#[test]
fn template_() {
    run("template", seeds("compose.yaml"), text(template::judge));
}

#[test]
fn dotenv_() {
    run("dotenv", seeds("env"), text(dotenv::judge));
}

#[test]
fn command_line_() {
    run("command_line", seeds("flags"), text(command_line::judge));
}
