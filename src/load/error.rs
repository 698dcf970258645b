//! An error on its way up through the tree: it learns its path from the walks it leaves.

use crate::diagnostic::Diagnostic;
use crate::tree::{Node, Origin};

/// What is wrong with a value.
#[derive(Debug)]
pub(super) struct Fault {
    what: String,
    origin: Origin,
    /// Innermost first.
    path: Vec<String>,
    help: Option<String>,
}

/// The result of a walk.
pub(super) type WalkResult<T> = std::result::Result<T, Box<Fault>>;

impl Fault {
    /// Something wrong with this node.
    pub(super) fn new(node: &Node, what: impl Into<String>) -> Box<Self> {
        Fault::at(node.origin, what)
    }

    /// Something wrong at this place.
    pub(super) fn at(origin: Origin, what: impl Into<String>) -> Box<Self> {
        Box::new(Fault {
            what: what.into(),
            origin,
            path: Vec::new(),
            help: None,
        })
    }

    /// The same, with what to do.
    #[must_use]
    pub(super) fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }

    /// The same, one level further up.
    #[must_use]
    pub(super) fn under(mut self: Box<Self>, key: impl ToString) -> Box<Self> {
        self.path.push(key.to_string());
        self
    }

    /// How many levels it has come up.
    pub(super) fn depth(&self) -> usize {
        self.path.len()
    }

    /// The whole message, after what was being done.
    pub(super) fn diagnostic(mut self, doing: &str) -> Diagnostic {
        self.path.reverse();
        let message = match &self.path[..] {
            [] => format!("{doing}: {}", self.what),
            path => format!("{doing}: {} {}", path.join("."), self.what),
        };
        let diagnostic = Diagnostic::error(message).at(self.origin);
        match self.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}
