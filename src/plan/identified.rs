//! What the controls start from: a service, what is known of it, and who it will run as.

use super::identity::Start;
use super::service_facts::ServiceFacts;
use crate::facts::config::ServiceConfig;

/// What is known of a service, and how it will start.
#[derive(Debug)]
pub struct IdentifiedService {
    /// What the person says about it.
    pub config: ServiceConfig,
    /// Its image.
    pub facts: ServiceFacts,
    /// How it will start.
    pub start: Start,
}
