//! What the person asked for this time: stronger than their configuration, weaker than a policy file.

use crate::facts::config::Config;
use crate::facts::engine::EngineFacts;
use crate::facts::settings::{Giver, Ids, Left, Policy, PortStrategy, Settings};
use crate::load::Project;
use indexmap::IndexMap;
use std::path::PathBuf;
use std::time::Duration;

/// Experience: a daemon under load takes seconds.
const ENGINE_LIMIT: Duration = Duration::from_secs(30);

/// How to plan.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// How far to go.
    pub policy: Option<Policy>,
    /// What to do with container ports below 1024.
    pub ports: Option<PortStrategy>,
    /// The user for images that take any.
    pub user: Option<Ids>,
    /// An arbitrary uid with group 0 for everything that takes any.
    pub random_uid: bool,
    /// A configuration that outranks the project's.
    pub policy_file: Option<PathBuf>,
    /// The engine to plan for, instead of asking the one that is here.
    pub assume: Option<EngineFacts>,
    /// How long the engine may think about an ordinary question.
    pub engine_limit: Duration,
    /// Who gives volumes to their users: it depends on who starts the services.
    pub giver: Giver,
    /// The service of which `run` makes a container of its own.
    pub one_off: Option<String>,
    /// Services that stay exactly as they run; found out, not asked for.
    pub left: Left,
    /// Where a guess may not be tried, why: `in a written file nothing is guessed`.
    pub no_guesses: Option<&'static str>,
    /// Services that go on as root since their containers have data of their own; found out, not asked for.
    pub stays: Left,
    /// Whether what is known to fail starts hardened all the same.
    pub force: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Wishes {
            policy: None,
            ports: None,
            user: None,
            random_uid: false,
            policy_file: None,
            assume: None,
            engine_limit: ENGINE_LIMIT,
            giver: Giver::default(),
            one_off: None,
            left: Left::default(),
            no_guesses: None,
            stays: Left::default(),
            force: false,
        }
    }
}

impl Wishes {
    /// The settings of a run: the command line before the configuration, then what is known of caller and engine.
    pub fn settings(
        &self,
        config: &Config,
        environment: &IndexMap<String, String>,
        project: &Project,
        engine: EngineFacts,
    ) -> Settings {
        Settings {
            policy: self.policy.or(config.policy).unwrap_or_default(),
            ports: self.ports.or(config.ports).unwrap_or_default(),
            default_user: self.user.or(config.user),
            caller: caller(environment),
            socket_proxy: config.socket_proxy.clone(),
            random: self.random_uid.then(|| random(project)),
            engine,
            giver: self.giver,
            one_off: self.one_off.clone(),
            left: self.left.clone(),
            stays: self.stays.clone(),
            force: self.force,
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
fn caller(environment: &IndexMap<String, String>) -> Option<Ids> {
    let own = Ids {
        uid: rustix::process::getuid().as_raw(),
        gid: rustix::process::getgid().as_raw(),
    };
    let variable = |name: &str| environment.get(name)?.parse::<u32>().ok();
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
