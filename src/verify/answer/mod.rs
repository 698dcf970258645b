//! Asks services over the network whether they answer, and what: a connection and the first bytes of the protocol.
//!
//! - [`speech`] which protocol is spoken at a port
//! - [`wire`] what is said first, and what the reply means; pure
//! - [`dial`] one connection, bounded
//! - [`front`] which ports of a container are asked
//! - [`questions`] at which address, and from where
//! - [`ask`] asks all of them side by side

pub(crate) mod ask;
mod dial;
pub(crate) mod front;
pub(crate) mod questions;
#[cfg(test)]
mod samples;
mod speech;
pub(crate) mod wire;

pub use super::reply::{AskedFrom, PortAnswer, Reply, ServiceAnswer};
pub use ask::{VERB, serve};
