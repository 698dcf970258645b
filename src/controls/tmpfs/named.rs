//! Directories that nrcompose's configuration names: the person's word, whatever a profile says.

use super::{ID, authors, entry_at, hidden, mode_of};
use crate::facts::config::Tmpfs;
use crate::facts::settings::Ids;
use crate::model::MountKind;
use crate::plan::claim::Claim;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Instead, Outcome, Safety};
use crate::plan::identity::Start;

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
        let missing: Vec<String> = options(cx, named)
            .into_iter()
            .filter(|option| match option.split_once('=') {
                // Who owns it and how is the author's, unless the configuration says so itself.
                Some((name, _)) if named.option(name).is_none() => entry.option(name).is_none(),
                Some((name, value)) => entry.option(name) != Some(value),
                None if option == "exec" => !authors::executes(&entry),
                None if option == "noexec" => authors::executes(&entry),
                None => !entry.options.contains(&option.as_str()),
            })
            .collect();
        let because = format!("nrcompose's configuration says how {path} is mounted");
        return Decision {
            outcome: match missing.is_empty() {
                true => Outcome::AlreadyOk,
                false => Outcome::Change(vec![authors::extended(cx, &entry, &missing)]),
            },
            claims: claims(cx, named),
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
    let options = options(cx, named);
    let text = match options.is_empty() {
        true => path.clone(),
        false => format!("{path}:{}", options.join(",")),
    };
    Decision {
        outcome: Outcome::Change(vec![cx.add("tmpfs", text)]),
        safety: Safety::Behaviour(caveat),
        claims: claims(cx, named),
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
fn options(cx: &Context, named: &Tmpfs) -> Vec<String> {
    let path = cx.resolved(&named.path);
    let written = cx.facts.profile.writable.iter();
    let known = written.rev().find(|w| cx.resolved(&w.path) == path);
    let mut options = Vec::new();
    if let Some(Ids { uid, gid }) = cx.start.worker() {
        options.extend([("uid", uid.to_string()), ("gid", gid.to_string())]);
    }
    if let Some(mode) = mode_of(&path, known.and_then(|w| w.mode.as_deref())) {
        options.push(("mode", mode.to_owned()));
    }
    options.retain(|(name, _)| named.option(name).is_none());
    let mut all: Vec<String> = options
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if known.is_some_and(|w| w.exec) && !named.has("exec") && !named.has("noexec") {
        all.push("exec".to_owned());
    }
    all.extend(named.options.iter().cloned());
    all
}

fn claims(cx: &Context, named: &Tmpfs) -> Vec<Claim> {
    let path = named.path.clone();
    let options = options(cx, named);
    let exec = options.iter().any(|o| o == "exec");
    let mut claims = vec![Claim::Tmpfs {
        path: path.clone(),
        exec,
    }];
    // Another owner or mode is the person's business.
    let is_plain = ["uid", "gid", "mode"]
        .iter()
        .all(|name| named.option(name).is_none());
    if is_plain && cx.start.user().is_some() {
        claims.push(Claim::Writable { path });
    }
    claims
}
