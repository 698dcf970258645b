//! Which profile an image gets: the one that was chosen by name, else a person's own, else a built-in one,
//! else the generic one.

pub(crate) mod files;
mod started;

use super::builtin;
use super::condition::Circumstances;
use super::dockerfile::{self, Build, Recipe};
use super::evidence::EvidenceEntry;
use super::image_ref::ImageRef;
use super::library::{Library, Problem, typed};
use super::local::Local;
use super::merge::{self, Fragment};
use super::mirror;
use super::profile::Profile;
use crate::diagnostic::{Diagnostic, LoadError};
use crate::input;
use crate::load::read_yaml;
use crate::tree::{Origin, Sources};
use files::files_of;
use started::ImageStartup;
use std::path::{Path, PathBuf};

/// The folders of profiles, strongest first, above the built-in ones.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    layers: Vec<Library>,
    /// Registries below which a person says that everything is Docker Hub's.
    mirrors: Vec<String>,
}

/// What is to be looked up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lookup<'a> {
    /// The image; none when a service builds one without naming it, or its name holds a variable.
    pub image: Option<&'a ImageRef>,
    /// A profile named by the person.
    pub chosen: Option<&'a str>,
    /// The Dockerfile behind `build:`.
    pub recipe: Option<&'a Recipe>,
    /// What the image on this machine says.
    pub local: Option<&'a Local>,
    /// The service, as far as conditions of profiles ask; its tag and files are the image's, not of here.
    pub circumstances: Option<&'a Circumstances>,
}

/// What is known of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageFacts {
    /// The profile's name; that of the base for an image built from a Dockerfile.
    pub name: String,
    /// Where it comes from.
    pub origin: Provenance,
    /// What it says for this image's tag.
    pub profile: Profile,
    /// The image; none when the service builds one without naming it, or the name holds a variable.
    pub image: Option<ImageRef>,
    /// The image on this machine.
    pub local: Option<Local>,
    /// Why nothing of it is sure, where that is so: a digest alone names the image and who runs in it depends on its tag; its
    /// name only ends like one that is described.
    pub doubt: Option<&'static str>,
}

/// Where a profile comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provenance {
    /// A file of the person.
    User(PathBuf),
    /// Compiled in.
    BuiltIn,
    /// The Dockerfile behind `build:`, over what is known of its base.
    Dockerfile(PathBuf),
    /// The image on this machine alone, by its id.
    Image(String),
    /// There is none for this image.
    Generic,
}

impl Lookup<'_> {
    /// What conditions of the profile of an image are asked of.
    fn of(&self, image: Option<&ImageRef>) -> Circumstances {
        Circumstances {
            tag: image.and_then(ImageRef::effective_tag).map(str::to_owned),
            ..self.circumstances.cloned().unwrap_or_default()
        }
    }
}

impl Catalog {
    /// Reads the person's folders, strongest first; one that does not exist is none. Every file that is no
    /// valid profile is a problem, and any problem an error.
    pub fn open(folders: &[PathBuf]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut catalog = Catalog::default();
        // Weakest first, so that a profile may extend one of a weaker folder.
        for folder in folders.iter().rev() {
            let library = Library::read(files_of(folder, &mut problems), &mut problems);
            library.check(&|name| catalog.resolve(name), &mut problems);
            catalog.layers.insert(0, library);
        }
        if problems.is_empty() {
            Ok(catalog)
        } else {
            Err(problems)
        }
    }

    /// The same where everything below these registries is Docker Hub's.
    #[must_use]
    pub fn with_mirrors(mut self, mirrors: &[String]) -> Self {
        self.mirrors.extend_from_slice(mirrors);
        self
    }

    /// The same with a folder's profiles over all others.
    #[must_use]
    pub fn under(mut self, library: Library) -> Self {
        self.layers.insert(0, library);
        self
    }

    /// What is known of `image`. A profile named in `chosen` is taken whatever the image; `None` when there is
    /// no profile of that name.
    pub fn for_image(&self, image: Option<&ImageRef>, chosen: Option<&str>) -> Option<ImageFacts> {
        self.facts(&Lookup {
            image,
            chosen,
            ..Lookup::default()
        })
    }

    /// Everything that is known, each source over the weaker ones: the profile, the Dockerfile over what is
    /// known of its base, the image on this machine. `None` when there is no profile of the chosen name.
    pub fn facts(&self, request: &Lookup<'_>) -> Option<ImageFacts> {
        let image = request.image;
        let name = request
            .chosen
            .or_else(|| image.and_then(|image| self.name_for(&image.name)))
            // Nobody builds an official image: whoever calls theirs so means something else.
            .filter(|_| {
                request.chosen.is_some()
                    || request.recipe.is_none()
                    || image.is_some_and(|i| i.name.contains('/'))
            });
        let build = request.recipe.and_then(dockerfile::read);
        let base = build.as_ref().and_then(|build| self.base_of(build, request));
        let (profile, doubt) = match name {
            Some(name) => self.described(name, request)?,
            None => (None, None),
        };
        // One whose name is alike may be something else.
        let name = name.filter(|_| profile.is_some());
        let origin = match (name, request.recipe, request.local) {
            (Some(name), ..) => self.origin(name),
            (None, Some(recipe), _) if build.is_some() => Provenance::Dockerfile(recipe.name.clone()),
            (None, _, Some(local)) => Provenance::Image(local.id.clone()),
            (None, _, None) => Provenance::Generic,
        };
        // Each over the weaker ones: the image that is here, what it is built on, what it starts, its Dockerfile, its profile.
        let mut whole = self.resolve(GENERIC)?;
        if let Some(local) = request.local {
            whole = merge::merge(whole, &local.part());
        }
        if let Some((_, base)) = &base {
            whole = merge::merge(whole, base);
        }
        let starting = ImageStartup {
            request,
            build: build.as_ref(),
            base: base.as_ref().map(|(_, base)| base),
            profile: profile.as_ref(),
        };
        let started = starting.part();
        match (request.recipe, &build) {
            (Some(recipe), Some(build)) => {
                let part = build.part(&recipe.name, &whole, &|user| starting.ids(user));
                whole = merge::merge(whole, &started.unwrap_or_default());
                whole = merge::merge(whole, &part);
                // Both have evidence of the same names, from different places.
                let profile = profile.map(|profile| merge::named_apart(&profile, "profile:"));
                whole = merge::merge(whole, &profile.unwrap_or_default());
            }
            _ => {
                whole = merge::merge(whole, &profile.clone().unwrap_or_default());
                whole = merge::merge(whole, &started.unwrap_or_default());
            }
        }
        Some(ImageFacts {
            name: name
                .or(base.as_ref().map(|(name, _)| name.as_str()))
                .unwrap_or(GENERIC)
                .to_owned(),
            origin,
            profile: typed(&whole).ok()?,
            image: image.cloned(),
            local: request.local.cloned(),
            doubt,
        })
    }

    /// What a profile says of an image, and why nothing of that is sure, where that is so. No profile where the image that is
    /// here is something else.
    fn described(
        &self,
        name: &str,
        request: &Lookup<'_>,
    ) -> Option<(Option<Fragment>, Option<&'static str>)> {
        let whole = self.resolve(name)?;
        let has_tag = request.image.is_none_or(|image| image.effective_tag().is_some());
        let is_open = !has_tag && merge::user_is_by_tag(&whole);
        let by_tag = is_open.then_some("it depends on the tag, which a digest alone does not tell");
        // A chosen profile's conditions are asked of the image's tag all the same.
        let profile = merge::with_conditions(whole, &request.of(request.image));
        let is_like = request.chosen.is_none() && request.image.is_some_and(|i| self.is_likeness(&i.name));
        Some(match (is_like, request.local) {
            (false, _) => (Some(profile), by_tag),
            (true, Some(local)) => (local.may_be(&profile).then_some(profile), by_tag),
            (true, None) => {
                let likeness = "its name only ends like that of the image which is described";
                (Some(profile), Some(likeness))
            }
        })
    }

    /// What is known of the image that one is built on, and the name of its profile.
    fn base_of(&self, build: &Build, request: &Lookup<'_>) -> Option<(String, Fragment)> {
        let base = build.base.as_ref()?;
        let name = self.name_for(&base.name)?;
        let part = merge::with_conditions(self.resolve(name)?, &request.of(Some(base)));
        // What its author says and tests holds for itself alone.
        Some((name.to_owned(), merge::extend(part, &Fragment::new())))
    }

    /// The name of the profile for an image's canonical name: of what a mirror serves, that of what it has.
    pub fn name_for(&self, image: &str) -> Option<&str> {
        let known = self.own_name_for(image).or_else(|| self.mirrored(image));
        known.or_else(|| {
            let likely = mirror::originals(image);
            likely
                .into_iter()
                .find_map(|original| self.own_name_for(original))
        })
    }

    /// What a person's mirror serves.
    fn mirrored(&self, image: &str) -> Option<&str> {
        let mut originals = self
            .mirrors
            .iter()
            .filter_map(|mirror| mirror::behind(image, mirror));
        originals.find_map(|original| self.own_name_for(original))
    }

    /// Whether a name is only like one that is described.
    fn is_likeness(&self, image: &str) -> bool {
        self.own_name_for(image).is_none() && self.mirrored(image).is_none()
    }

    fn own_name_for(&self, image: &str) -> Option<&str> {
        self.layers
            .iter()
            .find_map(|layer| layer.name_for(image))
            .or_else(|| builtin::name_for(image))
    }

    /// Whether a profile, under whatever condition, says that its image looks its own uid up.
    pub fn needs_passwd(&self, name: &str) -> bool {
        match self.layers.iter().any(|layer| layer.get(name).is_some()) {
            true => self
                .resolve(name)
                .is_some_and(|part| merge::looks_itself_up(&part)),
            false => builtin::looks_itself_up(name),
        }
    }

    /// All names, sorted, each once.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = builtin::names().collect();
        for layer in &self.layers {
            names.extend(layer.entries().map(|(name, _)| name));
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// A profile's whole content with all its conditions, by name.
    pub fn resolve(&self, name: &str) -> Option<Fragment> {
        self.resolve_below(name, 0)
    }

    /// What a profile's own file says, without what it extends.
    pub(crate) fn part(&self, name: &str) -> Option<Fragment> {
        let own = self.layers.iter().find_map(|layer| layer.get(name));
        own.map(|entry| entry.part.clone())
            .or_else(|| builtin::part(name))
    }

    fn resolve_below(&self, name: &str, from: usize) -> Option<Fragment> {
        for (i, layer) in self.layers.iter().enumerate().skip(from) {
            if layer.get(name).is_some() {
                return layer.resolve(name, &|base| self.resolve_below(base, i + 1)).ok();
            }
        }
        builtin::resolve(name)
    }

    fn origin(&self, name: &str) -> Provenance {
        match self.layers.iter().find_map(|layer| layer.get(name)) {
            Some(entry) => Provenance::User(entry.file.clone()),
            None if name == GENERIC => Provenance::Generic,
            None => Provenance::BuiltIn,
        }
    }
}

/// Problems as they are told to a person, each with its line.
pub(crate) fn told(problems: &[Problem]) -> LoadError {
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    for problem in problems {
        let Ok(text) = input::text(&problem.file) else {
            // Without its lines there is no place to show.
            let message = format!("the profile {} {}", problem.file.display(), problem.message);
            let help = "name a text file that you may read, or remove it";
            diagnostics.push(Diagnostic::error(message).help(help));
            continue;
        };
        // What is no profile at all may be a file of secrets that a link leads to.
        let is_profile = read_yaml(&problem.file, text.as_bytes(), &mut Sources::default())
            .is_ok_and(|node| node.is_none_or(|n| n.as_map().is_some()));
        let file = match is_profile {
            true => sources.add(problem.file.clone(), text),
            false => sources.add_secret(problem.file.clone(), text),
        };
        let origin = Origin {
            file,
            line: u32::try_from(problem.line).unwrap_or_default(),
            column: 1,
        };
        let diagnostic = Diagnostic::error(problem.message.clone()).at(origin);
        diagnostics.push(diagnostic.help("`nrcompose profiles check FILE` checks a profile by itself"));
    }
    LoadError { diagnostics, sources }
}

/// The profile of images that have none.
pub const GENERIC: &str = "generic";

impl ImageFacts {
    /// The strongest of the evidence that a value names.
    pub fn strongest(&self, names: &[String]) -> Option<&EvidenceEntry> {
        names
            .iter()
            .filter_map(|name| self.profile.evidence.get(name))
            .min_by_key(|e| e.kind)
    }
}

/// The folders that hold a person's profiles: the project's before the person's own.
pub fn folders(project: &Path, config_home: Option<&Path>) -> Vec<PathBuf> {
    let own = config_home.map(|home| home.join("nrcompose/profiles"));
    std::iter::once(project.join(".nrcompose/profiles"))
        .chain(own)
        .collect()
}

#[cfg(test)]
mod tests;
