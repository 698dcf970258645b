//! Proof on the running containers: what the plan claims is judged against what is seen.
//!
//! - [`run`] looks at a project and judges it: the way through
//! - [`request`] is what is asked for, and what is claimed
//! - [`started`] is who started a container, and by which plan
//! - [`there`] is which containers there are, and which there should be
//! - [`look`] looks at those that run, [`answer`] asks their ports, [`patience`] waits for what just started
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
//! - [`weigh`] puts the verdicts of a container together
//! - [`moment`] reads times as engines write them
//! - [`reply`] is what a port said
//! - [`report`] is the outcome, [`table`] shows it to a person

pub mod answer;
pub mod baseline_claims;
pub mod claims;
pub(crate) mod logs;
mod look;
pub(crate) mod moment;
pub mod observation;
pub mod observe;
mod patience;
pub(crate) mod probe;
pub(crate) mod rehearsal;
pub mod reply;
pub mod report;
pub mod request;
pub mod run;
mod started;
pub(crate) mod table;
mod there;
pub mod trial;
pub(crate) mod verdict_word;
pub mod wait_until_stable;
mod weigh;

#[cfg(test)]
mod schema;
