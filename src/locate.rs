//! Which files a command means, in which directory, with which variables: Compose's own rules.

mod left_out;

pub use left_out::is_left_out;

use crate::diagnostic::Diagnostic;
pub use crate::diagnostic::LoadError;
use crate::diagnostic::audience::Topic;
use crate::dotenv::{self, Values};
use crate::input;
use crate::mark;
use crate::tree::{Origin, Sources};
use indexmap::IndexMap;
use std::cell::OnceCell;
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

const NAMES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Standard input, read once and only if a file is called `-`.
#[derive(Clone, Default)]
pub struct Stdin(Rc<OnceCell<Result<Vec<u8>, String>>>);

impl Stdin {
    /// A standard input with this text, for tests and for callers that have read it already.
    pub fn with(text: impl Into<Vec<u8>>) -> Self {
        let stdin = Stdin::default();
        _ = stdin.0.set(Ok(text.into()));
        stdin
    }

    /// Everything that stands in it.
    pub fn read(&self) -> Result<&[u8], String> {
        let read = || {
            let mut bytes = Vec::new();
            let mut limited = io::Read::take(io::stdin(), input::MAX + 1);
            io::Read::read_to_end(&mut limited, &mut bytes).map_err(|e| e.to_string())?;
            Ok(bytes)
        };
        self.0.get_or_init(read).as_deref().map_err(Clone::clone)
    }

    /// What was read of it, if anything was: nobody else can read that again.
    pub fn taken(&self) -> Option<&[u8]> {
        self.0.get()?.as_deref().ok()
    }
}

impl fmt::Debug for Stdin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stdin")
    }
}

/// What the command line and the process say: Compose's global flags, and where they were said.
#[derive(Debug, Clone, Default)]
pub struct ProcessSettings {
    /// `-f`, in order; `-` is standard input.
    pub files: Vec<String>,
    /// `-p`.
    pub project_name: Option<String>,
    /// `--project-directory`.
    pub project_directory: Option<PathBuf>,
    /// `--env-file`, in order.
    pub env_files: Vec<String>,
    /// `--profile`, in order.
    pub profiles: Vec<String>,
    /// `--all-resources`.
    pub all_resources: bool,
    /// `--compatibility`.
    pub compatibility: bool,
    /// The working directory, absolute.
    pub cwd: PathBuf,
    /// The variables of the process.
    pub environment: IndexMap<String, String>,
    /// Read only for `-f -`.
    pub stdin: Stdin,
    /// Whether files on other machines are named on, unread, because Compose is to read them.
    pub keep_remote: bool,
    /// Whether an override of ours is read like any other file, to show what Compose would make of all of them.
    pub keep_overrides: bool,
}

impl ProcessSettings {
    /// The settings of this process, without any flag.
    pub fn of_process() -> io::Result<Self> {
        let cwd = std::env::current_dir()?;
        let environment: IndexMap<String, String> = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.to_string_lossy().into_owned())))
            .collect();
        Ok(ProcessSettings {
            cwd: working_directory(cwd, &environment),
            environment,
            ..ProcessSettings::default()
        })
    }
}

/// `PWD` where it names the same directory, so that a symbolic link stays in the paths.
fn working_directory(cwd: PathBuf, environment: &IndexMap<String, String>) -> PathBuf {
    let named = environment
        .get("PWD")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute());
    named
        .filter(|named| {
            named
                .canonicalize()
                .is_ok_and(|p| cwd.canonicalize().is_ok_and(|c| c == p))
        })
        .unwrap_or(cwd)
}

/// One Compose file.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    /// Its absolute path; `-` for standard input.
    pub path: PathBuf,
    /// Its bytes.
    pub text: Vec<u8>,
}

/// How the files were found: it decides how one more file can be handed to Compose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// `-f`.
    Flags,
    /// `COMPOSE_FILE`, in the environment or in `.env`.
    ComposeFileVariable,
    /// By their names, in the working directory or above it.
    Search,
}

/// The files of a project and what they are read with.
#[derive(Debug, Clone)]
pub struct Location {
    /// The files, base first.
    pub files: Vec<ConfigFile>,
    /// Overrides of ours that were named or found, in order: what came of planning this project is no part of it.
    pub left_out: Vec<ConfigFile>,
    /// How they were found.
    pub found_by: FoundBy,
    /// The project directory, absolute: relative paths in all files start here.
    pub directory: PathBuf,
    /// The name that was given (`-p`, `COMPOSE_PROJECT_NAME`); else the files or the directory say it.
    pub name: Option<String>,
    /// The variables for interpolation: the process' own, then those of env files.
    pub environment: IndexMap<String, String>,
    /// The profiles asked for.
    pub profiles: Vec<String>,
    /// Whether resources that no service uses belong to the model.
    pub all_resources: bool,
    /// The texts read so far; the env files among them.
    pub sources: Sources,
    /// What the person should know.
    pub warnings: Vec<Diagnostic>,
}

/// Finds the files and variables a command means.
///
/// # Errors
/// No file, an unreadable one, a broken `.env`, a name that is none.
pub fn locate(settings: &ProcessSettings) -> Result<Location, LoadError> {
    let mut search = Search {
        settings,
        directory: settings
            .project_directory
            .as_ref()
            .map(|d| absolute(&settings.cwd, d)),
        files: settings.files.clone(),
        left_out: Vec::new(),
        environment: settings.environment.clone(),
        sources: Sources::default(),
        warnings: Vec::new(),
    };
    match search.run() {
        Ok((found_by, files)) => Ok(Location {
            files,
            left_out: std::mem::take(&mut search.left_out),
            found_by,
            directory: search.working_directory(),
            name: search.given_name(),
            profiles: search.profiles(),
            all_resources: settings.all_resources,
            environment: search.environment,
            sources: search.sources,
            warnings: search.warnings,
        }),
        Err(diagnostic) => Err(LoadError::new(diagnostic, search.sources)),
    }
}

struct Search<'a> {
    settings: &'a ProcessSettings,
    /// `--project-directory`, absolute.
    directory: Option<PathBuf>,
    files: Vec<String>,
    left_out: Vec<ConfigFile>,
    environment: IndexMap<String, String>,
    sources: Sources,
    warnings: Vec<Diagnostic>,
}

type Result1<T> = Result<T, Diagnostic>;

impl Search<'_> {
    /// The order is Compose's: `.env` of the working directory, `COMPOSE_FILE`, search, `.env` of the project.
    fn run(&mut self) -> Result1<(FoundBy, Vec<ConfigFile>)> {
        self.check_name(self.settings.project_name.as_deref())?;
        if !self.environment.contains_key("PWD") {
            let cwd = self.settings.cwd.display().to_string();
            self.environment.insert("PWD".to_owned(), cwd);
        }
        let env_files = self.env_files();
        self.read_env_files(&env_files)?;
        let mut found_by = FoundBy::Flags;
        if self.files.is_empty() && self.take_variable()? {
            found_by = FoundBy::ComposeFileVariable;
        }
        if self.files.is_empty() {
            self.by_name()?;
            found_by = FoundBy::Search;
        }
        self.leave_out()?;
        self.read_env_files(&env_files)?;
        let files = self.read()?;
        Ok((found_by, files))
    }

    /// `--env-file`, or `COMPOSE_ENV_FILES` of the process.
    fn env_files(&self) -> Vec<PathBuf> {
        let variable = self.settings.environment.get("COMPOSE_ENV_FILES");
        let named = variable.map(String::as_str).unwrap_or_default().split(',');
        let named = named.filter(|f| !f.is_empty()).map(str::to_owned);
        let files: Vec<String> = match &self.settings.env_files[..] {
            [] => named.collect(),
            given => given.to_vec(),
        };
        files
            .iter()
            .map(|f| absolute(&self.settings.cwd, Path::new(f)))
            .collect()
    }

    fn read_env_files(&mut self, given: &[PathBuf]) -> Result1<()> {
        let mut files = given.to_vec();
        if files.is_empty() {
            if self.default_env_file_disabled()? {
                return Ok(());
            }
            let default = self.working_directory().join(".env");
            if !default.is_file() {
                return Ok(());
            }
            files.push(default);
        }
        let environment = &self.environment;
        let mut values = Values::new();
        for file in &files {
            read_env_file(
                file,
                &mut values,
                &|k| environment.get(k).cloned(),
                &mut self.sources,
            )?;
        }
        for (key, value) in values {
            self.environment.entry(key).or_insert(value);
        }
        Ok(())
    }

    fn default_env_file_disabled(&self) -> Result1<bool> {
        match self.settings.environment.get("COMPOSE_DISABLE_ENV_FILE") {
            None => Ok(false),
            Some(value) => truth(value).ok_or_else(|| {
                Diagnostic::error(format!(
                    "reading COMPOSE_DISABLE_ENV_FILE: {value:?} is no boolean"
                ))
                .help("set it to true or false")
            }),
        }
    }

    fn take_variable(&mut self) -> Result1<bool> {
        let Some(list) = self.environment.get("COMPOSE_FILE").cloned() else {
            return Ok(false);
        };
        let separator = self
            .environment
            .get("COMPOSE_PATH_SEPARATOR")
            .filter(|s| !s.is_empty());
        for part in list.split(separator.map_or(":", String::as_str)) {
            let path = absolute(&self.settings.cwd, Path::new(part));
            if part != "-" && path.metadata().is_err() {
                return Err(Diagnostic::error(format!(
                    "reading COMPOSE_FILE: {} does not exist",
                    path.display()
                ))
                .help("correct COMPOSE_FILE in the environment or in .env, or name the files with -f"));
            }
            self.files.push(if part == "-" {
                part.to_owned()
            } else {
                path.display().to_string()
            });
        }
        Ok(true)
    }

    fn by_name(&mut self) -> Result1<()> {
        let start = self
            .directory
            .clone()
            .unwrap_or_else(|| self.settings.cwd.clone());
        for directory in start.ancestors() {
            let found = present(directory, &NAMES);
            if found.is_empty() {
                continue;
            }
            let bases = self.without_ours(found)?;
            let Some(base) = bases.first() else {
                return Err(self.nothing_else());
            };
            self.warn_of_several("config", &bases);
            self.files.push(base.display().to_string());
            let overrides = self.without_ours(present(directory, &OVERRIDES))?;
            if let Some(first) = overrides.first() {
                self.warn_of_several("override", &overrides);
                self.files.push(first.display().to_string());
            }
            return Ok(());
        }
        Err(Diagnostic::error(format!(
            "no Compose file found in {} or any directory above it",
            start.display()
        ))
        .help("go to the directory of the project, or name its file with -f FILE"))
    }

    fn warn_of_several(&mut self, kind: &str, found: &[PathBuf]) {
        if let [first, _, ..] = found {
            let names: Vec<String> = found.iter().map(|p| p.display().to_string()).collect();
            self.warnings.push(Diagnostic::new(
                Topic::Loader,
                format!(
                    "found several {kind} files: {}; using {}",
                    names.join(", "),
                    first.display()
                ),
            ));
        }
    }

    fn read(&mut self) -> Result1<Vec<ConfigFile>> {
        let mut files = Vec::new();
        for name in &self.files {
            if name == "-" {
                files.push(read_stdin(self.settings)?);
                continue;
            }
            if is_remote(name) && self.settings.keep_remote {
                files.push(ConfigFile {
                    path: PathBuf::from(name),
                    text: Vec::new(),
                });
                continue;
            }
            refuse_remote(name)?;
            let path = absolute(&self.settings.cwd, Path::new(name));
            let text = read_file(&path)?;
            files.push(ConfigFile { path, text });
        }
        // A pipe cannot be looked at before.
        if !self.settings.keep_overrides {
            let ours = files.extract_if(.., |f| mark::is_override(&f.text));
            self.left_out.extend(ours);
        }
        if files.is_empty() {
            return Err(self.nothing_else());
        }
        Ok(files)
    }

    /// `--project-directory`, else the directory of the first file that is one, else the working directory.
    fn working_directory(&self) -> PathBuf {
        if let Some(directory) = &self.directory {
            return directory.clone();
        }
        let first = self.files.iter().find(|f| *f != "-");
        let first = first.map(|f| absolute(&self.settings.cwd, Path::new(f)));
        let parent = first.as_deref().and_then(Path::parent);
        parent.map_or_else(|| self.settings.cwd.clone(), Path::to_path_buf)
    }

    fn given_name(&self) -> Option<String> {
        let flag = self.settings.project_name.clone().filter(|n| !n.is_empty());
        let variable = || {
            self.environment
                .get("COMPOSE_PROJECT_NAME")
                .filter(|n| !n.is_empty())
                .cloned()
        };
        flag.or_else(variable)
    }

    fn check_name(&self, name: Option<&str>) -> Result1<()> {
        match name {
            Some(name) if normalize_name(name) != name => Err(invalid_name(name)),
            _ => Ok(()),
        }
    }

    fn profiles(&self) -> Vec<String> {
        match &self.settings.profiles[..] {
            [] => {
                let list = self.environment.get("COMPOSE_PROFILES").map(String::as_str);
                list.unwrap_or_default()
                    .split(',')
                    .map(|p| p.trim().to_owned())
                    .collect()
            }
            given => given.to_vec(),
        }
    }
}

/// The error for a name that is none.
pub fn invalid_name(name: &str) -> Diagnostic {
    Diagnostic::error(format!("the project name {name:?} is not valid")).help(
        "use lowercase letters, digits, hyphens and underscores, and begin with a letter or digit (-p NAME)",
    )
}

/// A directory's name as a project's name: lowercase, without what a name cannot have.
pub fn normalize_name(name: &str) -> String {
    let kept: String = name
        .to_lowercase()
        .chars()
        .filter(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-'))
        .collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

/// A path from a directory, without `.`, `..` and doubled slashes, as text alone: links are not followed.
pub fn absolute(directory: &Path, path: &Path) -> PathBuf {
    let joined = directory.join(path);
    let mut clean = PathBuf::new();
    for component in joined.components() {
        match component {
            Component::ParentDir => _ = clean.pop(),
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}

fn read_stdin(settings: &ProcessSettings) -> Result<ConfigFile, Diagnostic> {
    let text = settings.stdin.read();
    let text = text.map_err(|e| Diagnostic::error(format!("reading standard input: {e}")))?;
    Ok(ConfigFile {
        path: PathBuf::from("-"),
        text: text.to_vec(),
    })
}

/// Reads a file of a project.
///
/// # Errors
/// See [`input::Unreadable`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    input::bytes(path).map_err(|why| unreadable(path, &why))
}

/// The message about a file that cannot be read.
pub fn unreadable(path: &Path, why: &input::Unreadable) -> Diagnostic {
    why.told(Topic::Failure, path.display())
}

/// Reads an env file into `values`.
pub fn read_env_file(
    path: &Path,
    values: &mut Values,
    lookup: &dyn Fn(&str) -> Option<String>,
    sources: &mut Sources,
) -> Result<(), Diagnostic> {
    let bytes = read_file(path)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    dotenv::parse(&text, values, lookup).map_err(|e| {
        let file = sources.add_secret(path, text);
        let origin = Origin {
            file,
            line: e.line,
            column: 1,
        };
        Diagnostic::error(format!("reading {}: {}", path.display(), e.message))
            .at(origin)
            .help("env files have one NAME=value a line; quote values that have blanks or `#` in them")
    })
}

/// Files from a repository or a registry are never fetched silently.
pub fn refuse_remote(name: &str) -> Result<(), Diagnostic> {
    if !is_remote(name) {
        return Ok(());
    }
    Err(Diagnostic::error(format!(
        "{name} is on another machine, and nothing is fetched silently"
    ))
    .help("fetch it and name the local file, or let Compose load the project: --nr-loader compose"))
}

/// Whether Compose would fetch this from a git repository or an OCI registry.
pub fn is_remote(name: &str) -> bool {
    let scheme = ["oci://", "git://", "ssh://", "git@", "github.com/"];
    if scheme.iter().any(|s| name.starts_with(s)) {
        return true;
    }
    let web = name
        .strip_prefix("https://")
        .or_else(|| name.strip_prefix("http://"));
    web.is_some_and(|rest| rest.split(['#', '?']).next().is_some_and(|p| p.ends_with(".git")))
}

/// The override files beside a file of such a name, in the order in which Compose looks for them: it takes the first
/// alone. None beside a file of another name.
pub fn overrides_beside(file: &Path) -> Vec<PathBuf> {
    let is_one = file
        .file_name()
        .is_some_and(|name| OVERRIDES.iter().any(|o| name == *o));
    let folder = file.parent().filter(|_| is_one);
    folder.map_or_else(Vec::new, |folder| present(folder, &OVERRIDES))
}

fn present(directory: &Path, names: &[&str]) -> Vec<PathBuf> {
    names
        .iter()
        .map(|n| directory.join(n))
        .filter(|p| p.exists())
        .collect()
}

/// A boolean as Go's `strconv.ParseBool` reads it.
pub fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalized_as_compose_does() {
        for (name, wanted) in [("My App", "myapp"), ("_-x_", "x_"), ("3D.é", "3d"), ("...", "")] {
            assert_eq!(normalize_name(name), wanted);
        }
    }

    #[test]
    fn paths_are_cleaned_as_text() {
        assert_eq!(
            absolute(Path::new("/a/b"), Path::new("../c/./d//e/..")),
            Path::new("/a/c/d")
        );
        assert_eq!(absolute(Path::new("/a"), Path::new("../../..")), Path::new("/"));
    }

    #[test]
    fn remote_files_are_known() {
        for name in [
            "oci://x/y",
            "https://github.com/a/b.git#main",
            "git@github.com:a/b",
            "github.com/a/b",
        ] {
            assert!(is_remote(name), "{name}");
        }
        assert!(!is_remote("https.yaml"));
    }
}
