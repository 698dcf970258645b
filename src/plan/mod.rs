//! The plan: the one value that every command reads.

pub(crate) mod around;
pub mod claim;
pub mod confidence;
mod conflict;
pub(crate) mod context;
pub mod control;
pub mod decision;
mod holder;
mod identified;
pub(crate) mod identity;
mod idle;
mod instead;
pub mod intent;
mod refusal;
mod resolve;
mod rounds;
pub mod service_facts;
pub(crate) mod shares;
mod topic;

pub use refusal::Refusal;
pub use rounds::Fall;

use crate::diagnostic::Diagnostic;
use crate::facts::config::{Config, ServiceConfig};
use crate::facts::evidence::EvidenceKind;
use crate::facts::host::Host;
use crate::facts::profile::Upstream;
use crate::facts::settings::Settings;
use crate::facts::volume::ForeignVolume;
use crate::load::Project;
use crate::model;
use crate::tree::{Node, Origin};
use claim::Claim;
use control::Control;
use decision::{Decision, Outcome};
use identified::IdentifiedService;
use identity::{IdentityScene, Start};
use indexmap::IndexMap;
use intent::{Intent, VolumeOwner};
use service_facts::{FactSources, ServiceFacts};
use std::collections::BTreeSet;
use std::path::Path;

/// What becomes of every service of a project.
#[derive(Debug)]
pub struct Plan {
    /// By service, in the order of the file.
    pub services: IndexMap<String, ServicePlan>,
    /// What the person asked for.
    pub settings: Settings,
    /// What of their configuration has no effect.
    pub warnings: Vec<Diagnostic>,
    /// What is known of the services, and how each will start.
    known: IndexMap<String, IdentifiedService>,
    /// What decides.
    controls: Vec<Control>,
    /// What was refused of those that fell back.
    refused: IndexMap<String, Vec<Decision>>,
    /// Those for which not the least change can be, and what the person is told of each: why, and what the person can do.
    left: IndexMap<String, (String, String)>,
    /// Volumes on the engine that are not the project's alone.
    volumes: IndexMap<String, ForeignVolume>,
    /// Those that have no user after all, though one was worked out.
    without_user: BTreeSet<String>,
}

/// What becomes of one service.
#[derive(Debug)]
pub struct ServicePlan {
    /// The image, as it resolves; absent for a service that is only built.
    pub image: Option<String>,
    /// The profile used.
    pub profile: String,
    /// How it will start.
    pub start: Start,
    /// What every control says.
    pub decisions: Vec<Decision>,
    /// The sum of it.
    pub verdict: Verdict,
    /// What of it cannot be, whatever else is carried out.
    pub refusals: Vec<Refusal>,
    /// How one knows that it works, as the person wrote it.
    pub probe: Option<Node>,
    /// Whether its project says not to do something, and a policy file does not.
    pub is_overruled: bool,
    /// What the people who make its image say about running it as another user.
    pub upstream: Option<Upstream>,
    /// What else a person should know of its image.
    pub gotchas: Vec<String>,
    /// The names of the variables that its image sets, where it was looked at.
    pub image_environment: Vec<String>,
    /// Where its image keeps what a run needs and nobody misses afterwards.
    pub scratch: Vec<String>,
    /// Whether this very plan ran on this machine, from this image, and the service worked.
    pub is_tried_here: bool,
}

/// What a service is after the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A numeric user from the first process on.
    Nonroot,
    /// A numeric user by its author's word, on an image that is expected to fail under any.
    Doubtful,
    /// A start as root with a reduced set of capabilities.
    RootStart,
    /// Root, by its author's word.
    ExplicitRoot,
    /// As its author wrote it, with no-new-privileges added.
    OnlyNoNewPrivileges {
        /// What stands in the way of more.
        blocker: String,
        /// What the person can do.
        help: String,
    },
    /// As its author wrote it.
    Refused {
        /// What stands in the way.
        blocker: String,
        /// What the person can do.
        help: String,
    },
    /// As its author wrote it, because the person says so.
    Skipped {
        /// Their reason.
        reason: String,
    },
    /// Nothing to look after: a provider runs it, or nrcompose added it itself.
    NoContainer,
}

impl Plan {
    /// Plans every service of a project, those of inactive profiles too, by these controls, whose order does not matter.
    ///
    /// # Errors
    /// A service that names a profile which does not exist, or suppresses a control which does not.
    pub fn by(
        controls: &[Control],
        project: &Project,
        sources: &FactSources,
        config: &Config,
        settings: Settings,
        host: &dyn Host,
    ) -> Result<Plan, Diagnostic> {
        let mut all: IndexMap<String, IdentifiedService> = IndexMap::new();
        for service in
            model::services(project).filter(|s| s.has_container() && model::added_for(*s).is_none())
        {
            let own = service.get("x-nrcompose").map(ServiceConfig::read).transpose()?;
            let config = config.of_service(service.name, own);
            let facts = ServiceFacts::of(project, service, &config, sources).map_err(|(name, origin)| {
                Diagnostic::error(format!(
                    "service {} names the profile {name}, which does not exist",
                    service.name
                ))
                .at(origin)
                .help("`nrcompose profiles list` names those that do")
            })?;
            let start = match settings.left.get(service.name) {
                // So that the others know that it runs as whom its author wrote.
                Some((blocker, help)) => Start::as_written(blocker, help),
                None => identity::identify(&IdentityScene {
                    service,
                    facts: &facts,
                    config: &config,
                    settings: &settings,
                    host,
                    directory: &project.directory,
                }),
            };
            all.insert(
                service.name.to_owned(),
                IdentifiedService { config, facts, start },
            );
        }
        let mut plan = Plan {
            services: IndexMap::new(),
            warnings: config.warnings.clone(),
            left: settings.left.clone(),
            volumes: sources.volumes.clone(),
            settings,
            known: all,
            controls: controls.to_vec(),
            refused: IndexMap::new(),
            without_user: BTreeSet::new(),
        };
        plan.decide(project, host)?;
        Ok(plan)
    }
}

impl ServicePlan {
    /// A service that Compose hands to a provider.
    fn without_container() -> Self {
        ServicePlan {
            image: None,
            profile: String::new(),
            start: Start::Unknown {
                blocker: "a provider runs it".into(),
                help: String::new(),
                evidence: Vec::new(),
            },
            decisions: Vec::new(),
            verdict: Verdict::NoContainer,
            refusals: Vec::new(),
            probe: None,
            is_overruled: false,
            upstream: None,
            gotchas: Vec::new(),
            image_environment: Vec::new(),
            scratch: Vec::new(),
            is_tried_here: false,
        }
    }

    /// Whether the service stays as its author wrote it.
    pub fn is_refused(&self) -> bool {
        matches!(
            self.verdict,
            Verdict::Refused { .. } | Verdict::Skipped { .. } | Verdict::NoContainer
        )
    }

    /// The user that it was planned for, if it is to run as one from its first process on.
    pub fn user(&self) -> Option<&identity::Identity> {
        match self.verdict {
            Verdict::Nonroot | Verdict::Doubtful => self.start.user(),
            _ => None,
        }
    }

    /// The decisions that are carried out or hold already.
    fn effective(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|_| !self.is_refused())
    }

    /// What is to be true of it.
    pub fn intents(&self) -> impl Iterator<Item = &Intent> {
        self.effective().flat_map(Decision::intents)
    }

    /// Whom its volumes must belong to.
    pub fn ownership(&self) -> impl Iterator<Item = &VolumeOwner> {
        self.effective().flat_map(Decision::ownership)
    }

    /// Where it is asked that a directory of the host be given to its user.
    pub fn asks_for(&self, directory: &Path) -> Origin {
        let asks = |intent: &Intent| intent.directory().is_some_and(|owner| owner.path == directory);
        let mut decisions = self.effective();
        let found = decisions.find(|decision| decision.intents().iter().any(asks));
        found.map_or(Origin::NONE, |decision| decision.place)
    }

    /// What must hold in its containers.
    pub fn claims(&self) -> Vec<Claim> {
        let mut claims: Vec<Claim> = self.intents().flat_map(Intent::claims).collect();
        claims.sort();
        claims.dedup();
        claims
    }

    /// Whether it shares so much with the host that no user inside makes up for it: such a service never counts as
    /// hardened.
    pub fn shares_host(&self) -> bool {
        let is_shared = |d: &Decision| matches!(d.outcome, Outcome::Finding { .. });
        self.decisions
            .iter()
            .any(|d| d.control == control::NAMESPACES && is_shared(d))
    }

    /// Whether what is planned for it is a guess, or a start as root with capabilities that were read from what its image
    /// starts, and that nobody who knows says to be enough.
    pub fn is_guessed(&self) -> bool {
        let is_told = |kind| matches!(kind, EvidenceKind::Documented | EvidenceKind::Measured);
        let is_measured = |e: &decision::Evidence| matches!(e, decision::Evidence::Profile { value, kind, .. } if value == "root_start" && is_told(*kind));
        let mut privileges = self.effective().filter(|d| d.control == control::PRIVILEGES);
        let is_known =
            self.verdict != Verdict::RootStart || privileges.any(|d| d.evidence.iter().any(is_measured));
        let is_guess = !is_known || self.confidence() == confidence::Confidence::Guessed;
        !self.is_refused() && !self.is_tried_here && is_guess
    }
}
