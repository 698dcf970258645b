//! Which paths of the host may be given to the user of a service: what is changed there, every program of the machine
//! notices.

use super::host::{Host, is_of_the_system, is_the_system};
use std::path::Path;

/// Directories that hold other things than what is mounted of them; nobody's project is all of them.
const COMMON: &[&str] = &[
    "/", "/Users", "/export", "/home", "/media", "/mnt", "/net", "/opt", "/private", "/root", "/snap",
    "/srv", "/tmp", "/volumes",
];

/// Below these, each directory is a person's.
const HOMES: &[&str] = &["/home", "/Users", "/var/home", "/export/home"];

/// Names of directories in which people keep what they collect: it is much, and others use it, too.
const LIBRARIES: &[&str] = &[
    "audiobooks",
    "books",
    "comics",
    "downloads",
    "films",
    "library",
    "media",
    "movies",
    "music",
    "photos",
    "pictures",
    "podcasts",
    "series",
    "shows",
    "torrents",
    "tv",
    "videos",
];

/// A machine and a project on it.
#[derive(Clone, Copy)]
pub(crate) struct Giving<'a> {
    /// The machine.
    pub(crate) host: &'a dyn Host,
    /// The project's directory.
    pub(crate) project: &'a Path,
}

impl Giving<'_> {
    /// Why a path is never given to a service, whoever asks for it; none where it may be.
    pub(crate) fn why_not(self, path: &Path) -> Option<&'static str> {
        if self.is_common(path) {
            return Some("it holds more than the data of a service");
        }
        self.is_the_systems(path).then_some("it is the system's")
    }

    /// Whether a directory holds more than what a service could be given.
    pub(crate) fn is_common(self, path: &Path) -> bool {
        let path = self.host.real(path);
        let project = self.host.real(self.project);
        let is_listed = || COMMON.iter().any(|c| path == Path::new(c));
        let above = path.parent();
        let is_of_one = || above.is_some_and(|above| HOMES.iter().any(|h| above == Path::new(h)));
        let holds_project = || path != project && project.starts_with(&path);
        is_listed() || is_of_one() || holds_project() || self.host.is_home(&path)
    }

    /// Whether a path leads to the project's directory or below it. A project that is the system itself has none.
    pub(crate) fn is_in_project(self, path: &Path) -> bool {
        let project = self.host.real(self.project);
        !is_the_system(&project) && self.host.real(path).starts_with(&project)
    }

    /// Whether a path leads to what is the system's, and not to the project.
    pub(crate) fn is_the_systems(self, path: &Path) -> bool {
        is_of_the_system(&self.host.real(path)) && !self.is_in_project(path)
    }
}

/// Whether a directory is a library of films, music and the like, by its name or by where a service has it.
pub(crate) fn is_library(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    LIBRARIES.contains(&name.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::host::Elsewhere;

    #[test]
    fn what_holds_more_than_a_services_data_is_nobodys() {
        let place = |project| Giving {
            host: &Elsewhere,
            project: Path::new(project),
        };
        for (project, path, may) in [
            ("/srv/app", "/srv/app", true),
            ("/srv/app", "/srv/app/data", true),
            ("/srv/app", "/srv/other", true),
            ("/srv/app", "/srv", false),
            ("/srv/app", "/", false),
            ("/srv/app", "/etc", false),
            ("/srv/app", "/etc/app", false),
            ("/srv/app", "/var/lib/app", false),
            ("/srv/app", "/home", false),
            ("/srv/app", "/home/ann", false),
            ("/srv/app", "/home/ann/data", true),
            ("/srv/app", "/srv/app/../../etc", false),
            ("/home/ann/app", "/home/ann/app", true),
            ("/home/ann", "/home/ann", false),
            ("/home/ann", "/home/ann/data", true),
            ("/etc/app", "/etc/app/data", true),
            ("/etc", "/etc/data", false),
            ("/srv/deep/app", "/srv/deep", false),
        ] {
            let why = place(project).why_not(Path::new(path));
            assert_eq!(why.is_none(), may, "{path} of {project}: {why:?}");
        }
    }

    #[test]
    fn libraries_are_known_by_name() {
        for (path, is) in [
            ("/mnt/disk/Movies", true),
            ("/tv", true),
            ("/srv/app/data", false),
        ] {
            assert_eq!(is_library(Path::new(path)), is, "{path}");
        }
    }
}
