//! What takes longer than a second is told while it goes on: how much was done, and how fast, on standard error.

use crate::container::once;
use crate::owners::helper_at;
use crate::stack::{Stack, Tool};
use rustix::process::{Pid, Signal, kill_process};
use std::process::Stdio;
use std::time::Duration;

/// Again and again: at one of these moments it is on its way through the tree.
fn hold_up(pid: Pid) {
    for _ in 0..5 {
        std::thread::sleep(Duration::from_millis(30));
        // It may have come to its end.
        if kill_process(pid, Signal::STOP).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(400));
        let _ = kill_process(pid, Signal::CONT);
    }
}

/// The helper is held up for longer than that, once as it looks and once as it changes: no disk has to be slow.
#[test]
fn a_count_and_a_rate_are_told_and_data_stays_data() {
    const ENTRIES: u64 = 200_000;
    let stack = Stack::of("progress", "services: {app: {image: nrcompose-test/base}}\n");
    let data = stack.path("data");
    std::fs::create_dir(&data).unwrap();
    let fill = format!("cd /v && seq {} | xargs touch", ENTRIES - 1);
    let mount = format!("{}:/v", data.display());
    once(&["-v", &mount], "base", &["sh", "-c", &fill]).ok();
    let words = [
        "ownership",
        "give",
        "./data",
        "--to",
        "4242:4343",
        "--format",
        "json",
    ];
    let mut command = stack.command(Tool::Trusting, &words);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    let ends = format!("/{}/data", stack.project);
    for is_to_change in [false, true] {
        loop {
            match helper_at(&ends) {
                Some((pid, changes)) if changes == is_to_change => {
                    hold_up(pid);
                    break;
                }
                _ if child.try_wait().unwrap().is_some() => break,
                _ => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }
    let out = child.wait_with_output().unwrap();
    let [stdout, stderr] = [out.stdout, out.stderr].map(|text| String::from_utf8(text).unwrap());
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["directories"][0]["changed"], ENTRIES, "{report}");
    let lines = |part: &str| -> Vec<String> {
        let found = stderr.lines().filter(|line| line.contains(part));
        found.map(str::to_owned).collect()
    };
    let (looked, changed) = (lines(": looked at "), lines(" of them changed, "));
    for line in looked.iter().chain(&changed) {
        let numbers = line.split(' ').filter_map(|word| word.parse::<u64>().ok());
        let numbers: Vec<u64> = numbers.collect();
        let is_right = |count: &u64| (1..=ENTRIES).contains(count);
        assert!(numbers.len() >= 2 && numbers.iter().all(is_right), "{line}");
        assert!(
            line.contains(&ends) && line.contains(" entries, ") && line.ends_with(" a second"),
            "{line}"
        );
    }
    assert!(!looked.is_empty() && !changed.is_empty(), "{stderr}");
    assert!(!stderr.contains(['\r', '\u{1b}']), "{stderr:?}");
}
