//! How a service starts when the user that was worked out for it is refused.

use super::identity::{Start, worker};
use crate::facts::profile::{Class, ImageStart};
use crate::plan::context::Context;
use crate::plan::decision::{Evidence, Instead};

/// The start that a refusal leaves. Every control decides anew for it.
pub(super) fn instead(cx: &Context, refused: Instead, blocker: &str, help: &str) -> Start {
    match root_start(cx).filter(|_| refused <= Instead::RootStart) {
        Some(evidence) => Start::Root {
            worker: worker(cx.service, cx.facts),
            because: blocker.to_owned(),
            evidence: vec![evidence],
        },
        None => Start::as_written(blocker, help),
    }
}

/// The root start that is known for the image, where plain Compose starts the service as root.
fn root_start(cx: &Context) -> Option<Evidence> {
    let profile = &cx.facts.profile;
    let root = profile.root_start.as_ref()?;
    let drops = matches!(cx.start, Start::User(_)) && !cx.user_is_said();
    let is_authors = cx.service.user().is_some_and(|user| !user.is_root());
    let is_images = profile.class.value == Class::Nonroot
        || profile
            .start
            .as_ref()
            .is_some_and(|s| s.value == ImageStart::Nonroot);
    // What the image itself starts was measured, not what a Dockerfile or an author puts in its place.
    let is_its_own = cx.facts.is_described() && cx.service.get("entrypoint").is_none();
    (drops && is_its_own && !is_authors && !is_images)
        .then(|| cx.facts.evidence("root_start", &root.evidence))
}
