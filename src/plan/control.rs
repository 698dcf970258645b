//! What the plan knows of the controls that it is handed: it runs them, and they make its decisions.

use super::context::Context;
use super::decision::Decision;

/// One concern of hardening a service.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// Its id, as decisions, configuration and suppressions name it.
    pub id: &'static str,
    /// One line: what it does.
    pub about: &'static str,
    /// Looks, and says what should become of the service. Changes nothing.
    pub decide: fn(&Context) -> Vec<Decision>,
}

/// The control whose refusal is one of the whole service.
pub const USER: &str = "user";
/// The control whose changes stand where all else is refused.
pub const PRIVILEGES: &str = "privileges";
/// The control whose findings mean that a service shares the host.
pub const NAMESPACES: &str = "namespaces";
