//! Volumes of the project that are on the engine already and not the project's alone. An engine that does not answer is
//! none: then nothing is started either.

use super::engine::Handed;
use crate::facts::volume::{ForeignVolume, kept};
use crate::load::Project;
use crate::model::{self, Volume};
use crate::plan::shares;
use indexmap::{IndexMap, IndexSet};

/// Looks for them, by their names on the engine.
pub(super) fn find(project: &Project, engine: Handed<'_>) -> IndexMap<String, ForeignVolume> {
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
        return IndexMap::new();
    }
    let Some(engine) = engine() else {
        return IndexMap::new();
    };
    let there = engine.volumes(&names).unwrap_or_default();
    if there.is_empty() {
        return IndexMap::new();
    }
    let mounting = engine.mounting().unwrap_or_default();
    let kept = there
        .iter()
        .filter_map(|volume| Some((volume.name.clone(), kept(volume, &project.name, &mounting)?)));
    kept.collect()
}
