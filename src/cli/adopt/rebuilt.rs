//! The record of what was adopted; where it cannot be read it is put aside, and made anew from what the engine has.

use super::scene::AdoptScene;
use crate::act::adopted::{Adopted, AdoptedVolume, LABEL};
use crate::cli::session::progress;
use crate::engine::Engine;
use crate::pipeline::failure::Failure;

/// What Compose writes on a volume: what it is called in the project's files.
const KEY: &str = "com.docker.compose.volume";

/// The record, with every adopted volume that the engine has and that it does not know of. It is written only where it had
/// to be made anew, and not in a dry run.
///
/// # Errors
/// One that cannot be read, in a dry run; the engine does not answer.
pub(super) fn record(scene: &AdoptScene, is_dry: bool) -> Result<Adopted, Failure> {
    let (name, directory) = (&scene.project.name, &scene.project.directory);
    let mut record = match scene.state.read_adopted(name, directory) {
        Ok(record) => record,
        Err(error) if is_dry => return Err(error.into()),
        Err(_) => {
            let aside = scene.state.set_adopted_aside(name, directory)?;
            progress(&format!(
                "the record of what was adopted cannot be read: it is in {} now, and made anew from the engine's volumes",
                aside.display()
            ));
            Adopted::default()
        }
    };
    let known = record.volumes.len();
    for volume in scene.engine.labelled_volumes(LABEL, name)? {
        let label = |name: &str| volume.labels.get(name).map(String::as_str);
        let found = label(LABEL)
            .zip(label(KEY))
            .and_then(|(what, key)| AdoptedVolume::of_label(what, key));
        if let Some(found) = found.filter(|found| scene.volume(&found.key) == volume.name)
            && record.at(&found.service, &found.path).is_none()
        {
            record.volumes.push(found);
        }
    }
    if record.volumes.len() > known && !is_dry {
        scene.state.write_adopted(name, directory, &record)?;
    }
    Ok(record)
}
