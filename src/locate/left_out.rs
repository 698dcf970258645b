//! Overrides of ours among the files of a project. They are left out wherever they come from: a plan that started from the
//! result of an earlier one would find nothing to change.

use super::{ConfigFile, ProcessSettings, Result1, Search, absolute, is_remote, read_file, read_stdin};
use crate::diagnostic::Diagnostic;
use crate::mark;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Whether a file that was named (`-f`) is an override of ours. Where nothing else is named, Compose has to say what it
/// thinks of that.
pub fn is_left_out(settings: &ProcessSettings, name: &str) -> bool {
    settings.files.len() > 1
        && !settings.keep_overrides
        && override_of_ours(settings, name).is_ok_and(|o| o.is_some())
}

/// The file, if it is one. A pipe is not looked into: it can be read only once.
fn override_of_ours(settings: &ProcessSettings, name: &str) -> Result1<Option<ConfigFile>> {
    if name == "-" {
        return Ok(Some(read_stdin(settings)?).filter(|f| mark::is_override(&f.text)));
    }
    let path = absolute(&settings.cwd, Path::new(name));
    if is_remote(name) || !path.is_file() || !begins_as_ours(&path) {
        return Ok(None);
    }
    let text = read_file(&path)?;
    Ok(Some(ConfigFile { path, text }).filter(|f| mark::is_override(&f.text)))
}

/// Looks at the first bytes alone: most files are somebody's, and are read later.
fn begins_as_ours(path: &Path) -> bool {
    let mut start = Vec::new();
    let longest = mark::OVERRIDE.len() as u64 + 4;
    let read = std::fs::File::open(path).and_then(|f| f.take(longest).read_to_end(&mut start));
    read.is_ok() && mark::is_ours(&start)
}

impl Search<'_> {
    /// Leaves out what was named.
    pub(super) fn leave_out(&mut self) -> Result1<()> {
        let named = std::mem::take(&mut self.files);
        for name in named {
            // Standard input is looked at when it is read, if nothing but it is there.
            match self.settings.keep_overrides {
                true => self.files.push(name),
                false => match override_of_ours(self.settings, &name)? {
                    Some(file) => self.left_out.push(file),
                    None => self.files.push(name),
                },
            }
        }
        if self.files.is_empty() {
            return Err(self.nothing_else());
        }
        Ok(())
    }

    /// The same for files that were found.
    pub(super) fn without_ours(&mut self, found: Vec<PathBuf>) -> Result1<Vec<PathBuf>> {
        let mut theirs = Vec::new();
        for path in found {
            let name = path.display().to_string();
            match override_of_ours(self.settings, &name)? {
                Some(file) if !self.settings.keep_overrides => self.left_out.push(file),
                _ => theirs.push(path),
            }
        }
        Ok(theirs)
    }

    /// The error for a project that is nothing but overrides of ours.
    pub(super) fn nothing_else(&self) -> Diagnostic {
        let names: Vec<String> = self
            .left_out
            .iter()
            .map(|f| f.path.display().to_string())
            .collect();
        Diagnostic::error(format!(
            "reading {}: an override that nrcompose wrote is no project, and no other file was named",
            names.join(", ")
        ))
        .help(
            "name the Compose file that it was written for (-f FILE); the override is planned anew from that",
        )
    }
}
