//! Host directories that a service mounts and that do not exist yet: the engine would make them, as root, for a
//! user that then cannot write there.

use crate::facts::host::{Host, ThisHost};
use crate::facts::settings::Ids;
use crate::load::Project;
use crate::model::{self, Mount, MountKind};
use crate::plan::Plan;
use anyhow::{Context, Result};
use std::os::unix::fs::chown;
use std::path::Path;

/// Makes what is missing, as whoever runs nrcompose. Root gives it to `caller` (who ran sudo), else to the user
/// the service will run as; on an engine that maps ids, to who that user is on this machine. What looks like a file
/// is left to its author. Gives what was done, in words: what cannot be made here the engine will make, so it is no
/// reason not to start.
pub fn make(project: &Project, plan: &Plan, caller: Option<Ids>) -> Vec<String> {
    let is_root = rustix::process::geteuid().is_root();
    let mut told = Vec::new();
    for service in model::services(project).filter(|s| project.active.contains(s.name)) {
        let Some(planned) = plan.services.get(service.name).filter(|p| !p.is_refused()) else {
            continue;
        };
        let Some(identity) = planned.start.user() else {
            continue;
        };
        let binds = |m: &&Mount| m.kind == MountKind::Bind && m.may_be_made();
        for mount in service.mounts().iter().filter(binds) {
            let Some(path) = mount.source.map(Path::new).filter(|p| ThisHost.will_make(p)) else {
                continue;
            };
            let engine = &plan.settings.engine;
            let owner = match is_root {
                false => None,
                true if engine.maps_ids() => engine.on_machine(identity.ids),
                true => Some(caller.unwrap_or(identity.ids)),
            };
            told.push(match make_one(path, owner) {
                Ok(()) => format!("made {}, which {} mounts", path.display(), service.name),
                Err(error) => format!(
                    "{error:#}; the engine will make it, as root, and {} may be unable to write there",
                    service.name
                ),
            });
        }
    }
    told
}

/// Makes a directory and the parents it lacks, all for `owner`.
fn make_one(path: &Path, owner: Option<Ids>) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_one(parent, owner)?;
    }
    let made = std::fs::create_dir(path);
    made.and_then(|()| owner.map_or(Ok(()), |ids| chown(path, Some(ids.uid), Some(ids.gid))))
        .with_context(|| format!("making the directory {}", path.display()))
}
