//! A plan for machines.

use super::yaml::{Out, inline};
use super::{PlanView, human};
use crate::lower::Op;
use crate::lower::compose::Change;
use crate::plan::decision::{Decision, Evidence, Instead, Outcome, Safety};
use crate::plan::{Refusal, ServicePlan, Verdict};
use crate::tree::{Origin, Sources};
use serde_json::{Value, json};

/// The plan of these services. Values that an author wrote keep their variables.
pub(crate) fn plan(view: &PlanView, wanted: &[String]) -> Value {
    let plan = view.plan;
    let services: serde_json::Map<String, Value> = plan
        .services
        .iter()
        .filter(|(name, _)| wanted.is_empty() || wanted.contains(name))
        .map(|(name, s)| (name.clone(), service(view, name, s)))
        .collect();
    json!({ "version": 1, "policy": plan.settings.policy, "services": services })
}

/// Whether a file holds a plan that [`plan`] gave: JSON has no place for a note.
pub(crate) fn is_plan(text: &[u8]) -> bool {
    let plan = serde_json::from_slice::<serde_json::Map<String, Value>>(text);
    plan.is_ok_and(|p| p.keys().eq(["version", "policy", "services"]))
}

fn service(view: &PlanView, name: &str, service: &ServicePlan) -> Value {
    let decisions = view.decisions(name, service);
    let (verdict, blocker, help) = match &service.verdict {
        Verdict::Nonroot => ("nonroot", None, None),
        Verdict::Doubtful => ("doubtful", None, None),
        Verdict::RootStart => ("root_start", None, None),
        Verdict::ExplicitRoot => ("explicit_root", None, None),
        Verdict::Skipped { reason } => ("skipped", Some(reason), None),
        Verdict::NoContainer => ("no_container", None, None),
        // The decisions tell the two apart: one of them changes something.
        Verdict::OnlyNoNewPrivileges { blocker, help } | Verdict::Refused { blocker, help } => {
            ("refused", Some(blocker), Some(help))
        }
    };
    json!({
        "image": service.image,
        "profile": service.profile,
        "verdict": verdict,
        "blocker": blocker,
        "help": help,
        "refusals": service.refusals.iter().map(refusal).collect::<Vec<_>>(),
        "user": service.start.user().map(|i| i.ids.to_string()),
        "worker": service.start.worker().map(|i| i.to_string()),
        "confidence": service.confidence(),
        "proven": service.confidence().is_proven(),
        "shares_host": service.shares_host(),
        "overruled": service.is_overruled,
        "upstream": service.upstream.as_ref().map(|u| json!({ "says": u.says, "link": u.link })),
        "gotchas": service.gotchas,
        "decisions": decisions.map(|(d, change)| decision(d, change, view.sources)).collect::<Vec<_>>(),
        "claims": service.claims(),
    })
}

fn refusal(refusal: &Refusal) -> Value {
    json!({
        "by": refusal.by,
        "blocker": refusal.blocker,
        "help": refusal.help,
        "instead": match refusal.instead {
            Instead::TheRest => "the_rest",
            Instead::RootStart => "root_start",
            Instead::AsWritten => "as_written",
        },
    })
}

fn decision(d: &Decision, change: &Change, sources: &Sources) -> Value {
    let (outcome, detail) = match &d.outcome {
        Outcome::Change(_) if change.is_done => ("change", None),
        Outcome::Change(_) | Outcome::AlreadyOk(_) => ("already_ok", None),
        Outcome::Refuse { help, .. } => ("refuse", Some(help)),
        Outcome::Finding { help, .. } => ("finding", Some(help)),
        Outcome::Suppressed(reason) => ("suppressed", Some(reason)),
    };
    let (safety, caveat) = match &d.safety {
        Safety::Hardening => ("hardening", None),
        Safety::Behaviour(caveat) => ("behaviour", Some(caveat)),
        Safety::Manual => ("manual", None),
    };
    json!({
        "control": d.control,
        "outcome": outcome,
        "because": d.because,
        "hinders": matches!(d.outcome, Outcome::Finding { hinders: true, .. }),
        "help": detail,
        "level": d.level().word(),
        "place": place(d.place, sources),
        "safety": safety,
        "caveat": caveat,
        "edits": change.edits.iter().map(|e| {
            let (op, value) = match &e.op {
                Op::Set(node) => ("set", Some(inline(&Out::as_written(node)))),
                Op::Add(node) => ("add", Some(inline(&Out::as_written(node)))),
                Op::Remove => ("remove", None),
            };
            json!({ "path": e.path.to_string(), "op": op, "value": value })
        }).collect::<Vec<_>>(),
        "ownership": d.ownership().map(|o| json!({
            "volume": o.volume, "subpath": o.subpath, "target": o.target, "owner": o.ids.to_string(),
        })).collect::<Vec<_>>(),
        "evidence": d.evidence.iter().map(|e| evidence(e, sources)).collect::<Vec<_>>(),
        "claims": d.claims(),
    })
}

/// A place as programs take it; none for what nobody wrote.
fn place(at: Origin, sources: &Sources) -> Option<Value> {
    let source = sources.get(at.file).filter(|_| at.is_written())?;
    Some(json!({ "file": source.name, "line": at.line, "column": at.column }))
}

fn evidence(item: &Evidence, sources: &Sources) -> Value {
    let text = human::evidence(item, sources);
    match item {
        Evidence::Profile {
            profile,
            value,
            kind,
            place,
        } => json!({
            "source": "profile", "profile": profile, "value": value, "kind": kind, "where": place, "text": text,
        }),
        Evidence::File(_) => json!({ "source": "file", "text": text }),
        Evidence::Image(_) => json!({ "source": "image", "text": text }),
        Evidence::Engine(_) => json!({ "source": "engine", "text": text }),
        Evidence::Default(_) => json!({ "source": "default", "text": text }),
    }
}
