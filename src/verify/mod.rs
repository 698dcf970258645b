//! Proof on the running containers: what the plan claims is judged against what is seen.
//!
//! - [`observe`] looks, in the least intrusive way there is, and leaves nothing behind
//! - [`observation`] is what was seen
//! - [`claims`] judges one claim on one observation; pure
//! - [`class`] is the one honest word for a container

pub mod claims;
pub mod class;
pub mod logs;
pub mod observation;
pub mod observe;
