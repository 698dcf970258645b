//! What whole processes take.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a command took: the median time in milliseconds, the most memory in MiB.
pub struct Cost {
    pub median: f64,
    pub peak: f64,
}

/// Whether there is a `docker compose` on PATH to compare with.
pub fn has_compose() -> bool {
    let mut version = Command::new("docker");
    version
        .args(["compose", "version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    version.status().is_ok_and(|s| s.success())
}

/// A command, run so many times.
pub fn cost(words: &[&str], runs: usize) -> Cost {
    let [cost] = costs([words], runs);
    cost
}

/// Commands run in turn, so many times each, so that what else the machine does meets all of them.
pub fn costs<const N: usize>(commands: [&[&str]; N], runs: usize) -> [Cost; N] {
    let mut seen: [Vec<(f64, f64)>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..runs {
        for (words, seen) in commands.iter().zip(&mut seen) {
            seen.push(once(words));
        }
    }
    seen.map(|mut seen| {
        seen.sort_by(|a, b| a.0.total_cmp(&b.0));
        Cost {
            median: seen[seen.len() / 2].0,
            peak: seen.iter().fold(0.0, |most, (_, peak)| most.max(*peak)),
        }
    })
}

/// One run. No engine is there to be asked: nothing that is measured needs one.
fn once(words: &[&str]) -> (f64, f64) {
    let started = Instant::now();
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0.0f64;
    let ended = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        peak = peak.max(high_water(child.id()));
        std::thread::sleep(Duration::from_micros(200));
    };
    assert!(ended.success(), "{words:?}: {ended}");
    (started.elapsed().as_secs_f64() * 1000.0, peak)
}

/// The most memory that a process, or any of its children, has had so far, in MiB: `docker` hands `compose` to a child.
fn high_water(pid: u32) -> f64 {
    let read = |path: String| fs::read_to_string(path).unwrap_or_default();
    let text = read(format!("/proc/{pid}/status"));
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.unwrap_or_default().trim().trim_end_matches(" kB").trim();
    let own = kib.parse().unwrap_or(0.0) / 1024.0;
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
    let children = tasks.filter_map(|t| Some(read(format!("{}/children", t.ok()?.path().display()))));
    let children: String = children.collect();
    let pids = children.split_whitespace().filter_map(|p| p.parse().ok());
    pids.map(high_water).fold(own, f64::max)
}
