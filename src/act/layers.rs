//! What containers wrote into their own layers, which go when they are made anew.

use crate::engine::tar::{self, FileKind};
use crate::engine::{Container, Engine};
use crate::facts::layer::may_be_data;

/// How many files are named to a person.
const FEW: usize = 3;
/// How many entries are looked at until some of them are files.
const LOOKS: usize = 40;

/// What is in the layer of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Nothing that anybody would miss.
    Harmless,
    /// Files.
    Data {
        /// The first of them.
        files: Vec<String>,
        /// How many more entries there are, which may be files.
        more: usize,
    },
    /// It could not be looked at.
    Unknown { why: String },
}

/// Looks at the layer of a container, running or not. `scratch` is where its image keeps what a run needs.
pub(crate) fn look(engine: &dyn Engine, container: &Container, scratch: &[String]) -> Layer {
    let changes = match engine.diff(&container.id) {
        Ok(changes) => changes,
        Err(error) => return Layer::Unknown { why: error.detail },
    };
    let mounted = container.mounts.iter().map(|m| &m.destination);
    let elsewhere: Vec<String> = mounted
        .chain(container.host_config.tmpfs.keys())
        .chain(scratch)
        .cloned()
        .collect();
    let entries = may_be_data(&changes, &elsewhere);
    let mut files = Vec::new();
    for (at, path) in entries.iter().enumerate() {
        if is_file(engine, &container.id, path) {
            files.push((*path).to_owned());
        }
        let rest = entries.len() - at - 1;
        if files.len() == FEW || at + 1 == LOOKS && rest > 0 {
            if files.is_empty() {
                let why = format!("it has {} entries of its own", entries.len());
                return Layer::Unknown { why };
            }
            return Layer::Data { files, more: rest };
        }
    }
    match files.is_empty() {
        true => Layer::Harmless,
        false => Layer::Data { files, more: 0 },
    }
}

/// Whether a path is a regular file. What cannot be asked for counts as one.
fn is_file(engine: &dyn Engine, id: &str, path: &str) -> bool {
    let entry = engine.archive(id, path).ok().and_then(|a| tar::first(a).ok()?);
    entry.is_none_or(|entry| entry.kind == FileKind::File)
}
