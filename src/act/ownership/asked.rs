//! Directories of the host that the person asks to be given, in nrcompose's configuration.

use super::{Place, Wanted};
use crate::diagnostic::Diagnostic;
use crate::plan::Plan;
use crate::plan::intent::Intent;
use std::path::{Path, PathBuf};

/// Every directory of the host that a plan wants to belong to a service before it starts: those of all its services, or
/// of the ones that are started. `identity` is that of [`super::here`].
///
/// # Errors
/// Two services that want one directory, or one in the other, for different users; what `identity` says.
pub(crate) fn directories(
    plan: &Plan,
    is_started: &dyn Fn(&str) -> bool,
    identity: &dyn Fn(&Path) -> Result<String, Diagnostic>,
) -> Result<Vec<Wanted>, Diagnostic> {
    let mut wanted: Vec<(PathBuf, Wanted)> = Vec::new();
    let services = plan.services.iter().filter(|(name, _)| is_started(name));
    for (name, planned) in services {
        for owner in planned.intents().filter_map(Intent::directory) {
            let overlaps = |(path, _): &&mut (PathBuf, Wanted)| {
                path.starts_with(&owner.path) || owner.path.starts_with(path.as_path())
            };
            let mut same = None;
            for (path, other) in wanted.iter_mut().filter(|w| overlaps(w)) {
                if other.ids != owner.ids {
                    let error = contradict(path, other, &owner.path, name, owner.ids.to_string());
                    return Err(error.at(planned.asks_for(&owner.path)));
                }
                if *path == owner.path {
                    same = Some(other);
                }
            }
            match same {
                Some(same) => {
                    same.recursive |= owner.recursive;
                    if !same.services.contains(name) {
                        same.services.push(name.clone());
                    }
                }
                None => {
                    let one = Wanted {
                        place: Place::Directory(owner.path.clone()),
                        identity: identity(&owner.path)?,
                        ids: owner.ids,
                        services: vec![name.clone()],
                        seen_in: None,
                        recursive: owner.recursive,
                    };
                    wanted.push((owner.path.clone(), one));
                }
            }
        }
    }
    Ok(wanted.into_iter().map(|(_, wanted)| wanted).collect())
}

fn contradict(path: &Path, other: &Wanted, another: &Path, service: &str, ids: String) -> Diagnostic {
    let text = format!(
        "{} is to be given to {} for {}, and {} to {ids} for {service}",
        path.display(),
        other.ids,
        other.services.join(", "),
        another.display(),
    );
    Diagnostic::error(text).help("give both services one user, or each a directory of its own")
}
