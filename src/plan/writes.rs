//! Whether a service writes what its author mounts at a place: only then does it matter whose that is.

use super::service_facts::ServiceFacts;
use crate::facts::profile::{Writable, WritableKind};
use crate::model::{Service, is_within};

/// What is known of a service and a place where something is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// It writes there, and does not work otherwise.
    Does,
    /// Nobody knows, or it depends on its configuration.
    May,
    /// Its image is described, runs its own program, and is not known to write there.
    Not,
}

impl ServiceFacts {
    /// Whether `service` writes what is mounted at `target`.
    pub(crate) fn writes(&self, service: Service, target: &str) -> Writes {
        let known = self.written_at(target);
        let needed = |w: &&&Writable| !w.optional;
        if known.iter().any(|w| needed(&w)) {
            return Writes::Does;
        }
        // What only a person puts there is read.
        let is_configuration = |w: &&Writable| w.kind == WritableKind::Config;
        if known.iter().any(|w| !is_configuration(w)) {
            return Writes::May;
        }
        match self.tells_all_of(service) {
            true => Writes::Not,
            false => Writes::May,
        }
    }

    /// Whether the owner of what is mounted at `target` says who a service should be: what it keeps there is its own,
    /// while a configuration is whoever's wrote it.
    pub(crate) fn keeps_its_own(&self, service: Service, target: &str) -> bool {
        let known = self.written_at(target);
        match self.writes(service, target) {
            Writes::Does => known
                .iter()
                .any(|w| !w.optional && w.kind != WritableKind::Config),
            Writes::May => !is_within(target, "/etc"),
            Writes::Not => false,
        }
    }

    /// What is known to be written in a mounted directory: the paths at it, in it or around it.
    pub(crate) fn written_at(&self, target: &str) -> Vec<&Writable> {
        let writable = self.profile.writable.iter();
        writable
            .filter(|w| is_within(&w.path, target) || is_within(target, &w.path))
            .collect()
    }

    /// Whether what is known of the image is all there is to know: it is described, and what runs in it is its own
    /// program, not what a person builds on it or starts in it.
    fn tells_all_of(&self, service: Service) -> bool {
        self.is_described()
            && !service.is_built()
            && service.get("entrypoint").is_none()
            && self.is_its_own_command(service)
    }

    /// Whether a `command:` only says how the image's own program is to run. An image of a language, which has no port
    /// of its own, runs what it is given.
    fn is_its_own_command(&self, service: Service) -> bool {
        if service.get("command").is_none() {
            return true;
        }
        let words = service.strings("command");
        let Some(first) = words.first() else { return false };
        let name = service.image().unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default();
        let name = name.split([':', '@']).next().unwrap_or_default();
        let is_named_alike = !name.is_empty() && first.starts_with(name) && !self.profile.ports.is_empty();
        first.starts_with('-') || is_named_alike
    }
}
