//! *read_only*: a read-only root filesystem, for services whose person asks for it (`read_only: true`). What the
//! image writes becomes a tmpfs (control *tmpfs*); what must be kept needs a volume. Where it cannot be, it alone is
//! refused.

use super::{inline_file, passwd, ports, tmpfs_places};
use crate::facts::profile::Writable;
use crate::facts::settings::Policy;
use crate::model::own_name;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Instead, Outcome, Safety};
use crate::plan::identity::Start;
use crate::plan::intent::Intent;

/// The control's id.
pub(super) const ID: &str = "read_only";

/// Sets it where it was asked for, and refuses where the service could not start or would lose what it writes.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    if !is_asked(cx) {
        return Vec::new();
    }
    let fact = cx.facts.profile.read_only.as_ref();
    let evidence: Vec<Evidence> = fact
        .map(|f| cx.facts.evidence("read_only", &f.evidence))
        .into_iter()
        .collect();
    if let Some(blocker) = blocker(cx) {
        let help = "remove `read_only`, or mount a volume where it writes";
        return vec![cx.refused(ID, blocker, evidence, help, Instead::TheRest)];
    }
    let outcome = Outcome::of(cx.service.flag("read_only"), vec![Intent::ReadOnlyRoot]);
    vec![Decision {
        outcome,
        safety: Safety::Behaviour("it cannot write anywhere but in volumes and tmpfs".to_owned()),
        ..cx.decision(ID, "nrcompose's configuration asks for it", evidence)
    }]
}

/// Whether the root filesystem is read-only, by its author's word or after the plan.
pub(super) fn holds(cx: &Context) -> bool {
    let is_carried_out = || {
        let is_left = cx.config.suppress.contains_key(ID) || cx.settings.policy == Policy::Cautious;
        is_asked(cx) && !is_left && blocker(cx).is_none()
    };
    cx.service.flag("read_only") || is_carried_out()
}

fn is_asked(cx: &Context) -> bool {
    let is_left = matches!(cx.start, Start::AsWritten { .. } | Start::Unknown { .. });
    cx.config.read_only == Some(true) && !is_left
}

/// Why it cannot be: the image, a directory that must be kept, or a config that Compose copies into the
/// container, which it refuses for a read-only one.
fn blocker(cx: &Context) -> Option<String> {
    let profile = &cx.facts.profile;
    if profile.read_only.as_ref().is_some_and(|f| !f.value) {
        return Some("this image does not work with a read-only root filesystem".to_owned());
    }
    // Only a user of its own is given a tmpfs.
    let becomes_tmpfs = |w: &Writable| w.may_be_tmpfs() && cx.start.user().is_some();
    let is_mounted = |w: &Writable| cx.holder(&w.path).is_some() || tmpfs_places::is_named(cx, &w.path);
    let mut written = profile.writable.iter().filter(|w| !w.optional && !is_mounted(w));
    if let Some(w) = written.find(|w| !becomes_tmpfs(w)) {
        let does = if w.may_be_tmpfs() {
            "writes"
        } else {
            "keeps data in"
        };
        return Some(format!("it {does} {}, and nothing is mounted there", w.path));
    }
    copied(cx).map(|name| {
        format!("Compose copies {name} into the container, which it cannot do to a read-only one")
    })
}

/// What Compose copies into the container: configs and secrets of its author's without a file, and what another
/// control puts there.
fn copied(cx: &Context) -> Option<String> {
    if let Some((name, _)) = inline_file::copied(cx).into_iter().next() {
        return Some(name.to_owned());
    }
    let controls = [passwd::decide, ports::decide];
    let decisions = controls.iter().flat_map(|decide| decide(cx));
    let mut carried_out = decisions.filter(|d| !cx.config.suppress.contains_key(d.control));
    carried_out.find_map(|decision| match &decision.outcome {
        Outcome::Change(intents) => intents.iter().find_map(|intent| {
            let path = match intent {
                Intent::File { path, .. } => path.as_str(),
                Intent::Account { passwd: Some(_), .. } => "/etc/passwd",
                Intent::Account { group: Some(_), .. } => "/etc/group",
                _ => return None,
            };
            (!cx.service.has_own_file(path)).then(|| own_name(cx.service.name, path))
        }),
        _ => None,
    })
}
