//! What a control says about one service.

use super::claim::Claim;
use super::intent::{Intent, VolumeOwner};
use crate::diagnostic::audience::Topic;
use crate::model::Service;
use crate::tree::Origin;

/// The outcome of one control for one service, and why.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The control's id, as in `CONTROLS`.
    pub control: &'static str,
    /// The service, by its key in the project.
    pub service: String,
    /// What is to be done.
    pub outcome: Outcome,
    /// One sentence: why.
    pub because: String,
    /// What that rests on.
    pub evidence: Vec<Evidence>,
    /// What it may do to the service.
    pub safety: Safety,
    /// The place in the person's files that it is about.
    pub place: Origin,
    /// What a person is told of a change where they do not see the plan.
    pub notice: Option<Notice>,
    /// Whether its help is to give something of this machine to the service's user: from two such on, one command does it
    /// for all.
    pub gives: bool,
}

/// What a person is told of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub topic: Topic,
    /// How to have it otherwise.
    pub help: &'static str,
}

/// What a control wants.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// That these become true.
    Change(Vec<Intent>),
    /// That these stay true, as they are by its author's word.
    AlreadyOk(Vec<Intent>),
    /// It cannot be; the person can do this about it.
    Refuse {
        /// What stands in the way.
        blocker: String,
        /// What the person can do.
        help: String,
        /// What becomes of the service.
        instead: Instead,
    },
    /// Nothing is changed, but the person should know.
    Finding {
        /// What the person can do.
        help: String,
        /// Whether the service may fail for it: then the person is told at every start.
        hinders: bool,
    },
    /// The person said not to, for this reason.
    Suppressed(String),
}

impl Outcome {
    /// That these are true: to be brought about, or so already by the author's word.
    pub fn of(is_so: bool, intents: Vec<Intent>) -> Outcome {
        match is_so {
            true => Outcome::AlreadyOk(intents),
            false => Outcome::Change(intents),
        }
    }
}

/// What becomes of a service of which something is refused, the smallest refusal first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instead {
    /// All that the other controls want.
    TheRest,
    /// The root start that is known for its image, where there is one; else [`Instead::AsWritten`].
    RootStart,
    /// What its author wrote, with no-new-privileges where that is known to be harmless.
    AsWritten,
}

/// What a decision is about in the person's files: the first place that it rests on, else the attribute that the control
/// is named for, else the service.
pub fn place(service: Service, control: &str, evidence: &[Evidence]) -> Origin {
    let of_evidence = evidence.iter().find_map(|item| match item {
        Evidence::File(origin) if origin.is_written() => Some(*origin),
        _ => None,
    });
    let of_attribute = || service.get(control).map(|node| node.origin);
    of_evidence
        .or_else(|| of_attribute().filter(Origin::is_written))
        .unwrap_or(service.node.origin)
}

impl Decision {
    /// What is to be true, changed or not; nothing of what is refused, only found, or suppressed.
    pub fn intents(&self) -> &[Intent] {
        match &self.outcome {
            Outcome::Change(intents) | Outcome::AlreadyOk(intents) => intents,
            _ => &[],
        }
    }

    /// What must hold in the running container if it worked.
    pub fn claims(&self) -> Vec<Claim> {
        let mut claims: Vec<Claim> = Vec::new();
        for claim in self.intents().iter().flat_map(Intent::claims) {
            if !claims.contains(&claim) {
                claims.push(claim);
            }
        }
        claims
    }

    /// Whom volumes must belong to before the service starts.
    pub fn ownership(&self) -> impl Iterator<Item = &VolumeOwner> {
        self.intents().iter().filter_map(|intent| match intent {
            Intent::Own(owner) => Some(owner),
            _ => None,
        })
    }

    /// The same, with help that gives something of this machine to the service's user.
    #[must_use]
    pub fn giving(self, gives: bool) -> Decision {
        Decision { gives, ..self }
    }

    /// Whether more than a single change is refused.
    pub fn refuses_service(&self) -> bool {
        matches!(self.outcome, Outcome::Refuse { instead, .. } if instead > Instead::TheRest)
    }
}

/// What a decision rests on.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// A place in the person's files.
    File(Origin),
    /// A value of a profile.
    Profile {
        /// The profile's name: its file's, without `.yaml`.
        profile: String,
        /// What of it: `user`, `writable./run`.
        value: String,
        /// How strong: the best kind of evidence given for the value.
        kind: crate::facts::evidence::EvidenceKind,
        /// Where to look it up.
        place: String,
    },
    /// The local image itself.
    Image(String),
    /// How the engine behaves, and since when.
    Engine(&'static str),
    /// A default of ours.
    Default(&'static str),
}

impl Evidence {
    /// Whether a decision that rests on this counts as proven.
    pub fn proves(&self) -> bool {
        match self {
            Evidence::Profile { kind, .. } => kind.proves(),
            Evidence::File(_) | Evidence::Image(_) | Evidence::Engine(_) => true,
            Evidence::Default(_) => false,
        }
    }
}

/// What a change may do to the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Safety {
    /// Takes away what the service does not need.
    Hardening,
    /// May be noticed.
    Behaviour(String),
    /// Needs a person.
    Manual,
}
