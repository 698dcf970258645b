//! What one command sets right for several services: directories of this machine that are not their users'. From two of
//! them on a person is told so in one message, with the command that gives all of them.

use super::human;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::plan::decision::{Decision, Instead};
use crate::plan::{ServicePlan, Verdict};
use crate::visible::line;
use indexmap::IndexMap;

/// From how many on.
const SEVERAL: usize = 2;

/// Whether a person is told of a decision at a start, and its help gives something of this machine to the service's user.
pub(crate) fn is_gift(decision: &Decision) -> bool {
    decision.gives && matches!(decision.topic(), Topic::Hindrance | Topic::RefusedWhole)
}

/// Whether nothing but such stands in the way of a service.
pub(crate) fn is_all_gifts(service: &ServicePlan) -> bool {
    let mut whole = service.refusals.iter().filter(|r| r.instead > Instead::TheRest);
    let has_any = whole.clone().next().is_some();
    has_any && whole.all(|refusal| refusal.gives)
}

/// One message for all of these services; none where one command for each says as much.
pub(crate) fn of(services: &[(&str, &ServicePlan)]) -> Option<Diagnostic> {
    let mut by_fate: IndexMap<String, Vec<&str>> = IndexMap::new();
    let mut count = 0;
    for (name, service) in services {
        let own = service.decisions.iter().filter(|d| is_gift(d)).count();
        if own > 0 {
            count += own;
            by_fate.entry(fate(service)).or_default().push(name);
        }
    }
    if count < SEVERAL {
        return None;
    }
    let names: Vec<String> = by_fate
        .iter()
        .map(|(fate, names)| format!("{} ({fate})", names.join(", ")))
        .collect();
    let services: usize = by_fate.values().map(Vec::len).sum();
    let who = match services {
        1 => "1 service".to_owned(),
        services => format!("{services} services"),
    };
    let text = format!(
        "{count} directories of this machine belong to others than the {who} that use them: {}",
        names.join("; ")
    );
    let help = "`nrcompose adopt` gives all of them to their services, and `nrcompose adopt --undo` takes that back; \
                `nrcompose explain` has the command for each";
    Some(Diagnostic::new(Topic::FellBack, line(&text)).help(help))
}

/// What becomes of a service, in a few words.
fn fate(service: &ServicePlan) -> String {
    match service.verdict {
        Verdict::RootStart => match human::capabilities_kept(service) {
            Some(kept) => format!("starts as root with {kept}"),
            None => "starts as root".to_owned(),
        },
        Verdict::OnlyNoNewPrivileges { .. } => {
            "stays as its author wrote it, with no-new-privileges added".to_owned()
        }
        Verdict::Nonroot | Verdict::Doubtful => "starts hardened, and may fail".to_owned(),
        _ => "stays as its author wrote it".to_owned(),
    }
}
