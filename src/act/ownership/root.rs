//! The root of a volume, looked at and set through the engine's archives on a created container: nothing runs for that.
//! It is enough where the volume is empty.

use super::place::TreeOwner;
use crate::engine::tar::{self, FileKind};
use crate::engine::{Engine, EngineResult};
use crate::facts::settings::Ids;
use anyhow::{Context, Result};
use std::io::Cursor;

/// The root of a volume.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeenRoot {
    pub(super) owner: TreeOwner,
    pub(super) is_empty: bool,
    modified: u64,
}

impl SeenRoot {
    pub(super) fn ids(&self) -> Ids {
        Ids {
            uid: self.owner.uid,
            gid: self.owner.gid,
        }
    }

    pub(super) fn is_of(&self, ids: Ids) -> bool {
        self.ids() == ids
    }
}

/// What stands at `destination` in a container; none if that is no directory.
pub(super) fn look(engine: &dyn Engine, container: &str, destination: &str) -> Result<Option<SeenRoot>> {
    let archive = engine.archive(container, destination)?;
    let found = tar::root(archive).with_context(|| format!("looking at {destination} of {container}"))?;
    Ok(found
        .filter(|root| root.entry.kind == FileKind::Directory)
        .map(|root| SeenRoot {
            owner: TreeOwner {
                uid: root.entry.uid,
                gid: root.entry.gid,
                mode: root.entry.mode,
            },
            is_empty: root.is_alone,
            modified: root.modified,
        }))
}

/// Gives it to somebody: an archive with that one directory is unpacked where it is in.
pub(super) fn give(
    engine: &dyn Engine,
    container: &str,
    destination: &str,
    root: &SeenRoot,
    ids: Ids,
) -> EngineResult<()> {
    let destination = destination.trim_end_matches('/');
    let (parent, name) = destination.rsplit_once('/').unwrap_or(("", destination));
    let parent = if parent.is_empty() { "/" } else { parent };
    let archive = tar::directory(name, root.owner.mode, (ids.uid, ids.gid), root.modified);
    engine.put(container, parent, Box::new(Cursor::new(archive)))
}
