//! A user where nobody names one: the image's own, an arbitrary one if that is asked for, the person's.

use super::Identity;
use crate::facts::profile::{ImageStart, Others};
use crate::facts::settings::{Ids, Settings};
use crate::plan::decision::Evidence;
use crate::plan::service_facts::ServiceFacts;

/// The arbitrary uid that the person asks for, where the image is not known to take its own alone.
pub(super) fn random_user(facts: &ServiceFacts, settings: &Settings) -> Option<Identity> {
    let ids = settings.random?;
    if facts
        .profile
        .user
        .as_ref()
        .is_some_and(|u| u.others == Others::None)
    {
        return None;
    }
    Some(Identity::new(
        ids,
        "an arbitrary uid with group 0 was asked for, and this image is not known to refuse one",
        vec![match &facts.profile.user {
            Some(user) => facts.evidence("user", &user.evidence),
            None => Evidence::Default("--random-uid"),
        }],
    ))
}

/// The user the image is made for.
pub(super) fn own_user(facts: &ServiceFacts) -> Option<Identity> {
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
pub(super) fn default_user(settings: &Settings) -> Option<Identity> {
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
    Some(Identity::new(ids, because, vec![evidence]))
}

/// 1000:1000, when nothing else is known: the first person's ids on nearly every Linux.
pub(super) fn fallback() -> Identity {
    Identity::new(
        Ids { uid: 1000, gid: 1000 },
        "nothing names a user; 1000:1000 is the first person's ids on most systems",
        vec![Evidence::Default("1000:1000")],
    )
}
