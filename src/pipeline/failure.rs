//! Why there is no plan, or a command ended, and with which exit code.

use crate::diagnostic::{Diagnostic, LoadError};
use crate::engine;
use crate::facts::Problem;
use crate::facts::catalog::told;
use crate::tree::Sources;

/// Exit codes, as the README lists them.
pub(crate) mod code {
    /// Findings: only from commands that look for them.
    pub(crate) const FINDINGS: u8 = 1;
    /// A wrong call, a project that cannot be loaded, an environment that lacks something.
    pub(crate) const USAGE: u8 = 2;
    /// The policy forbids it.
    pub(crate) const POLICY: u8 = 3;
    /// A proof that failed: a fault of nrcompose.
    pub(crate) const INTERNAL: u8 = 4;
}

/// The end of a command that could not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What to tell.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that the places refer to.
    pub sources: Sources,
}

impl Failure {
    /// A failure with one message and no place.
    pub fn new(code: u8, diagnostic: Diagnostic) -> Self {
        Failure {
            code,
            diagnostics: vec![diagnostic],
            sources: Sources::default(),
        }
    }

    /// A message about a place in the project.
    pub fn load(diagnostic: Diagnostic, sources: &Sources) -> Self {
        Failure {
            code: code::USAGE,
            diagnostics: vec![diagnostic],
            sources: sources.clone(),
        }
    }

    /// A proof that failed.
    pub fn internal(message: impl Into<String>) -> Self {
        let diagnostic = Diagnostic::error(message).help(
            "this is a fault of nrcompose; nothing was written or started. please report it with the file",
        );
        Failure::new(code::INTERNAL, diagnostic)
    }

    /// Profiles of the person that are not valid.
    pub fn profiles(problems: Vec<Problem>) -> Self {
        told(&problems).into()
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Failure {
            code: code::USAGE,
            diagnostics: error.diagnostics,
            sources: error.sources,
        }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Failure::new(code::USAGE, diagnostic)
    }
}

/// An action that failed.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Diagnostic::from(&error).into()
    }
}

/// A question that the engine did not answer.
impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Self {
        Diagnostic::from(&error).into()
    }
}
