//! A user that somebody wrote down: the author, or nrcompose's configuration.

use super::{Identity, Start};
use crate::facts::settings::Ids;
use crate::model::{Service, UserSpec};
use crate::plan::decision::Evidence;
use crate::plan::service_facts::ServiceFacts;
use crate::tree::Origin;

/// The user that nrcompose's configuration names.
pub(super) fn configured(service: Service, ids: Ids, origin: Origin) -> Identity {
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
pub(super) fn numeric(
    uid: u32,
    gid: Option<u32>,
    facts: &ServiceFacts,
    mut evidence: Vec<Evidence>,
) -> Start {
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
pub(super) fn named(
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
