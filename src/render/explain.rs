//! A plan as a colleague would explain it.

use super::{PlanView, human};
use crate::plan::ServicePlan;
use crate::plan::decision::Outcome;
use crate::visible::line;
use std::fmt::Write;

/// What becomes of these services and why; also what is right already.
pub fn explain(view: &PlanView, wanted: &[String]) -> String {
    let mut text = String::new();
    for (name, service) in &view.plan.services {
        if wanted.is_empty() || wanted.contains(name) {
            if !text.is_empty() {
                text.push('\n');
            }
            one(&mut text, name, service, view, true);
        }
    }
    text
}

/// One service: a heading, then each decision. `all` tells also what is right already, and what is known of the image
/// beyond that.
pub fn one(text: &mut String, name: &str, service: &ServicePlan, view: &PlanView, all: bool) {
    let image = service.image.as_deref().unwrap_or("built here");
    let profile = if service.profile.is_empty() {
        String::new()
    } else {
        format!(", profile {}", service.profile)
    };
    let mut tell = |told: String| {
        let _ = writeln!(text, "{}", line(&told));
    };
    tell(format!("{name} ({image}{profile})"));
    tell(format!("  {}", human::verdict(service)));
    if all {
        if let Some(upstream) = &service.upstream {
            tell(format!("  upstream says: {} ({})", upstream.says, upstream.link));
        }
        for note in &service.gotchas {
            tell(format!("  know that {note}"));
        }
    }
    for (decision, change) in view.decisions(name, service) {
        let is_told = match decision.outcome {
            Outcome::AlreadyOk(_) => all,
            Outcome::Change(_) if !change.is_done => all,
            // What would have changed, had it not been refused, is of no use to anybody.
            Outcome::Change(_) => !service.is_refused(),
            _ => true,
        };
        if !is_told {
            continue;
        }
        for line in human::decision(decision, change, view.sources) {
            let _ = writeln!(text, "  {line}");
        }
    }
}
