//! A plan as messages: what becomes of each service, then what its controls decide. All of them are what a
//! program reads; which of them a person is told on standard error, the table of [`crate::diagnostic::audience`] says.

use super::{human, together};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::plan::decision::{Decision, Instead, Outcome};
use crate::plan::{Refusal, ServicePlan, Verdict};
use crate::tree::Sources;
use crate::visible::line;

/// What is to be said of a service, of what is `wanted`. What is `said_of_all` together is left out.
pub(crate) fn of(
    name: &str,
    service: &ServicePlan,
    sources: &Sources,
    wanted: &dyn Fn(Topic) -> bool,
    said_of_all: bool,
) -> Vec<Diagnostic> {
    let is_said = said_of_all && together::is_all_gifts(service);
    let verdict = verdict(name, service).filter(|verdict| !is_said && wanted(verdict.topic));
    let mut notices: Vec<Diagnostic> = verdict.into_iter().collect();
    if !notices.is_empty() {
        notices.extend(further(name, service, said_of_all));
    }
    // Of what stays as its author wrote it, nothing else is carried out.
    if matches!(service.verdict, Verdict::Refused { .. }) {
        return notices;
    }
    let decisions = service.decisions.iter().filter(|d| wanted(service.topic(d)));
    let decisions = decisions.filter(|d| !(said_of_all && together::is_gift(d)));
    let (parts, rest): (Vec<_>, Vec<_>) = decisions.partition(|d| d.topic() == Topic::RefusedPart);
    let rest = rest.into_iter().filter(|_| !service.is_refused());
    let all = parts.into_iter().chain(rest);
    notices.extend(all.map(|d| decision(name, service, d, sources)));
    notices
}

/// What else keeps a service from starting hardened, each with its own cure.
fn further(name: &str, service: &ServicePlan, said_of_all: bool) -> Vec<Diagnostic> {
    let mut cures: Vec<&str> = main(service).iter().map(|said| said.help.as_str()).collect();
    let mut notices = Vec::new();
    let whole = service.refusals.iter().filter(|r| r.instead > Instead::TheRest);
    for refusal in whole.filter(|r| !(said_of_all && r.gives)) {
        if !cures.contains(&refusal.help.as_str()) {
            cures.push(&refusal.help);
            let text = format!("service {name}: {}", refusal.blocker);
            notices.push(Diagnostic::new(Topic::FellBack, line(&text)).help(line(&refusal.help)));
        }
    }
    notices
}

/// The refusal that the verdict names: what leaves least, the first of equals.
fn main(service: &ServicePlan) -> Option<&Refusal> {
    let mut whole = service.refusals.iter().filter(|r| r.instead > Instead::TheRest);
    match &service.verdict {
        Verdict::OnlyNoNewPrivileges { blocker, help } => {
            let first = whole.clone().next();
            whole.find(|r| r.blocker == *blocker && r.help == *help).or(first)
        }
        Verdict::Refused { blocker, help } => whole.find(|r| r.blocker == *blocker && r.help == *help),
        _ => whole.next(),
    }
}

/// What a service is after the plan. Of a user or root by its author's word, the user control's finding says it.
fn verdict(name: &str, service: &ServicePlan) -> Option<Diagnostic> {
    let kept = match (&service.verdict, human::capabilities_kept(service)) {
        (Verdict::RootStart, Some(kept)) => format!("; it keeps {kept}"),
        _ => String::new(),
    };
    let text = format!("service {name} {}{kept}", human::verdict(service));
    let (topic, help) = match (&service.verdict, main(service)) {
        (Verdict::Refused { help, .. }, _) => {
            return Some(Diagnostic::new(Topic::Refused, line(&text)).help(line(help)));
        }
        (Verdict::RootStart, Some(refused)) => (Topic::FellBack, Some(&refused.help)),
        (_, Some(refused)) => (Topic::Refused, Some(&refused.help)),
        (Verdict::OnlyNoNewPrivileges { help, .. }, None) => (Topic::Refused, Some(help)),
        (Verdict::Nonroot, None) => (Topic::Nonroot, None),
        (Verdict::RootStart, None) => (Topic::RootStart, None),
        (Verdict::Skipped { .. }, None) => (Topic::Skipped, None),
        (Verdict::NoContainer, None) => (Topic::NoContainer, None),
        (Verdict::Doubtful | Verdict::ExplicitRoot, None) => return None,
    };
    Some(Diagnostic {
        help: help.cloned(),
        ..Diagnostic::new(topic, text)
    })
}

/// A decision, at its place and with what it rests on.
pub(crate) fn decision(
    name: &str,
    service: &ServicePlan,
    decision: &Decision,
    sources: &Sources,
) -> Diagnostic {
    let topic = service.topic(decision);
    if let (Topic::RefusedPart, Outcome::Refuse { blocker, help, .. }) = (topic, &decision.outcome) {
        let text = format!("service {name}: {} is refused: {blocker}", decision.control);
        return Diagnostic::new(topic, text).at(decision.place).help(help);
    }
    let evidence = decision.evidence.iter();
    let from: Vec<String> = evidence.map(|e| human::evidence(e, sources)).collect();
    let is = match topic {
        Topic::Doubtful | Topic::ExplicitRoot => format!(" {}", human::verdict(service)),
        _ => String::new(),
    };
    let text = format!("service {name}{is}: {} [{}]", decision.because, from.join("; "));
    Diagnostic {
        help: decision.help().map(|help| line(help).into_owned()),
        ..Diagnostic::new(topic, line(&text)).at(decision.place)
    }
}
