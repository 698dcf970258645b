//! What has to be known of an image before anything is planned: what its service may keep in its container's own layer.

use super::circumstances;
use crate::facts::config::ServiceConfig;
use crate::facts::dockerfile;
use crate::facts::engine::EngineFacts;
use crate::facts::profile::WritableKind;
use crate::facts::{Catalog, ImageRef, Lookup, Recipe};
use crate::model::Service;
use indexmap::IndexMap;

/// The image that a service is built on, as the engine would be asked for it, where its Dockerfile does not show whether
/// it has a shell.
pub fn open_base_of(recipe: Option<&Recipe>) -> Option<String> {
    let build = dockerfile::read(recipe?)?;
    build
        .base
        .filter(|_| build.shell.is_none())
        .map(|b| b.to_string())
}

/// What a service may keep in its container's own layer, so that it would get a volume of ours: as far as its profile and
/// its Dockerfile say, with the image that it is built on.
pub fn kept_in_layer(
    service: Service,
    recipe: Option<&Recipe>,
    config: &ServiceConfig,
    catalog: &Catalog,
) -> (Vec<String>, Option<String>) {
    let reference = service.image().and_then(ImageRef::parse);
    let circumstances = circumstances::of(service, &IndexMap::new(), None, &EngineFacts::default());
    let facts = catalog.facts(&Lookup {
        image: reference.as_ref(),
        chosen: config.profile.as_ref().map(|(name, _)| name.as_str()),
        recipe,
        local: None,
        circumstances: Some(&circumstances),
    });
    let writable = facts.into_iter().flat_map(|f| f.profile.writable);
    let kept =
        writable.filter(|w| !w.may_be_tmpfs() && !w.optional && !w.volume && w.kind != WritableKind::Config);
    let build = recipe.and_then(dockerfile::read);
    let base = build.and_then(|b| b.base).map(|b| b.to_string());
    (kept.map(|w| w.path).collect(), base)
}
