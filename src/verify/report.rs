//! What verifying found.

use super::claims::{self, Judgement};
use super::observation::{Observation, Way};
use super::verdict_word::{VerdictWord, class, is_root_process};
use crate::capability;
use crate::engine::{Container, Info};
use crate::plan::claim::Claim;
use serde::Serialize;

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
    /// Processes seen.
    pub processes: usize,
    /// Those with uid 0 in any place at any time.
    pub root_processes: Vec<String>,
    /// The union of all processes' effective capabilities; `None` where the way does not show them.
    pub effective: Option<Vec<String>>,
    /// The union of their bounding sets.
    pub bounding: Option<Vec<String>>,
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
    /// A probe of the person's passed.
    Answers,
    /// Its healthcheck passes.
    Healthy,
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
        let bad = |s: &&ServiceReport| s.count().1 > 0;
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

    /// 0 when all is held; 1 when a claim is broken, or could not be checked unless that is allowed; 2 when a
    /// container could not be looked at.
    pub fn exit_code(&self, allow_unchecked: bool) -> u8 {
        let bad = |j: &Judged| match j.verdict {
            Judgement::Held => false,
            Judgement::Broken { .. } => true,
            Judgement::Unchecked { .. } => !allow_unchecked,
        };
        if !self.unread.is_empty() {
            2
        } else {
            u8::from(self.services.iter().flat_map(|s| &s.claims).any(bad))
        }
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
        let roots = seen.processes.iter().filter(|p| is_root_process(p));
        ServiceReport {
            class: class(&seen),
            works: works(&seen, &claims),
            processes: seen.processes.len(),
            root_processes: roots.map(|p| p.command.clone()).collect(),
            effective: union(|p| p.effective),
            bounding: union(|p| p.bounding),
            notes: notes(&seen),
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
            count(|v| matches!(v, Judgement::Unchecked { .. })),
        )
    }
}

fn works(seen: &Observation, claims: &[Judged]) -> Works {
    let about = |c: &Claim| {
        let work = [
            Claim::Running,
            Claim::Healthy,
            Claim::Steady,
            Claim::NoDenials,
            Claim::Answers,
        ];
        work.contains(c)
            || matches!(
                c,
                Claim::Writable { .. } | Claim::Listens { .. } | Claim::Readable { .. }
            )
    };
    let of_work = || claims.iter().filter(|j| about(&j.claim)).map(|j| &j.verdict);
    if of_work().any(|v| matches!(v, Judgement::Broken { .. })) {
        Works::No
    } else if seen.probe.as_ref().is_some_and(|p| p.code == Some(0)) {
        Works::Answers
    } else if seen.engine.health.as_deref() == Some("starting") {
        Works::Unknown
    } else if seen.engine.health.is_some() {
        Works::Healthy
    } else {
        Works::Runs
    }
}

fn notes(seen: &Observation) -> Vec<String> {
    let mut notes = seen.notes.clone();
    match seen.way {
        Way::Proc => {}
        Way::Helper => notes.push("looked at by a helper container, which is removed again".into()),
        Way::Top => notes.push("looked at through the engine's `top`: capabilities are not shown".into()),
        Way::None => notes.push("its processes could not be looked at".into()),
    }
    for r in claims::respawned(seen).iter().filter(|r| r.child.is_some()) {
        let (parent, what) = (&r.parent.command, r.what());
        notes.push(format!(
            "`{parent}` started {what} {} times within {} ms",
            r.times, seen.window_ms
        ));
    }
    for bind in seen.engine.binds.iter().filter(|b| b.writable) {
        if let Some(Some(fact)) = seen.paths.get(&bind.target)
            && fact.directory
            && fact.mode & 0o1002 == 0o0002
        {
            notes.push(format!(
                "{} ({}) may be written by anybody",
                bind.target, bind.source
            ));
        }
    }
    notes
}

#[cfg(test)]
mod tests;
