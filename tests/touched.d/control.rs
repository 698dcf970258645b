//! *memory_tmp*: `/tmp` in memory, for services whose person asks for it (`memory_tmp: true`).

use crate::plan::context::Context;
use crate::plan::decision::{Decision, Outcome, Safety};
use crate::plan::intent::{Intent, Scratch};

/// The control's id.
pub(super) const ID: &str = "memory_tmp";

/// Puts a tmpfs there, which everybody in the container may write.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    if cx.config.memory_tmp != Some(true) {
        return Vec::new();
    }
    let scratch = Scratch {
        path: "/tmp".to_owned(),
        mode: Some("1777".to_owned()),
        is_writable: true,
        ..Scratch::default()
    };
    vec![Decision {
        outcome: Outcome::Change(vec![Intent::Scratch(scratch)]),
        safety: Safety::Behaviour("what is written below /tmp is gone when the container stops".to_owned()),
        ..cx.decision(ID, "nrcompose's configuration asks for it", Vec::new())
    }]
}
