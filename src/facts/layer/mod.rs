//! What a container wrote into its own layer, which goes when the container is made anew: what of it is data, and what
//! any container leaves there and nobody misses.

mod harmless;

use harmless::{ENDS, FOLDERS, NAMES, REWRITTEN, SCRATCH};

/// What may be data among the paths that a container added or changed: no directory that has others in it, nothing
/// below `elsewhere` (what is mounted, and what its image keeps for a run), nothing that any container leaves behind.
/// Whether a path is a file is not known yet.
pub(crate) fn may_be_data<'p>(changes: &'p [String], elsewhere: &[String]) -> Vec<&'p str> {
    let mut sorted: Vec<&str> = changes.iter().map(String::as_str).collect();
    // So that what is in a directory follows it.
    sorted.sort_by(|a, b| a.split('/').cmp(b.split('/')));
    sorted.dedup();
    let leaves = sorted.iter().enumerate().filter(|(at, path)| {
        let next = sorted.get(at + 1);
        !next.is_some_and(|next| is_below(next, path))
    });
    leaves
        .map(|(_, path)| *path)
        .filter(|path| !is_harmless(path) && !elsewhere.iter().any(|e| is_in(path, e)))
        .collect()
}

fn is_harmless(path: &str) -> bool {
    let mut folders: Vec<&str> = path.split('/').collect();
    let name = folders.pop().unwrap_or_default();
    SCRATCH.iter().any(|(directory, _)| is_in(path, directory))
        || REWRITTEN.iter().any(|(file, _)| path == *file)
        || NAMES.iter().any(|(known, _)| name == *known)
        || FOLDERS.iter().any(|(known, _)| folders.contains(known))
        || ENDS.iter().any(|(end, _)| name.ends_with(end))
}

fn is_in(path: &str, directory: &str) -> bool {
    path == directory.trim_end_matches('/') || is_below(path, directory)
}

fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory.trim_end_matches('/'))
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(changes: &[&str], elsewhere: &[&str]) -> Vec<String> {
        let owned = |all: &[&str]| -> Vec<String> { all.iter().map(|p| (*p).to_owned()).collect() };
        let (changes, elsewhere) = (owned(changes), owned(elsewhere));
        let found = may_be_data(&changes, &elsewhere);
        found.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn what_any_container_leaves_is_no_data() {
        let harmless = [
            "/etc",
            "/etc/passwd",
            "/etc/passwd-",
            "/run",
            "/run/nginx.pid",
            "/var/run/x/y",
            "/root",
            "/root/.cache/pip/x",
            "/root/.bash_history",
            "/app/pkg/__pycache__/a.cpython-311.pyc",
            "/home/me/.cache/fontconfig/x",
            "/app/server.pid",
            "/tmp",
        ];
        assert_eq!(of(&harmless, &[]), Vec::<String>::new());
    }

    #[test]
    fn data_is_what_is_left() {
        let changes = [
            "/root",
            "/root/app.db",
            "/root/app.db-wal",
            "/runner/x",
            "/srv/a/b",
            "/srv/a",
            "/srv",
            "/srv/a-b",
            "/etc/app.conf",
            "/tmpfile",
        ];
        let found = of(&changes, &[]);
        for data in [
            "/root/app.db",
            "/root/app.db-wal",
            "/runner/x",
            "/srv/a/b",
            "/srv/a-b",
            "/etc/app.conf",
            "/tmpfile",
        ] {
            assert!(found.contains(&data.to_owned()), "{data}: {found:?}");
        }
        for directory in ["/root", "/srv", "/srv/a"] {
            assert!(!found.contains(&directory.to_owned()), "{directory}: {found:?}");
        }
    }

    #[test]
    fn what_is_mounted_or_of_a_run_is_elsewhere() {
        let changes = ["/data", "/var/lib/app/x", "/var/lib/app2/x"];
        assert_eq!(of(&changes, &["/data/", "/var/lib/app"]), ["/var/lib/app2/x"]);
        assert_eq!(of(&["/data/x"], &["/"]), Vec::<String>::new());
    }
}
