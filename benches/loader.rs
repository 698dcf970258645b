//! `nrcompose model` against `docker compose config`, whole processes in one run: medians, peaks, ratios.
//!
//! `cargo bench --bench loader [-- FILE…]`: without files, the file of median size of the shared corpus, where that is at
//! hand, and projects of 1, 1,000 and 10,000 services that it writes itself. Compose is the `docker compose` on PATH; without it, only our own figures are printed. Nothing is
//! asserted: machines differ, ratios within one run do so less.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints its figures"
)]

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod measure;

#[allow(dead_code, reason = "the tests use the rest of it")]
#[path = "../tests/support/sets.rs"]
mod sets;

use measure::{Cost, cost};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

fn main() {
    let given: Vec<PathBuf> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .map(PathBuf::from)
        .collect();
    let directory = tempfile::tempdir().unwrap();
    let mut rows = Vec::new();
    let corpus = if given.is_empty() {
        sets::Corpus::open()
    } else {
        None
    };
    rows.extend(
        corpus
            .as_ref()
            .map(|c| ("the median file of the corpus".to_owned(), median(c), 31)),
    );
    if given.is_empty() {
        for (services, runs) in [(1, 21), (1_000, 7), (10_000, 3)] {
            let file = directory.path().join(format!("{services}.yaml"));
            fs::write(&file, project(services)).unwrap();
            rows.push((format!("{services} services"), file, runs));
        }
    }
    rows.extend(
        given
            .into_iter()
            .map(|file| (file.display().to_string(), file, 11)),
    );
    let has_compose = measure::has_compose();
    let mut per_thousand: Option<Cost> = None;
    for (name, file, runs) in rows {
        let file = file.to_str().unwrap();
        let own = [
            env!("CARGO_BIN_EXE_nrcompose"),
            "-f",
            file,
            "model",
            "--format",
            "json",
        ];
        let own = cost(&own, runs);
        print!("{name}: {:.1} ms, {:.1} MiB", own.median, own.peak);
        // a run of Compose over 10,000 services takes minutes
        if has_compose && fs::metadata(file).unwrap().len() < 1 << 20 {
            let compose = ["docker", "compose", "-f", file, "config", "--format", "json"];
            let compose = cost(&compose, runs.min(5));
            print!(
                "; docker compose: {:.1} ms, {:.1} MiB; {:.1} times faster, {:.1} times smaller",
                compose.median,
                compose.peak,
                compose.median / own.median,
                compose.peak / own.peak
            );
        }
        if let Some(thousand) = per_thousand.filter(|_| name == "10000 services") {
            print!(
                "; {:.1} times the time and {:.1} times the memory of 1,000",
                own.median / thousand.median,
                own.peak / thousand.peak
            );
        }
        println!();
        per_thousand = (name == "1000 services").then_some(own);
    }
}

/// The file of median size among those that Compose accepts.
fn median(corpus: &sets::Corpus) -> PathBuf {
    let accepted = corpus.alone().into_iter().filter(|i| i.golden.exists());
    let mut files: Vec<(u64, PathBuf)> = accepted
        .map(|input| input.directory.join(&input.arguments[1]))
        .map(|file| (fs::metadata(&file).unwrap().len(), file))
        .collect();
    files.sort();
    files.swap_remove(files.len() / 2).1
}

/// A project as people write them, many times over.
fn project(services: usize) -> String {
    let mut text = String::from("x-env: &env\n  TZ: Europe/Amsterdam\n  LOG: ${LOG:-info}\nservices:\n");
    for i in 0..services {
        _ = write!(
            text,
            "  svc{i}:\n    image: registry.example.org/team/app{i}:${{TAG:-1.2.3}}\n    restart: unless-stopped\n    \
             environment:\n      <<: *env\n      NAME: svc{i}\n    ports: [\"{}:8080\"]\n    \
             volumes: [\"data{i}:/data\", \"./conf/{i}:/etc/app:ro\"]\n    networks: [front, back]\n    \
             healthcheck: {{test: [CMD, \"true\"], interval: 30s}}\n    labels: [traefik.enable=true, \"app.id={i}\"]\n",
            10_000 + i % 50_000
        );
        if i > 0 {
            _ = writeln!(text, "    depends_on: [svc{}]", i - 1);
        }
    }
    text.push_str("networks: {front: , back: }\nvolumes:\n");
    (0..services).for_each(|i| _ = writeln!(text, "  data{i}:"));
    text
}
