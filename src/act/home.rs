//! The folders of the person who runs nrcompose. Under sudo those of the person who ran sudo, whose files stay theirs.

use crate::facts::settings::Ids;
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

/// Whose folders they are, and where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Home {
    /// The home directory.
    pub directory: Option<PathBuf>,
    /// Who what is written there has to be given to.
    pub owner: Option<Ids>,
    /// The `XDG_…` variables that say otherwise; under sudo they are root's, and none of them counts.
    pub variables: IndexMap<String, PathBuf>,
}

impl Home {
    /// The home of this process.
    pub(crate) fn find(environment: &IndexMap<String, String>) -> Home {
        let passwd = || std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        Home::of(environment, rustix::process::geteuid().is_root(), passwd)
    }

    fn of(environment: &IndexMap<String, String>, is_root: bool, passwd: impl Fn() -> String) -> Home {
        if let Some(ids) = behind_sudo(environment, is_root) {
            // Somebody whom the file does not know (a directory service does), with a home that sudo kept.
            let kept = || {
                environment
                    .get("HOME")
                    .map(PathBuf::from)
                    .filter(|h| is_of(h, ids.uid))
            };
            if let Some(directory) = home_of(ids.uid, &passwd()).or_else(kept) {
                return Home {
                    directory: Some(directory),
                    owner: Some(ids),
                    variables: IndexMap::new(),
                };
            }
        }
        let mut variables: IndexMap<String, PathBuf> = environment
            .iter()
            .filter(|(name, value)| (*name == "HOME" || name.starts_with("XDG_")) && value.starts_with('/'))
            .map(|(name, value)| (name.clone(), PathBuf::from(value)))
            .collect();
        Home {
            directory: variables.swap_remove("HOME"),
            owner: None,
            variables,
        }
    }

    /// A folder that a variable names, else one in the home directory.
    pub(crate) fn folder(&self, variable: &str, usual: &str) -> Option<PathBuf> {
        let named = self.variables.get(variable).cloned();
        named.or_else(|| self.directory.as_ref().map(|d| d.join(usual)))
    }
}

/// Who ran sudo, if root is who runs us and somebody did.
pub(crate) fn who_ran_sudo(environment: &IndexMap<String, String>) -> Option<Ids> {
    behind_sudo(environment, rustix::process::geteuid().is_root())
}

fn behind_sudo(environment: &IndexMap<String, String>, is_root: bool) -> Option<Ids> {
    // The highest number is no id: to the kernel it means "as it is".
    let id = |name: &str| environment.get(name)?.parse().ok().filter(|id| *id != u32::MAX);
    let (uid, gid) = id("SUDO_UID")
        .filter(|uid| is_root && *uid != 0)
        .zip(id("SUDO_GID"))?;
    Some(Ids { uid, gid })
}

fn is_of(directory: &Path, uid: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    directory.is_absolute() && directory.metadata().is_ok_and(|m| m.uid() == uid)
}

/// A user's home directory.
fn home_of(uid: u32, passwd: &str) -> Option<PathBuf> {
    let uid = uid.to_string();
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        (fields.get(2) == Some(&uid.as_str()))
            .then(|| fields.get(5).map(PathBuf::from))
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(variables: &[(&str, &str)], is_root: bool) -> Home {
        let environment = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Home::of(&environment.collect(), is_root, || {
            "root:x:0:0::/root:/bin/sh\nann:x:1000:1000:Ann:/home/ann:/bin/sh\n".to_owned()
        })
    }

    #[test]
    fn under_sudo_it_is_the_home_of_who_ran_it() {
        let sudo = [
            ("HOME", "/root"),
            ("XDG_STATE_HOME", "/root/state"),
            ("SUDO_UID", "1000"),
            ("SUDO_GID", "1001"),
        ];
        let found = home(&sudo, true);
        assert_eq!(
            found.folder("XDG_STATE_HOME", ".local/state"),
            Some("/home/ann/.local/state".into())
        );
        assert_eq!(found.owner, Some(Ids { uid: 1000, gid: 1001 }));
        // Variables alone make nobody root.
        let found = home(&sudo, false);
        assert_eq!(
            found.folder("XDG_STATE_HOME", ".local/state"),
            Some("/root/state".into())
        );
        assert_eq!(found.owner, None);
    }

    #[test]
    fn a_home_that_sudo_kept_is_still_theirs() {
        use std::os::unix::fs::MetadataExt;
        let here = std::env::temp_dir().join(format!("nrcompose-home-{}", std::process::id()));
        std::fs::create_dir(&here).unwrap();
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&here, Some(4242), Some(4343)).unwrap();
        }
        let uid = std::fs::metadata(&here).unwrap().uid();
        if uid != 0 {
            let (uid, path) = (uid.to_string(), here.display().to_string());
            let sudo = [("HOME", path.as_str()), ("SUDO_UID", &uid), ("SUDO_GID", "4343")];
            let found = home(&sudo, true);
            assert_eq!(found.directory.as_ref(), Some(&here));
            assert!(found.owner.is_some());
        }
        // Root's own home stays root's.
        assert_eq!(
            home(&[("HOME", "/"), ("SUDO_UID", "4242"), ("SUDO_GID", "1")], true).owner,
            None
        );
        std::fs::remove_dir(&here).unwrap();
    }

    #[test]
    fn without_sudo_the_variables_count() {
        for uid in ["0", "77", "x"] {
            let found = home(&[("HOME", "/root"), ("SUDO_UID", uid), ("SUDO_GID", "0")], true);
            assert_eq!(
                found.folder("XDG_CACHE_HOME", ".cache"),
                Some("/root/.cache".into()),
                "{uid}"
            );
            assert_eq!(found.owner, None);
        }
        assert_eq!(
            home(&[("HOME", "relative")], false).folder("XDG_CACHE_HOME", ".cache"),
            None
        );
    }
}
