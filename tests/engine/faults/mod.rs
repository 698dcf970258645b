//! Faults planted into containers, each beside a twin without it: `verify` must find each by the right claim,
//! and nothing in the twins. Then the same containers judged by who the image says it runs as, which is how
//! a well-known benchmark does it, beside what `/proc` says.

mod planted;
mod table;

use crate::report;
use crate::run::{bounded, docker, output};
use nrcompose::engine::docker::Docker;
use nrcompose::plan::claim::Claim;
use nrcompose::verify::baseline_claims;
use nrcompose::verify::claims::Judgement;
use nrcompose::verify::observation::Way;
use nrcompose::verify::observe::files::Cache;
use nrcompose::verify::report::{Report, ServiceReport};
use nrcompose::verify::run::{VerifyRequest, run};
use planted::Planted;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// All faults and twins at once, watched for as long as a root job needs to come by.
#[test]
fn every_fault_is_found_by_the_right_claim_and_no_twin_is_blamed() {
    let faults = table::faults();
    let planted = Planted::all(&faults);
    let report = planted.verify(Duration::from_secs(4));
    let (mut found, mut alarms, mut wrong) = (0, 0, Vec::new());
    for fault in &faults {
        let broken = broken(service(&report, fault.name));
        let right = broken
            .iter()
            .any(|(claim, text)| *claim == fault.claim && text.contains(fault.found));
        let by_chance: Vec<_> = broken
            .iter()
            .filter(|(c, _)| *c != fault.claim && !fault.also.contains(c))
            .collect();
        if right && by_chance.is_empty() {
            found += 1;
        } else {
            let seen = &service(&report, fault.name).seen;
            wrong.push(format!(
                "{}: expected {:?} ({:?}), found {broken:?}; log {:?} {:?}",
                fault.name, fault.claim, fault.found, seen.denials, seen.failure
            ));
        }
        let twin = service(&report, &format!("{}-twin", fault.name));
        let blamed: Vec<_> = twin
            .claims
            .iter()
            .filter(|j| j.verdict != Judgement::Held)
            .collect();
        if !blamed.is_empty() {
            alarms += 1;
            wrong.push(format!("{}-twin: {blamed:?}", fault.name));
        }
    }
    report::line(&format!(
        "faults found {found}/{}, false alarms {alarms}/{} twins",
        faults.len(),
        faults.len()
    ));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(faults.len() >= 20);
}

/// What `verify` says of a container, beside the rule "the configured user is empty, root or 0" and the truth.
#[test]
fn the_configured_user_is_no_proof() {
    let planted = Planted::some(&table::faults(), &table::COMPARED);
    let report = planted.verify(Duration::from_secs(2));
    report::line(&format!(
        "{:32} {:12} {:38} truth: uid 0 seen",
        "container", "configured", "verify"
    ));
    let (mut theirs, mut ours) = (0, 0);
    for (name, id) in &planted.containers {
        let configured = docker(&["inspect", "-f", "{{.Config.User}}", id]).ok();
        // docker-bench-security at ff26d67 (2024-10-21), tests/4_container_images.sh, check 4.1.
        let blamed = ["", "0", "root", "[]", "<no value>"].contains(&configured.as_str());
        let truth = root_was_seen(id);
        let verdict = service(&report, name);
        let root = broken(verdict)
            .iter()
            .any(|(claim, _)| *claim == Claim::NoRootProcess);
        theirs += usize::from(blamed == truth);
        ours += usize::from(root == truth);
        let said = format!("{}: {}", verdict.class, if root { "root" } else { "no root" });
        report::line(&format!(
            "{name:32} {:12} {said:38} {truth}",
            if blamed { "root" } else { "non-root" }
        ));
    }
    let all = planted.containers.len();
    report::line(&format!(
        "right: configured user {theirs}/{all}, verify {ours}/{all}"
    ));
    assert_eq!(ours, all);
    assert!(theirs < all);
}

/// A container that stops or is paused while it is looked at is told, and the call ends.
#[test]
fn a_container_that_ends_while_it_is_looked_at_is_told() {
    let planted = Planted::some(&table::faults(), &["one-capability"]);
    let id = planted.containers["one-capability-twin"].clone();
    let stop = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        docker(&["kill", &id]);
    });
    let report = planted.verify(Duration::from_secs(2));
    stop.join().unwrap();
    assert_eq!(report.exit_code(true), 1);
    let ended = broken(service(&report, "one-capability-twin"));
    assert_eq!(
        ended,
        [(Claim::Running, "it exited with code 137".to_owned())],
        "{ended:?}"
    );
    let paused = &planted.containers["one-capability"];
    docker(&["pause", paused]).ok();
    let report = planted.verify(Duration::from_millis(100));
    docker(&["unpause", paused]).ok();
    assert_eq!(report.exit_code(true), 1);
    assert!(
        report.unread.iter().any(|u| u.why == "is paused"),
        "{:?}",
        report.unread
    );
}

/// Nothing is blamed in any image family that runs as it should.
#[test]
fn no_image_family_is_blamed() {
    let mut planted = Planted::all(&[]);
    for (name, plant) in table::families() {
        planted.family(name, &plant);
    }
    std::thread::sleep(Duration::from_secs(8));
    let report = planted.verify(Duration::from_secs(4));
    let blamed: Vec<_> = report
        .services
        .iter()
        .map(|s| (&s.seen.service, broken(s)))
        .filter(|(_, b)| !b.is_empty())
        .collect();
    report::line(&format!(
        "families blamed without reason: {}/{}",
        blamed.len() + report.unread.len(),
        planted.containers.len()
    ));
    assert!(
        blamed.is_empty() && report.unread.is_empty(),
        "{blamed:?} {:?}",
        report.unread
    );
}

/// The truth: any thread of any process with uid 0 in any place, over two seconds.
fn root_was_seen(container: &str) -> bool {
    let end = Instant::now() + Duration::from_secs(2);
    let mut seen = false;
    while !seen && Instant::now() < end {
        let pids = docker(&["top", container, "-eo", "pid"]).ok();
        let tasks = pids.lines().skip(1).flat_map(|pid| {
            std::fs::read_dir(format!("/proc/{}/task", pid.trim()))
                .into_iter()
                .flatten()
                .flatten()
        });
        seen = tasks
            .filter_map(|t| std::fs::read_to_string(t.path().join("status")).ok())
            // The runtime enters a container as root, under its own name, before it becomes the health check.
            .filter(|status| !status.starts_with("Name:\trunc"))
            .any(|status| {
                let uids = status
                    .lines()
                    .find_map(|l| l.strip_prefix("Uid:"))
                    .unwrap_or_default();
                uids.split_whitespace().any(|uid| uid == "0")
            });
    }
    seen
}

fn service<'r>(report: &'r Report, name: &str) -> &'r ServiceReport {
    let found = report.services.iter().find(|s| s.seen.service == name);
    found.unwrap_or_else(|| panic!("{name} was not looked at: {:?}", report.unread))
}

fn broken(service: &ServiceReport) -> Vec<(Claim, String)> {
    let of = |v: &Judgement| match v {
        Judgement::Broken { found } => Some(found.clone()),
        Judgement::Unchecked { why } | Judgement::Pending { why } => Some(format!("not checked: {why}")),
        Judgement::Held => None,
    };
    service
        .claims
        .iter()
        .filter_map(|j| Some((j.claim.clone(), of(&j.verdict)?)))
        .collect()
}
