//! Options of every command that plans: `--X` after an own verb, `--nr-X` before any.

use crate::diagnostic::Diagnostic;
use crate::facts::engine::{EngineFacts, EngineKind};
use crate::facts::settings::{Ids, Policy, PortStrategy};
use crate::pipeline::wishes::Wishes;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// How to plan.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PlanOptions {
    /// How far to go: `strict` starts nothing unless all can be hardened, `cautious` changes only what cannot
    /// alter behaviour
    #[arg(long, value_name = "POLICY")]
    pub policy: Option<PolicyWord>,
    /// What to do with container ports below 1024
    #[arg(long, value_name = "STRATEGY")]
    pub ports: Option<PortWord>,
    /// The user for images that take any
    #[arg(long, value_name = "UID:GID")]
    pub user: Option<Ids>,
    /// Run what takes any uid under an arbitrary one with group 0, as OpenShift does: one for each project, always the
    /// same
    #[arg(long)]
    pub random_uid: bool,
    /// Take a guess also where nobody watches it: in a file, in the foreground, in CI
    #[arg(long)]
    pub guess: bool,
    /// A configuration that outranks the project's, whose suppressions then count as findings
    #[arg(long, value_name = "FILE")]
    pub policy_file: Option<PathBuf>,
    /// The kind of engine to plan for, instead of asking the one that is here
    #[arg(long, value_name = "KIND")]
    pub assume: Option<AssumeWord>,
    /// How long the engine may think about an ordinary question: 30s, 500ms
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub engine_timeout: Option<Duration>,
}

/// A kind of engine on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AssumeWord {
    /// As root, on this machine
    Rootful,
    /// Without root, for one user
    Rootless,
    /// As root, with users mapped to unprivileged ones
    UsernsRemap,
    /// Docker Desktop
    Desktop,
    /// As root, on another machine
    Remote,
}

impl AssumeWord {
    /// An engine of that kind, of a current version.
    pub(crate) fn facts(self) -> EngineFacts {
        let (kind, remote) = match self {
            AssumeWord::Rootful => (EngineKind::Rootful, false),
            AssumeWord::Rootless => (EngineKind::Rootless, false),
            AssumeWord::UsernsRemap => (EngineKind::UsernsRemap, false),
            AssumeWord::Desktop => (EngineKind::Desktop, false),
            AssumeWord::Remote => (EngineKind::Rootful, true),
        };
        EngineFacts::assumed(kind, remote)
    }
}

/// `Policy` on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyWord {
    /// Nothing starts unless everything can be hardened
    Strict,
    /// What cannot be hardened starts as its author wrote it
    Standard,
    /// Only changes that cannot alter behaviour
    Cautious,
}

/// `PortStrategy` on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PortWord {
    /// Kept where any process may bind them, moved where not
    Auto,
    /// Kept
    Keep,
    /// Kept, with the setting that allows it said explicitly
    Sysctl,
    /// Moved above 1023
    Remap,
}

impl PlanOptions {
    /// Nobody knows which of two policies is meant, and the weaker one would open a gate.
    ///
    /// # Errors
    /// One before the command and another after it.
    pub(crate) fn must_agree(&self, before: &PlanOptions) -> Result<(), Diagnostic> {
        match (self.policy, before.policy) {
            (Some(after), Some(before)) if after != before => Err(Diagnostic::error(
                "--nr-policy before the command and --policy after it say different things",
            )
            .help("leave one of them out")),
            _ => Ok(()),
        }
    }

    /// These options where they say something, else `weaker`.
    #[must_use]
    pub(crate) fn over(&self, weaker: &PlanOptions) -> PlanOptions {
        PlanOptions {
            policy: self.policy.or(weaker.policy),
            ports: self.ports.or(weaker.ports),
            user: self.user.or(weaker.user),
            random_uid: self.random_uid || weaker.random_uid,
            guess: self.guess || weaker.guess,
            policy_file: self.policy_file.clone().or_else(|| weaker.policy_file.clone()),
            assume: self.assume.or(weaker.assume),
            engine_timeout: self.engine_timeout.or(weaker.engine_timeout),
        }
    }

    /// How long the engine may think.
    pub(crate) fn engine_limit(&self) -> Duration {
        self.wishes().engine_limit
    }

    /// What a plan takes of them.
    pub(crate) fn wishes(&self) -> Wishes {
        let none = Wishes::default();
        Wishes {
            policy: self.policy.map(|p| match p {
                PolicyWord::Strict => Policy::Strict,
                PolicyWord::Standard => Policy::Standard,
                PolicyWord::Cautious => Policy::Cautious,
            }),
            ports: self.ports.map(|p| match p {
                PortWord::Auto => PortStrategy::Auto,
                PortWord::Keep => PortStrategy::Keep,
                PortWord::Sysctl => PortStrategy::Sysctl,
                PortWord::Remap => PortStrategy::Remap,
            }),
            user: self.user,
            random_uid: self.random_uid,
            policy_file: self.policy_file.clone(),
            assume: self.assume.map(AssumeWord::facts),
            engine_limit: self.engine_timeout.unwrap_or(none.engine_limit),
            ..none
        }
    }
}

/// A time as it is written on the command line.
///
/// # Errors
/// How to write one.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 1,
        "" | "s" => 1000,
        "m" => 60_000,
        _ => return Err("write it as 30s, 500ms or 2m".to_owned()),
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "write it as 30s, 500ms or 2m".to_owned())?;
    // More than a day is forever, and a sum with it must not overflow.
    Ok(Duration::from_millis(number.saturating_mul(factor)).min(Duration::from_secs(86_400)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::config::{KeyForm, TOP};

    #[test]
    fn times_are_read() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert!(duration("s").is_err() && duration("5h").is_err());
    }

    fn words<W: ValueEnum>() -> Vec<String> {
        let values = W::value_variants().iter().filter_map(W::to_possible_value);
        values.map(|value| value.get_name().to_owned()).collect()
    }

    #[test]
    fn flags_and_configuration_know_the_same_words() {
        for (key, words) in [("policy", words::<PolicyWord>()), ("ports", words::<PortWord>())] {
            let key = TOP.iter().find(|k| k.name == key).unwrap();
            assert!(
                matches!(key.form, KeyForm::Word(known) if known == words),
                "{words:?}"
            );
        }
    }
}
