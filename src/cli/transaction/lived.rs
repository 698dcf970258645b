//! How services fared since they were last found to work: those that were down before a start.

use crate::act::date;
use crate::act::receipts::Receipt;
use crate::cli::session::Session;
use crate::engine::{Container, Engine};
use crate::watch::patience::Patience;
use indexmap::IndexMap;
use std::time::Duration;

/// A receipt of a service that merely ran says little about what comes later than this, in seconds.
const SOON: u64 = 120;
/// How much longer than the last time a service must live to be believed.
const LONGER: Duration = Duration::from_secs(5);

/// The last run of a service that is down.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastRun {
    /// Seconds since 1970, as the next, which is no less.
    began: u64,
    ended: u64,
}

impl LastRun {
    fn of(container: &Container) -> Option<LastRun> {
        let (began, ended) = (
            date::seconds(&container.state.started_at)?,
            date::seconds(&container.state.finished_at)?,
        );
        (began <= ended).then_some(LastRun { began, ended })
    }

    /// Whether this very run was seen, and only seen to run, and ended so soon after that it was seen too early. A later run
    /// that ends is an outage.
    pub(super) fn refutes(&self, receipt: &Receipt) -> bool {
        let seen = date::seconds(&receipt.date);
        receipt.probe == crate::watch::outcome::RUNS_ONLY
            && seen.is_some_and(|seen| self.began < seen && self.ended.saturating_sub(seen) < SOON)
    }

    /// It must live longer than the last time, as far as anybody waits for that.
    pub(super) fn outlived(&self, patience: Patience, longest: Duration) -> Patience {
        let limit = longest.max(patience.limit);
        let lasted = Duration::from_secs(self.ended - self.began);
        Patience {
            steady: (lasted + LONGER).max(patience.steady).min(limit),
            limit,
        }
    }
}

/// Of services that were down when it was looked what there is, by their names.
pub(super) fn of_those_down(session: &Session, engine: &dyn Engine) -> IndexMap<String, LastRun> {
    let there = session.there.get().into_iter().flatten();
    let down: Vec<String> = there.filter(|c| c.is_down()).map(|c| c.id.clone()).collect();
    // What is not known is not taken into account.
    let containers = engine.still_there(&down).unwrap_or_default();
    let runs = containers
        .iter()
        .filter_map(|c| Some((c.service().to_owned(), LastRun::of(c)?)));
    runs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(probe: &str, date: &str) -> Receipt {
        let json = serde_json::json!({
            "service": "app", "image": "i", "plan": "p", "engine": "e", "probe": probe, "date": date,
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_run_that_ends_soon_refutes_only_who_merely_saw_it_run() {
        let ended = date::seconds("2026-12-01T10:00:30Z").unwrap();
        let run = LastRun {
            began: ended - 14,
            ended,
        };
        assert!(run.refutes(&receipt("runs only", "2026-12-01T10:00:20Z")));
        assert!(!run.refutes(&receipt("answers HTTP 200", "2026-12-01T10:00:20Z")));
        assert!(
            !run.refutes(&receipt("runs only", "2026-12-01T10:00:10Z")),
            "another run"
        );
        let long = LastRun { began: 0, ..run };
        assert!(!long.refutes(&receipt("runs only", "2026-12-01T09:00:20Z")));
    }

    #[test]
    fn it_must_outlive_its_last_run() {
        let patience = Patience {
            steady: Duration::from_secs(2),
            limit: Duration::from_secs(30),
        };
        let lasted = |seconds| LastRun {
            began: 0,
            ended: seconds,
        };
        let steady = |seconds| {
            lasted(seconds)
                .outlived(patience, Duration::from_secs(60))
                .steady
                .as_secs()
        };
        assert_eq!((steady(14), steady(0), steady(900)), (19, 5, 60));
    }
}
