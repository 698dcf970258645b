//! Watches services after a start, all side by side: until each works, has failed, or nobody can say.
//!
//! - [`stand`]: how a service stands, by what the engine says of its containers
//! - [`patience`]: how long it is looked at
//! - [`busy`]: whether one that does not answer yet is at work
//! - [`outcome`]: what came of it

mod busy;
pub(crate) mod outcome;
pub(crate) mod patience;
mod stand;

use crate::engine::{Container, Engine, EngineResult};
use crate::plan::claim::Claim;
use crate::verify::observe::files::Cache;
use crate::verify::probe::Probe;
use crate::verify::report::{Report, ServiceReport};
use crate::verify::run::{VerifyRequest, run};
use busy::Busy;
use indexmap::IndexMap;
use outcome::{ServiceOutcome, cure, last_lines};
use patience::Patience;
pub(crate) use stand::StandingsSeen;
use stand::{Standing, explains_others, of_service};
use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

/// How the words begin that say that a service ended.
pub(crate) const ENDED: &str = "it ended";
/// How often the engine is asked.
const PAUSE: Duration = Duration::from_millis(200);
/// How long it takes to look whether a service is at work.
const BUSY: Duration = Duration::from_secs(3);
/// How long a probe of the person's may take: what is left of the watch, within these.
const SHORTEST_PROBE: Duration = Duration::from_secs(2);
const LONGEST_PROBE: Duration = Duration::from_secs(30);
/// For how long a service may start its own processes over and over.
const RESPAWNS: Duration = Duration::from_secs(8);

/// A service to be watched.
#[derive(Debug, Clone)]
pub(crate) struct WatchedService {
    /// Its key in the project.
    pub name: String,
    /// How long.
    pub patience: Patience,
    /// Whether somebody outside expects it to answer: it publishes ports, or has a healthcheck.
    pub serves: bool,
}

/// What is watched, and how.
pub(crate) struct ServiceWatch<'w> {
    /// The engine it runs on.
    pub engine: &'w dyn Engine,
    /// The project's name.
    pub project: &'w str,
    /// The services.
    pub services: Vec<WatchedService>,
    /// What must hold, by service.
    pub claims: &'w BTreeMap<String, Vec<Claim>>,
    /// How one knows that they work, by service.
    pub probes: &'w BTreeMap<String, Probe>,
    /// Whether Compose made no container of a service: then it did not come to start the others.
    pub lacks: bool,
    /// Whether the person wants no more of it.
    pub stop: &'w dyn Fn() -> bool,
    /// Whether what is known is enough to do something about it.
    pub is_enough: &'w dyn Fn(&IndexMap<String, ServiceOutcome>) -> bool,
    /// Is told how many are known, and the names of the others.
    pub progress: &'w dyn Fn(usize, &[&str]),
}

impl ServiceWatch<'_> {
    /// Watches until all is known, or enough, or the person stops it: then those that are open are missing. What was seen of
    /// containers before counts.
    ///
    /// # Errors
    /// The engine does not say which containers there are.
    pub(crate) fn run(&self, stands: &mut StandingsSeen) -> EngineResult<IndexMap<String, ServiceOutcome>> {
        let start = Instant::now();
        let mut known: IndexMap<String, ServiceOutcome> = IndexMap::new();
        let mut next_proof: IndexMap<String, Instant> = IndexMap::new();
        loop {
            let asked = Instant::now();
            let containers = self.engine.of_project(self.project)?;
            let took = asked.elapsed();
            let mut ready: Vec<(&WatchedService, Instant)> = Vec::new();
            let mut idle: BTreeSet<&str> = BTreeSet::new();
            let is_explained = self.lacks || explains_others(&containers);
            for watched in &self.services {
                if known.contains_key(&watched.name) {
                    continue;
                }
                let own: Vec<&Container> = of_service(&containers, &watched.name);
                let is_late = start.elapsed() >= watched.patience.limit;
                match stands.of(watched, &own, Instant::now()) {
                    Standing::Done => {
                        known.insert(watched.name.clone(), ServiceOutcome::ended());
                    }
                    Standing::Failed(why) => {
                        known.insert(watched.name.clone(), self.failed(why, &own));
                    }
                    Standing::Up(since) if since.elapsed() >= watched.patience.steady => {
                        let is_due = next_proof
                            .get(&watched.name)
                            .is_none_or(|at| *at <= Instant::now());
                        if is_due {
                            ready.push((watched, since));
                        }
                    }
                    Standing::Trouble(why) if is_late => {
                        known.insert(watched.name.clone(), self.failed(why, &own));
                    }
                    Standing::Open(why) if is_late => {
                        known.insert(watched.name.clone(), ServiceOutcome::Open { why });
                    }
                    // It was taken away, or what is wrong with others keeps it from being started: nobody starts it any more.
                    Standing::NotStarted if own.is_empty() || is_explained => {
                        idle.insert(watched.name.as_str());
                    }
                    // With all others as they should be, what Compose would not start is not started for its plan.
                    Standing::NotStarted if is_late => {
                        let why = "Compose does not start it".to_owned();
                        known.insert(watched.name.clone(), self.failed(why, &own));
                    }
                    Standing::NotStarted | Standing::Up(_) | Standing::Trouble(_) | Standing::Open(_) => {}
                }
            }
            if !ready.is_empty() {
                let left = |(watched, _): &(&WatchedService, Instant)| {
                    watched.patience.limit.saturating_sub(start.elapsed())
                };
                let left = ready.iter().map(left).max().unwrap_or_default();
                let report = self.prove(&ready, left.clamp(SHORTEST_PROBE, LONGEST_PROBE));
                for (watched, since) in ready {
                    let is_late = start.elapsed() >= watched.patience.limit;
                    match self.judge((watched, since), report.as_ref(), &containers, is_late) {
                        Some(outcome) => _ = known.insert(watched.name.clone(), outcome),
                        // Sooner at first: what is slow is slow for long.
                        None => {
                            let pause =
                                (start.elapsed() / 3).clamp(Duration::from_secs(1), Duration::from_secs(5));
                            next_proof.insert(watched.name.clone(), Instant::now() + pause);
                        }
                    }
                }
            }
            let open = self.services.iter().map(|w| w.name.as_str());
            let open: Vec<&str> = open.filter(|name| !known.contains_key(*name)).collect();
            if open.iter().all(|name| idle.contains(name)) || (self.stop)() || (self.is_enough)(&known) {
                return Ok(known);
            }
            (self.progress)(known.len(), &open);
            // A project of many containers is asked less often: to look at all of them is work for the engine.
            thread::sleep(PAUSE.max(took * 3));
        }
    }

    /// Looks at those that seem to work, with probes that take no longer than this. What keeps it from looking is no failure of
    /// theirs.
    fn prove(&self, ready: &[(&WatchedService, Instant)], probe_limit: Duration) -> Option<Report> {
        let services: Vec<String> = ready.iter().map(|(w, _)| w.name.clone()).collect();
        let cache = Cache::of_user();
        let request = VerifyRequest {
            services: &services,
            probes: self.probes,
            probe_limit,
            // It is looked again.
            wait: Some(Duration::ZERO),
            ..VerifyRequest::of(self.project, self.claims, &cache)
        };
        run(self.engine, &request).ok()
    }

    /// What came of one, if that is clear.
    fn judge(
        &self,
        (watched, since): (&WatchedService, Instant),
        report: Option<&Report>,
        containers: &[Container],
        is_late: bool,
    ) -> Option<ServiceOutcome> {
        let unclear = |why: &str| is_late.then(|| ServiceOutcome::Open { why: why.to_owned() });
        let Some(report) = report else {
            return unclear("its containers could not be looked at");
        };
        let own: Vec<&ServiceReport> = report
            .services
            .iter()
            .filter(|s| s.seen.service == watched.name)
            .collect();
        if own.is_empty() {
            return unclear("its containers could not be looked at");
        }
        if let Some(why) = own
            .iter()
            .find_map(|service| outcome::probe_without_answer(service))
        {
            return unclear(&why);
        }
        // A line about a denied access is a hint, and reason to look longer; beside something that does not work it says why.
        let denied = |s: &&ServiceReport| s.seen.denials.as_ref().is_some_and(|d| !d.is_empty());
        let has_hint = own.iter().any(denied);
        if let Some(why) = own.iter().find_map(|service| outcome::not_working(service)) {
            let is_over_and_over = own.iter().any(|service| outcome::is_over_and_over(service));
            let is_long = since.elapsed() >= RESPAWNS;
            let own = of_service(containers, &watched.name);
            return match (is_over_and_over && is_long, has_hint || is_late) {
                (true, _) => Some(self.failed(why, &own)),
                // It may be at its first work still; to end that would do harm.
                (false, true) if self.is_busy(&own) => is_late.then(|| ServiceOutcome::Open {
                    why: format!("{why}, and it is still at work"),
                }),
                (false, true) => Some(self.failed(why, &own)),
                (false, false) => None,
            };
        }
        if has_hint && since.elapsed() < watched.patience.with_a_hint() {
            return None;
        }
        Some(ServiceOutcome::of(&own))
    }

    fn is_busy(&self, own: &[&Container]) -> bool {
        let before = Busy::look(self.engine, own);
        thread::sleep(BUSY);
        before.is_so_still(self.engine, own)
    }

    fn failed(&self, why: String, own: &[&Container]) -> ServiceOutcome {
        let logs: Vec<String> = own
            .iter()
            .filter_map(|c| self.engine.logs(&c.id, "", "", outcome::LOG_LINES).ok())
            .collect();
        // What a healthcheck says stands in no log.
        let health = own.iter().filter_map(|c| c.state.health.as_ref()?.log.last());
        let health = health.flat_map(|run| last_lines(&run.output));
        ServiceOutcome::Failed {
            why,
            log: logs
                .iter()
                .flat_map(|log| last_lines(log))
                .chain(health)
                .collect(),
            cure: logs.iter().find_map(|log| cure(log)),
        }
    }
}
