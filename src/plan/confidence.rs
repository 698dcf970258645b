//! How sure a plan is of a service: as sure as of its weakest change.

use super::ServicePlan;
use super::decision::{Decision, Evidence, Outcome};
use crate::facts::evidence::EvidenceKind;
use serde::Serialize;
use std::fmt;

/// What the plan of a service rests on, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Something of it was concluded, and nobody looked.
    Guessed,
    /// It stands in a Dockerfile, in a script, or in the local image.
    Read,
    /// The people who make the image say so, or the person did.
    Documented,
    /// It was seen on the published image.
    Tried,
    /// This plan ran on this machine, from this image, and the service worked.
    TriedHere,
}

impl Confidence {
    /// Whether it ran: only that proves anything.
    pub fn is_proven(self) -> bool {
        self >= Confidence::Tried
    }

    fn of_kind(kind: EvidenceKind) -> Confidence {
        match kind {
            EvidenceKind::Documented => Confidence::Documented,
            EvidenceKind::Dockerfile => Confidence::Read,
            EvidenceKind::Measured => Confidence::Tried,
            EvidenceKind::StandIn | EvidenceKind::Inferred => Confidence::Guessed,
        }
    }

    fn of_evidence(evidence: &Evidence) -> Confidence {
        match evidence {
            Evidence::Profile { kind, .. } => Confidence::of_kind(*kind),
            Evidence::Image(_) => Confidence::Read,
            Evidence::File(_) | Evidence::Engine(_) => Confidence::Documented,
            Evidence::Default(_) => Confidence::Guessed,
        }
    }

    fn of_decision(decision: &Decision) -> Confidence {
        let all = decision.evidence.iter().map(Confidence::of_evidence);
        all.max().unwrap_or(Confidence::Guessed)
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Confidence::Guessed => "guessed",
            Confidence::Read => "read",
            Confidence::Documented => "documented",
            Confidence::Tried => "tried",
            Confidence::TriedHere => "tried here",
        })
    }
}

impl ServicePlan {
    /// How sure the plan of it is. What changes nothing is as its author says.
    pub fn confidence(&self) -> Confidence {
        if self.is_tried_here {
            return Confidence::TriedHere;
        }
        let changes = self
            .effective()
            .filter(|d| matches!(d.outcome, Outcome::Change(_)));
        let weakest = changes.map(Confidence::of_decision).min();
        weakest.unwrap_or(Confidence::Documented)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_evidence_counts_and_a_default_is_a_guess() {
        let image = Evidence::Image("its user".to_owned());
        let default = Evidence::Default("1000:1000");
        let of = |evidence: &[&Evidence]| evidence.iter().map(|e| Confidence::of_evidence(e)).max();
        assert_eq!(of(&[&default]), Some(Confidence::Guessed));
        assert_eq!(of(&[&default, &image]), Some(Confidence::Read));
        assert_eq!(Confidence::of_kind(EvidenceKind::StandIn), Confidence::Guessed);
        assert!(Confidence::Tried.is_proven() && !Confidence::Documented.is_proven());
    }
}
