//! Who a service will run as, and why. Worked out before the controls, since nearly all need it.
//!
//! The order: a user the author set; an arbitrary one, if asked for; ids the author gave the image (PUID and
//! relatives); the owner of what it writes on the host; the image's own user; the configured default; whoever runs
//! nrcompose.

mod asked;
mod default;
pub(crate) mod named_mount;
mod root;
mod written;

pub(super) use root::worker;

use super::decision::Evidence;
use super::service_facts::ServiceFacts;
use crate::facts::config::ServiceConfig;
use crate::facts::host::Host;
use crate::facts::profile::{Class, ImageUser, Others};
use crate::facts::settings::{Ids, Settings};
use crate::model::{Service, UserSpec};
use crate::tree::Node;
use std::path::Path;

/// How a service will start.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// Under a numeric user.
    User(Identity),
    /// As root, because the image cannot do without; its processes drop to `worker` where that is known.
    Root {
        /// Who its processes drop to.
        worker: Option<Ids>,
        /// One sentence: why root.
        because: String,
        /// What that rests on.
        evidence: Vec<Evidence>,
    },
    /// As root by its author's explicit word, or by the person's (`as_root`).
    ExplicitRoot {
        /// One sentence: whose word.
        because: String,
        /// Where the author says it.
        evidence: Vec<Evidence>,
    },
    /// As its author wrote it, since all else is refused.
    AsWritten {
        /// What stands in the way.
        blocker: String,
        /// What the person can do.
        help: String,
    },
    /// Nobody can know; the service stays as its author wrote it.
    Unknown {
        /// What stands in the way.
        blocker: String,
        /// What the person can do.
        help: String,
        /// What that rests on.
        evidence: Vec<Evidence>,
    },
}

/// A numeric user and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    pub ids: Ids,
    /// Whether the gid is certain; if not, the author left it to the engine and so do we.
    pub has_group: bool,
    /// Supplementary groups to add.
    pub groups: Vec<u32>,
    /// Whether `user:` in the file says exactly this already.
    pub is_written: bool,
    /// One sentence: why these.
    pub because: String,
    /// What that rests on.
    pub evidence: Vec<Evidence>,
}

impl Identity {
    /// A user that `user:` does not say yet, without further groups.
    fn new(ids: Ids, because: impl Into<String>, evidence: Vec<Evidence>) -> Self {
        Identity {
            ids,
            has_group: true,
            groups: Vec::new(),
            is_written: false,
            because: because.into(),
            evidence,
        }
    }
}

impl Start {
    /// As its author wrote it.
    pub fn as_written(blocker: &str, help: &str) -> Start {
        Start::AsWritten {
            blocker: blocker.to_owned(),
            help: help.to_owned(),
        }
    }

    /// The ids of the processes that do the work.
    pub fn worker(&self) -> Option<Ids> {
        match self {
            Start::User(identity) => Some(identity.ids),
            Start::Root { worker, .. } => *worker,
            Start::ExplicitRoot { .. } | Start::AsWritten { .. } | Start::Unknown { .. } => None,
        }
    }

    /// The identity, for a service that runs as one user from its first process on.
    pub fn user(&self) -> Option<&Identity> {
        match self {
            Start::User(identity) => Some(identity),
            _ => None,
        }
    }
}

/// What decides on who a service is.
#[derive(Clone, Copy)]
pub(crate) struct IdentityScene<'s> {
    pub(crate) service: Service<'s>,
    /// What is known of its image.
    pub(crate) facts: &'s ServiceFacts,
    /// What the person says about it.
    pub(crate) config: &'s ServiceConfig,
    /// What they say about all.
    pub(crate) settings: &'s Settings,
    /// The machine.
    pub(crate) host: &'s dyn Host,
    /// The project's directory.
    pub(crate) directory: &'s Path,
}

/// Works out how a service will start.
pub(crate) fn identify(scene: &IdentityScene) -> Start {
    let IdentityScene {
        service,
        facts,
        config,
        settings,
        ..
    } = *scene;
    let origin = service.get("user").map(|n| n.origin);
    let place = || origin.map(Evidence::File).into_iter().collect::<Vec<_>>();
    if config.as_root == Some(true) {
        let because = "`as_root` asks for root on purpose".to_owned();
        return Start::ExplicitRoot {
            because,
            evidence: Vec::new(),
        };
    }
    if let Some((ids, origin)) = config.user {
        return Start::User(written::configured(service, ids, origin));
    }
    match service.user() {
        Some(spec) if spec.is_root() && config.override_root == Some(true) => {}
        Some(spec) if spec.is_root() => {
            return Start::ExplicitRoot {
                because: "its author says that it runs as root".to_owned(),
                evidence: place(),
            };
        }
        Some(UserSpec::Numeric { uid, gid }) => return written::numeric(uid, gid, facts, place()),
        Some(UserSpec::Named { user, group }) => {
            // With its variables: nobody knows what they hold.
            let said = service.get("user").and_then(Node::raw_text);
            let said = said.as_deref().unwrap_or(&user);
            return written::named(&user, group.as_deref(), said, facts, place());
        }
        Some(UserSpec::Nobody) | None => {}
    }
    if let Some(start) = root::needs_root(service, facts) {
        return start;
    }
    if let Some(random) = default::random_user(facts, settings) {
        return Start::User(random);
    }
    if facts.profile.class.value == Class::Nonroot
        && let Some(own) = default::own_user(facts)
    {
        return Start::User(asked::owner_instead_of(&own, scene).unwrap_or(own));
    }
    if facts.profile.class.value == Class::Nonroot && facts.profile.user.is_none() {
        return Start::Unknown {
            blocker: "its image has a user by name, whose number nobody knows yet".to_owned(),
            help: "it runs as that user without us: build it once, so that its number can be looked up, or write the \
                   number into its Dockerfile (`USER 1000:1000`)"
                .to_owned(),
            evidence: vec![facts.evidence("class", &facts.profile.class.evidence)],
        };
    }
    let any = facts
        .profile
        .user
        .as_ref()
        .is_none_or(|u| u.others != Others::None);
    if any {
        let asked = asked::asked_ids(service, facts).or_else(|| asked::bind_owner(scene));
        if let Some(identity) = asked {
            return Start::User(in_its_group(identity, facts));
        }
    }
    // Of an interpreter, a user without a name stands for anybody.
    let is_anybody =
        |u: &&ImageUser| facts.profile.any_program && u.name.is_none() && u.others == Others::Any;
    let anybody = facts.profile.user.as_ref().filter(is_anybody);
    if let (Some(ids), Some(user)) = (settings.default_user, anybody) {
        return Start::User(Identity::new(
            ids,
            "nrcompose is told to use this user where an image takes any",
            vec![facts.evidence("user", &user.evidence)],
        ));
    }
    Start::User(
        default::own_user(facts)
            .or_else(|| default::default_user(settings))
            .unwrap_or_else(default::fallback),
    )
}

/// A user other than the image's own in group 0, where the image is built for that.
fn in_its_group(mut identity: Identity, facts: &ServiceFacts) -> Identity {
    let user = facts.profile.user.as_ref();
    if user.is_some_and(|u| u.others == Others::Gid0) {
        identity.ids.gid = 0;
        identity.because.push_str("; the image is built for group 0");
    }
    identity
}

/// `uid:gid` of a profile.
fn parse_ids(text: &str) -> Option<Ids> {
    match UserSpec::parse(text) {
        UserSpec::Numeric { uid, gid: Some(gid) } => Some(Ids { uid, gid }),
        _ => None,
    }
}
