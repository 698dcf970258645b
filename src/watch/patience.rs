//! How long a service is watched: the less is known of it, the longer.

use crate::plan::confidence::Confidence;
use std::time::Duration;

/// How long a service that nobody knows is watched, where the person does not say.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);
/// How long one is watched whose log tells of a denied access, whatever else is known of it.
const HINTED: Duration = Duration::from_secs(15);

/// How long one service is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// It works once it has been up for this long, and answers.
    pub steady: Duration,
    /// After this nobody waits any more.
    pub limit: Duration,
}

impl Patience {
    /// As the plan's confidence has it, within `longest`. A fault that shows after some seconds is typical of what nobody
    /// looked at; what is documented shows at once.
    pub(crate) fn of(confidence: Confidence, longest: Duration) -> Patience {
        let (steady, limit) = match confidence {
            Confidence::Guessed => (10, 60),
            Confidence::Read => (3, 45),
            Confidence::Documented | Confidence::Tried | Confidence::TriedHere => (2, 30),
        };
        let limit = match confidence {
            Confidence::Guessed => longest,
            _ => Duration::from_secs(limit).min(longest),
        };
        Patience {
            steady: Duration::from_secs(steady).min(limit),
            limit,
        }
    }

    /// How long it must be up where its log tells of a denied access.
    pub(crate) fn with_a_hint(&self) -> Duration {
        HINTED.min(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_knows_is_watched_for_longest_and_never_longer_than_said() {
        let of = |confidence, longest| Patience::of(confidence, Duration::from_secs(longest));
        assert!(of(Confidence::Guessed, 60).steady > of(Confidence::Read, 60).steady);
        assert!(of(Confidence::Read, 60).steady > of(Confidence::Documented, 60).steady);
        assert_eq!(of(Confidence::Guessed, 120).limit, Duration::from_secs(120));
        for confidence in [Confidence::Guessed, Confidence::Read, Confidence::Documented] {
            let short = of(confidence, 1);
            assert!(short.steady <= Duration::from_secs(1) && short.limit == Duration::from_secs(1));
        }
    }
}
