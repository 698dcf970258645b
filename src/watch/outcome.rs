//! What came of a service that was watched.

use crate::plan::claim::Claim;
use crate::verify::claims::Judgement;
use crate::verify::logs;
use crate::verify::report::{Judged, ServiceReport, Works, says};

/// What is known of a service that was seen to run, and nothing more.
pub(crate) const RUNS_ONLY: &str = "runs only";
/// How the words begin that say what a service lacks that runs.
pub(crate) const NOT_HELD: &str = "this does not hold: ";
/// How much of a log is looked through for what went wrong.
pub(super) const LOG_LINES: usize = 200;
/// How many lines of it a person is shown, and how much of each.
const SHOWN: usize = 4;
const LONGEST: usize = 160;

/// What came of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServiceOutcome {
    /// It works.
    Passed {
        /// How one knows: `answers HTTP 200`, `listens`, `runs only`.
        probe: String,
        /// What was found to hold.
        claims: Vec<String>,
        /// What was not, though it works.
        broken: Option<String>,
    },
    /// Nobody can say yet.
    Open {
        /// Why.
        why: String,
    },
    /// It does not work.
    Failed {
        /// Why, in words that name nothing of the project's values.
        why: String,
        /// The last lines of its log.
        log: Vec<String>,
        /// What would cure it.
        cure: Option<String>,
    },
}

impl ServiceOutcome {
    /// A job that ended well.
    pub(super) fn ended() -> ServiceOutcome {
        ServiceOutcome::Passed {
            probe: "ended with code 0".to_owned(),
            claims: Vec::new(),
            broken: None,
        }
    }

    /// Of its containers, which were looked at: none of them says that it does not work.
    pub(crate) fn of(own: &[&ServiceReport]) -> ServiceOutcome {
        let judged = || own.iter().flat_map(|s| &s.claims);
        let broken = judged().find_map(|judged| match &judged.verdict {
            Judgement::Broken { found } => Some(format!("{}: {found}", judged.text)),
            _ => None,
        });
        let held = judged().filter(|judged| judged.verdict == Judgement::Held);
        let mut claims: Vec<String> = held.map(|judged| judged.text.clone()).collect();
        claims.sort();
        claims.dedup();
        let said = own.first().and_then(|service| says(&service.seen));
        let works = own.first().map_or(Works::Unknown, |service| service.works);
        ServiceOutcome::Passed {
            probe: said.map_or_else(|| probe(works).to_owned(), ToString::to_string),
            claims,
            broken,
        }
    }
}

fn probe(works: Works) -> &'static str {
    match works {
        Works::Answers => "it answers",
        Works::Healthy => "healthy",
        Works::Listens => "listens",
        Works::Runs => RUNS_ONLY,
        Works::No | Works::Unknown => "not known",
    }
}

/// Why a container does not work, if it does not. How it is protected is not asked here, and a line of a log is no verdict.
pub(super) fn not_working(service: &ServiceReport) -> Option<String> {
    let is_work = |claim: &Claim| {
        matches!(
            claim,
            Claim::Running
                | Claim::Healthy
                | Claim::Steady
                | Claim::Answers
                | Claim::Connected
                | Claim::Listens { .. }
                | Claim::ListensInside { .. }
                | Claim::Responds { .. }
        )
    };
    service
        .claims
        .iter()
        .filter(|judged| is_work(&judged.claim))
        .find(|judged| match judged.verdict {
            Judgement::Broken { .. } => true,
            // It just started: it does not work yet. How healthy it is, the engine is asked.
            Judgement::Pending { .. } => judged.claim != Claim::Healthy,
            Judgement::Held | Judgement::Unchecked { .. } => false,
        })
        .map(|judged| format!("{NOT_HELD}{}", judged.text))
}

/// What kept the person's probe from saying whether it works.
pub(super) fn probe_without_answer(service: &ServiceReport) -> Option<String> {
    let is_it = |judged: &&Judged| judged.claim == Claim::Answers;
    match &service.claims.iter().find(is_it)?.verdict {
        Judgement::Unchecked { why } => Some(format!("its probe said nothing: {why}")),
        _ => None,
    }
}

/// Whether its processes are started over and over.
pub(super) fn is_over_and_over(service: &ServiceReport) -> bool {
    let is_it =
        |judged: &Judged| judged.claim == Claim::Steady && matches!(judged.verdict, Judgement::Broken { .. });
    service.claims.iter().any(is_it)
}

/// The last lines of a log that say something.
pub(super) fn last_lines(log: &str) -> Vec<String> {
    let lines = log
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.trim().is_empty());
    // A container that was started again says the same again, at another time.
    let plain = |line: &str| line.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let mut last: Vec<(String, &str)> = Vec::new();
    for line in lines.rev() {
        let words = plain(line);
        if last.iter().all(|(seen, _)| *seen != words) {
            last.push((words, line));
        }
        if last.len() == SHOWN {
            break;
        }
    }
    last.reverse();
    last.iter()
        .map(|(_, line)| line.chars().take(LONGEST).collect())
        .collect()
}

/// What would cure what a log tells of.
pub(super) fn cure(log: &str) -> Option<String> {
    let denials = logs::denials(log);
    denials.into_iter().next_back().map(|denial| denial.advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_that_say_something() {
        let log = "one\n\ntwo\n   \nthree\nfour\nfive\n";
        assert_eq!(last_lines(log), ["two", "three", "four", "five"]);
        assert_eq!(
            last_lines("at 1: a\nat 1: b\nat 2: a\nat 2: b\n"),
            ["at 2: a", "at 2: b"]
        );
        assert_eq!(last_lines(&"x".repeat(1000))[0].len(), LONGEST);
        assert!(last_lines("").is_empty());
    }
}
