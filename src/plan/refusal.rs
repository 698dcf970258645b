//! A refusal: what of a service cannot be hardened, why, and what becomes of it instead.

use super::decision::{Decision, Instead, Outcome};
use super::{ServicePlan, Verdict};

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
    /// Whether the help is to give something of this machine to the service's user.
    pub gives: bool,
}

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
                gives: decision.gives,
            }),
            _ => None,
        }
    }
}

impl ServicePlan {
    /// Leaves it exactly as its author wrote it.
    pub(super) fn leave(&mut self, blocker: &str, help: &str) {
        self.refusals.push(Refusal {
            by: "plan",
            blocker: blocker.to_owned(),
            help: help.to_owned(),
            instead: Instead::AsWritten,
            gives: false,
        });
        self.verdict = Verdict::Refused {
            blocker: blocker.to_owned(),
            help: help.to_owned(),
        };
    }
}
