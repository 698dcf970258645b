//! *environment*: variables without which the image does not work as another user (`HOME` in a directory that only
//! root may enter, a start script that would change owners), and those with which it does not (`UID` for a start
//! script that then changes its user).

use crate::facts::profile::{Class, UnderUser, Variable};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome, Safety};
use crate::plan::intent::Intent;
use crate::tree::Node;

/// The control's id.
pub(super) const ID: &str = "environment";

/// One decision a variable that the profile names. An author's own `user:` works as they want it, and so does the
/// image's own, which may have a home.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    let profile = &cx.facts.profile;
    let is_own = profile.class.value == Class::Nonroot;
    if is_own || cx.start.user().is_none_or(|i| i.is_written) {
        return Vec::new();
    }
    let variables = profile.environment.iter();
    variables
        .map(|variable| needed(cx, variable))
        .chain(harmful(cx))
        .collect()
}

/// The ids an author gave to an image that fails under `user:` while it is given any: `user:` says them now.
fn harmful(cx: &Context) -> Option<Decision> {
    let ids = cx
        .facts
        .profile
        .ids
        .as_ref()
        .filter(|i| i.under_user == UnderUser::Fails)?;
    let told: Vec<(&String, &Node)> = ids
        .uid
        .iter()
        .chain(&ids.gid)
        .filter_map(|name| Some((name, cx.service.environment(name)?.1)))
        .collect();
    let (_, first) = told.first()?;
    let evidence = vec![
        Evidence::File(first.origin),
        cx.facts.evidence("ids", &ids.evidence),
    ];
    let unset = told.iter().map(|(name, _)| Intent::Env {
        name: (*name).clone(),
        value: None,
        is_needed: false,
    });
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    Some(Decision {
        outcome: Outcome::Change(unset.collect()),
        safety: Safety::Behaviour("its start script no longer changes users".to_owned()),
        ..cx.decision(
            ID,
            format!(
                "as another user this image fails while it is told {}",
                names.join(" and ")
            ),
            evidence,
        )
    })
}

/// Sets it; what an author says stays, since it may be meant so.
fn needed(cx: &Context, variable: &Variable) -> Decision {
    let Variable { name, value, .. } = variable;
    let known = cx
        .facts
        .evidence(&format!("environment.{name}"), &variable.evidence);
    match cx.facts.environment(cx.service, name) {
        Some((said, _)) if said == *value => cx.decision(ID, format!("{name} is {value}"), vec![known]),
        Some((_, origin)) => cx.finding(
            ID,
            format!("as another user this image is known to work with {name}={value}, and its author sets it otherwise"),
            vec![Evidence::File(origin), known],
            format!("remove {name} if it does not start"),
        ),
        None => Decision {
            outcome: Outcome::Change(vec![Intent::Env {
                name: name.clone(),
                value: Some(value.clone()),
                is_needed: true,
            }]),
            safety: Safety::Behaviour(format!("its processes see {name}={value}")),
            ..cx.decision(ID, format!("as another user this image works with {name}={value}"), vec![known])
        },
    }
}
