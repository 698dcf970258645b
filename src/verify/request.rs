//! What is to be verified, and what is claimed of each container of it.

use super::answer::{ServiceAnswer, front};
use super::baseline_claims;
use super::observation::{Observation, Way};
use super::observe::files::Cache;
use super::probe::{self, Probe};
use super::started;
use crate::engine::Container;
use crate::plan::claim::Claim;
use std::collections::BTreeMap;
use std::time::Duration;

/// What to look at.
pub struct VerifyRequest<'r> {
    /// The Compose project's name.
    pub project: &'r str,
    /// Only these services; empty is all.
    pub services: &'r [String],
    /// How long to watch; `None` decides by what is seen.
    pub window: Option<Duration>,
    /// What must hold, by service. Those that are not in here are held to what must hold of any.
    pub claims: &'r BTreeMap<String, Vec<Claim>>,
    /// What to run to know that a service works, by service.
    pub probes: &'r BTreeMap<String, Probe>,
    /// How long each of these may take.
    pub probe_limit: Duration,
    /// The services that must be there, and how many of each.
    pub wanted: &'r BTreeMap<String, ExpectedService>,
    /// What services answered when they ran as their author wrote them, where that is known.
    pub before: &'r BTreeMap<String, ServiceAnswer>,
    /// By service that is to be hardened, the file that a start of ours hands on last: by it one knows who started it.
    pub overrides: &'r BTreeMap<String, String>,
    /// How long to wait for what just started; `None` waits as long as what just started may take to listen, and zero is
    /// for who asks again. Waiting ends when nothing is waited for.
    pub wait: Option<Duration>,
    /// Where scans of images are kept.
    pub cache: &'r Cache,
    /// Only this way of looking at processes; `None` takes the least intrusive one that works.
    pub way: Option<Way>,
}

impl<'r> VerifyRequest<'r> {
    /// All of a project, by these claims, and nothing more is known of it.
    pub fn of(project: &'r str, claims: &'r BTreeMap<String, Vec<Claim>>, cache: &'r Cache) -> Self {
        static NO_PROBES: BTreeMap<String, Probe> = BTreeMap::new();
        static NONE_WANTED: BTreeMap<String, ExpectedService> = BTreeMap::new();
        static NO_OVERRIDES: BTreeMap<String, String> = BTreeMap::new();
        static NO_ANSWERS: BTreeMap<String, ServiceAnswer> = BTreeMap::new();
        VerifyRequest {
            project,
            services: &[],
            window: None,
            claims,
            probes: &NO_PROBES,
            probe_limit: probe::LIMIT,
            wanted: &NONE_WANTED,
            before: &NO_ANSWERS,
            overrides: &NO_OVERRIDES,
            wait: None,
            cache,
            way: None,
        }
    }
}

/// What of a service must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedService {
    /// How many containers.
    pub replicas: usize,
    /// Whether it may end: others wait for that.
    pub is_job: bool,
}

/// What is claimed of a container, each once: several decisions may rest on one claim.
pub(super) fn claims_of(request: &VerifyRequest<'_>, container: &Container) -> Vec<Claim> {
    let service = container.service();
    let planned = request
        .claims
        .get(service)
        .cloned()
        .unwrap_or_else(baseline_claims::without_plan);
    let planned = match started::other_plan(request.overrides, container, &planned) {
        Some(other) => other.claims(planned),
        None => planned,
    };
    let answers = request.probes.contains_key(service).then_some(Claim::Answers);
    let mut claims = Vec::new();
    let all = planned.into_iter().chain(baseline_claims::works()).chain(answers);
    for claim in all.chain(baseline_claims::of_network(container)) {
        if !claims.contains(&claim) {
            claims.push(claim);
        }
    }
    claims
}

/// The same, and what follows from what was seen: a port that is exposed and listened on is to answer, and where its programs
/// were looked at, they are to be such as can be executed.
pub(super) fn claims_seen(
    request: &VerifyRequest<'_>,
    container: &Container,
    seen: &Observation,
) -> Vec<Claim> {
    let mut claims = claims_of(request, container);
    claims.extend(seen.capable.is_some().then_some(Claim::Executes));
    for (port, protocol) in front::exposed(container) {
        let is_asked = seen
            .answers
            .iter()
            .any(|a| (a.port, &a.protocol) == (port, &protocol));
        let claim = Claim::Responds { port, protocol };
        if is_asked && !claims.contains(&claim) {
            claims.push(claim);
        }
    }
    claims
}
