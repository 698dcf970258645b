//! A table of keys: reader, messages and JSON Schema are made from its rows, and a key without a reader does not compile.

use super::form::KeyForm;
use super::values::told;
use crate::diagnostic::Diagnostic;
use crate::nearest::nearest;
use crate::tree::{Map, Node, Value};

/// One key of a configuration `C`.
#[derive(Debug)]
pub struct Key<C: 'static> {
    /// As a person writes it.
    pub name: &'static str,
    /// What it takes.
    pub form: KeyForm,
    /// What it is for, in one line.
    pub about: &'static str,
    /// Reads its value into the configuration.
    pub read: fn(&mut C, &Node, KeyForm) -> Result<(), Diagnostic>,
}

/// Every entry of a mapping that has only these keys; an empty file has none.
pub(super) fn each<C>(node: &Node, known: &[Key<C>], config: &mut C) -> Result<(), Diagnostic> {
    let empty = Map::new();
    let map = match &node.value {
        Value::Null => &empty,
        Value::Map(map) => map,
        _ => return Err(told(node, "a mapping")),
    };
    for (name, value) in map {
        match known.iter().find(|key| key.name == name) {
            Some(key) => (key.read)(config, value, key.form)?,
            None => return Err(unknown(node, name, value, known)),
        }
    }
    Ok(())
}

fn unknown<C>(node: &Node, name: &str, value: &Node, known: &[Key<C>]) -> Diagnostic {
    let names = || known.iter().map(|k| k.name);
    let origin = if value.origin.is_written() {
        value.origin
    } else {
        node.origin
    };
    let help = match nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", names().collect::<Vec<_>>().join(", ")),
    };
    let error = Diagnostic::error(format!("reading nrcompose's configuration: unknown key `{name}`"));
    error.at(origin).help(help)
}
