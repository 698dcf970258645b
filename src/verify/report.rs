//! What verifying found.

mod summary;

use super::answer::ServiceAnswer;
use super::claims::{Judgement, judge};
use super::observation::Observation;
use super::verdict_word::{VerdictWord, class, is_root_process};
use crate::capability;
use crate::engine::{Container, Info};
use crate::plan::claim::Claim;
use serde::Serialize;
pub(crate) use summary::says;
use summary::{ids, notes, works};

/// The outcome for a project; `schemas/verify.json` describes its JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// The project.
    pub project: String,
    /// The engine's version.
    pub engine: String,
    /// Why uid 0 in a container is somebody else on the machine.
    pub root_is_not_root: Option<String>,
    /// Each container.
    pub services: Vec<ServiceReport>,
    /// Containers that could not be looked at.
    pub unread: Vec<Unread>,
}

/// The outcome for one container.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ServiceReport {
    /// The honest word.
    pub class: VerdictWord,
    /// Whether it works, as far as was looked.
    pub works: Works,
    /// `1000:1000`: the ids of its own processes, each once.
    pub ids: Vec<String>,
    /// Its processes at the end.
    pub processes: usize,
    /// Those with uid 0 in any place at any time, also those that came and went; one command is told once.
    pub root_processes: Vec<String>,
    /// The union of all processes' effective capabilities; `None` where the way does not show them.
    pub effective: Option<Vec<String>>,
    /// The union of their bounding sets.
    pub bounding: Option<Vec<String>>,
    /// What it answers, to compare it with another run of it.
    pub answer: Option<ServiceAnswer>,
    /// Each claim and what became of it.
    pub claims: Vec<Judged>,
    /// What a person should know beside the claims.
    pub notes: Vec<String>,
    /// All that was seen.
    pub seen: Observation,
}

/// Whether a service works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Works {
    /// A probe of the person's passed, or a port of it answered in its protocol.
    Answers,
    /// Its healthcheck passes.
    Healthy,
    /// It takes connections; what to say to it is not known.
    Listens,
    /// It runs, and nothing speaks against it.
    Runs,
    /// Something is wrong.
    No,
    /// Not known yet.
    Unknown,
}

/// A claim and what became of it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Judged {
    /// The claim.
    #[serde(flatten)]
    pub claim: Claim,
    /// It in words.
    pub text: String,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: Judgement,
}

/// A container that could not be looked at.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Unread {
    /// Its service.
    pub service: String,
    /// Its name.
    pub container: String,
    /// Why.
    pub why: String,
}

impl Report {
    /// Without services yet.
    pub fn new(project: &str, info: &Info, unread: Vec<Unread>) -> Report {
        Report {
            project: project.to_owned(),
            engine: info.server_version.clone(),
            root_is_not_root: info.root_is_not_root().map(String::from),
            services: Vec::new(),
            unread,
        }
    }

    /// The services of which a claim is broken, or whose containers could not be looked at: those to roll back.
    pub fn broken(&self) -> Vec<&str> {
        let bad = |s: &&ServiceReport| s.claims.iter().any(Judged::speaks_for_rollback);
        let mut names: Vec<&str> = self
            .services
            .iter()
            .filter(bad)
            .map(|s| s.seen.service.as_str())
            .collect();
        names.extend(self.unread.iter().map(|u| u.service.as_str()));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// 0 when all is held, or too early to say; 1 when a claim is broken, when one could not be checked unless that is
    /// allowed, and when a container could not be looked at.
    pub fn exit_code(&self, allow_unchecked: bool) -> u8 {
        let bad = |j: &Judged| match j.verdict {
            // What just started is told, and is no finding.
            Judgement::Held | Judgement::Pending { .. } => false,
            Judgement::Broken { .. } => true,
            Judgement::Unchecked { .. } => !allow_unchecked,
        };
        u8::from(!self.unread.is_empty() || self.services.iter().flat_map(|s| &s.claims).any(bad))
    }
}

impl Unread {
    /// A container, and why.
    pub fn new(container: &Container, why: String) -> Unread {
        Unread {
            service: container.service().to_owned(),
            container: container.name.trim_start_matches('/').to_owned(),
            why,
        }
    }
}

impl Judged {
    /// Whether the service is worse off than its author would have it. A program that cannot be executed is a finding, and
    /// not more: the service answers without it, and to hand root back for it would be the worse trade.
    fn speaks_for_rollback(&self) -> bool {
        matches!(self.verdict, Judgement::Broken { .. }) && self.claim != Claim::Executes
    }

    /// A claim and its verdict.
    pub fn new(verdict: Judgement, claim: Claim) -> Judged {
        Judged {
            text: claim.to_string(),
            claim,
            verdict,
        }
    }
}

impl ServiceReport {
    /// Sums up.
    pub fn new(seen: Observation, claims: Vec<Judged>) -> ServiceReport {
        let powers = || {
            seen.processes
                .iter()
                .flat_map(|p| &p.credentials)
                .map(|c| c.powers.as_ref())
        };
        let union = |set: fn(&crate::verify::observation::Powers) -> u64| -> Option<Vec<String>> {
            let masks: Option<Vec<u64>> = powers().map(|p| p.map(set)).collect();
            masks
                .filter(|m| !m.is_empty())
                .map(|m| capability::names(m.into_iter().fold(0, |a, b| a | b)))
        };
        let mut roots: Vec<(&str, usize)> = Vec::new();
        for root in seen.processes.iter().filter(|p| is_root_process(p)) {
            match roots.iter_mut().find(|(command, _)| *command == root.command) {
                // One that is started anew each second is one thing to be told.
                Some((_, times)) if root.gone || root.seen_ms.0 > 0 => *times += 1,
                _ => roots.push((&root.command, 1)),
            }
        }
        let times = |(command, times): (&str, usize)| match times {
            1 => command.to_owned(),
            more => format!("{command} ({more} times)"),
        };
        ServiceReport {
            class: class(&seen),
            works: works(&seen, &claims),
            processes: seen.processes.iter().filter(|p| !p.gone).count(),
            root_processes: roots.into_iter().map(times).collect(),
            ids: ids(&seen),
            effective: union(|p| p.effective),
            bounding: union(|p| p.bounding),
            notes: notes(&seen),
            answer: seen.answer(),
            claims,
            seen,
        }
    }

    /// How many claims are held, broken, unchecked.
    pub fn count(&self) -> (usize, usize, usize) {
        let count = |f: fn(&Judgement) -> bool| self.claims.iter().filter(|j| f(&j.verdict)).count();
        (
            count(|v| matches!(v, Judgement::Held)),
            count(|v| matches!(v, Judgement::Broken { .. })),
            count(|v| matches!(v, Judgement::Unchecked { .. } | Judgement::Pending { .. })),
        )
    }
}

/// A verdict of each claim.
pub(super) fn judge_all(seen: &Observation, claims: Vec<Claim>) -> Vec<Judged> {
    let judged = claims
        .into_iter()
        .map(|claim| Judged::new(judge(&claim, seen), claim));
    judged.collect()
}

#[cfg(test)]
mod tests;
