//! Host directories that a service mounts and that do not exist yet: the engine would make them, as root, for a
//! user that then cannot write there.

use crate::facts::host::{Host, ThisHost};
use crate::facts::settings::Ids;
use crate::load::Project;
use crate::model::{self, MountKind};
use crate::plan::Plan;
use anyhow::{Context, Result};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

/// Makes what is missing, as whoever runs nrcompose. Root gives it to `caller` (who ran sudo), else to the user
/// the service will run as. What looks like a file is left to its author.
///
/// # Errors
/// What the file system says, with the path.
pub fn make(project: &Project, plan: &Plan, caller: Option<Ids>) -> Result<Vec<PathBuf>> {
    let is_root = rustix::process::geteuid().is_root();
    let mut made = Vec::new();
    for service in model::services(project).filter(|s| project.active.contains(s.name)) {
        let Some(planned) = plan.services.get(service.name).filter(|p| !p.is_refused()) else {
            continue;
        };
        let Some(identity) = planned.start.user() else {
            continue;
        };
        for mount in service.mounts().iter().filter(|m| m.kind == MountKind::Bind) {
            let Some(path) = mount.source.map(Path::new).filter(|p| ThisHost.will_make(p)) else {
                continue;
            };
            let owner = is_root.then(|| caller.unwrap_or(identity.ids));
            make_one(path, owner)?;
            made.push(path.to_owned());
        }
    }
    Ok(made)
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
        .with_context(|| format!("making the directory {}, which a service mounts", path.display()))
}
