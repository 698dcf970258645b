//! What the images on this machine say, for services about which nothing better is known. An engine that does not
//! answer is none: the plan is then less certain, and says so.

use crate::engine::Engine;
use crate::engine::docker::Docker;
use crate::facts::local::cache;
use crate::facts::{Catalog, ImageRef, Local};
use crate::load::Project;
use crate::model::{self, Service, UserSpec};
use indexmap::{IndexMap, IndexSet};
use std::path::PathBuf;

/// The images, by their names in the Compose file.
pub fn here(
    project: &Project,
    catalog: &Catalog,
    environment: &IndexMap<String, String>,
) -> IndexMap<String, Local> {
    let wanted: IndexSet<&str> = model::services(project)
        .filter(|s| is_needed(*s, catalog))
        .filter_map(|s| s.image())
        .collect();
    if wanted.is_empty() || crate::act::compose::engine_is_down(environment).is_some() {
        return IndexMap::new();
    }
    let Ok(engine) = Docker::find() else {
        return IndexMap::new();
    };
    let names: Vec<String> = wanted.iter().map(|n| (*n).to_owned()).collect();
    let Ok(images) = engine.images(&names) else {
        return IndexMap::new();
    };
    let absolute = |name: &str| {
        environment
            .get(name)
            .filter(|v| v.starts_with('/'))
            .map(PathBuf::from)
    };
    let folder = absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|h| h.join(".cache")))
        .map(|c| cache::folder(&c));
    let read = |image| cache::get(&engine, &image, folder.as_deref()).ok();
    names
        .into_iter()
        .zip(images)
        .filter_map(|(name, image)| Some((name, read(image?)?)))
        .collect()
}

/// Whether the image itself has to be looked at: no profile knows it, or only it can turn a name into a number.
fn is_needed(service: Service, catalog: &Catalog) -> bool {
    let known = service
        .image()
        .and_then(ImageRef::parse)
        .is_some_and(|i| catalog.name_for(&i.name).is_some());
    let named = matches!(
        service.user(),
        Some(UserSpec::Named { .. } | UserSpec::Numeric { gid: None, .. })
    );
    service.has_container() && (!known || named)
}
