//! Directories that nrcompose's configuration names: the person's word, whatever a profile says.

use super::{ID, entry_at, hidden, mode_of};
use crate::facts::config::Tmpfs;
use crate::model::MountKind;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Instead, Outcome, Safety};
use crate::plan::identity::Start;
use crate::plan::intent::{Intent, Scratch};
use crate::tree::Path;

/// One decision a directory; none where the service stays as its author wrote it.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    if matches!(cx.start, Start::AsWritten { .. } | Start::Unknown { .. }) {
        return Vec::new();
    }
    cx.config.tmpfs.iter().map(|t| one(cx, t)).collect()
}

fn one(cx: &Context, named: &Tmpfs) -> Decision {
    let path = &named.path;
    let evidence = vec![Evidence::File(named.origin)];
    if let Some(entry) = entry_at(cx, path) {
        let scratch = scratch(cx, named, Some(entry.place(cx.service)));
        let is_so = scratch.missing(&entry).is_empty();
        let intents = vec![Intent::Scratch(scratch)];
        let because = format!("nrcompose's configuration says how {path} is mounted");
        return Decision {
            outcome: Outcome::of(is_so, intents),
            ..cx.decision(ID, because, evidence)
        };
    }
    let holder = cx.holder(path);
    if holder.as_ref().is_some_and(|h| h.target == cx.resolved(path)) {
        return refused(cx, named, format!("its author mounts something else at {path}"));
    }
    if let Some((name, target)) = hidden(cx, path) {
        let why = format!("a tmpfs on {path} would hide {name}, which Compose copies to {target}");
        return refused(cx, named, why);
    }
    let kept = holder.filter(|h| h.kind != MountKind::Tmpfs);
    let caveat = match kept {
        Some(holder) => format!(
            "what {} has below {path} is hidden, and what is written there is gone when the container stops",
            holder.target
        ),
        None => format!("what is written below {path} is gone when the container stops"),
    };
    Decision {
        outcome: Outcome::Change(vec![Intent::Scratch(scratch(cx, named, None))]),
        safety: Safety::Behaviour(caveat),
        ..cx.decision(
            ID,
            format!("nrcompose's configuration asks for a tmpfs on {path}"),
            evidence,
        )
    }
}

fn refused(cx: &Context, named: &Tmpfs, why: String) -> Decision {
    let help = "take one of the two away";
    cx.refused(
        ID,
        why,
        vec![Evidence::File(named.origin)],
        help,
        Instead::TheRest,
    )
}

/// The person's options, behind what has to be said and they leave out.
fn scratch(cx: &Context, named: &Tmpfs, instead_of: Option<Path>) -> Scratch {
    let path = cx.resolved(&named.path);
    let written = cx.facts.profile.writable.iter();
    let known = written.rev().find(|w| cx.resolved(&w.path) == path);
    let is_left_out = |name: &str| named.option(name).is_none();
    let ids = cx.start.worker();
    let mode = mode_of(&path, known.and_then(|w| w.mode.as_deref()));
    let is_needed = known.is_some_and(|w| w.exec) && !named.has("noexec");
    Scratch {
        path: named.path.clone(),
        uid: ids.map(|ids| ids.uid).filter(|_| is_left_out("uid")),
        gid: ids.map(|ids| ids.gid).filter(|_| is_left_out("gid")),
        size: None,
        mode: mode.map(str::to_owned).filter(|_| is_left_out("mode")),
        exec: is_needed || named.has("exec"),
        more: named.options.clone(),
        instead_of,
        // Another owner or mode is the person's business.
        is_writable: ["uid", "gid", "mode"].into_iter().all(is_left_out) && cx.start.user().is_some(),
    }
}
