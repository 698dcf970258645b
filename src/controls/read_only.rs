//! *read_only*: a read-only root filesystem, for services whose person asks for it (`read_only: true`). What the
//! image writes becomes a tmpfs (control *tmpfs*); what must be kept needs a volume.

use crate::plan::claim::Claim;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome, Safety};
use crate::tree::{Node, Path};

/// The control's id.
pub const ID: &str = "read_only";

/// Sets it where it was asked for, and refuses where the service could not start or would lose what it writes.
pub fn decide(cx: &Context) -> Vec<Decision> {
    if cx.config.read_only != Some(true) || cx.start.worker().is_none() {
        return Vec::new();
    }
    let fact = cx.facts.profile.read_only.as_ref();
    let evidence: Vec<Evidence> = fact
        .map(|f| cx.facts.evidence("read_only", &f.evidence))
        .into_iter()
        .collect();
    if let Some(blocker) = blocker(cx) {
        return vec![cx.refusal(
            ID,
            blocker,
            evidence,
            "remove `read_only`, or mount a volume where it writes".to_owned(),
        )];
    }
    let outcome = if cx.service.flag("read_only") {
        Outcome::AlreadyOk
    } else {
        Outcome::Change(vec![cx.set("read_only", true)])
    };
    vec![Decision {
        outcome,
        safety: Safety::Behaviour("it cannot write anywhere but in volumes and tmpfs".to_owned()),
        claims: vec![Claim::ReadOnlyRoot],
        ..cx.decision(ID, "nrcompose's configuration asks for it", evidence)
    }]
}

/// Why it cannot be: the image, a directory that must be kept, or a config that Compose copies into the
/// container, which it refuses for a read-only one.
fn blocker(cx: &Context) -> Option<String> {
    let profile = &cx.facts.profile;
    if profile.read_only.as_ref().is_some_and(|f| !f.value) {
        return Some("this image does not work with a read-only root filesystem".to_owned());
    }
    let kept = profile.writable.iter().find(|w| {
        !w.may_be_tmpfs()
            && !w.optional
            && cx.service.mount_holding(&w.path).is_none()
            && !cx.service.has_mount_at(&w.path)
    });
    if let Some(w) = kept {
        return Some(format!(
            "it keeps data in {}, and nothing is mounted there",
            w.path
        ));
    }
    for section in ["configs", "secrets"] {
        for item in cx.service.get(section).map(Node::items).unwrap_or_default() {
            let name = item.get("source").and_then(Node::as_str).unwrap_or_default();
            let definition = cx.project.tree.at(&Path::of([section, name]))?;
            if definition.get("content").is_some() || definition.get("environment").is_some() {
                return Some(format!(
                    "Compose copies {name} into the container, which it cannot do to a read-only one"
                ));
            }
        }
    }
    None
}
