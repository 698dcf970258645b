//! Puts the verdicts of one container together: what its log tells of denied access counts where something else bears it out.

use super::claims::{self, Judgement};
use super::logs::Denial;
use super::observation::{Observation, PathFact};
use super::report::{Judged, ServiceReport, judge_all};
use crate::plan::claim::Claim;

/// Judges everything that is claimed of a container, and sums it up.
pub(super) fn judged(seen: Observation, claims: Vec<Claim>) -> ServiceReport {
    let mut judged = judge_all(&seen, claims);
    let mut notes = Vec::new();
    if let Some(at) = judged.iter().position(|j| j.claim == Claim::NoDenials)
        && matches!(judged[at].verdict, Judgement::Broken { .. })
    {
        let real: Vec<&Denial> = claims::told_denials(&seen).collect();
        let borne_out = real.iter().find(|d| bears_out(&seen, &judged, d));
        judged[at].verdict = match borne_out {
            Some(denial) => Judgement::broken(said(denial)),
            None => Judgement::Held,
        };
        if borne_out.is_none() {
            notes.extend(
                real.iter()
                    .take(3)
                    .map(|d| format!("its log tells of a denied access, and it works: {}", said(d))),
            );
        }
    }
    let mut report = ServiceReport::new(seen, judged);
    report.notes.extend(notes);
    report
}

fn said(denial: &Denial) -> String {
    format!("{} -> {}: {}", denial.line, denial.control, denial.advice)
}

/// Whether something beside the log says that a denied access does harm.
fn bears_out(seen: &Observation, judged: &[Judged], denial: &Denial) -> bool {
    let is_broken = |j: &&Judged| matches!(j.verdict, Judgement::Broken { .. });
    let does_not_work = |j: &Judged| {
        matches!(
            j.claim,
            Claim::Running
                | Claim::Healthy
                | Claim::Steady
                | Claim::Answers
                | Claim::Listens { .. }
                | Claim::ListensInside { .. }
                | Claim::Responds { .. }
        )
    };
    let about_path = |j: &Judged| {
        let (Some(claimed), Some(denied)) = (claims::paths(&j.claim), denial.path.as_deref()) else {
            return false;
        };
        is_in(denied, claimed)
    };
    let broken = judged
        .iter()
        .filter(is_broken)
        .any(|j| does_not_work(j) || about_path(j));
    let refuses_all = || {
        let status = seen.answer().and_then(|a| a.status);
        status == Some(403) && denial.path.is_some()
    };
    broken || seen.failure.is_some() && restarts(judged) || refuses_all() || denies_data(seen, denial)
}

fn restarts(judged: &[Judged]) -> bool {
    let pending = |j: &Judged| j.claim == Claim::Running && matches!(j.verdict, Judgement::Pending { .. });
    judged.iter().any(pending)
}

/// Whether it is about what was mounted for the service, and is so by now: its data, its configuration.
fn denies_data(seen: &Observation, denial: &Denial) -> bool {
    let Some(path) = denial.path.as_deref() else {
        return false;
    };
    let mounts = seen.engine.binds.iter().filter(|b| is_in(path, &b.target));
    // Of two, the inner one.
    let Some(mount) = mounts.max_by_key(|b| b.target.len()) else {
        return false;
    };
    let exists = matches!(seen.paths.get(path), Some(Some(_)));
    let is = |claim: Claim| matches!(claims::judge(&claim, seen), Judgement::Broken { .. });
    let readable = |path: &str| Claim::Readable {
        path: path.to_owned(),
    };
    let writable = |path: &str| Claim::Writable {
        path: path.to_owned(),
    };
    let directory = claims::ancestors(path).last().unwrap_or("/");
    let is_directory = |fact: &Option<PathFact>| fact.is_some_and(|f| f.directory);
    if exists && is(readable(path)) {
        return true;
    }
    // What nobody may write is not meant to be written; and a change of owner that fails is no write.
    let is_of_owners = ["chown", "chmod", "ownership", "permissions of"]
        .iter()
        .any(|w| denial.line.contains(w));
    if !mount.writable || is_of_owners {
        return false;
    }
    let at = if exists { path } else { directory };
    let is_there = exists || seen.paths.get(directory).is_some_and(is_directory);
    is_there && is(writable(at))
}

/// Whether a path is this one or below it.
fn is_in(path: &str, directory: &str) -> bool {
    path == directory
        || path
            .strip_prefix(directory.trim_end_matches('/'))
            .is_some_and(|rest| rest.starts_with('/'))
}
