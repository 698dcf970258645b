//! From files to one canonical tree, as Docker Compose reads them. This page is the order of the stages.
//!
//! # What a node's `raw` is
//!
//! `raw` is the text an override can repeat so that the node stays as its author wrote it, variables and all.
//! It is there where the value alone would say something else:
//!
//! - a text with variables keeps its template, a number its spelling (`0755`), a duration or size its own;
//! - a long form that was short keeps the short form: a port mapping has `${PORT}:80`, a mount `./a:/b`;
//! - all ports of one range have the same `raw` *and* the same `origin`: it stands for them together;
//! - an entry of `environment` or `labels` keeps the part behind its name;
//! - a relative path from a file of another directory has none: only its value, which is absolute, is right.

mod base64;
mod canonical;
mod compose;
mod decode;
mod defaults;
mod error;
mod extends;
mod include;
mod interpolate;
mod libyaml_check;
mod memo;
mod merge;
mod merge_key;
mod name;
mod normalize;
mod parse;
mod path_table;
mod paths;
mod profiles;
mod redact;
mod reset;
mod scalar;
mod schema;
mod service_files;
mod shellwords;
mod short_port;
mod short_volume;
mod tables;
mod types;
mod unicity;
mod units;
mod validate;

pub use crate::diagnostic::LoadError;
pub use decode::zero;
pub use memo::Memo;
pub use path_table::Level;
#[cfg(test)]
pub(crate) use tables::without;
pub use tables::{shapes, tables};
pub use types::Shape;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::locate::{ConfigFile, Location};
use crate::tree::{FileId, Map, Node, Origin, Path as TreePath, Sources, Value};
use indexmap::{IndexMap, IndexSet};
use service_files::FileValues;
use std::path::{Path, PathBuf};
use tables::TABLES;

/// How to load.
#[derive(Debug, Clone)]
pub struct Options {
    /// More files after those of the location, by name and text; the last wins.
    pub extra: Vec<(PathBuf, String)>,
    /// Whether variables are filled in. Without, short forms with variables stay as they are, and neither
    /// profiles nor consistency are looked at: the tree is that of `docker compose config --no-interpolate`.
    pub interpolate: bool,
    /// Whether references between services and resources are checked.
    pub consistency: bool,
    /// Whether names, networks and implicit dependencies are filled in.
    pub normalize: bool,
    /// Whether paths become absolute.
    pub resolve_paths: bool,
    /// Whether keys are taken that only versions of Compose after 2.40.3 know.
    pub newest: bool,
    /// Services named on the command line: their profiles are active too.
    pub services: Vec<String>,
    /// Let `docker compose config` read the project instead: the way out where this loader refuses.
    pub by_compose: bool,
    /// Where parsed files are kept, if the project is to be loaded again.
    pub memo: Option<Memo>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            extra: Vec::new(),
            interpolate: true,
            consistency: true,
            normalize: true,
            resolve_paths: true,
            newest: true,
            services: Vec::new(),
            by_compose: false,
            memo: None,
        }
    }
}

/// A loaded project.
#[derive(Debug, Clone)]
pub struct Project {
    /// As Compose calls it: the prefix of containers and volumes.
    pub name: String,
    /// The directory its relative paths start at, absolute.
    pub directory: PathBuf,
    /// Its files, base first; files they include or extend are in `sources`.
    pub files: Vec<PathBuf>,
    /// The canonical tree: interpolated, long forms, absolute paths, and all services, those of inactive
    /// profiles too. The values of `env_file` are not in it; see [`Project::env_file_values`].
    pub tree: Node,
    /// The services that the profiles enable.
    pub active: IndexSet<String>,
    /// The variables it was read with.
    pub environment: IndexMap<String, String>,
    /// Every text it was read from.
    pub sources: Sources,
    /// What the person should know.
    pub warnings: Vec<Diagnostic>,
    /// Whether variables were filled in.
    pub interpolated: bool,
    env_files: IndexMap<String, FileValues>,
    label_files: IndexMap<String, FileValues>,
}

impl Project {
    /// What a service gets from its `env_file`s: name, value, and where it stands. They can be secrets, so
    /// they are never part of the tree.
    pub fn env_file_values(&self, service: &str) -> IndexMap<String, (String, Origin)> {
        self.env_files.get(service).cloned().unwrap_or_default()
    }

    /// The environment of a service as its container gets it: the env files first, then its own, with the
    /// caller's value where it names a variable alone. Null is a variable nobody has a value for.
    pub fn service_environment(&self, service: &str) -> Map {
        service_files::environment(self, service)
    }

    /// What a template comes to with the project's own variables; those of an include's env file are not among
    /// them. `None` when it cannot be filled in.
    pub fn substitute(&self, template: &str) -> Option<String> {
        struct Own<'a>(&'a IndexMap<String, String>);
        impl crate::template::Variables for Own<'_> {
            fn get(&self, name: &str) -> Option<&str> {
                self.0.get(name).map(String::as_str)
            }
        }
        let text = crate::template::substitute(template, &mut Own(&self.environment)).ok()?;
        Some(text.into_owned())
    }

    /// What a service gets from its `label_file`s; none if they were not read, because only the command line
    /// enables the service: Compose reads them before it looks there.
    pub fn label_file_values(&self, service: &str) -> Option<&IndexMap<String, (String, Origin)>> {
        self.label_files.get(service)
    }
}

/// Loads a project.
///
/// # Errors
/// Whatever Compose would refuse, and what this loader does not do (remote files), each with its place.
pub fn load(location: &Location, options: &Options) -> Result<Project, LoadError> {
    if options.by_compose {
        return compose::project(location, options).map_err(|d| LoadError::new(d, Sources::default()));
    }
    let mut session = Loading::new(location, options);
    match session.project(location) {
        Ok(mut project) => {
            for warning in &mut project.warnings {
                redact::redact(warning, &location.environment, &project.sources);
            }
            Ok(project)
        }
        Err(mut diagnostic) => {
            redact::redact(&mut diagnostic, &location.environment, &session.sources);
            Err(LoadError::new(diagnostic, session.sources))
        }
    }
}

/// Reads one YAML document as Compose reads it, without anything that is special to Compose files; `None` when it is
/// empty. For nrcompose's own configuration, whose messages need places as well.
///
/// # Errors
/// What is no YAML, with its place.
pub fn read_yaml(path: &Path, bytes: &[u8], sources: &mut Sources) -> Result<Option<Node>, Diagnostic> {
    let file = parse::decode(bytes, path, sources)?;
    let text = sources.get(file).map(|s| s.text.clone()).unwrap_or_default();
    Ok(parse::documents(&text, file)?.into_iter().next().map(|d| d.root))
}

type Loaded<T> = Result<T, Diagnostic>;

/// A file that was parsed and not yet read further.
struct Parsed {
    path: PathBuf,
    documents: Vec<parse::Document>,
}

/// Where a file stands: what is common to all files that are merged with it.
struct FileScope<'a> {
    /// Where its relative paths start.
    directory: &'a Path,
    /// What its variables are.
    environment: &'a IndexMap<String, String>,
    /// The files that include it, outermost first.
    included: &'a [PathBuf],
    /// Whether `directory` is the project's.
    is_project: bool,
}

/// What a file of services that others extend is spared.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    /// A file of the project, or an included one.
    Whole,
    /// A file named in `extends`: it is neither validated nor are its own `extends` and `include` followed.
    Extended,
}

struct Loading<'a> {
    options: &'a Options,
    sources: Sources,
    warnings: Vec<Diagnostic>,
    unset: IndexMap<String, Origin>,
    home: Option<String>,
    read: usize,
}

/// How many files one project may read, counting each time.
const MAX_FILES: usize = 10_000;

impl<'a> Loading<'a> {
    fn new(location: &Location, options: &'a Options) -> Self {
        Loading {
            options,
            sources: location.sources.clone(),
            warnings: location.warnings.clone(),
            unset: IndexMap::new(),
            home: location
                .environment
                .get("HOME")
                .filter(|h| !h.is_empty())
                .cloned(),
            read: 0,
        }
    }

    fn project(&mut self, location: &Location) -> Loaded<Project> {
        let mut files = Vec::new();
        let extra = self.options.extra.iter().map(|(path, text)| ConfigFile {
            path: path.clone(),
            text: text.clone().into_bytes(),
        });
        for file in location.files.iter().cloned().chain(extra) {
            files.push(self.parse(file.path, &file.text)?);
        }
        let paths = files
            .iter()
            .take(location.files.len())
            .map(|f| f.path.clone())
            .collect();
        let name = name::of(&files, location, self.options)?;
        let mut environment = location.environment.clone();
        environment.insert("COMPOSE_PROJECT_NAME".to_owned(), name.clone());
        let scope = FileScope {
            directory: &location.directory,
            environment: &environment,
            included: &[],
            is_project: true,
        };
        let mut tree = self.merged(files, &scope)?;
        if tree.as_map().is_none_or(Map::is_empty) {
            return Err(
                Diagnostic::error("the Compose file is empty").help("describe at least one service in it")
            );
        }
        if name.is_empty() {
            return Err(Diagnostic::error(
                "the project has no name: nothing of the directory's name can be used",
            )
            .help("give it a name with -p NAME or with `name:` at the top of the file"));
        }
        if self.options.normalize {
            normalize::normalize(&mut tree, &name).map_err(|f| f.diagnostic("completing the project"))?;
        }
        let mut project = Project {
            name,
            directory: location.directory.clone(),
            files: paths,
            tree,
            active: IndexSet::new(),
            environment: IndexMap::new(),
            sources: Sources::default(),
            warnings: Vec::new(),
            interpolated: self.options.interpolate,
            env_files: IndexMap::new(),
            label_files: IndexMap::new(),
        };
        if self.options.interpolate {
            decode::bind(&mut project.tree, &TABLES.shapes)
                .map_err(|f| f.diagnostic("reading the project"))?;
            // references are checked before the command line is looked at, as Compose does it
            let by_profile = profiles::active(&project.tree, &location.profiles, &[]);
            if self.options.consistency {
                validate::check(&project.tree, &by_profile)?;
            }
            project.active = profiles::active(&project.tree, &location.profiles, &self.options.services);
            if self.options.consistency {
                validate::container_names(&project.tree, &project.active)?;
            }
            service_files::read(&mut project, &by_profile, &environment, &mut self.sources)?;
        } else {
            project.active = profiles::active(&project.tree, &["*".to_owned()], &[]);
        }
        project.environment = environment;
        self.report_unset();
        project.sources = std::mem::take(&mut self.sources);
        project.warnings = std::mem::take(&mut self.warnings);
        Ok(project)
    }

    fn parse(&mut self, path: PathBuf, bytes: &[u8]) -> Loaded<Parsed> {
        self.read += 1;
        if self.read > MAX_FILES {
            return Err(
                Diagnostic::error(format!("the project reads more than {MAX_FILES} files"))
                    .help("files include each other over and over; look for a circle"),
            );
        }
        let file: FileId = parse::decode(bytes, &path, &mut self.sources)?;
        let text = self.sources.get(file).map(|s| s.text.clone()).unwrap_or_default();
        let memo = self.options.memo.as_ref();
        if let Some(documents) = memo.and_then(|m| m.take(file, &text)) {
            return Ok(Parsed { path, documents });
        }
        let documents = parse::documents(&text, file)?;
        if let Some(memo) = memo {
            memo.put(file, &text, &documents);
        }
        Ok(Parsed { path, documents })
    }

    fn read(&mut self, path: &Path) -> Loaded<Parsed> {
        let bytes = crate::locate::read_file(path)?;
        self.parse(path.to_path_buf(), &bytes)
    }

    /// The files of a project, or of an include, over each other: the model but for what the whole needs.
    fn merged(&mut self, files: Vec<Parsed>, scope: &FileScope) -> Loaded<Node> {
        let mut tree = Node::synthetic(Map::new());
        for file in files {
            tree = self.file(file, tree, scope, Role::Whole)?;
        }
        defaults::apply(&mut tree, &TABLES.rules).map_err(|f| f.diagnostic("checking the project"))?;
        if self.options.resolve_paths {
            self.resolve_paths(&mut tree, scope)?;
        }
        Ok(tree)
    }

    /// One file over what there is: each of its documents goes through all stages in turn.
    fn file(&mut self, file: Parsed, mut tree: Node, scope: &FileScope, role: Role) -> Loaded<Node> {
        let path = file.path;
        for mut document in file.documents {
            let root = &mut document.root;
            if root.as_map().is_none() {
                return Err(Diagnostic::error(format!(
                    "reading {}: the top level is {}, not a mapping",
                    path.display(),
                    root.value.kind()
                ))
                .at(root.origin)
                .help("a Compose file begins with `services:`"));
            }
            self.interpolate(root, scope)?;
            if role == Role::Whole {
                extends::apply(self, root, &document.resets, &path, scope)?;
            }
            reset::apply(&mut tree, &document.resets);
            if role == Role::Whole {
                include::apply(self, root, &path, scope)?;
            }
            tree = merge::merge(tree, document.root, Some(&TABLES.special))
                .map_err(|f| f.diagnostic("merging"))?;
            unicity::enforce(&mut tree, &TABLES.unique).map_err(|f| f.diagnostic("merging"))?;
            if role == Role::Whole {
                schema::validate(&tree, self.options.newest).map_err(|f| f.diagnostic("validating"))?;
                self.drop_version(&mut tree);
            }
            self.canonical(&mut tree)?;
            unicity::enforce(&mut tree, &TABLES.unique).map_err(|f| f.diagnostic("merging"))?;
        }
        Ok(tree)
    }

    fn interpolate(&mut self, root: &mut Node, scope: &FileScope) -> Loaded<()> {
        if !self.options.interpolate {
            return Ok(());
        }
        let mut environment = interpolate::Environment::new(scope.environment);
        interpolate::interpolate(root, Some(&TABLES.casts), &mut environment)
            .map_err(|f| f.diagnostic("interpolating"))?;
        for (name, origin) in environment.unset() {
            self.unset.entry(name).or_insert(origin);
        }
        Ok(())
    }

    fn canonical(&mut self, tree: &mut Node) -> Loaded<()> {
        let mut notes = canonical::Notes {
            lenient: !self.options.interpolate,
            warnings: Vec::new(),
        };
        canonical::canonical(tree, &TABLES.forms, &mut notes).map_err(|f| f.diagnostic("reading"))?;
        self.warnings.append(&mut notes.warnings);
        canonical::omit_empty(tree);
        Ok(())
    }

    fn resolve_paths(&mut self, tree: &mut Node, scope: &FileScope) -> Loaded<()> {
        let base = paths::Base {
            directory: scope.directory,
            home: self.home.as_deref(),
            is_project: scope.is_project,
        };
        paths::resolve(tree, &TABLES.paths, &base).map_err(|f| f.diagnostic("resolving paths"))
    }

    fn drop_version(&mut self, tree: &mut Node) {
        if let Some(version) = tree.as_map_mut().and_then(|m| m.shift_remove("version")) {
            self.warnings.push(
                Diagnostic::new(Topic::Loader, "the attribute `version` is obsolete and ignored")
                    .at(version.origin)
                    .help("remove it"),
            );
        }
    }

    fn report_unset(&mut self) {
        for (name, origin) in std::mem::take(&mut self.unset) {
            self.warnings.push(
                Diagnostic::new(
                    Topic::Loader,
                    format!("the variable {name} is not set; it is an empty text"),
                )
                .at(origin)
                .help(format!(
                    "set {name} in the environment or in .env, or write ${{{name}:-default}}"
                )),
            );
        }
    }
}

/// A path of the tree, for messages.
fn at(segments: &[&str]) -> TreePath {
    TreePath::of(segments.iter().copied())
}

/// The mapping under a key of the root.
fn section<'t>(root: &'t Node, key: &str) -> Option<&'t Map> {
    root.get(key).and_then(Node::as_map)
}
