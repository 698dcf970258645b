//! The users and groups of an image, by name and in numbers.

use super::ServiceFacts;
use crate::facts::base_accounts;
use crate::facts::evidence::EvidenceKind;
use crate::plan::decision::Evidence;

/// A user of the image, in numbers.
#[derive(Debug, Clone)]
pub struct UserEntry {
    /// User id.
    pub uid: u32,
    /// Primary group.
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// Who says so.
    pub evidence: Evidence,
}

impl ServiceFacts {
    /// A user name of the image in numbers: from the image itself, else from the profile.
    pub fn lookup_user(&self, name: &str) -> Option<UserEntry> {
        if let Some((local, (uid, gid))) = self.image.local.as_ref().and_then(|l| Some((l, l.ids(name)?))) {
            return Some(UserEntry {
                uid,
                gid,
                groups: local.groups_of(uid).into_iter().filter(|g| *g != gid).collect(),
                evidence: Evidence::Image("/etc/passwd and /etc/group".to_owned()),
            });
        }
        let user = self
            .profile
            .user
            .as_ref()
            .filter(|u| u.name.as_deref() == Some(name));
        let Some(user) = user else {
            let (uid, gid) = base_accounts::ids(self.image.image.as_ref()?, name)?;
            return Some(UserEntry {
                uid,
                gid,
                groups: Vec::new(),
                evidence: Evidence::Profile {
                    profile: "its distribution".to_owned(),
                    value: format!("user {name}"),
                    kind: EvidenceKind::Documented,
                    place: "Debian: base-passwd; Alpine: alpine-baselayout".to_owned(),
                },
            });
        };
        Some(UserEntry {
            uid: user.uid,
            gid: user.gid,
            groups: user.groups.clone(),
            evidence: self.evidence("user", &user.evidence),
        })
    }

    /// The group that a uid has in the image, where that is known; the engine would take it for `user: "UID"`.
    pub fn group_of(&self, uid: u32) -> Option<(u32, Evidence)> {
        let local = self.image.local.as_ref().and_then(|l| l.ids(&uid.to_string()));
        match (local, self.profile.user.as_ref().filter(|u| u.uid == uid)) {
            (Some((_, gid)), _) => Some((gid, Evidence::Image("/etc/passwd".to_owned()))),
            (None, Some(user)) => Some((user.gid, self.evidence("user", &user.evidence))),
            (None, None) => None,
        }
    }

    /// A group name of the image as a number: from the image itself, else that of its user, which images nearly
    /// always name alike.
    pub fn lookup_group(&self, name: &str) -> Option<u32> {
        let local = self.image.local.as_ref().and_then(|l| l.gid(name));
        let user = self
            .profile
            .user
            .as_ref()
            .filter(|u| u.name.as_deref() == Some(name));
        let image = self.image.image.as_ref();
        let base = || image.and_then(|image| base_accounts::gid(image, name));
        local.or(user.map(|u| u.gid)).or_else(base)
    }
}
