//! Faults in what a service does, each beside a twin without it: what runs and does not listen, listens and does not answer,
//! is not there at all, or would work as root and does not as the user that it was given. `verify` must find each by the
//! right claim, as it is run by default, and nothing in the twins.

mod planted;
mod reached;
mod table;
mod users;

use crate::report;
use nrcompose::plan::claim::Claim;
use nrcompose::verify::claims::Judgement;
use nrcompose::verify::report::{Report, ServiceReport};
use planted::Stage;
use std::collections::BTreeMap;
use std::time::Instant;

#[test]
fn what_does_not_work_is_found_by_the_right_claim_and_no_twin_is_blamed() {
    let start = Instant::now();
    let faults = table::faults();
    let stage = Stage::set(&faults);
    let report = stage.verify();
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut wrong, mut alarms) = (Vec::new(), Vec::new());
    for fault in &faults {
        let found = broken(&report, fault.name);
        let is_right = found
            .iter()
            .any(|(claim, text)| *claim == fault.claim && text.contains(fault.found));
        let kind = kinds.entry(fault.kind).or_default();
        kind.1 += 1;
        if is_right {
            kind.0 += 1;
        } else {
            wrong.push(format!(
                "{}: expected {:?} ({:?}), found {found:?}",
                fault.name, fault.claim, fault.found
            ));
        }
        let twin = format!("{}-twin", fault.name);
        let blamed = blamed(&report, &twin);
        if !blamed.is_empty() {
            alarms.push(format!("{twin}: {blamed:?}"));
        }
    }
    for other in table::FINE {
        let blamed = blamed(&report, other);
        if !blamed.is_empty() {
            alarms.push(format!("{other}: {blamed:?}"));
        }
    }
    for (kind, (found, all)) in &kinds {
        report::line(&format!("{kind:34} {found}/{all}"));
    }
    let found: usize = kinds.values().map(|(found, _)| found).sum();
    report::line(&format!(
        "faults in what services do found {found}/{}, false alarms {}/{}, {:.0} s",
        faults.len(),
        alarms.len(),
        faults.len() + table::FINE.len(),
        start.elapsed().as_secs_f64()
    ));
    wrong.extend(alarms);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(faults.len() >= 40);
    // What is broken is what goes back, but for a program that nobody may need.
    let names = report.broken();
    for fault in faults.iter().filter(|f| f.claim != Claim::Executes) {
        assert!(names.contains(&fault.name), "{} would not go back", fault.name);
    }
    assert_eq!(report.exit_code(true), 1);
}

fn of<'r>(report: &'r Report, name: &str) -> Vec<&'r ServiceReport> {
    report
        .services
        .iter()
        .filter(|s| s.seen.service == name)
        .collect()
}

fn broken(report: &Report, name: &str) -> Vec<(Claim, String)> {
    let of = of(report, name);
    let claims = of.iter().flat_map(|s| &s.claims);
    claims
        .filter_map(|j| match &j.verdict {
            Judgement::Broken { found } => Some((j.claim.clone(), found.clone())),
            _ => None,
        })
        .collect()
}

/// Everything that is not as it should be of a container that is fine. A job that is done is in no report.
fn blamed(report: &Report, name: &str) -> Vec<String> {
    let of = of(report, name);
    let claims = of.iter().flat_map(|s| &s.claims);
    let bad = claims.filter(|j| j.verdict != Judgement::Held);
    let unread = report.unread.iter().filter(|u| u.service == name);
    bad.map(|j| format!("{:?} {:?}", j.claim, j.verdict))
        .chain(unread.map(|u| u.why.clone()))
        .collect()
}
