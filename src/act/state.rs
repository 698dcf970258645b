//! Where nrcompose keeps what it wrote for a project: `$XDG_STATE_HOME/nrcompose/projects/…`, at a path that is
//! the same on every run, since Compose labels containers with the files it was given.

use super::file;
use crate::facts::settings::Ids;
use anyhow::{Context, Result, anyhow};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

/// The state directory of the person who runs nrcompose; under sudo, of the person who ran sudo.
#[derive(Debug, Clone)]
pub struct State {
    root: PathBuf,
    owner: Option<Ids>,
}

impl State {
    /// Finds the directory; nothing is made yet.
    ///
    /// # Errors
    /// No home directory.
    pub fn find(environment: &IndexMap<String, String>) -> Result<State> {
        let variable = |name: &str| {
            environment
                .get(name)
                .filter(|v| v.starts_with('/'))
                .map(PathBuf::from)
        };
        let sudo = sudo_user(environment);
        let home = match &sudo {
            Some((_, home)) => Some(home.clone()),
            None => variable("HOME"),
        };
        let own = if sudo.is_some() {
            None
        } else {
            variable("XDG_STATE_HOME")
        };
        let root = own
            .or_else(|| home.map(|h| h.join(".local/state")))
            .ok_or_else(|| anyhow!("finding a place for state: neither XDG_STATE_HOME nor HOME is set"))?;
        Ok(State {
            root: root.join("nrcompose"),
            owner: sudo.map(|(ids, _)| ids),
        })
    }

    /// The override of a project.
    pub fn override_path(&self, name: &str, directory: &Path) -> PathBuf {
        let hash = fnv1a(directory.as_os_str().as_encoded_bytes());
        self.root
            .join("projects")
            .join(format!("{name}-{hash:016x}"))
            .join("override.yaml")
    }

    /// Writes the override of a project.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write_override(&self, path: &Path, text: &str) -> Result<()> {
        if let Some(parent) = path.parent() {
            file::make_private_directory(parent, self.owner)?;
        }
        file::write(path, text, self.owner)
    }

    /// Takes the override of a project away, if there is one.
    ///
    /// # Errors
    /// What the file system says.
    pub fn forget(&self, path: &Path) -> Result<()> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("removing {}", path.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Who ran sudo, and their home directory.
fn sudo_user(environment: &IndexMap<String, String>) -> Option<(Ids, PathBuf)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let id = |name: &str| environment.get(name)?.parse::<u32>().ok();
    let ids = Ids {
        uid: id("SUDO_UID").filter(|u| *u != 0)?,
        gid: id("SUDO_GID")?,
    };
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let uid = ids.uid.to_string();
    let home = passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        (fields.get(2) == Some(&uid.as_str()))
            .then(|| fields.get(5).map(PathBuf::from))
            .flatten()
    })?;
    Some((ids, home))
}

/// FNV-1a, 64 bits: keeps apart projects of one name, and must never change. (Landon Curt Noll's public domain
/// hash; the standard library's hasher may change between releases.)
fn fnv1a(bytes: &[u8]) -> u64 {
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
}
