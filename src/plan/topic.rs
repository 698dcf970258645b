//! What a decision is about, and how bad that is: what `harden --check`, the JSON of a plan and standard error go by.

use super::control::USER;
use super::decision::{Decision, Instead, Outcome};
use super::{ServicePlan, Verdict};
use crate::diagnostic::Severity;
use crate::diagnostic::audience::Topic;

impl Decision {
    /// What it is about.
    pub fn topic(&self) -> Topic {
        match &self.outcome {
            Outcome::Change(_) => self.notice.as_ref().map_or(Topic::Change, |n| n.topic),
            Outcome::AlreadyOk(_) => Topic::AlreadyOk,
            Outcome::Refuse { instead, .. } if *instead > Instead::TheRest => Topic::RefusedWhole,
            Outcome::Refuse { .. } => Topic::RefusedPart,
            Outcome::Finding { hinders: true, .. } => Topic::Hindrance,
            Outcome::Finding { .. } => Topic::Finding,
            Outcome::Suppressed(_) => Topic::Suppressed,
        }
    }

    /// How bad it is.
    pub fn level(&self) -> Severity {
        self.topic().severity()
    }

    /// What the person can do.
    pub fn help(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Refuse { help, .. } | Outcome::Finding { help, .. } => Some(help),
            Outcome::Change(_) => self.notice.as_ref().map(|n| n.help),
            Outcome::AlreadyOk(_) | Outcome::Suppressed(_) => None,
        }
    }
}

impl ServicePlan {
    /// What a decision about it is about, with what the service is after all: what the user control then finds says why.
    pub fn topic(&self, decision: &Decision) -> Topic {
        match (&self.verdict, decision.topic()) {
            (Verdict::Doubtful, Topic::Finding) if decision.control == USER => Topic::Doubtful,
            (Verdict::ExplicitRoot, Topic::Finding) if decision.control == USER => Topic::ExplicitRoot,
            (_, topic) => topic,
        }
    }
}
