//! What a person is told of a plan on standard error.

use super::session::Session;
use crate::controls::{published, readable};
use crate::diagnostic::Diagnostic;
use crate::pipeline::Prepared;
use crate::plan::Verdict;
use crate::plan::decision::{Decision, Instead, Outcome};
use crate::render::human;
use crate::visible::line;

/// Names every service that will not be what a person expects, and what may keep one from working; of those that are
/// to be told of.
pub fn verdicts(session: &Session, prepared: &Prepared, is_told: &dyn Fn(&str) -> bool) {
    for (name, service) in prepared.plan.services.iter().filter(|(name, _)| is_told(name)) {
        let text = format!("service {name} {}", human::verdict(service));
        if let Verdict::Refused { help, .. } = &service.verdict {
            let warning = Diagnostic::warning(line(&text)).help(line(help));
            session.tell(&warning, &prepared.project.sources);
            continue;
        }
        // The verdict names what keeps it from running without root; `explain` has all of that.
        let (whole, single): (Vec<_>, Vec<_>) = service
            .refusals
            .iter()
            .partition(|r| r.instead > Instead::TheRest);
        let mut refused: Vec<(String, &str)> = Vec::new();
        refused.extend(whole.first().map(|r| (text.clone(), r.help.as_str())));
        refused.extend(single.iter().map(|r| {
            let text = format!("service {name}: {} is refused: {}", r.by, r.blocker);
            (text, r.help.as_str())
        }));
        refused.dedup();
        for (text, help) in refused {
            session.tell(&Diagnostic::warning(text).help(help), &prepared.project.sources);
        }
        if service.is_refused() {
            continue;
        }
        let is_told = matches!(service.verdict, Verdict::Doubtful | Verdict::ExplicitRoot);
        for decision in &service.decisions {
            match &decision.outcome {
                Outcome::Finding { help, .. } if is_told && decision.control == "user" => {
                    tell(session, prepared, &format!("{text}: "), decision, help);
                }
                Outcome::Finding { help, hinders: true } => {
                    tell(session, prepared, &format!("service {name}: "), decision, help);
                }
                Outcome::Change(_) if readable::opens(decision) => {
                    let help = "to keep it closed, put it into a file that the service's user owns and name that by `file:`";
                    tell(session, prepared, &format!("service {name}: "), decision, help);
                }
                Outcome::Change(_) if decision.control == published::ID => {
                    let help = "to keep it: `sudo sysctl net.ipv4.ip_unprivileged_port_start=0` on the engine's machine";
                    tell(session, prepared, &format!("service {name}: "), decision, help);
                }
                _ => {}
            }
        }
    }
}

/// One finding, in the words of its decision.
fn tell(session: &Session, prepared: &Prepared, before: &str, decision: &Decision, help: &str) {
    let sources = &prepared.project.sources;
    let evidence = decision.evidence.iter();
    let from: Vec<String> = evidence.map(|e| human::evidence(e, sources)).collect();
    let text = format!("{before}{} [{}]", decision.because, from.join("; "));
    session.tell(&Diagnostic::warning(line(&text)).help(line(help)), sources);
}
