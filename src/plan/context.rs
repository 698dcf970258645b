//! What a control may look at: shared references, nothing to change.

use super::around::Around;
use super::decision::{Decision, Edit, Evidence, Op, Outcome, Safety};
use super::identity::Start;
use super::known::{Known, ServiceFacts};
use crate::facts::config::ServiceConfig;
use crate::facts::host::Host;
use crate::facts::profile::Writable;
use crate::facts::settings::{Ids, Settings};
use crate::load::Project;
use crate::model::Service;
use crate::tree::{Node, Value};
use indexmap::IndexMap;

/// One service and everything around it.
pub struct Context<'a> {
    /// The whole project.
    pub project: &'a Project,
    /// The service.
    pub service: Service<'a>,
    /// What the person says about it.
    pub config: &'a ServiceConfig,
    /// What is known of its image.
    pub facts: &'a ServiceFacts,
    /// How it will start.
    pub start: &'a Start,
    /// The same of every service.
    pub all: &'a IndexMap<String, Known>,
    /// Look-ups over all services.
    pub around: &'a Around<'a>,
    /// What the person asked for.
    pub settings: &'a Settings,
    /// The machine.
    pub host: &'a dyn Host,
}

impl Context<'_> {
    /// A decision of `control` about this service, to be completed.
    pub fn decision(
        &self,
        control: &'static str,
        because: impl Into<String>,
        evidence: Vec<Evidence>,
    ) -> Decision {
        Decision {
            control,
            service: self.service.name.to_owned(),
            outcome: Outcome::AlreadyOk,
            because: because.into(),
            evidence,
            safety: Safety::Hardening,
            claims: Vec::new(),
            ownership: Vec::new(),
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

    /// A decision that the service cannot be hardened, and what a person can do about it.
    pub fn refusal(
        &self,
        control: &'static str,
        blocker: impl Into<String>,
        evidence: Vec<Evidence>,
        help: impl Into<String>,
    ) -> Decision {
        let blocker = blocker.into();
        Decision {
            outcome: Outcome::Refuse {
                blocker: blocker.clone(),
                help: help.into(),
            },
            safety: Safety::Manual,
            ..self.decision(control, blocker, evidence)
        }
    }

    /// Whether the root filesystem is read-only, or is to be.
    pub fn is_read_only(&self) -> bool {
        self.service.flag("read_only") || self.config.read_only == Some(true)
    }

    /// `services.NAME.key` becomes `value`.
    pub fn set(&self, key: &str, value: impl Into<Value>) -> Edit {
        Edit {
            path: self.service.path_of(key),
            op: Op::Set(Node::synthetic(value)),
        }
    }

    /// The list `services.NAME.key` gets `item`.
    pub fn add(&self, key: &str, item: impl Into<Value>) -> Edit {
        Edit {
            path: self.service.path_of(key),
            op: Op::Add(Node::synthetic(item)),
        }
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

    /// Whether the service stays the user its author or its image chose: then taking privileges away cannot
    /// alter what it does, as far as the image is known.
    pub fn keeps_user(&self) -> bool {
        self.start.user().is_some_and(|i| i.is_written)
            || self.facts.profile.class.value == crate::facts::profile::Class::Nonroot
    }
}
