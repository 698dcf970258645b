//! Decisions to one verdict: policy, conflicts, refusals.

use super::context::Context;
use super::decision::{Decision, Evidence, Op, Outcome, Safety};
use super::identity::Start;
use super::{ServicePlan, Verdict};
use crate::controls::CONTROLS;
use crate::facts::config::Reason;
use crate::facts::profile::{Kind, Profile, Writable};
use crate::facts::settings::Policy;
use crate::tree::Path;

/// What all decisions about a service come to.
pub fn resolve(cx: &Context, mut decisions: Vec<Decision>) -> ServicePlan {
    if cx.settings.policy == Policy::Cautious {
        for decision in &mut decisions {
            if matches!(decision.outcome, Outcome::Change(_)) && decision.safety != Safety::Hardening {
                decision.outcome =
                    Outcome::Suppressed("policy cautious: it could alter behaviour".to_owned());
            }
        }
    }
    for decision in &mut decisions {
        if let Some(reason) = cx.config.suppress.get(decision.control) {
            decision.outcome = Outcome::Suppressed(reason.text.clone());
        }
    }
    decisions.extend(overruled(cx));
    let refusal = decisions.iter().find_map(|d| match &d.outcome {
        Outcome::Refuse { blocker, help } => Some((blocker.clone(), help.clone())),
        _ => None,
    });
    if let Some(reason) = &cx.config.skip {
        return ServicePlan {
            verdict: Verdict::Skipped {
                reason: reason.text.clone(),
            },
            ..service_plan(cx, overruled(cx))
        };
    }
    if let Some(reason) = stays_root(cx, &decisions) {
        return ServicePlan {
            verdict: Verdict::Skipped { reason },
            ..service_plan(cx, decisions)
        };
    }
    let verdict = match (refusal.or_else(|| conflict(&decisions)), cx.start) {
        (Some((blocker, help)), _) => Verdict::Refused { blocker, help },
        (None, Start::User(_)) if !cx.facts.profile.blockers.is_empty() => Verdict::Doubtful,
        (None, Start::User(_)) => Verdict::Nonroot,
        (None, Start::Root { .. }) => Verdict::RootStart,
        (None, Start::ExplicitRoot { .. }) => Verdict::ExplicitRoot,
        (None, Start::Unknown { blocker, help, .. }) => Verdict::Refused {
            blocker: blocker.clone(),
            help: help.clone(),
        },
    };
    ServicePlan {
        verdict,
        ..service_plan(cx, decisions)
    }
}

/// Why a service does not get the user that was worked out. All else was decided for that user, so nothing of it is
/// carried out.
fn stays_root(cx: &Context, decisions: &[Decision]) -> Option<String> {
    let is_new = matches!(cx.start, Start::User(identity) if !identity.is_written);
    let reason = decisions.iter().find_map(|d| match &d.outcome {
        Outcome::Suppressed(reason) if d.control == crate::controls::user::ID => Some(reason),
        _ => None,
    })?;
    is_new.then(|| format!("its user stays as it is ({reason})"))
}

/// What the project says not to do and a policy file does not: it is not done, and counts as a finding.
fn overruled(cx: &Context) -> Vec<Decision> {
    let finding = |control, reason: &Reason, what: &str| {
        let because = format!(
            "the project {what} ({}), and the policy file does not",
            reason.text
        );
        let help = "remove that from the project, or let the policy file say it";
        cx.finding(control, because, vec![Evidence::File(reason.origin)], help)
    };
    let skip = cx.config.skip.iter().filter(|r| r.is_overruled);
    let skip = skip.map(|r| finding(crate::controls::user::ID, r, "skips the service"));
    let suppressed = CONTROLS.iter().filter_map(|control| {
        let reason = cx.config.suppress.get(control.id).filter(|r| r.is_overruled)?;
        Some(finding(control.id, reason, &format!("suppresses {}", control.id)))
    });
    skip.chain(suppressed).collect()
}

/// A service plan before its verdict.
fn service_plan(cx: &Context, decisions: Vec<Decision>) -> ServicePlan {
    ServicePlan {
        image: cx.service.image().map(str::to_owned),
        profile: cx.facts.name.clone(),
        start: cx.start.clone(),
        decisions,
        verdict: Verdict::NoContainer,
        probe: cx.config.probe.clone(),
        is_overruled: cx.config.overruled_reasons().next().is_some(),
        upstream: cx.facts.profile.upstream.clone(),
        gotchas: cx.facts.profile.gotchas.iter().map(|n| n.note.clone()).collect(),
        scratch: scratch(&cx.facts.profile),
    }
}

fn scratch(profile: &Profile) -> Vec<String> {
    let kept = |w: &&Writable| matches!(w.kind, Kind::Runtime | Kind::Cache | Kind::Log);
    let paths = profile.writable.iter().filter(kept);
    paths.map(|w| w.path.clone()).collect()
}

/// Two controls that want different things of one path: nobody can know which is right.
fn conflict(decisions: &[Decision]) -> Option<(String, String)> {
    let mut seen: Vec<(&Path, &Op, &'static str)> = Vec::new();
    for decision in decisions {
        let Outcome::Change(edits) = &decision.outcome else {
            continue;
        };
        for edit in edits {
            let clash = seen.iter().find(|(path, op, control)| {
                *control != decision.control
                    && (path.contains(&edit.path) || edit.path.contains(path))
                    && !(matches!(op, Op::Add(_)) && matches!(edit.op, Op::Add(_)))
                    && !(is_beside(path, op, &edit.path) || is_beside(&edit.path, &edit.op, path))
                    && *op != &edit.op
            });
            if let Some((path, _, control)) = clash {
                return Some((
                    format!(
                        "the controls {control} and {} want different things of {path}",
                        decision.control
                    ),
                    "set the attribute yourself, or skip one of them".to_owned(),
                ));
            }
            seen.push((&edit.path, &edit.op, decision.control));
        }
    }
    None
}

/// Whether `op` adds an item to the list at `list`, and `part` is an attribute of one that is there.
fn is_beside(list: &Path, op: &Op, part: &Path) -> bool {
    matches!(op, Op::Add(_)) && part.segments().len() > list.segments().len() + 1
}
