//! Writes profiles in the one way in which they are written.

use super::lines;
use crate::cli::session::Session;
use crate::facts::catalog::files::{files_of, text_of};
use crate::facts::library::{Library, Problem};
use crate::pipeline::failure::Failure;
use crate::render::profile_file;
use std::path::PathBuf;

/// What to format.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct FmtArgs {
    /// Files, and folders of them; your own profiles otherwise
    pub paths: Vec<PathBuf>,
    /// Write nothing: say which are not formatted
    #[arg(long)]
    pub check: bool,
}

/// Formats them; exit code 1 if something stands in the way of one, or with `--check` if one is not formatted.
pub(super) fn fmt(
    session: &Session,
    args: &FmtArgs,
    folders: &[PathBuf],
    out: &mut Vec<u8>,
) -> Result<u8, Failure> {
    let paths = match args.paths.as_slice() {
        [] => folders,
        paths => paths,
    };
    let mut problems = Vec::new();
    let mut changed = Vec::new();
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => files.extend(files_of(path, &mut problems)),
            false if args.paths.is_empty() => {}
            false => match text_of(path) {
                Ok(text) => files.push((path.clone(), text)),
                Err(problem) => problems.push(problem),
            },
        }
    }
    let count = files.len();
    for (file, text) in files {
        // What is no profile is left alone.
        let before = problems.len();
        Library::read([(file.clone(), text.clone())], &mut problems);
        if problems.len() > before {
            continue;
        }
        match profile_file::format(&text) {
            Ok(formatted) if formatted == text => {}
            Ok(formatted) => {
                if !args.check {
                    session.write(&file, &formatted, &|old| old == text.as_bytes())?;
                }
                changed.push(file);
            }
            Err((line, message)) => problems.push(Problem { file, line, message }),
        }
    }
    let verb = if args.check { "not formatted" } else { "formatted" };
    let mut text: String = changed
        .iter()
        .map(|f| format!("{}: {verb}\n", f.display()))
        .collect();
    if !problems.is_empty() {
        text += &format!("{}\n", lines(&problems));
    } else if changed.is_empty() {
        let s = if count == 1 { "" } else { "s" };
        text += &format!("{count} profile{s} as they should be\n");
    }
    out.extend(text.into_bytes());
    Ok(u8::from(
        !problems.is_empty() || args.check && !changed.is_empty(),
    ))
}
