//! *init*: `init: true` on an image whose own init must be process 1.

use crate::facts::profile::Init;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome, Safety};
use crate::plan::intent::Intent;

/// The control's id.
pub(super) const ID: &str = "init";

/// s6-overlay refuses to run as anything but process 1; the engine's init would take that place.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    let s6 = cx
        .facts
        .profile
        .init
        .as_ref()
        .filter(|i| matches!(i.value, Init::S6OverlayV3 | Init::S6OverlayV2));
    let (Some(fact), Some(node), true) = (s6, cx.service.get("init"), cx.service.flag("init")) else {
        return Vec::new();
    };
    vec![Decision {
        outcome: Outcome::Change(vec![Intent::OwnInit]),
        safety: Safety::Behaviour("the image's own init is process 1 again".to_owned()),
        ..cx.decision(
            ID,
            "its s6-overlay must be process 1 and refuses to start under another init",
            vec![
                Evidence::File(node.origin),
                cx.facts.evidence("init", &fact.evidence),
            ],
        )
    }]
}
