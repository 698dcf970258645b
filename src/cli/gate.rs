//! Whether a plan may go on: policy strict, and `--nr-no-fallback`. Both end with 3 before anything is written or started.

use super::session::Session;
use crate::diagnostic::Diagnostic;
use crate::facts::settings::Policy;
use crate::pipeline::Prepared;
use crate::pipeline::failure::{Failure, code};
use crate::plan::decision::Instead;
use crate::plan::{Plan, Refusal, ServicePlan, Verdict};

/// Lets a plan go on, or says why not.
///
/// # Errors
/// Policy strict and a service that stays, or is to stay, root, or of which the plan is a guess; `--nr-no-fallback` and a
/// service that takes part and would start otherwise than hardened.
pub(crate) fn pass(
    prepared: &Prepared,
    session: &Session,
    takes_part: &dyn Fn(&str) -> bool,
) -> Result<(), Failure> {
    let plan = &prepared.plan;
    if plan.settings.policy == Policy::Strict {
        strict(plan)?;
    }
    match session.no_fallback {
        true => no_fallback(plan, takes_part),
        false => Ok(()),
    }
}

fn strict(plan: &Plan) -> Result<(), Failure> {
    let is_out = |s: &ServicePlan| {
        let is_written = matches!(s.verdict, Verdict::Refused { .. } | Verdict::ExplicitRoot);
        s.is_overruled || is_written || !s.refusals.is_empty()
    };
    let mut why = Vec::new();
    let out = names(plan, &is_out);
    if !out.is_empty() {
        why.push(format!("{} cannot be hardened", out.join(", ")));
    }
    let guessed = names(plan, &|s| !is_out(s) && s.is_guessed());
    if !guessed.is_empty() {
        why.push(format!("what is planned for {} is a guess", guessed.join(", ")));
    }
    if why.is_empty() {
        return Ok(());
    }
    let message = format!(
        "policy strict: {}; nothing was written or started",
        why.join("; ")
    );
    let help = match (out.is_empty(), cures(plan, &out)) {
        (true, _) => {
            "say who it is (`user:`), write a profile for its image, or use policy standard".to_owned()
        }
        (false, None) => {
            "harden or skip them (`x-nrcompose: {skip: REASON}`), or use policy standard".to_owned()
        }
        (false, Some(cures)) => {
            format!("{cures}; else skip them (`x-nrcompose: {{skip: REASON}}`), or use policy standard")
        }
    };
    Err(Failure::new(code::POLICY, Diagnostic::error(message).help(help)))
}

fn no_fallback(plan: &Plan, takes_part: &dyn Fn(&str) -> bool) -> Result<(), Failure> {
    let falls = |s: &ServicePlan| falls(s).next().is_some();
    let mut fallen = names(plan, &falls);
    fallen.retain(|name| takes_part(name));
    if fallen.is_empty() {
        return Ok(());
    }
    let message = format!(
        "--nr-no-fallback: {} would not start hardened; nothing was written or started",
        fallen.join(", ")
    );
    let help = cures(plan, &fallen).unwrap_or_default();
    let help = format!(
        "{help}; `--nr-force` starts hardened what may fail for what belongs to others on this machine"
    );
    Err(Failure::new(
        code::POLICY,
        Diagnostic::error(message).help(help.trim_start_matches("; ")),
    ))
}

/// Those of a plan, in the order of the file.
fn names<'p>(plan: &'p Plan, are: &dyn Fn(&ServicePlan) -> bool) -> Vec<&'p str> {
    let services = plan.services.iter().filter(|(_, s)| are(s));
    services.map(|(name, _)| name.as_str()).collect()
}

/// Why a service does not start hardened.
fn falls(service: &ServicePlan) -> impl Iterator<Item = &Refusal> {
    service.refusals.iter().filter(|r| r.instead > Instead::TheRest)
}

/// What can be done so that these start hardened; several directories of this machine are given by one command.
fn cures(plan: &Plan, names: &[&str]) -> Option<String> {
    let of = |name: &&str| plan.services.get(*name).map(|s| (name.to_string(), s));
    let services = names.iter().filter_map(of);
    let all: Vec<(String, &Refusal)> = services
        .flat_map(|(name, s)| falls(s).map(move |r| (name.clone(), r)))
        .collect();
    let several = all.iter().filter(|(_, r)| r.gives).count() > 1;
    let adopt = several.then(|| "`nrcompose adopt`".to_owned());
    let each = all.iter().filter(|(_, r)| !(several && r.gives));
    let each = each.map(|(name, r)| format!("{name}: {}", r.help));
    let cures: Vec<String> = adopt.into_iter().chain(each).collect();
    (!cures.is_empty()).then(|| cures.join("; "))
}
