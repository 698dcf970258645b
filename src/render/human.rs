//! The words in which a plan is shown to a person.

use crate::diagnostic::HELP;
use crate::lower::compose::Change;
use crate::lower::{Edit, Op};
use crate::plan::decision::{Decision, Evidence, Instead, Outcome, Safety};
use crate::plan::intent::Intent;
use crate::plan::{ServicePlan, Verdict};
use crate::render::yaml::Out;
use crate::render::yaml::inline;
use crate::tree::Sources;
use crate::visible::line;

/// One line: what a service is after the plan.
pub fn verdict(service: &ServicePlan) -> String {
    let sure = match service.shares_host() {
        true => ", but shares the host: it does not count as hardened".to_owned(),
        false => format!(" ({})", service.confidence()),
    };
    let refused = service.refusals.iter().find(|r| r.instead > Instead::TheRest);
    let since = refused.map_or_else(String::new, |r| format!(": {}", r.blocker));
    match &service.verdict {
        Verdict::Nonroot => match service.start.user() {
            Some(identity) if identity.has_group => {
                format!("runs as {} from its first process on{sure}", identity.ids)
            }
            Some(identity) => format!("runs as uid {} from its first process on{sure}", identity.ids.uid),
            None => format!("runs without root{sure}"),
        },
        Verdict::Doubtful => format!(
            "is kept under `user:`, and its image is expected to fail there{}",
            service
                .start
                .worker()
                .map_or_else(String::new, |ids| format!(" ({ids})"))
        ),
        Verdict::RootStart => match service.start.worker() {
            Some(ids) => {
                format!("starts as root with what it needs for that, then drops to {ids}{sure}{since}")
            }
            None => format!("starts as root with what it needs for that{sure}{since}"),
        },
        Verdict::ExplicitRoot => "runs as root, as its author says".to_owned(),
        Verdict::OnlyNoNewPrivileges { blocker, .. } => {
            format!("stays as its author wrote it, with no-new-privileges added: {blocker}")
        }
        Verdict::Refused { blocker, .. } => format!("stays as its author wrote it: {blocker}"),
        Verdict::Skipped { reason } => format!("is skipped: {reason}"),
        Verdict::NoContainer => "is not looked after: a provider runs it, or nrcompose added it".to_owned(),
    }
}

/// What a service does after it fell, in a few words.
pub(crate) fn becomes(service: &ServicePlan) -> String {
    match &service.verdict {
        Verdict::RootStart => "is started as root with what it needs for that".to_owned(),
        Verdict::OnlyNoNewPrivileges { .. } => {
            "is started as its author wrote it, with no-new-privileges added".to_owned()
        }
        Verdict::Nonroot | Verdict::Doubtful => "is started without root".to_owned(),
        _ => "is started as its author wrote it".to_owned(),
    }
}

/// How many capabilities a service keeps, in words; nothing where that is not said of it.
pub(crate) fn capabilities_kept(service: &ServicePlan) -> Option<String> {
    let count = service.intents().find_map(|intent| match intent {
        Intent::Capabilities { keep, .. } => Some(keep.len()),
        _ => None,
    })?;
    Some(match count {
        0 => "no capability".to_owned(),
        1 => "1 capability".to_owned(),
        count => format!("{count} capabilities"),
    })
}

/// What an edit does, in one line: `+ tmpfs: "/run:uid=1000"`.
pub fn edit(edit: &Edit) -> String {
    let path = edit.path.segments();
    let own = path.len() > 2 && path.first().is_some_and(|s| s == "services");
    let name = if own { path[2..].join(".") } else { path.join(".") };
    match &edit.op {
        Op::Set(node) => format!("= {name}: {}", short(inline(&Out::as_written(node)))),
        Op::Add(node) => format!("+ {name}: {}", short(inline(&Out::as_written(node)))),
        Op::Remove => format!("- {name}"),
    }
}

/// A value as far as it tells a person something: of a whole file, the beginning. The override has all of it.
fn short(text: String) -> String {
    const ENOUGH: usize = 160;
    match text.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}

/// What a piece of evidence says, in one line.
pub fn evidence(item: &Evidence, sources: &Sources) -> String {
    match item {
        Evidence::File(origin) => sources
            .place(*origin)
            .unwrap_or_else(|| "the Compose file".to_owned()),
        Evidence::Profile {
            profile,
            value,
            kind,
            place,
        } => {
            format!("profile {profile}, {value} ({}: {place})", kind_word(*kind))
        }
        Evidence::Image(what) => format!("the local image: {what}"),
        Evidence::Engine(what) => format!("the engine: {what}"),
        Evidence::Default(what) => format!("a default of nrcompose: {what}"),
    }
}

/// How strong evidence is, in a word or two.
pub fn kind_word(kind: crate::facts::evidence::EvidenceKind) -> &'static str {
    use crate::facts::evidence::EvidenceKind;
    match kind {
        EvidenceKind::Documented => "documented",
        EvidenceKind::Dockerfile => "Dockerfile",
        EvidenceKind::Measured => "measured",
        EvidenceKind::StandIn => "measured on a stand-in",
        EvidenceKind::Inferred => "inferred",
    }
}

/// A decision in a few lines: the edits, why, from where, what could be noticed, what to do.
pub fn decision(decision: &Decision, change: &Change, sources: &Sources) -> Vec<String> {
    let mut lines = Vec::new();
    let mark = match &decision.outcome {
        Outcome::Change(_) if change.is_done => {
            lines.extend(change.edits.iter().map(edit));
            lines.extend(decision.ownership().map(|o| {
                let inside = o
                    .subpath
                    .as_ref()
                    .map_or_else(String::new, |s| format!(" (its directory {s})"));
                let named = o
                    .volume
                    .as_deref()
                    .map_or_else(|| format!("at {}", o.target), str::to_owned);
                format!("= the volume {named}{inside} belongs to {}", o.ids)
            }));
            lines.extend(
                decision
                    .intents()
                    .iter()
                    .filter_map(Intent::directory)
                    .map(|o| format!("= {} belongs to {}", o.path.display(), o.ids)),
            );
            "because"
        }
        Outcome::Change(_) | Outcome::AlreadyOk(_) => "already so:",
        Outcome::Refuse { .. } => "refused:",
        Outcome::Finding { .. } => "note:",
        Outcome::Suppressed(_) => "not done:",
    };
    let indent = if lines.is_empty() { "" } else { "    " };
    lines.push(format!("{indent}{mark} {}", decision.because));
    let mut tell = |word: &str, text: &str| lines.push(format!("{indent}  {word} {text}"));
    for item in &decision.evidence {
        tell("known from", &evidence(item, sources));
    }
    match (&decision.outcome, &decision.safety) {
        (Outcome::Change(_), Safety::Behaviour(caveat)) if change.is_done => tell("may be noticed:", caveat),
        (Outcome::Refuse { help, .. } | Outcome::Finding { help, .. }, _) => tell(HELP, help),
        (Outcome::Suppressed(why), _) => tell("reason:", why),
        _ => {}
    }
    lines.iter().map(|text| line(text).into_owned()).collect()
}
