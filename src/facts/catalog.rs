//! Which profile an image gets: the one that was chosen by name, else a person's own, else a built-in one,
//! else the generic one.

use super::builtin;
use super::condition::Circumstances;
use super::dockerfile::Recipe;
use super::evidence::EvidenceEntry;
use super::image_ref::ImageRef;
use super::library::{Library, Problem, typed};
use super::local::Local;
use super::merge::{self, Fragment};
use super::profile::Profile;
use crate::diagnostic::{Diagnostic, LoadError};
use crate::input::{self, Unreadable};
use crate::load::read_yaml;
use crate::tree::{Origin, Sources};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folders of profiles, strongest first, above the built-in ones.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    layers: Vec<Library>,
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
    /// A digest alone names the image, and who runs in it depends on its tag: nothing of that is sure.
    pub is_unsettled: bool,
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
            .or_else(|| image.and_then(|image| self.name_for(&image.name)));
        let built = request.recipe.and_then(|recipe| self.of_recipe(recipe, request));
        let origin = match (name, &built, request.local) {
            (Some(name), ..) => self.origin(name),
            (None, Some(_), _) => {
                Provenance::Dockerfile(request.recipe.map(|r| r.name.clone()).unwrap_or_default())
            }
            (None, None, Some(local)) => Provenance::Image(local.id.clone()),
            (None, None, None) => Provenance::Generic,
        };
        let base = built.as_ref().and_then(|(base, _)| base.clone());
        let mut is_unsettled = false;
        let profile = match name {
            // A chosen profile's conditions are asked of the image's tag all the same.
            Some(name) => {
                let whole = self.resolve(name)?;
                let has_tag = image.is_none_or(|image| image.effective_tag().is_some());
                is_unsettled = !has_tag && merge::user_is_by_tag(&whole);
                Some(merge::with_conditions(whole, &request.of(image)))
            }
            None => None,
        };
        // What is known of no image at all says nothing where something is.
        let below = || {
            let generic = self.resolve(GENERIC)?;
            Some(match request.local {
                Some(local) => merge::merge(generic, &local.part()),
                None => generic,
            })
        };
        let whole = match (built, profile) {
            (None, Some(profile)) if request.local.is_none() => profile,
            (None, None) => below()?,
            (None, Some(profile)) => merge::merge(below()?, &profile),
            (Some((_, built)), None) => merge::merge(below()?, &built),
            // Both have evidence of the same names, from different places.
            (Some((_, built)), Some(profile)) => merge::merge(
                merge::merge(below()?, &built),
                &merge::named_apart(&profile, "profile:"),
            ),
        };
        Some(ImageFacts {
            name: name.or(base.as_deref()).unwrap_or(GENERIC).to_owned(),
            origin,
            profile: typed(&whole).ok()?,
            image: image.cloned(),
            local: request.local.cloned(),
            is_unsettled,
        })
    }

    /// The name of the base's profile, and what the Dockerfile says over it.
    fn of_recipe(&self, recipe: &Recipe, request: &Lookup<'_>) -> Option<(Option<String>, Fragment)> {
        let build = super::dockerfile::read(recipe)?;
        let name = build.base.as_ref().and_then(|base| self.name_for(&base.name));
        let base = match (name, &build.base) {
            (Some(name), Some(base)) => merge::with_conditions(self.resolve(name)?, &request.of(Some(base))),
            _ => Fragment::new(),
        };
        // What the base's author says and tests holds for the base alone.
        let base = merge::extend(base, &Fragment::new());
        let part = build.part(&recipe.name, &base);
        Some((name.map(str::to_owned), merge::merge(base, &part)))
    }

    /// The name of the profile for an image's canonical name.
    pub fn name_for(&self, image: &str) -> Option<&str> {
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

/// The profiles of a folder and of those in it, by name, so that messages come in the same order everywhere.
pub(crate) fn files_of(folder: &Path, problems: &mut Vec<Problem>) -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    below(folder, DEPTH, &mut paths, problems);
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        match text_of(&path) {
            Ok(text) => files.push((path, text)),
            Err(problem) => problems.push(problem),
        }
    }
    files
}

/// How deep folders of profiles are looked through: a link may lead in circles.
const DEPTH: usize = 6;

/// The files of profiles in a folder and below it.
fn below(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>, problems: &mut Vec<Problem>) {
    let items = match std::fs::read_dir(folder).map_err(Unreadable::from) {
        Ok(items) => items,
        // Most people have none.
        Err(why) if why.is_missing() => return,
        // A home that is none, such as /dev/null.
        Err(Unreadable::System(why)) if why.kind() == ErrorKind::NotADirectory => return,
        Err(why) => return problems.push(unreadable(folder, &why)),
    };
    for path in items.filter_map(|item| item.ok().map(|item| item.path())) {
        if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            paths.push(path);
        } else if depth > 0 && path.is_dir() {
            below(&path, depth - 1, paths, problems);
        }
    }
}

/// The text of a person's profile. The parser of profiles takes hours for what nests deeply, so the one of Compose
/// files, which has limits, looks at it first.
///
/// # Errors
/// A file that cannot be read, or is no YAML.
pub(crate) fn text_of(file: &Path) -> Result<String, Problem> {
    let text = input::text(file).map_err(|why| unreadable(file, &why))?;
    match read_yaml(file, text.as_bytes(), &mut Sources::default()) {
        Ok(Some(node)) if node.as_map().is_none() => Err(Problem {
            // What it is instead is not repeated: it may be a file of secrets.
            file: file.to_owned(),
            line: 1,
            message: "a profile is a mapping, which this is not".to_owned(),
        }),
        Ok(_) => Ok(text),
        Err(why) => Err(Problem {
            file: file.to_owned(),
            line: usize::try_from(why.place.line).unwrap_or(1),
            message: why.message,
        }),
    }
}

fn unreadable(file: &Path, why: &Unreadable) -> Problem {
    Problem {
        file: file.to_owned(),
        line: 1,
        message: format!("cannot be read: {why}"),
    }
}

#[cfg(test)]
mod tests;
