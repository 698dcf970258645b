//! `run`, which makes and starts a container of its own in one step.

use super::{Next, Starting};
use crate::act::compose::Invocation;
use crate::cli::unsaved;
use crate::engine::Engine;
use crate::load::Project;
use crate::model;
use crate::pipeline::engine;
use crate::pipeline::failure::Failure;
use indexmap::IndexSet;
use std::ffi::OsString;

impl Starting<'_> {
    /// `run` makes and starts a container of its own in one step: what its service depends on is made, and where the service
    /// has no container by which its volumes can be seen, one is made for that and taken away.
    pub(super) fn run(&self, services: &IndexSet<String>) -> Result<Next, Failure> {
        let own = run_in(&self.prepared.project, self.invocation);
        let needed: Vec<OsString> = unsaved::meant(&self.prepared.project, &self.invocation.command)
            .into_iter()
            .filter(|name| Some(name) != own.as_ref())
            .map(OsString::from)
            .collect();
        if !needed.is_empty() {
            let make = ["up", "--no-start", "--"].into_iter().map(OsString::from);
            let code = self.compose(make.chain(needed).collect())?;
            if code != 0 {
                return Ok(Next::Ended(code));
            }
        }
        let mut made = None;
        if let Some(own) = own.filter(|own| services.contains(own))
            && self.containers(|one| one == own)?.is_empty()
        {
            let make = ["up", "--no-start", "--no-deps", "--", &own];
            let code = self.compose(make.map(OsString::from).into())?;
            if code != 0 {
                return Ok(Next::Ended(code));
            }
            made = Some(own);
        }
        let set = self
            .of(services)
            .and_then(|containers| self.set_right(&containers));
        if let Some(own) = made {
            for one in self.containers(|name| name == own)? {
                self.engine
                    .remove(&one.id)
                    .map_err(|error| engine::told(&error))?;
            }
        }
        set?;
        Ok(Next::HandOn(self.invocation.clone()))
    }
}

/// The service of which `run` makes a container.
pub(crate) fn run_in(project: &Project, invocation: &Invocation) -> Option<String> {
    let words = invocation.command.iter().skip(1).map(|w| w.to_string_lossy());
    let mut services = words.filter(|word| model::service(project, word).is_some());
    services.next().map(|word| word.into_owned())
}
