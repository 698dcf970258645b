//! The files of profiles in the folders of a person.

use crate::facts::library::Problem;
use crate::input::{self, Unreadable};
use crate::load::read_yaml;
use crate::tree::Sources;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

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
