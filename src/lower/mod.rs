//! From intents to what a target understands. A target is one file and one row of [`TARGETS`]; it gives a row for every
//! intent: done, needless there, or why it cannot be.

pub(crate) mod apply;
pub mod compose;
mod edit;
#[cfg(test)]
mod tests;

pub use edit::{Edit, Op};

use crate::facts::engine::EngineFacts;
use crate::facts::settings::Giver;
use crate::load::Project;
use crate::model::Service;
use crate::plan::ServicePlan;
use crate::plan::intent::Intent;

/// What becomes of an intent at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row<T> {
    /// This is done about it.
    Done(T),
    /// It is done together with the service's others of its kind ([`Target::together`]).
    Together,
    /// Nothing: it is so there anyway, and why.
    Needless(&'static str),
    /// It cannot be there, and why.
    Cannot(String),
}

/// What an intent is lowered in.
pub struct Scope<'a> {
    /// The whole project.
    pub project: &'a Project,
    /// The service whose intents they are.
    pub service: Service<'a>,
    /// What becomes of it.
    pub planned: &'a ServicePlan,
    /// What it can do decides on what is needless.
    pub engine: &'a EngineFacts,
    /// Who gives volumes to their users decides on whether the target has to say anything about it.
    pub giver: Giver,
}

/// Something that a plan is lowered to.
pub trait Target {
    /// What an intent becomes there: edits of a tree, directives, manifests.
    type Output;

    /// What a person calls it: `compose`.
    const NAME: &'static str;

    /// What becomes of each kind of intent where the engine is a current one, for a test to compare with
    /// [`Target::row`]: `done`, `together`, `needless` or `cannot`.
    #[cfg(test)]
    const ROWS: &'static [(&'static str, &'static str)];

    /// What becomes of one intent of a service.
    fn row(scope: &Scope, intent: &Intent) -> Row<Self::Output>;

    /// What a service's intents come to together, beside what the row of each is.
    fn together<'i>(scope: &Scope, intents: impl Iterator<Item = &'i Intent>) -> Self::Output;
}

/// One target, whatever its output is.
#[derive(Debug, Clone, Copy)]
pub struct TargetInfo {
    /// What a person calls it: `compose`.
    pub name: &'static str,
    /// [`Target::row`] without its output.
    pub row: fn(&Scope, &Intent) -> Row<()>,
    /// [`Target::ROWS`].
    #[cfg(test)]
    rows: &'static [(&'static str, &'static str)],
}

/// All targets.
pub const TARGETS: &[TargetInfo] = &[of::<compose::Compose>()];

const fn of<T: Target>() -> TargetInfo {
    TargetInfo {
        name: T::NAME,
        #[cfg(test)]
        rows: T::ROWS,
        row: |scope, intent| match T::row(scope, intent) {
            Row::Done(_) => Row::Done(()),
            Row::Together => Row::Together,
            Row::Needless(why) => Row::Needless(why),
            Row::Cannot(why) => Row::Cannot(why),
        },
    }
}
