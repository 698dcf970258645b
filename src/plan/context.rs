//! What a control may look at: shared references, nothing to change.

use super::around::Around;
use super::decision::{self, Decision, Evidence, Instead, Outcome, Safety};
use super::identified::IdentifiedService;
use super::identity::Start;
use super::intent::Intent;
use super::service_facts::ServiceFacts;
use super::shares::Shares;
use crate::facts::config::ServiceConfig;
use crate::facts::host::Host;
use crate::facts::profile::{Class, ImageUser, Writable};
use crate::facts::settings::{Ids, Settings};
use crate::facts::volume::ForeignVolume as KeptVolume;
use crate::load::Project;
use crate::model::{Service, clean_path, is_within};
use indexmap::IndexMap;
use std::ops::Deref;

/// One service and everything around it.
pub struct Context<'a> {
    /// What it has in common with all others.
    common: &'a Surroundings<'a>,
    pub service: Service<'a>,
    /// What the person says about it.
    pub config: &'a ServiceConfig,
    /// What is known of its image.
    pub facts: &'a ServiceFacts,
    /// How it will start.
    pub start: &'a Start,
}

/// What all services have in common is at hand for each.
impl<'a> Deref for Context<'a> {
    type Target = Surroundings<'a>;

    fn deref(&self) -> &Surroundings<'a> {
        self.common
    }
}

/// What all services have in common.
pub struct Surroundings<'a> {
    /// The whole project.
    pub project: &'a Project,
    /// Who mounts which volume.
    pub shares: &'a Shares,
    /// Look-ups over all services.
    pub around: &'a Around<'a>,
    /// Volumes on the engine that are not the project's alone.
    pub volumes: &'a IndexMap<String, KeptVolume>,
    /// What the person asked for.
    pub settings: &'a Settings,
    /// The machine.
    pub host: &'a dyn Host,
}

impl<'a> Surroundings<'a> {
    /// The context of a service.
    pub fn of(&'a self, service: Service<'a>, known: &'a IdentifiedService) -> Context<'a> {
        Context {
            common: self,
            service,
            config: &known.config,
            facts: &known.facts,
            start: &known.start,
        }
    }
}

impl<'a> Context<'a> {
    /// A path of the container as the kernel sees it: clean, the links of the image followed where it is here.
    pub fn resolved(&self, path: &str) -> String {
        let clean = clean_path(path);
        match self.facts.local() {
            Some(local) => clean_path(&local.resolve(&clean)),
            None => clean,
        }
    }

    /// Whether `path` lies in what its image declares as a `VOLUME`, whatever a profile says of it.
    pub fn is_in_volume_of_image(&self, path: &str) -> bool {
        self.volume_of_image(path).is_some()
    }

    /// The directory that the image declares a volume and that `path` is in, the deepest.
    pub fn volume_of_image(&self, path: &str) -> Option<String> {
        let path = self.resolved(path);
        let declared = self.facts.declared_volumes();
        let around = declared
            .into_iter()
            .filter(|v| is_within(&path, &self.resolved(v)));
        around.max_by_key(|v| v.len())
    }

    /// A decision of `control` about this service, to be completed.
    pub fn decision(
        &self,
        control: &'static str,
        because: impl Into<String>,
        evidence: Vec<Evidence>,
    ) -> Decision {
        let place = decision::place(self.service, control, &evidence);
        Decision {
            control,
            service: self.service.name.to_owned(),
            outcome: Outcome::AlreadyOk(Vec::new()),
            because: because.into(),
            evidence,
            safety: Safety::Hardening,
            place,
            notice: None,
            gives: false,
        }
    }

    /// A decision that this is so already.
    pub fn holds(
        &self,
        control: &'static str,
        intent: Intent,
        because: impl Into<String>,
        evidence: Vec<Evidence>,
    ) -> Decision {
        Decision {
            outcome: Outcome::AlreadyOk(vec![intent]),
            ..self.decision(control, because, evidence)
        }
    }

    /// A decision to change nothing and to tell what a person can do.
    pub fn finding(
        &self,
        control: &'static str,
        because: impl Into<String>,
        evidence: Vec<Evidence>,
        help: impl Into<String>,
    ) -> Decision {
        self.told(control, because.into(), evidence, help.into(), false)
    }

    /// A finding for which the service may fail.
    pub fn hindrance(
        &self,
        control: &'static str,
        because: impl Into<String>,
        evidence: Vec<Evidence>,
        help: impl Into<String>,
    ) -> Decision {
        self.told(control, because.into(), evidence, help.into(), true)
    }

    fn told(
        &self,
        control: &'static str,
        because: String,
        evidence: Vec<Evidence>,
        help: String,
        hinders: bool,
    ) -> Decision {
        Decision {
            outcome: Outcome::Finding { help, hinders },
            safety: Safety::Manual,
            ..self.decision(control, because, evidence)
        }
    }

    /// A decision that the service cannot run without root, and what a person can do about it.
    pub fn refusal(
        &self,
        control: &'static str,
        blocker: impl Into<String>,
        evidence: Vec<Evidence>,
        help: impl Into<String>,
    ) -> Decision {
        self.refused(control, blocker, evidence, help, Instead::RootStart)
    }

    /// A decision that the service is known to fail under its user, what a person can do about it, and what becomes of the
    /// service: unless they say that it starts hardened all the same, of which they are only told.
    pub fn obstacle(
        &self,
        control: &'static str,
        because: impl Into<String>,
        evidence: Vec<Evidence>,
        help: impl Into<String>,
        instead: Instead,
    ) -> Decision {
        match self.settings.force {
            true => self.hindrance(control, because, evidence, help),
            false => self.refused(control, because, evidence, help, instead),
        }
    }

    /// A decision that something cannot be, what a person can do about it, and what becomes of the service.
    pub fn refused(
        &self,
        control: &'static str,
        blocker: impl Into<String>,
        evidence: Vec<Evidence>,
        help: impl Into<String>,
        instead: Instead,
    ) -> Decision {
        let blocker = blocker.into();
        Decision {
            outcome: Outcome::Refuse {
                blocker: blocker.clone(),
                help: help.into(),
                instead,
            },
            safety: Safety::Manual,
            ..self.decision(control, blocker, evidence)
        }
    }

    /// Whether its user is somebody's word: its author's in `user:`, or the person's in nrcompose's configuration.
    /// What is only known of its image does not outweigh that.
    pub fn user_is_said(&self) -> bool {
        self.config.user.is_some() || self.start.user().is_some_and(|i| i.is_written)
    }

    /// Whether the image's own directory can be written with these ids, by its owner and mode.
    pub fn image_lets_write(&self, w: &Writable, ids: Ids) -> bool {
        let Some((uid, gid)) = w.owner.as_deref().and_then(|o| o.split_once(':')) else {
            return false;
        };
        let mode = w
            .mode
            .as_deref()
            .and_then(|m| u32::from_str_radix(m, 8).ok())
            .unwrap_or(0o755);
        let groups = self.start.user().map(|i| i.groups.as_slice()).unwrap_or_default();
        let in_group = gid == ids.gid.to_string() || groups.iter().any(|g| gid == g.to_string());
        (uid == ids.uid.to_string() && mode & 0o200 != 0)
            || (in_group && mode & 0o020 != 0)
            || mode & 0o002 != 0
    }

    /// `capabilities` and those of the image's binaries, sorted: without the latter in the bounding set, those
    /// binaries cannot be executed at all.
    pub fn with_file_capabilities(&self, capabilities: &[String]) -> Vec<String> {
        let files = self
            .facts
            .profile
            .file_capabilities
            .iter()
            .flat_map(|f| &f.capabilities);
        let mut all: Vec<String> = capabilities.iter().chain(files).cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether the planned user is the one that the service would have without us, so that what it cannot do now, it could
    /// not do then.
    pub fn is_its_own_user(&self) -> bool {
        let Some(identity) = self.start.user() else {
            return false;
        };
        let profile = &self.facts.profile;
        let is_images = |u: &ImageUser| u.uid == identity.ids.uid && u.gid == identity.ids.gid;
        identity.is_written
            || self.service.user().is_none()
                && profile.class.value == Class::Nonroot
                && profile.user.as_ref().is_some_and(is_images)
    }

    /// Whether the service stays the user its author or its image chose: then taking privileges away cannot
    /// alter what it does, as far as the image is known.
    pub fn keeps_user(&self) -> bool {
        self.start.user().is_some_and(|i| i.is_written) || self.facts.profile.class.value == Class::Nonroot
    }
}
