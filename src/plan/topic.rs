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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::claim::Claim;
    use crate::plan::decision::{Notice, Safety};
    use crate::plan::intent::Intent;
    use crate::tree::Origin;

    fn decision(outcome: Outcome) -> Decision {
        Decision {
            control: USER,
            service: "web".to_owned(),
            outcome,
            because: String::new(),
            evidence: Vec::new(),
            safety: Safety::Hardening,
            place: Origin::NONE,
            notice: Some(Notice {
                topic: Topic::Change,
                help: "have it otherwise",
            }),
            gives: false,
        }
    }

    #[test]
    fn each_outcome_has_its_help_and_its_claims() {
        let (intents, help) = (vec![Intent::Group { gid: 5 }; 2], "do this".to_owned());
        let refused = Outcome::Refuse {
            blocker: String::new(),
            help: help.clone(),
            instead: Instead::TheRest,
        };
        let found = Outcome::Finding { help, hinders: false };
        let claim = [Claim::InGroup { gid: 5 }];
        for (outcome, help, claims) in [
            (
                Outcome::Change(intents.clone()),
                Some("have it otherwise"),
                &claim[..],
            ),
            (Outcome::AlreadyOk(intents), None, &claim[..]),
            (refused, Some("do this"), &[]),
            (found, Some("do this"), &[]),
            (Outcome::Suppressed(String::new()), None, &[]),
        ] {
            let decision = decision(outcome);
            assert_eq!(decision.help(), help, "{:?}", decision.outcome);
            assert_eq!(decision.claims(), claims, "{:?}", decision.outcome);
        }
    }
}
