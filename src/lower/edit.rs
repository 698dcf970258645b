//! A change of the canonical tree; never text offsets.

use crate::model::Service;
use crate::tree::{Node, Path, Value};

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Where: `services.web.user`. For [`Op::Add`] the list that gets an item.
    pub path: Path,
    /// What becomes of the node there.
    pub op: Op,
}

/// How a node changes.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Becomes this value, whatever it was.
    Set(Node),
    /// A list gets this item, unless it has it.
    Add(Node),
    /// Goes away.
    Remove,
}

impl Edit {
    /// The node at `path` becomes `value`.
    pub fn set(path: Path, value: impl Into<Value>) -> Edit {
        Edit {
            path,
            op: Op::Set(Node::synthetic(value)),
        }
    }

    /// The list `services.NAME.key` gets `item`.
    pub fn add(service: Service, key: &str, item: impl Into<Value>) -> Edit {
        Edit {
            path: service.path_of(key),
            op: Op::Add(Node::synthetic(item)),
        }
    }

    /// The node at `path` goes away.
    pub fn remove(path: Path) -> Edit {
        Edit { path, op: Op::Remove }
    }
}
