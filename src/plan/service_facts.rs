//! What is known of a service before any control looks at it, with the words in which decisions cite it.

mod circumstances;
mod layer;
mod users;
mod writes;

pub use layer::{kept_in_layer, open_base_of};
pub use users::UserEntry;
pub(crate) use writes::Writes;

use super::decision::Evidence;
use crate::diagnostic::Diagnostic;
use crate::facts::config::ServiceConfig;
use crate::facts::dockerfile::{self, Build};
use crate::facts::engine::EngineFacts;
use crate::facts::evidence::EvidenceKind;
use crate::facts::host::{Found, FoundKind};
use crate::facts::profile::{Profile, Writable};
use crate::facts::recipes::Recipes;
use crate::facts::volume::ForeignVolume;
use crate::facts::{Catalog, GENERIC, ImageFacts, ImageRef, Local, Lookup, Provenance};
use crate::load::Project;
use crate::model::{Service, clean_path, image_of, is_within};
use crate::tree::Origin;
use indexmap::IndexMap;

/// What is known of the image of one service.
#[derive(Debug, Clone)]
pub struct ServiceFacts {
    /// The profile's name.
    pub name: String,
    /// What it says.
    pub profile: Profile,
    /// The profile and where it comes from.
    image: ImageFacts,
    /// What would say more and cannot be read.
    pub unread: Option<Diagnostic>,
    /// Whether it is built here.
    is_built: bool,
    /// What the image says that it is built on, where that was looked at.
    base: Option<Local>,
    /// The variables that its Dockerfile sets.
    set: Vec<String>,
    /// The paths that its Dockerfile declares as a `VOLUME`.
    volumes: Vec<String>,
    /// Values of its `env_file`s, which are looked at and never written.
    env_files: IndexMap<String, (String, Origin)>,
}

/// Where facts come from, beside the project.
#[derive(Debug, Default)]
pub struct FactSources {
    /// The profiles.
    pub catalog: Catalog,
    /// The Dockerfiles of what is built.
    pub recipes: Recipes,
    /// Volumes on the engine that are not the project's alone, by their names there.
    pub volumes: IndexMap<String, ForeignVolume>,
    /// Images on this machine, by the name in the Compose file.
    pub images: IndexMap<String, Local>,
    /// The engine that the plan is for.
    pub engine: EngineFacts,
}

impl ServiceFacts {
    /// What is known of `service`: by the profile that its author names, else by its image.
    ///
    /// # Errors
    /// The name of a profile that does not exist.
    pub fn of(
        project: &Project,
        service: Service,
        config: &ServiceConfig,
        sources: &FactSources,
    ) -> Result<Self, (String, Origin)> {
        let reference = service.image().and_then(ImageRef::parse);
        let recipe = sources.recipes.of(service.name);
        let build = recipe.and_then(dockerfile::read);
        let env_files = project.env_file_values(service.name);
        let local = sources.images.get(&image_of(project, service));
        let circumstances = circumstances::of(service, &env_files, local, &sources.engine);
        let request = Lookup {
            image: reference.as_ref(),
            chosen: config.profile.as_ref().map(|(name, _)| name.as_str()),
            recipe,
            local,
            circumstances: Some(&circumstances),
        };
        let Some(image) = sources.catalog.facts(&request) else {
            return Err(config
                .profile
                .clone()
                .unwrap_or((String::new(), service.node.origin)));
        };
        Ok(ServiceFacts {
            name: image.name.clone(),
            profile: image.profile.clone(),
            image,
            unread: sources.recipes.unread(service.name).cloned(),
            is_built: recipe.is_some(),
            base: build
                .as_ref()
                .and_then(|b| b.base.as_ref())
                .and_then(|base| sources.images.get(&base.to_string()).cloned()),
            volumes: build.iter().flat_map(volumes).collect(),
            set: build.map(|b| b.environment).unwrap_or_default(),
            env_files,
        })
    }

    /// The names of the variables that the image is known to set.
    pub fn image_environment(&self) -> Vec<String> {
        let looked_at = self.image.local.iter().chain(&self.base);
        let names = looked_at.flat_map(|l| &l.environment).chain(&self.set);
        let mut names: Vec<String> = names.cloned().collect();
        names.sort();
        names.dedup();
        names
    }

    /// What the image, its Dockerfile and what that builds on declare as a `VOLUME`, as far as they were looked at.
    pub fn declared_volumes(&self) -> Vec<String> {
        let looked_at = self.image.local.iter().chain(&self.base);
        let links_followed = looked_at.flat_map(|l| l.volumes.iter().map(|v| l.resolve(&clean_path(v))));
        links_followed.chain(self.volumes.iter().cloned()).collect()
    }

    /// What the image on this machine says, where it was looked at.
    pub fn local(&self) -> Option<&Local> {
        self.image.local.as_ref()
    }

    /// Whether nothing is known of this image in particular.
    pub fn is_generic(&self) -> bool {
        self.image.origin == Provenance::Generic
    }

    /// Whether a profile describes this image, built in or the person's own.
    pub fn is_described(&self) -> bool {
        matches!(self.image.origin, Provenance::BuiltIn | Provenance::User(_))
    }

    /// Whether the image can give a volume away by itself, and who says so; `None` when nobody knows. Where a Dockerfile
    /// is built, what it says counts: the image that is here may be of before. A described image has a shell unless
    /// its profile says that it has none.
    pub fn shell(&self) -> Option<(bool, Evidence)> {
        let said = self
            .profile
            .shell
            .as_ref()
            .map(|f| (f.value, self.evidence("shell", &f.evidence)));
        let local = self.image.local.as_ref().or(self.base.as_ref()).map(|local| {
            let seen = Evidence::Image("/bin/sh and chown".to_owned());
            (local.shell, seen)
        });
        let described = || {
            let whole = Evidence::Default("images have a shell unless their profile says otherwise");
            (self.name != GENERIC).then_some((true, whole))
        };
        let (first, second) = if self.is_built {
            (said, local)
        } else {
            (local, said)
        };
        first.or(second).or_else(described)
    }

    /// Owner and mode of a directory of the image, where they are known: from the image itself, else from the
    /// profile.
    pub fn directory(&self, path: &str) -> Option<Found> {
        let found = |uid, gid, mode| Found {
            uid,
            gid,
            mode,
            kind: FoundKind::Directory,
        };
        if let Some(local) = self.image.local.as_ref().filter(|_| !self.is_built) {
            let d = local.directories.get(&local.resolve(path))?;
            return Some(found(d.uid, d.gid, d.mode));
        }
        let w = self.profile.writable.iter().find(|w| w.path == path)?;
        let (uid, gid) = w.owner.as_deref()?.split_once(':')?;
        let mode = w.mode.as_deref().and_then(|m| u32::from_str_radix(m, 8).ok());
        Some(found(uid.parse().ok()?, gid.parse().ok()?, mode.unwrap_or(0o755)))
    }

    /// Who says that the image has nothing at a path, no directory or an empty one: itself where it was looked at, else
    /// a profile that describes the path. What a Dockerfile makes is not known before it is built.
    pub fn bare(&self, path: &str) -> Option<Evidence> {
        if self.is_built {
            return None;
        }
        if let Some(local) = &self.image.local {
            let empty = || Evidence::Image(format!("{path} is empty or not there"));
            return (local.is_bare(path)?).then(empty);
        }
        let within = |w: &&Writable| is_within(&w.path, path);
        let mut described = self.profile.writable.iter().filter(within);
        let only = described.next().filter(|w| w.path == path && !w.content)?;
        let evidence = self.evidence(&format!("writable.{path}"), &only.evidence);
        (described.next().is_none() && evidence.proves()).then_some(evidence)
    }

    /// The strongest evidence for a value of the profile.
    pub fn evidence(&self, value: &str, names: &[String]) -> Evidence {
        let strongest = self.image.strongest(names);
        let (kind, place) = match (self.image.doubt, strongest) {
            (Some(doubt), _) => (EvidenceKind::Inferred, doubt.to_owned()),
            (None, Some(entry)) => (entry.kind, entry.place()),
            (None, None) => (EvidenceKind::Inferred, String::new()),
        };
        Evidence::Profile {
            profile: self.name.clone(),
            value: value.to_owned(),
            kind,
            place,
        }
    }

    /// A variable of the service: from `environment:`, else from its env files.
    pub fn environment(&self, service: Service, name: &str) -> Option<(String, Origin)> {
        let direct = service
            .environment(name)
            .map(|(value, node)| (value, node.origin));
        direct.or_else(|| self.env_files.get(name).cloned())
    }
}

/// The paths that a Dockerfile declares as a `VOLUME`; a relative one is none to the engine's builder either.
fn volumes(build: &Build) -> impl Iterator<Item = String> {
    let paths = build.volumes.iter().map(|(path, _)| path);
    paths.filter(|p| p.starts_with('/')).map(|p| clean_path(p))
}
