//! Who a service will run as, and why. Worked out before the controls, since nearly all need it.
//!
//! The order: a user the author set; an arbitrary one, if asked for; ids the author gave the image (PUID and relatives); the owner of what it
//! writes on the host; the image's own user; the configured default; whoever runs nrcompose.

use super::decision::Evidence;
use super::known::ServiceFacts;
use crate::facts::config::ServiceConfig;
use crate::facts::host::{FoundKind, Host, UNMAPPED};
use crate::facts::profile::{Class, Others, Start as ImageStart, UnderUser};
use crate::facts::settings::{Ids, Settings};
use crate::model::{MountKind, Service, UserSpec};
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
    /// The ids.
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

impl Start {
    /// The ids of the processes that do the work.
    pub fn worker(&self) -> Option<Ids> {
        match self {
            Start::User(identity) => Some(identity.ids),
            Start::Root { worker, .. } => *worker,
            Start::ExplicitRoot { .. } | Start::Unknown { .. } => None,
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

/// Works out how `service` will start.
pub fn identify(
    service: Service,
    facts: &ServiceFacts,
    config: &ServiceConfig,
    settings: &Settings,
    host: &dyn Host,
) -> Start {
    let origin = service.get("user").map(|n| n.origin);
    let written = || origin.map(Evidence::File).into_iter().collect::<Vec<_>>();
    if config.as_root {
        let because = "`as_root` asks for root on purpose".to_owned();
        return Start::ExplicitRoot {
            because,
            evidence: Vec::new(),
        };
    }
    if let Some((ids, origin)) = config.user {
        return Start::User(configured(service, ids, origin));
    }
    match service.user() {
        Some(spec) if spec.is_root() && config.override_root => {}
        Some(spec) if spec.is_root() => {
            return Start::ExplicitRoot {
                because: "its author says that it runs as root".to_owned(),
                evidence: written(),
            };
        }
        Some(UserSpec::Numeric { uid, gid }) => return numeric(uid, gid, facts, written()),
        Some(UserSpec::Named { user, group }) => {
            // With its variables: nobody knows what they hold.
            let said = service.get("user").and_then(Node::raw_text);
            let said = said.as_deref().unwrap_or(&user);
            return named(&user, group.as_deref(), said, facts, written());
        }
        Some(UserSpec::Nobody) | None => {}
    }
    if let Some(start) = needs_root(service, facts) {
        return start;
    }
    if let Some(random) = random_user(facts, settings) {
        return Start::User(random);
    }
    if facts.profile.class.value == Class::Nonroot
        && let Some(own) = own_user(facts)
    {
        return Start::User(own);
    }
    let any = facts.profile.user.as_ref().is_none_or(|u| u.others != Others::No);
    if any {
        let asked = asked_ids(service, facts).or_else(|| bind_owner(service, facts, settings, host));
        if let Some(mut identity) = asked {
            if facts
                .profile
                .user
                .as_ref()
                .is_some_and(|u| u.others == Others::Gid0)
            {
                identity.ids.gid = 0;
                identity.because.push_str("; the image is built for group 0");
            }
            return Start::User(identity);
        }
    }
    Start::User(
        own_user(facts)
            .or_else(|| default_user(settings))
            .unwrap_or_else(fallback),
    )
}

/// The arbitrary uid that the person asks for, where the image is not known to take its own alone.
fn random_user(facts: &ServiceFacts, settings: &Settings) -> Option<Identity> {
    let ids = settings.random?;
    if facts
        .profile
        .user
        .as_ref()
        .is_some_and(|u| u.others == Others::No)
    {
        return None;
    }
    Some(Identity {
        ids,
        has_group: true,
        groups: Vec::new(),
        is_written: false,
        because: "an arbitrary uid with group 0 was asked for, and this image is not known to refuse one"
            .to_owned(),
        evidence: vec![match &facts.profile.user {
            Some(user) => facts.evidence("user", &user.evidence),
            None => Evidence::Default("--random-uid"),
        }],
    })
}

/// The user that nrcompose's configuration names.
fn configured(service: Service, ids: Ids, origin: crate::tree::Origin) -> Identity {
    let same = UserSpec::Numeric {
        uid: ids.uid,
        gid: Some(ids.gid),
    };
    Identity {
        ids,
        has_group: true,
        groups: Vec::new(),
        is_written: service.user() == Some(same),
        because: "nrcompose's configuration names this user".to_owned(),
        evidence: vec![Evidence::File(origin)],
    }
}

/// An author's `user:` in numbers. A missing gid is filled in where the image's is known: the engine would
/// take 0 for a uid it does not know.
fn numeric(uid: u32, gid: Option<u32>, facts: &ServiceFacts, mut evidence: Vec<Evidence>) -> Start {
    let known = if gid.is_some() { None } else { facts.group_of(uid) };
    let (ids, because) = match (gid, &known) {
        (None, Some((group, source))) => {
            evidence.push(source.clone());
            let because = format!("the Compose file sets uid {uid}, whose group in the image is {group}");
            (Ids { uid, gid: *group }, because)
        }
        // Whether the image knows this uid, nobody can say: its group is left to the engine.
        _ => (
            Ids {
                uid,
                gid: gid.unwrap_or(uid),
            },
            "the Compose file sets this user".to_owned(),
        ),
    };
    let has_group = gid.is_some() || known.is_some();
    let is_written = gid.is_some() || known.is_none();
    Start::User(Identity {
        ids,
        has_group,
        groups: Vec::new(),
        is_written,
        because,
        evidence,
    })
}

/// An author's `user:` by name, which only the image can turn into numbers.
fn named(
    user: &str,
    group: Option<&str>,
    said: &str,
    facts: &ServiceFacts,
    mut evidence: Vec<Evidence>,
) -> Start {
    if let Some(entry) = facts.lookup_user(user) {
        let gid = match group {
            None => Some(entry.gid),
            Some(group) => group.parse().ok().or_else(|| facts.lookup_group(group)),
        };
        if let Some(gid) = gid {
            evidence.push(entry.evidence.clone());
            return Start::User(Identity {
                ids: Ids { uid: entry.uid, gid },
                has_group: true,
                groups: entry.groups.clone(),
                is_written: false,
                because: format!(
                    "the Compose file sets user {said}, which is {}:{gid} in the image",
                    entry.uid
                ),
                evidence,
            });
        }
    }
    Start::Unknown {
        blocker: format!("image has non-numeric user ({said}), cannot verify user is non-root"),
        help:
            "write the number: `docker run --rm --entrypoint id IMAGE` prints it, or pull the image so that \
               it can be looked up"
                .to_owned(),
        evidence,
    }
}

/// Whether the image needs a start as root: by its profile, or because what the author asked of it does.
fn needs_root(service: Service, facts: &ServiceFacts) -> Option<Start> {
    let profile = &facts.profile;
    let worker = asked_ids(service, facts)
        .map(|i| i.ids)
        .or_else(|| profile.ids.as_ref().and_then(|ids| parse_ids(&ids.default)))
        .or_else(|| {
            profile.user.as_ref().map(|u| Ids {
                uid: u.uid,
                gid: u.gid,
            })
        })
        .filter(|ids| ids.uid != 0);
    if matches!(profile.class.value, Class::RootStart | Class::Cannot) {
        let mut evidence = vec![facts.evidence("class", &profile.class.evidence)];
        let because = match (profile.blockers.first(), profile.class.value) {
            (Some(blocker), _) => {
                evidence.push(facts.evidence("blockers", &blocker.evidence));
                blocker.note.clone()
            }
            (None, Class::Cannot) => "this image needs root while it runs".to_owned(),
            (None, _) => "this image starts as root and drops it itself".to_owned(),
        };
        return Some(Start::Root {
            worker,
            because,
            evidence,
        });
    }
    let ids = profile.ids.as_ref()?;
    let (what, origin) = customisation(service).or_else(|| told_ids(service, facts))?;
    Some(Start::Root {
        worker,
        because: format!("{what}, which this image does only when it starts as root"),
        evidence: vec![Evidence::File(origin), facts.evidence("ids", &ids.evidence)],
    })
}

/// Ids from an `env_file`, for an image that fails under `user:` while it is told any: what stands in `environment:`
/// can be taken away (control *environment*), what stands in that file cannot.
fn told_ids(service: Service, facts: &ServiceFacts) -> Option<(&'static str, crate::tree::Origin)> {
    let ids = facts
        .profile
        .ids
        .as_ref()
        .filter(|i| i.under_user == UnderUser::Fails)?;
    let mut names = ids
        .uid
        .iter()
        .chain(&ids.gid)
        .filter(|name| service.environment(name).is_none());
    let (_, origin) = names.find_map(|name| facts.environment(service, name))?;
    Some(("it changes to the ids that its env_file names", origin))
}

/// What an author added to a PUID image that works only when the container starts as root.
fn customisation(service: Service) -> Option<(&'static str, crate::tree::Origin)> {
    if let Some((value, node)) = service.environment("DOCKER_MODS")
        && !value.is_empty()
    {
        return Some(("it installs DOCKER_MODS", node.origin));
    }
    service.mounts().iter().find_map(|m| match m.target.as_str() {
        "/custom-cont-init.d" => Some(("it runs scripts from /custom-cont-init.d", m.node.origin)),
        "/custom-services.d" => Some(("it runs services from /custom-services.d", m.node.origin)),
        _ => None,
    })
}

/// The ids an author gave to the image through PUID, PGID and relatives; root among them is no wish of ours.
pub fn asked_ids(service: Service, facts: &ServiceFacts) -> Option<Identity> {
    let ids = facts.profile.ids.as_ref()?;
    let variable = |names: &[String]| {
        names.iter().find_map(|name| {
            let (value, origin) = facts.environment(service, name)?;
            Some((name.clone(), value.trim().parse::<u32>().ok()?, origin))
        })
    };
    let (uid_name, uid, origin) = variable(&ids.uid)?;
    let gid = variable(&ids.gid);
    let default = parse_ids(&ids.default);
    let gid_value = gid
        .as_ref()
        .map(|g| g.1)
        .or(default.map(|d| d.gid))
        .unwrap_or(uid);
    if uid == 0 {
        return None;
    }
    let names = gid.map_or_else(
        || uid_name.clone(),
        |(gid_name, ..)| format!("{uid_name} and {gid_name}"),
    );
    Some(Identity {
        ids: Ids { uid, gid: gid_value },
        has_group: true,
        groups: Vec::new(),
        is_written: false,
        because: format!("{names} name the ids its author wants"),
        evidence: vec![Evidence::File(origin), facts.evidence("ids", &ids.evidence)],
    })
}

/// The one owner of all host directories that the service writes. One that does not exist yet will be made by
/// whoever runs nrcompose.
fn bind_owner(
    service: Service,
    facts: &ServiceFacts,
    settings: &Settings,
    host: &dyn Host,
) -> Option<Identity> {
    if !facts
        .profile
        .user
        .as_ref()
        .is_none_or(|u| u.others == Others::Any)
    {
        return None;
    }
    let mounts = service.mounts();
    let written = mounts
        .iter()
        .filter(|m| m.kind == MountKind::Bind && !m.read_only);
    let mut owners = written.filter_map(|mount| {
        let path = Path::new(mount.source?);
        match host.look(path) {
            Some(found) if found.kind == FoundKind::Directory => Some((
                Ids {
                    uid: found.uid,
                    gid: found.gid,
                },
                mount,
            )),
            Some(_) => None,
            None => settings
                .caller_inside()
                .filter(|_| host.will_make(path))
                .map(|ids| (ids, mount)),
        }
    });
    let (ids, mount) = owners.next()?;
    let is_user = ids.uid != 0 && ids.uid != UNMAPPED && ids.gid != UNMAPPED;
    if !is_user || owners.any(|(other, _)| other != ids) {
        return None;
    }
    Some(Identity {
        ids,
        has_group: true,
        groups: Vec::new(),
        is_written: false,
        because: format!(
            "{} on this host belongs to {ids}{}",
            mount.source?,
            settings.engine.counted()
        ),
        evidence: vec![Evidence::File(mount.node.origin)],
    })
}

/// The user the image is made for.
fn own_user(facts: &ServiceFacts) -> Option<Identity> {
    let user = facts.profile.user.as_ref().filter(|u| u.uid != 0)?;
    Some(Identity {
        ids: Ids {
            uid: user.uid,
            gid: user.gid,
        },
        has_group: true,
        groups: user.groups.clone(),
        is_written: false,
        because: match facts.profile.start.as_ref().map(|s| s.value) {
            Some(ImageStart::Drops) => "the image drops to this user itself",
            Some(ImageStart::RootMaster) => "the image's workers run as this user",
            Some(ImageStart::Nonroot) => "the image runs as this user",
            Some(ImageStart::Root) | None => "the image has this user",
        }
        .to_owned(),
        evidence: vec![facts.evidence("user", &user.evidence)],
    })
}

/// The user the person configured, else whoever runs nrcompose.
fn default_user(settings: &Settings) -> Option<Identity> {
    let (ids, because, evidence) = match (settings.default_user, settings.caller_inside()) {
        (Some(ids), _) => (
            ids,
            "nrcompose is told to use this user where an image takes any",
            Evidence::Default("default user"),
        ),
        (None, Some(ids)) => (
            ids,
            "these are the ids of whoever runs nrcompose",
            Evidence::Default("caller"),
        ),
        (None, None) => return None,
    };
    Some(Identity {
        ids,
        has_group: true,
        groups: Vec::new(),
        is_written: false,
        because: because.to_owned(),
        evidence: vec![evidence],
    })
}

/// 1000:1000, when nothing else is known: the first person's ids on nearly every Linux.
fn fallback() -> Identity {
    Identity {
        ids: Ids { uid: 1000, gid: 1000 },
        has_group: true,
        groups: Vec::new(),
        is_written: false,
        because: "nothing names a user; 1000:1000 is the first person's ids on most systems".to_owned(),
        evidence: vec![Evidence::Default("1000:1000")],
    }
}

/// `uid:gid` of a profile.
fn parse_ids(text: &str) -> Option<Ids> {
    match UserSpec::parse(text) {
        UserSpec::Numeric { uid, gid: Some(gid) } => Some(Ids { uid, gid }),
        _ => None,
    }
}
