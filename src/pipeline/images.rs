//! What the images on this machine say, for services about which nothing better is known, whose volumes are given away,
//! or that would get a volume of ours. An engine that does not answer is none: the plan is then less certain, and says so.

use super::engine::Handed;
use crate::act::home::Home;
use crate::engine::Image;
use crate::facts::config::{Config, ServiceConfig};
use crate::facts::local::{Tell, cache};
use crate::facts::recipes::Recipes;
use crate::facts::{Catalog, ImageRef, Local, Recipe};
use crate::load::Project;
use crate::model::{self, MountKind, Service, UserSpec, clean_path, image_of, is_within};
use crate::plan::service_facts::{kept_in_layer, open_base_of};
use indexmap::{IndexMap, IndexSet};

/// How many images are read at the same time.
const AT_ONCE: usize = 4;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct ImagesFound {
    /// Images, by their names in the Compose file.
    pub images: IndexMap<String, Local>,
    /// The ids of all that were asked for and are here, by the same names.
    pub ids: IndexMap<String, String>,
    /// Services whose image should be looked at and is not on this machine.
    pub missing: Vec<String>,
}

/// Looks for the images that have to be looked at.
pub(super) fn find(
    project: &Project,
    catalog: &Catalog,
    config: &Config,
    recipes: &Recipes,
    home: &Home,
    engine: Handed<'_>,
    tell: Tell,
) -> ImagesFound {
    let (mut services, mut names) = (Vec::new(), IndexSet::new());
    for service in model::services(project).filter(|s| s.has_container() && model::added_for(*s).is_none()) {
        // What cannot be read is told when the plan reads it.
        let own = service
            .get("x-nrcompose")
            .and_then(|node| ServiceConfig::read(node).ok());
        let said = config.of_service(service.name, own);
        let of_ours = gets_volume(service, recipes.of(service.name), catalog, &said);
        let is_needed = is_needed(service, catalog, &said) || of_ours.is_some();
        if is_needed {
            services.push(service);
        }
        // A file capability, a setuid bit or an owner may be in any, and no profile knows them all.
        names.insert(image_of(project, service));
        if is_needed || gives_away(service) {
            names.extend(open_base_of(recipes.of(service.name)));
            names.extend(of_ours.flatten());
        }
    }
    if names.is_empty() {
        return ImagesFound::default();
    }
    let Some(engine) = engine() else {
        return ImagesFound::default();
    };
    let names: Vec<String> = names.into_iter().collect();
    let Ok(found) = engine.images(&names) else {
        return ImagesFound::default();
    };
    // Files of root in the home of who ran sudo would be in their way; reading again is only slower.
    let folder = home
        .folder("XDG_CACHE_HOME", ".cache")
        .filter(|_| home.owner.is_none())
        .map(|c| cache::folder(&c));
    let here: IndexSet<&String> = names
        .iter()
        .zip(&found)
        .filter_map(|(n, f)| f.as_ref().map(|_| n))
        .collect();
    let is_missing = |s: &&Service| !s.is_built() && s.image().is_some_and(|i| !here.contains(&i.to_owned()));
    let missing = services
        .iter()
        .filter(is_missing)
        .map(|s| s.name.to_owned())
        .collect();
    let mut said: IndexMap<&str, Local> = IndexMap::new();
    let mut unread: IndexMap<&str, &Image> = IndexMap::new();
    for image in found.iter().flatten() {
        match cache::kept(image, folder.as_deref()) {
            Some(local) => _ = said.insert(&image.id, local),
            None => _ = unread.insert(&image.id, image),
        }
    }
    let read = |image| cache::fill(engine, image, folder.as_deref(), tell).ok();
    // A second each, most of which the engine is at work.
    let unread: Vec<&Image> = unread.into_values().collect();
    for some in unread.chunks(AT_ONCE) {
        let locals: Vec<Option<Local>> = std::thread::scope(|scope| {
            let reading: Vec<_> = some.iter().map(|image| scope.spawn(|| read(image))).collect();
            reading.into_iter().map(|one| one.join().ok().flatten()).collect()
        });
        let ids = some.iter().map(|image| image.id.as_str());
        said.extend(ids.zip(locals).filter_map(|(id, local)| Some((id, local?))));
    }
    let named = || names.iter().zip(&found);
    let ids = named().filter_map(|(name, image)| Some((name.clone(), image.as_ref()?.id.clone())));
    let ids = ids.collect();
    let images = named()
        .filter_map(|(name, image)| Some((name.clone(), said.get(image.as_ref()?.id.as_str())?.clone())))
        .collect();
    ImagesFound { images, ids, missing }
}

/// Whether the image itself has to be looked at: no profile knows it, only it can turn a name into a number, or an
/// entry is to be added to its passwd.
fn is_needed(service: Service, catalog: &Catalog, said: &ServiceConfig) -> bool {
    let profile = service
        .image()
        .and_then(ImageRef::parse)
        .and_then(|i| catalog.name_for(&i.name));
    let known = said.profile.is_some() || profile.is_some();
    let named = matches!(
        service.user(),
        Some(UserSpec::Named { .. } | UserSpec::Numeric { gid: None, .. })
    );
    let asked = said.passwd == Some(true) || profile.is_some_and(|name| catalog.needs_passwd(name));
    !known || named || asked
}

/// Whether a volume may have to be given to its user, which takes a shell in its image: what the image here says of that
/// beats its profile.
fn gives_away(service: Service) -> bool {
    let mounts = service.mounts();
    mounts.iter().any(|m| m.kind == MountKind::Named && !m.read_only)
}

/// Whether a volume of ours may be made for it, which must not hide one that its image declares, or the image that it is
/// built on; that one, where it is known.
fn gets_volume(
    service: Service,
    recipe: Option<&Recipe>,
    catalog: &Catalog,
    said: &ServiceConfig,
) -> Option<Option<String>> {
    let (kept, base) = kept_in_layer(service, recipe, said, catalog);
    let mounts = service.mounts();
    let is_mounted = |path: &str| mounts.iter().any(|m| is_within(&clean_path(path), &m.target));
    kept.iter().any(|path| !is_mounted(path)).then_some(base)
}
