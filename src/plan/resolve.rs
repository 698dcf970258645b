//! Decisions to one verdict: policy, conflicts, refusals.

use super::conflict::conflict;
use super::context::Context;
use super::control::{Control, PRIVILEGES, USER};
use super::decision::{Decision, Evidence, Instead, Outcome, Safety};
use super::identity::Start;
use super::instead::instead;
use super::{Refusal, ServicePlan, Verdict};
use crate::facts::config::Reason;
use crate::facts::profile::{Profile, Writable, WritableKind};
use crate::facts::settings::Policy;

/// The decisions under the policy and the person's suppressions, with what these come to.
pub(super) fn settle(cx: &Context, controls: &[Control], mut decisions: Vec<Decision>) -> Vec<Decision> {
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
    decisions.extend(overruled(cx, controls));
    decisions.extend(conflict(cx, &decisions));
    decisions.extend(stays(cx));
    decisions
}

/// A service that went on as root, and whose container cannot be made anew for another user without a loss.
fn stays(cx: &Context) -> Option<Decision> {
    let (why, help) = cx.settings.stays.get(cx.service.name)?;
    let refused = || cx.refused(USER, why.clone(), Vec::new(), help.clone(), Instead::RootStart);
    cx.start.user().map(|_| refused())
}

/// How the service starts when decisions refuse the way that it was to start; none where they do not.
pub(super) fn falls_back(cx: &Context, decisions: &[Decision]) -> Option<Start> {
    let is_left = cx.config.skip.is_some() || stays_root(cx, decisions).is_some();
    let (blocker, help, refused) = blocking(decisions).filter(|_| !is_left)?;
    Some(instead(cx, refused, blocker, help))
}

/// Of the refusals of more than a single change the first that leaves least.
fn blocking(decisions: &[Decision]) -> Option<(&str, &str, Instead)> {
    let refusals = decisions.iter().filter_map(|d| match &d.outcome {
        Outcome::Refuse {
            blocker,
            help,
            instead,
        } if *instead > Instead::TheRest => Some((blocker.as_str(), help.as_str(), *instead)),
        _ => None,
    });
    // The last of equals is the largest: in reverse, that is the first.
    refusals.rev().max_by_key(|(_, _, instead)| *instead)
}

/// What all decisions about a service come to, after `refused` made it start in this way.
pub(super) fn resolve(
    cx: &Context,
    controls: &[Control],
    mut decisions: Vec<Decision>,
    refused: &[Decision],
) -> ServicePlan {
    if let Some(reason) = &cx.config.skip {
        return ServicePlan {
            verdict: Verdict::Skipped {
                reason: reason.text.clone(),
            },
            ..service_plan(cx, overruled(cx, controls))
        };
    }
    if let Some(reason) = stays_root(cx, &decisions) {
        return ServicePlan {
            verdict: Verdict::Skipped { reason },
            ..service_plan(cx, decisions)
        };
    }
    if !refused.is_empty() {
        // The refusals say why it starts so, and what can be done.
        decisions.retain(|d| !(d.control == USER && matches!(d.outcome, Outcome::Finding { .. })));
        decisions.splice(..0, refused.iter().cloned());
    }
    if matches!(cx.start, Start::AsWritten { .. }) {
        decisions.retain(|d| d.control == PRIVILEGES || !matches!(d.outcome, Outcome::Change(_)));
    }
    let changes = decisions.iter().any(|d| matches!(d.outcome, Outcome::Change(_)));
    let verdict = match cx.start {
        Start::User(_) if !cx.facts.profile.blockers.is_empty() => Verdict::Doubtful,
        Start::User(_) => Verdict::Nonroot,
        Start::Root { .. } => Verdict::RootStart,
        Start::ExplicitRoot { .. } => Verdict::ExplicitRoot,
        Start::AsWritten { blocker, help } if changes => Verdict::OnlyNoNewPrivileges {
            blocker: blocker.clone(),
            help: help.clone(),
        },
        Start::AsWritten { blocker, help } | Start::Unknown { blocker, help, .. } => Verdict::Refused {
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
        Outcome::Suppressed(reason) if d.control == USER => Some(reason),
        _ => None,
    })?;
    is_new.then(|| format!("its user stays as it is ({reason})"))
}

/// What the project says not to do and a policy file does not: it is not done, and counts as a finding.
fn overruled(cx: &Context, controls: &[Control]) -> Vec<Decision> {
    let finding = |control, reason: &Reason, what: &str| {
        let because = format!(
            "the project {what} ({}), and the policy file does not",
            reason.text
        );
        let help = "remove that from the project, or let the policy file say it";
        cx.finding(control, because, vec![Evidence::File(reason.origin)], help)
    };
    let skip = cx.config.skip.iter().filter(|r| r.is_overruled);
    let skip = skip.map(|r| finding(USER, r, "skips the service"));
    let suppressed = controls.iter().filter_map(|control| {
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
        refusals: decisions.iter().filter_map(Refusal::of).collect(),
        decisions,
        verdict: Verdict::NoContainer,
        probe: cx.config.probe.clone(),
        is_overruled: cx.config.overruled_reasons().next().is_some(),
        upstream: cx.facts.profile.upstream.clone(),
        gotchas: cx.facts.profile.gotchas.iter().map(|n| n.note.clone()).collect(),
        image_environment: cx.facts.image_environment(),
        scratch: scratch(&cx.facts.profile),
        is_tried_here: false,
    }
}

fn scratch(profile: &Profile) -> Vec<String> {
    let kept = |w: &&Writable| {
        matches!(
            w.kind,
            WritableKind::Runtime | WritableKind::Cache | WritableKind::Log
        )
    };
    let paths = profile.writable.iter().filter(kept);
    paths.map(|w| w.path.clone()).collect()
}
