//! Waits for what just started, no longer than for what it takes to say how it stands.

use super::answer::ask;
use super::claims::Judgement;
use super::look;
use super::observation::Observation;
use super::observe::{facts, local};
use super::report::judge_all;
use super::request::{VerifyRequest, claims_seen};
use crate::engine::{Container, Engine, Info};
use crate::plan::claim::Claim;
use std::thread;
use std::time::{Duration, Instant};

/// The longest that is waited unasked: what is younger than that may not listen yet.
const LIMIT: Duration = Duration::from_secs(32);
/// How often is looked again.
const PAUSE: Duration = Duration::from_millis(400);

/// Looks again at what is not settled, until all is or the time is over.
pub(super) fn wait(
    engine: &dyn Engine,
    request: &VerifyRequest<'_>,
    info: &Info,
    containers: &mut [Container],
    seen: &mut [Observation],
) {
    let start = Instant::now();
    let limit = request.wait.unwrap_or(LIMIT);
    let gids = local::socket_gids();
    loop {
        let waits: Vec<usize> = (0..containers.len())
            .filter(|at| is_unsettled(request, &containers[*at], &seen[*at]))
            .collect();
        if waits.is_empty() || start.elapsed() >= limit {
            return;
        }
        thread::sleep(PAUSE);
        let ids: Vec<String> = waits.iter().map(|at| containers[*at].id.clone()).collect();
        let now = engine.still_there(&ids).unwrap_or_default();
        let mut again: Vec<(usize, Container, Observation)> = Vec::new();
        for at in waits {
            let same = |c: &&Container| c.id == containers[at].id && c.state.pid == containers[at].state.pid;
            let Some(container) = now.iter().find(same).filter(|c| c.state.status == "running") else {
                // It ended: there is nothing to wait for, and what comes after tells it.
                seen[at].engine.up_ms = Some(u64::MAX);
                seen[at].engine.restarts = 0;
                seen[at].answers.clear();
                continue;
            };
            let mut one = seen[at].clone();
            look::listening(engine, container, &mut one);
            one.engine = facts::of(container, info, &gids);
            again.push((at, container.clone(), one));
        }
        let some: Vec<Container> = again.iter().map(|(_, container, _)| container.clone()).collect();
        let mut looked: Vec<Observation> = again.iter().map(|(_, _, one)| one.clone()).collect();
        ask::ask(engine, info.rootless(), &some, &mut looked);
        for ((at, container, _), one) in again.into_iter().zip(looked) {
            containers[at] = container;
            seen[at] = one;
        }
    }
}

/// Whether it is too early to say how it works. A healthcheck takes its time, and is waited for only where that is asked.
fn is_unsettled(request: &VerifyRequest<'_>, container: &Container, seen: &Observation) -> bool {
    let is_asked = request.wait.is_some();
    let about = |claim: &Claim| match claim {
        Claim::Listens { .. } | Claim::ListensInside { .. } | Claim::Responds { .. } | Claim::Running => true,
        Claim::Healthy => is_asked,
        _ => false,
    };
    let claims = claims_seen(request, container, seen)
        .into_iter()
        .filter(about)
        .collect();
    let judged = judge_all(seen, claims);
    judged.iter().any(|j| match j.verdict {
        Judgement::Pending { .. } => true,
        // Who says how long to wait gets it until all is well.
        Judgement::Broken { .. } => is_asked && seen.engine.up_ms != Some(u64::MAX),
        Judgement::Held | Judgement::Unchecked { .. } => false,
    })
}
