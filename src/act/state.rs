//! Where nrcompose keeps what it wrote for a project: `$XDG_STATE_HOME/nrcompose/projects/…`, at a path that is
//! the same on every run, since Compose labels containers with the files it was given.

use super::file;
use super::home::Home;
use crate::diagnostic::Diagnostic;
use crate::facts::settings::Ids;
use anyhow::{Context, Result, anyhow};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

/// The state directory of the person who runs nrcompose; under sudo, of the person who ran sudo.
#[derive(Debug, Clone)]
pub(crate) struct StateDirectory {
    root: PathBuf,
    owner: Option<Ids>,
}

impl StateDirectory {
    /// Finds the directory; nothing is made yet.
    ///
    /// # Errors
    /// No home directory.
    pub(crate) fn find(environment: &IndexMap<String, String>) -> Result<StateDirectory> {
        StateDirectory::of(&Home::find(environment))
    }

    fn of(home: &Home) -> Result<StateDirectory> {
        let root = home.folder("XDG_STATE_HOME", ".local/state").ok_or_else(|| {
            let none = "finding a place for state: neither XDG_STATE_HOME nor HOME is set";
            anyhow!(Diagnostic::error(none).help("set HOME or XDG_STATE_HOME"))
        })?;
        Ok(StateDirectory {
            root: root.join("nrcompose"),
            owner: home.owner,
        })
    }

    /// The directory itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Who what is in it has to be given to.
    pub(crate) fn owner(&self) -> Option<Ids> {
        self.owner
    }

    /// The override of a project.
    pub(crate) fn override_path(&self, name: &str, directory: &Path) -> PathBuf {
        let folder = format!("{name}{}", suffix(directory));
        self.root.join("projects").join(folder).join("override.yaml")
    }

    /// The override of the one project in a directory, for when nothing says its name; none if there are several.
    pub(crate) fn only_override(&self, directory: &Path) -> Option<PathBuf> {
        let suffix = suffix(directory);
        let entries = std::fs::read_dir(self.root.join("projects")).ok()?;
        let mut found = entries
            .filter_map(|e| Some(e.ok()?.path()))
            .filter(|p| p.to_string_lossy().ends_with(&suffix))
            .map(|p| p.join("override.yaml"))
            .filter(|p| p.is_file());
        found.next().filter(|_| found.next().is_none())
    }

    /// Writes the override of a project.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn write_override(&self, path: &Path, text: &str) -> Result<()> {
        if let Some(parent) = path.parent() {
            file::make_private_directory(parent, self.owner)?;
        }
        file::write(path, text, self.owner)
    }

    /// The override of a project, if one was written.
    pub(crate) fn read_override(&self, path: &Path) -> Option<String> {
        file::read(path, self.owner)
    }

    /// Takes the override of a project away, if there is one.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn forget(&self, path: &Path) -> Result<()> {
        file::remove(path, self.owner)
    }

    /// Takes away everything that is kept of a project; what is recorded of owners is kept elsewhere.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn forget_project(&self, name: &str, directory: &Path) -> Result<()> {
        let path = self.override_path(name, directory);
        let Some(folder) = path.parent() else {
            return Ok(());
        };
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            file::remove(&entry.path(), self.owner)?;
        }
        match super::person::with_rights_of(self.owner, || std::fs::remove_dir(folder)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("removing {}", folder.display()))
            }
            _ => Ok(()),
        }
    }
}

/// What tells apart projects of one name.
fn suffix(directory: &Path) -> String {
    format!("-{:016x}", fnv1a(directory.as_os_str().as_encoded_bytes()))
}

/// FNV-1a, 64 bits: keeps apart projects of one name, and must never change. (Landon Curt Noll's public domain
/// hash; the standard library's hasher may change between releases.)
pub(super) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn what_is_kept_belongs_to_who_ran_sudo() {
        use std::os::unix::fs::MetadataExt;
        let directory = std::env::temp_dir().join(format!("nrcompose-state-{}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        // Only root can take the rights of another; anybody else keeps their own.
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&directory, Some(4242), Some(4343)).unwrap();
        }
        let own = std::fs::metadata(&directory).unwrap();
        let (uid, gid) = (own.uid(), own.gid());
        let home = Home {
            directory: Some(directory.clone()),
            owner: Some(Ids { uid, gid }),
            ..Home::default()
        };
        let state = StateDirectory::of(&home).unwrap();
        let path = state.override_path("name", Path::new("/project"));
        for text in ["one", "two"] {
            state.write_override(&path, text).unwrap();
            for made in path.ancestors().take_while(|p| *p != directory) {
                let made = std::fs::metadata(made).unwrap();
                assert_eq!((made.uid(), made.gid()), (uid, gid));
            }
        }
        assert_eq!(state.only_override(Path::new("/project")), Some(path));
        assert_eq!(state.only_override(Path::new("/other")), None);
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
