//! *user*: the service runs as one numeric non-root user, said in `user:`.

mod dockerfile;

use crate::plan::context::Context;
use crate::plan::control::USER;
use crate::plan::decision::{Decision, Evidence, Instead, Outcome, Safety};
use crate::plan::identity::{Identity, Start};
use crate::plan::intent::Intent;
use crate::tree::Node;

/// The control's id.
pub(crate) const ID: &str = USER;

/// Writes the identity that was worked out, and says so where the image is expected to fail under it.
pub(crate) fn decide(cx: &Context) -> Vec<Decision> {
    match cx.start {
        Start::User(identity) => {
            let mut decisions = vec![run_as(cx, identity)];
            decisions.extend(expected_failure(cx, identity));
            decisions.extend(groups(cx, identity));
            decisions.extend(dockerfile::decide(cx, identity));
            decisions
        }
        Start::Root {
            because, evidence, ..
        } => vec![cx.finding(
            ID,
            format!("it starts as root: {because}{}", whose_root(cx)),
            evidence.clone(),
            alternatives(cx),
        )],
        Start::ExplicitRoot { because, evidence } => explicit_root(cx, because, evidence),
        Start::AsWritten { .. } => Vec::new(),
        Start::Unknown {
            blocker,
            help,
            evidence,
        } => vec![cx.refused(
            ID,
            blocker.clone(),
            evidence.clone(),
            help.clone(),
            Instead::AsWritten,
        )],
    }
}

/// Root by somebody's word: `as_root` is carried out, an author's own `user:` stays. The person is told of both.
fn explicit_root(cx: &Context, because: &str, evidence: &[Evidence]) -> Vec<Decision> {
    let help = if cx.config.as_root == Some(true) {
        "remove `as_root` when you are done"
    } else {
        "remove `user:` to let nrcompose choose one, or set `x-nrcompose: {override_root: true}`"
    };
    let told = cx.finding(
        ID,
        format!("{because}{}", whose_root(cx)),
        evidence.to_vec(),
        help.to_owned(),
    );
    if cx.config.as_root != Some(true) || cx.service.user().is_some_and(|u| u.is_root()) {
        return vec![told];
    }
    let change = Decision {
        outcome: Outcome::Change(vec![Intent::RunAsRoot]),
        safety: Safety::Behaviour("every process of it is root".to_owned()),
        ..cx.decision(ID, because, evidence.to_vec())
    };
    vec![told, change]
}

/// What root in a container is on an engine that maps users, unless the service has those of the host.
fn whose_root(cx: &Context) -> String {
    let has_own = cx.service.get("userns_mode").and_then(Node::as_str) != Some("host");
    let root = cx.settings.engine.root_is().filter(|_| has_own);
    root.map_or_else(String::new, |is| format!(" ({is})"))
}

/// Always with a group: the engine gives group 0 to a uid that the image does not know.
fn run_as(cx: &Context, identity: &Identity) -> Decision {
    let ids = identity.ids;
    let intent = Intent::RunAs {
        ids,
        has_group: identity.has_group,
    };
    let outcome = Outcome::of(identity.is_written, vec![intent]);
    let safety = Safety::Behaviour(format!(
        "files it left behind as another user may be out of reach for {ids}"
    ));
    Decision {
        outcome,
        safety,
        ..cx.decision(ID, identity.because.clone(), identity.evidence.clone())
    }
}

/// An author's own `user:` on an image that is expected to fail under any: kept, with a warning.
fn expected_failure(cx: &Context, identity: &Identity) -> Option<Decision> {
    let profile = &cx.facts.profile;
    if !identity.is_written || profile.blockers.is_empty() {
        return None;
    }
    let reasons: Vec<&str> = profile.blockers.iter().map(|b| b.note.as_str()).collect();
    let evidence = profile
        .blockers
        .iter()
        .map(|b| cx.facts.evidence("blockers", &b.evidence))
        .collect();
    Some(cx.finding(
        ID,
        format!(
            "this image is expected to fail under `user:`: {}",
            reasons.join("; ")
        ),
        evidence,
        root_start(cx),
    ))
}

/// Supplementary groups the numeric form would lose.
fn groups(cx: &Context, identity: &Identity) -> Option<Decision> {
    let present = cx.service.strings("group_add");
    let missing: Vec<_> = identity
        .groups
        .iter()
        .filter(|g| !present.contains(&g.to_string().as_str()))
        .collect();
    if missing.is_empty() {
        return None;
    }
    Some(Decision {
        outcome: Outcome::Change(missing.iter().map(|g| Intent::Group { gid: **g }).collect()),
        ..cx.decision(
            ID,
            "a numeric user loses the groups that the image gives it by name",
            identity.evidence.clone(),
        )
    })
}

/// What to do instead of `user:`, spelled out.
fn root_start(cx: &Context) -> String {
    let profile = &cx.facts.profile;
    let mut help = String::from("remove `user:`");
    if let Some(ids) = &profile.ids {
        let (uid, gid) = (ids.uid.first(), ids.gid.first());
        if let (Some(uid), Some(gid)) = (uid, gid) {
            let worker = cx
                .start
                .worker()
                .map_or_else(|| ids.default.clone(), |i| i.to_string());
            let (u, g) = worker.split_once(':').unwrap_or((&worker, &worker));
            help.push_str(&format!(" and set {uid}={u} and {gid}={g}"));
        }
    }
    help.push_str(": nrcompose then gives it a start as root with no-new-privileges");
    if let Some(root) = &profile.root_start {
        help.push_str(&format!(
            " and only {}",
            cx.with_file_capabilities(&root.capabilities).join(", ")
        ));
    }
    help.push_str(", and its processes drop root themselves");
    help
}

/// Other images that need no root, or that nothing can be done.
fn alternatives(cx: &Context) -> String {
    let list: Vec<String> = cx
        .facts
        .profile
        .alternatives
        .iter()
        .map(|a| format!("{} (moves: {})", a.image, a.moves))
        .collect();
    if list.is_empty() {
        "nothing: it gets the least-privileged root start that is known for it".to_owned()
    } else {
        format!("an image that needs no root: {}", list.join("; "))
    }
}
