//! Proof on the running containers: what the plan claims is judged against what is seen.
//!
//! - [`run`] looks at a project and judges it: the way through
//! - [`observe`] looks, in the least intrusive way there is, and leaves nothing behind
//! - [`observation`] is what was seen
//! - [`claims`] judges one claim on one observation; pure
//! - [`baseline_claims`] are made of any service, whatever its plan says
//! - [`verdict_word`] is the one honest word for a container
//! - [`logs`] reads what containers say about denied access
//! - [`probe`] runs what the person says shows that a service works
//! - [`wait_until_stable`] waits until everything that was just started runs and is healthy, or will not be
//! - [`rehearsal`] is a profile's own test: what is started, how often, and what came of it
//! - [`trial`] runs a command as written and hardened, each on a copy of the data
//! - [`report`] is the outcome, [`table`] shows it to a person

pub mod baseline_claims;
pub mod claims;
pub(crate) mod logs;
pub mod observation;
pub mod observe;
pub(crate) mod probe;
pub(crate) mod rehearsal;
pub mod report;
pub mod run;
pub(crate) mod table;
pub mod trial;
pub(crate) mod verdict_word;
pub mod wait_until_stable;

#[cfg(test)]
mod schema;
