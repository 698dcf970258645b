//! Looks at the containers of a project and judges them.

use super::answer::ask;
use super::look::{self, joined};
use super::observation::Observation;
use super::observe::{facts, local};
use super::report::{Report, Unread};
use super::request::claims_seen;
pub use super::request::{ExpectedService, VerifyRequest};
use super::started;
use super::there::{self, There};
use super::{patience, weigh};
use crate::engine::{Container, Engine, Info};
use anyhow::Result;
use std::thread;

/// Looks and judges.
///
/// # Errors
/// The engine does not answer; there is no such project or service.
pub fn run(engine: &dyn Engine, request: &VerifyRequest<'_>) -> Result<Report> {
    let (info, there, mut seen) = thread::scope(|scope| {
        // Its answer is slow and needed last.
        let info = scope.spawn(|| engine.info());
        let there = there::find(engine, request)?;
        let seen = look::look(engine, &there.running, request);
        anyhow::Ok((joined(info)??, there, seen))
    })?;
    let There {
        mut running,
        mut down,
        mut unread,
    } = there;
    ask::ask(engine, info.rootless(), &running, &mut seen);
    let gids = local::socket_gids();
    for (seen, container) in seen.iter_mut().zip(&running) {
        seen.engine = facts::of(container, &info, &gids);
        seen.before = request.before.get(&seen.service).cloned();
    }
    patience::wait(engine, request, &info, &mut running, &mut seen);
    thread::scope(|scope| {
        for (seen, container) in seen.iter_mut().zip(&running) {
            let status = seen.answer().and_then(|a| a.status);
            let is_refused = seen.answers.iter().any(|a| a.reply.fault().is_some());
            if is_refused || status.is_some_and(|status| status >= 400) {
                scope.spawn(|| look::log_again(engine, container, seen));
            }
        }
    });
    // Last, so that its own processes are not taken for the service's.
    thread::scope(|scope| {
        for (seen, container) in seen.iter_mut().zip(&running) {
            if let Some(probe) = request.probes.get(&seen.service) {
                let running = &running;
                scope.spawn(move || {
                    seen.probe = Some(probe.run(engine, container, running, request.probe_limit));
                });
            }
        }
    });
    let seen: Vec<_> = afterwards(engine, &info, &running, seen, &mut down, &mut unread);
    let mut report = Report::new(request.project, &info, unread);
    for (mut seen, container) in seen {
        let planned = request.claims.get(&seen.service).map_or(&[][..], Vec::as_slice);
        seen.notes
            .extend(started::note(request.overrides, &container, planned));
        let claims = claims_seen(request, &container, &seen);
        report.services.push(weigh::judged(seen, claims));
    }
    report
        .services
        .extend(there::reports(engine, request, &info, down));
    report
        .services
        .sort_by(|a, b| (&a.seen.service, &a.seen.container).cmp(&(&b.seen.service, &b.seen.container)));
    Ok(report)
}

/// What became of the containers while they were looked at; what the engine says of them now.
fn afterwards(
    engine: &dyn Engine,
    info: &Info,
    before: &[Container],
    seen: Vec<Observation>,
    down: &mut Vec<Container>,
    unread: &mut Vec<Unread>,
) -> Vec<(Observation, Container)> {
    let ids: Vec<String> = before.iter().map(|c| c.id.clone()).collect();
    let after = engine.still_there(&ids).unwrap_or_default();
    let gids = local::socket_gids();
    let mut kept = Vec::new();
    for (mut seen, before) in seen.into_iter().zip(before) {
        match after.iter().find(|a| a.id == before.id) {
            None => unread.push(Unread::new(before, "was removed while it was looked at".into())),
            Some(now) if now.state.status == "paused" => unread.push(Unread::new(now, there::state(now))),
            // It ended meanwhile: that is what there is to say of it.
            Some(now) if now.state.status != "running" || now.state.started_at != before.state.started_at => {
                down.push(now.clone());
            }
            Some(now) => {
                seen.engine = facts::of(now, info, &gids);
                kept.push((seen, now.clone()));
            }
        }
    }
    kept
}
