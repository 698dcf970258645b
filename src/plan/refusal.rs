//! What cannot be, and services that fall back after the plan: for edits that an override cannot say, and for what
//! nobody could see before.

use super::context::Context;
use super::decision::{Decision, Instead, Outcome};
use super::{Plan, Verdict, resolve};
use crate::controls::{CONTROLS, user};
use crate::facts::host::Host;
use crate::load::Project;
use crate::model;

/// Something that cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Who refuses: a control, or what had to write the plan down.
    pub by: &'static str,
    /// What stands in the way.
    pub blocker: String,
    /// What the person can do.
    pub help: String,
    /// What becomes of the service.
    pub instead: Instead,
}

/// What to do about a change that an override cannot say.
const UNSAID: &str = "write the value itself, or set the attribute yourself";

impl Refusal {
    /// What a decision refuses, if it does.
    pub(super) fn of(decision: &Decision) -> Option<Refusal> {
        match &decision.outcome {
            Outcome::Refuse {
                blocker,
                help,
                instead,
            } => Some(Refusal {
                by: decision.control,
                blocker: blocker.clone(),
                help: help.clone(),
                instead: *instead,
            }),
            _ => None,
        }
    }
}

impl Plan {
    /// Lets a service fall back, as one that a control refuses: what was planned for it cannot be said.
    pub fn fall_back(&mut self, project: &Project, host: &dyn Host, service: &str, blocker: String) {
        let found = model::services(project).find(|s| s.name == service);
        let (Some(service), Some(mut known)) = (found, self.known.shift_remove(service)) else {
            return;
        };
        let (all, settings) = (&self.known, &self.settings);
        let mut refused = Vec::new();
        let mut start = {
            let cx = Context::of(project, service, &known, all, settings, host);
            let refusal = cx.refusal(user::ID, blocker, Vec::new(), UNSAID);
            let start = resolve::falls_back(&cx, std::slice::from_ref(&refusal));
            refused.push(refusal);
            start
        };
        let mut planned = None;
        while let Some(next) = start.take() {
            known.start = next;
            let cx = Context::of(project, service, &known, all, settings, host);
            let decisions = CONTROLS
                .iter()
                .flat_map(|control| (control.decide)(&cx))
                .collect();
            let decisions = resolve::settle(&cx, decisions);
            start = resolve::falls_back(&cx, &decisions);
            planned = Some(resolve::resolve(&cx, decisions, &refused));
        }
        if let Some(planned) = planned {
            self.services.insert(service.name.to_owned(), planned);
        }
        self.known.insert(service.name.to_owned(), known);
    }

    /// Leaves a service exactly as its author wrote it, for a reason that nobody could see before.
    pub fn refuse(&mut self, service: &str, blocker: String) {
        if let Some(planned) = self.services.get_mut(service) {
            let help = UNSAID.to_owned();
            planned.refusals.push(Refusal {
                by: "plan",
                blocker: blocker.clone(),
                help: help.clone(),
                instead: Instead::AsWritten,
            });
            planned.verdict = Verdict::Refused { blocker, help };
        }
    }
}
