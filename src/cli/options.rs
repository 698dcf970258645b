//! Options of every command that plans: `--X` after an own verb, `--nr-X` before any.

use crate::diagnostic::Diagnostic;
use crate::facts::config::Config;
use crate::facts::engine::{EngineFacts, EngineKind};
use crate::facts::settings::{Ids, Left, Policy, PortStrategy, Settings};
use crate::load::Project;
use crate::locate;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Experience: a daemon under load takes seconds.
const ENGINE_TIMEOUT: Duration = Duration::from_secs(30);

/// How to plan.
#[derive(Debug, Clone, Default, Args)]
pub struct PlanOptions {
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
    /// A configuration that outranks the project's, whose suppressions then count as findings
    #[arg(long, value_name = "FILE")]
    pub policy_file: Option<PathBuf>,
    /// The kind of engine to plan for, instead of asking the one that is here
    #[arg(long, value_name = "KIND")]
    pub assume: Option<AssumeWord>,
    /// How long the engine may think about an ordinary question: 30s, 500ms
    #[arg(long, value_name = "TIME", value_parser = super::verify::duration)]
    pub engine_timeout: Option<Duration>,
    /// Services that stay exactly as they run; found out, not asked for
    #[arg(skip)]
    pub left: Left,
}

/// A kind of engine on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AssumeWord {
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
    pub fn facts(self) -> EngineFacts {
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
pub enum PolicyWord {
    /// Nothing starts unless everything can be hardened
    Strict,
    /// What cannot be hardened starts as its author wrote it
    Standard,
    /// Only changes that cannot alter behaviour
    Cautious,
}

/// `PortStrategy` on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PortWord {
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
    pub fn must_agree(&self, before: &PlanOptions) -> Result<(), Diagnostic> {
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
    pub fn over(&self, weaker: &PlanOptions) -> PlanOptions {
        PlanOptions {
            policy: self.policy.or(weaker.policy),
            ports: self.ports.or(weaker.ports),
            user: self.user.or(weaker.user),
            random_uid: self.random_uid || weaker.random_uid,
            policy_file: self.policy_file.clone().or_else(|| weaker.policy_file.clone()),
            assume: self.assume.or(weaker.assume),
            engine_timeout: self.engine_timeout.or(weaker.engine_timeout),
            left: if self.left.is_empty() {
                &weaker.left
            } else {
                &self.left
            }
            .clone(),
        }
    }

    /// How long the engine may think.
    pub fn engine_limit(&self) -> Duration {
        self.engine_timeout.unwrap_or(ENGINE_TIMEOUT)
    }

    /// The settings of a run: the command line before the configuration, then what is known of caller and engine.
    pub fn settings(
        &self,
        config: &Config,
        process: &locate::Settings,
        project: &Project,
        engine: EngineFacts,
    ) -> Settings {
        let policy = self.policy.map(|p| match p {
            PolicyWord::Strict => Policy::Strict,
            PolicyWord::Standard => Policy::Standard,
            PolicyWord::Cautious => Policy::Cautious,
        });
        let ports = self.ports.map(|p| match p {
            PortWord::Auto => PortStrategy::Auto,
            PortWord::Keep => PortStrategy::Keep,
            PortWord::Sysctl => PortStrategy::Sysctl,
            PortWord::Remap => PortStrategy::Remap,
        });
        Settings {
            policy: policy.or(config.policy).unwrap_or_default(),
            ports: ports.or(config.ports).unwrap_or_default(),
            default_user: self.user.or(config.user),
            caller: caller(process),
            socket_proxy: config.socket_proxy.clone(),
            random: self.random_uid.then(|| random(project)),
            engine,
            left: self.left.clone(),
        }
    }
}

/// A uid that no image knows, with group 0, as OpenShift gives out: from the range of a namespace, which is ten thousand
/// wide and starts above a billion. A project always gets the same one (FNV-1a of its name, which is what the engine
/// knows it by), so that its volumes stay its own.
fn random(project: &Project) -> Ids {
    let hash = project.name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    Ids {
        uid: 1_000_000_000 + hash % 100_000 * 10_000,
        gid: 0,
    }
}

/// Who runs nrcompose: under sudo who ran sudo, and never root.
fn caller(process: &locate::Settings) -> Option<Ids> {
    let own = Ids {
        uid: rustix::process::getuid().as_raw(),
        gid: rustix::process::getgid().as_raw(),
    };
    let variable = |name: &str| process.environment.get(name)?.parse::<u32>().ok();
    let ids = if own.uid == 0 {
        Ids {
            uid: variable("SUDO_UID")?,
            gid: variable("SUDO_GID")?,
        }
    } else {
        own
    };
    (ids.uid != 0).then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::config::keys::{Form, TOP};

    fn words<W: ValueEnum>() -> Vec<String> {
        let values = W::value_variants().iter().filter_map(W::to_possible_value);
        values.map(|value| value.get_name().to_owned()).collect()
    }

    #[test]
    fn flags_and_configuration_know_the_same_words() {
        for (key, words) in [("policy", words::<PolicyWord>()), ("ports", words::<PortWord>())] {
            let key = TOP.iter().find(|k| k.name == key).unwrap();
            assert!(
                matches!(key.form, Form::Word(known) if known == words),
                "{words:?}"
            );
        }
    }
}
