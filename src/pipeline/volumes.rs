//! Volumes of the project that are on the engine already and not the project's alone.

use super::engine::Handed;
use crate::engine::EngineResult;
use crate::facts::volume::{ForeignVolume, kept};
use crate::load::Project;
use crate::model::{self, Volume};
use crate::plan::shares;
use indexmap::{IndexMap, IndexSet};

/// Looks for them, by their names on the engine.
///
/// # Errors
/// The engine does not say which there are, or who mounts them: what is somebody else's could be given away.
pub(super) fn find(project: &Project, engine: Handed<'_>) -> EngineResult<IndexMap<String, ForeignVolume>> {
    let used = model::services(project).flat_map(|s| shares::uses(project, s));
    let used: IndexSet<String> = used.map(|u| u.volume).collect();
    // What the project says of a volume is enough to leave it alone.
    let keys = project.tree.get("volumes").and_then(|v| v.as_map());
    let foreign = keys
        .into_iter()
        .flatten()
        .map(|(key, _)| Volume::of(project, key));
    let foreign: IndexSet<String> = foreign
        .filter(|v| v.is_foreign())
        .map(|v| v.name(project))
        .collect();
    let names: Vec<String> = used.difference(&foreign).cloned().collect();
    if names.is_empty() {
        return Ok(IndexMap::new());
    }
    let Some(engine) = engine() else {
        return Ok(IndexMap::new());
    };
    let there = engine.volumes(&names)?;
    if there.is_empty() {
        return Ok(IndexMap::new());
    }
    let mounting = engine.mounting()?;
    let kept = there
        .iter()
        .filter_map(|volume| Some((volume.name.clone(), kept(volume, &project.name, &mounting)?)));
    Ok(kept.collect())
}
