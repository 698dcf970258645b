//! `nrcompose model` against `docker compose config`, whole processes in one run: medians, peaks, ratios.
//!
//! `cargo bench --bench loader [-- FILE…]`: without files, projects of 1, 1,000 and 10,000 services that it writes
//! itself. Compose is the `docker compose` on PATH; without it, only our own figures are printed. Nothing is
//! asserted: machines differ, ratios within one run do so less.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints its figures"
)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one command took.
struct Cost {
    median: f64,
    peak: f64,
}

fn main() {
    let given: Vec<PathBuf> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .map(PathBuf::from)
        .collect();
    let directory = tempfile::tempdir().unwrap();
    let mut rows = Vec::new();
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
    let has_compose = Command::new("docker")
        .args(["compose", "version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success());
    let mut per_thousand: Option<Cost> = None;
    for (name, file, runs) in rows {
        let own = measure(
            &[env!("CARGO_BIN_EXE_nrcompose"), "-f"],
            &file,
            &["model", "--format", "json"],
            runs,
        );
        print!("{name}: {:.1} ms, {:.1} MiB", own.median, own.peak);
        // a run of Compose over 10,000 services takes minutes
        if has_compose && fs::metadata(&file).unwrap().len() < 1 << 20 {
            let runs = runs.min(5);
            let compose = measure(
                &["docker", "compose", "-f"],
                &file,
                &["config", "--format", "json"],
                runs,
            );
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

fn measure(command: &[&str], file: &Path, arguments: &[&str], runs: usize) -> Cost {
    let mut times = Vec::new();
    let mut peak = 0.0f64;
    for _ in 0..runs {
        let started = Instant::now();
        let mut child = Command::new(command[0])
            .args(&command[1..])
            .arg(file)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let status = format!("/proc/{}/status", child.id());
        while child.try_wait().unwrap().is_none() {
            peak = peak.max(high_water(&status));
            std::thread::sleep(Duration::from_micros(200));
        }
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Cost {
        median: times[times.len() / 2],
        peak,
    }
}

/// The most memory a process has had so far, in MiB.
fn high_water(status: &str) -> f64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .unwrap_or_default();
    let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0.0);
    kib / 1024.0
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
