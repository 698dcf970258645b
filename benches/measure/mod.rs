//! What whole processes take.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a command took: the median time in milliseconds, the most memory in MiB.
pub(crate) struct Cost {
    pub median: f64,
    pub peak: f64,
}

/// Whether there is a `docker compose` on PATH to compare with.
pub(crate) fn has_compose() -> bool {
    let mut version = Command::new("docker");
    version
        .args(["compose", "version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    version.status().is_ok_and(|s| s.success())
}

/// A command, run so many times.
pub(crate) fn cost(words: &[&str], runs: usize) -> Cost {
    let [cost] = costs([words], runs);
    cost
}

/// Commands run in turn, so many times each, so that what else the machine does meets all of them. Memory is looked at
/// in runs of its own, since looking takes time.
pub(crate) fn costs<const N: usize>(commands: [&[&str]; N], runs: usize) -> [Cost; N] {
    let mut times: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..runs {
        for (words, times) in commands.iter().zip(&mut times) {
            times.push(time(words));
        }
    }
    let mut peaks = commands.map(|words| peak(words).max(peak(words))).into_iter();
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        Cost {
            median: times[times.len() / 2],
            peak: peaks.next().unwrap_or_default(),
        }
    })
}

/// A command whose output nobody reads. No engine is there to be asked: nothing that is measured needs one.
fn start(words: &[&str]) -> Child {
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// What one run takes, in milliseconds.
fn time(words: &[&str]) -> f64 {
    let started = Instant::now();
    let ended = start(words).wait().unwrap();
    let took = started.elapsed();
    assert!(ended.success(), "{words:?}: {ended}");
    took.as_secs_f64() * 1000.0
}

/// The most memory that one run has, in MiB.
fn peak(words: &[&str]) -> f64 {
    let mut child = start(words);
    let mut peak = 0.0f64;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(high_water(child.id()));
        std::thread::sleep(Duration::from_micros(200));
    }
    peak
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
