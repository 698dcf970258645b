//! Looks at single paths of a container, through the engine.

use super::contents::Contents;
use crate::engine::tar::{self, FileKind, TarEntry};
use crate::engine::{Engine, EngineResult, ErrorKind};
use std::collections::HashMap;

/// What a path of a container is; none if there is nothing.
pub(super) fn head(engine: &dyn Engine, id: &str, path: &str) -> EngineResult<Option<TarEntry>> {
    match engine.archive(id, path).map(tar::first) {
        Ok(Ok(entry)) => Ok(entry),
        // The engine's own client says so only with the archive.
        Ok(Err(_)) => Ok(None),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A container of the image, and what was seen in it.
pub(super) struct Looks<'e> {
    engine: &'e dyn Engine,
    id: &'e str,
    known: HashMap<String, Option<TarEntry>>,
}

impl<'e> Looks<'e> {
    /// Nothing was seen of it yet.
    pub(super) fn of(engine: &'e dyn Engine, id: &'e str) -> Looks<'e> {
        Looks {
            engine,
            id,
            known: HashMap::new(),
        }
    }

    /// What is at a path.
    pub(super) fn at(&mut self, path: &str) -> EngineResult<Option<TarEntry>> {
        if let Some(known) = self.known.get(path) {
            return Ok(known.clone());
        }
        let found = head(self.engine, self.id, path)?;
        self.known.insert(path.to_owned(), found.clone());
        Ok(found)
    }

    /// Whether the image has files there.
    pub(super) fn has_files(&mut self, path: &str) -> EngineResult<bool> {
        if self.at(path)?.is_none() {
            return Ok(false);
        }
        let mut files = 0;
        let archive = self.engine.archive(self.id, path)?;
        let seen = Contents::read(archive, |entry| files += u32::from(entry.kind == FileKind::File));
        Ok(seen.is_err() || files > 0)
    }
}
