//! A project or a plan as something to read or to run: the model, an override file, a full file, a diff, an
//! explanation, JSON.

pub(crate) mod diff;
pub mod explain;
mod format;
pub(crate) mod full;
pub mod human;
pub(crate) mod json;
pub mod model;
pub(crate) mod notices;
pub(crate) mod override_file;
pub(crate) mod profile_file;
pub(crate) mod sum;
pub(crate) mod together;
pub(crate) mod yaml;

pub use format::Format;

use crate::lower::compose::{Change, Lowered};
use crate::plan::decision::Decision;
use crate::plan::{Plan, ServicePlan};
use crate::tree::Sources;

/// A plan, what it comes to, and the texts that its places are in: what every page shows.
#[derive(Debug, Clone, Copy)]
pub struct PlanView<'a> {
    /// What is planned.
    pub plan: &'a Plan,
    /// What each of its decisions comes to in Compose's words.
    pub lowered: &'a Lowered,
    /// The person's files.
    pub sources: &'a Sources,
}

impl<'a> PlanView<'a> {
    /// The decisions about a service, each with what it comes to.
    fn decisions(
        &self,
        name: &str,
        service: &'a ServicePlan,
    ) -> impl Iterator<Item = (&'a Decision, &'a Change)> {
        service.decisions.iter().zip(self.lowered.changes(name))
    }
}
