//! What a container was made by: what its author wrote, or a plan.

use super::Before;
use crate::engine::Composed;
use crate::input;
use crate::mark;
use crate::render::override_file::names_service;
use std::path::Path;

/// What a container was made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MadeBy {
    /// What its author wrote.
    AsWritten,
    /// The same, beside a plan that says nothing of it; or another plan, of which that one took the place.
    Beside,
    /// The plan that is kept.
    ByKept,
    /// A plan of which nothing certain is known any more.
    ByAnother,
}

/// What a container was made by, by the files that Compose was given: the override that is kept of the project, or any
/// other of ours, which may lie in the project, or be kept for another person, or be gone.
pub(super) fn made_by(one: &Composed, before: &Before) -> MadeBy {
    let by = |file: &str| {
        let file = Path::new(file);
        let named = |text: &str, made| match names_service(text, &one.service) {
            true => made,
            false => MadeBy::Beside,
        };
        if file == before.path && !before.text.is_empty() {
            return Some(named(&before.text, MadeBy::ByKept));
        }
        match read(file) {
            Some(text) if mark::is_override(text.as_bytes()) => Some(named(&text, MadeBy::ByAnother)),
            Some(_) => None,
            None => is_kept(file).then_some(MadeBy::ByAnother),
        }
    };
    let all = one.files.split(',').filter_map(by);
    all.max().unwrap_or(MadeBy::AsWritten)
}

/// A regular file, if it can be read.
fn read(file: &Path) -> Option<String> {
    let is_file = file
        .metadata()
        .is_ok_and(|m| m.is_file() && m.len() <= input::MAX);
    is_file.then(|| std::fs::read_to_string(file).ok()).flatten()
}

/// Whether a path is one at which overrides are kept, of whomever.
fn is_kept(file: &Path) -> bool {
    let names: Vec<_> = file.iter().rev().take(4).collect();
    matches!(names.as_slice(), [name, _, projects, ours]
        if *name == "override.yaml" && *projects == "projects" && *ours == "nrcompose")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_at_which_overrides_are_kept_is_known_without_its_file() {
        for (path, wanted) in [
            (
                "/home/x/.local/state/nrcompose/projects/app-0123/override.yaml",
                true,
            ),
            ("/gone/nrcompose/projects/app/override.yaml", true),
            ("/gone/nrcompose/app/override.yaml", false),
            ("/gone/projects/app/override.yaml", false),
            ("/gone/nrcompose/projects/app/compose.yaml", false),
            ("override.yaml", false),
            ("", false),
        ] {
            assert_eq!(is_kept(Path::new(path)), wanted, "{path}");
        }
    }

    #[test]
    fn what_made_a_container_is_told_by_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let text = format!("{}\nservices:\n  app:\n    user: \"1:1\"\n", mark::OVERRIDE);
        let ours = write("compose.override.yaml", &text);
        let theirs = write("compose.yaml", "services: {app: {image: x}}\n");
        let kept = "/state/nrcompose/projects/x-1/override.yaml";
        let made = |service: &str, files: &[&str], text: &str| {
            let one = Composed {
                id: String::new(),
                name: String::new(),
                project: String::new(),
                service: service.to_owned(),
                files: files.join(","),
                oneoff: false,
                status: String::new(),
            };
            let (path, text) = (kept.into(), text.to_owned());
            made_by(&one, &Before { path, text })
        };
        assert_eq!(made("app", &[&theirs], &text), MadeBy::AsWritten);
        assert_eq!(made("app", &[&theirs, kept], &text), MadeBy::ByKept);
        assert_eq!(made("other", &[&theirs, kept], &text), MadeBy::Beside);
        assert_eq!(made("app", &[&theirs, kept], ""), MadeBy::ByAnother);
        assert_eq!(made("app", &[&theirs, &ours], &text), MadeBy::ByAnother);
        assert_eq!(made("other", &[&theirs, &ours], ""), MadeBy::Beside);
        let elsewhere = "/root/nrcompose/projects/x-2/override.yaml";
        assert_eq!(made("app", &[&theirs, elsewhere], &text), MadeBy::ByAnother);
    }
}
