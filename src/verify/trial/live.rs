//! What ties a service to what is live: a trial is without it, and where that may alter what the command does, the person is told.

use crate::model::clean_path;
use serde_json::{Map, Value};
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// Keys of a service that tie it to what is live.
pub(super) const KEYS: [&str; 17] = [
    "cgroup",
    "container_name",
    "depends_on",
    "deploy",
    "external_links",
    "healthcheck",
    "hostname",
    "ipc",
    "links",
    "network_mode",
    "networks",
    "pid",
    "ports",
    "profiles",
    "restart",
    "use_api_socket",
    "uts",
];

/// Keys that say whose namespace it is in.
const NAMESPACES: [&str; 5] = ["cgroup", "ipc", "network_mode", "pid", "uts"];

/// Where engines listen, beside the one that is asked.
const ENGINES: [&str; 6] = [
    "/run/buildkit/buildkitd.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/docker.sock",
    "/run/docker/containerd/containerd.sock",
    "/run/podman/podman.sock",
];

/// How much of a directory is looked through for sockets.
const ENTRIES: usize = 10_000;

/// Takes away what [`KEYS`] name, and says what a command could miss: the namespaces of the host and of others, in which
/// it would reach their processes, and the engine's socket.
pub(super) fn untie(definition: &mut Map<String, Value>) -> Vec<String> {
    let mut told = Vec::new();
    for key in KEYS {
        let Some(value) = definition.remove(key) else {
            continue;
        };
        let said = value.as_str().unwrap_or_default();
        if key == "ipc" && ["none", "private", "shareable"].contains(&said) {
            definition.insert(key.to_owned(), value);
            continue;
        }
        let is_shared = said == "host" || said.starts_with("service:") || said.starts_with("container:");
        if NAMESPACES.contains(&key) && is_shared {
            told.push(format!("`{key}: {said}`"));
        } else if key == "use_api_socket" && value.as_bool() == Some(true) {
            told.push(format!("`{key}`"));
        }
    }
    told
}

/// What a mount gives of what is live.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(super) enum Reach {
    /// A socket, or a directory with one at which an engine listens: whatever stands behind it could be changed.
    Socket,
    /// A directory with sockets of others among its files. A copy has none.
    WithSockets,
    /// Files alone.
    Files,
}

/// What a mount reaches; `engine` is the socket of the engine that is asked.
pub(super) fn reach(mount: &Value, engine: Option<&Path>) -> Reach {
    let text = |key: &str| mount.get(key).and_then(Value::as_str).unwrap_or_default();
    let source = text("source");
    let is_socket = fs::metadata(source).is_ok_and(|m| m.file_type().is_socket());
    if is_socket || source.ends_with(".sock") {
        return Reach::Socket;
    }
    if text("type") != "bind" {
        return Reach::Files;
    }
    let engines = ENGINES.iter().map(Path::new).chain(engine);
    let directories = names(Path::new(source));
    if engines
        .flat_map(names)
        .any(|socket| directories.iter().any(|d| socket.starts_with(d)))
    {
        return Reach::Socket;
    }
    match has_socket(Path::new(source)) {
        true => Reach::WithSockets,
        false => Reach::Files,
    }
}

/// A path as it is written and as it is with its links followed.
fn names(path: &Path) -> Vec<PathBuf> {
    let written = PathBuf::from(clean_path(&path.to_string_lossy()));
    fs::canonicalize(path).into_iter().chain([written]).collect()
}

/// Whether there is a socket in a directory or below it. Links are not followed; one with more than [`ENTRIES`] entries
/// is taken for one that has.
fn has_socket(directory: &Path) -> bool {
    let mut waiting = vec![directory.to_owned()];
    let mut count = 0;
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            count += 1;
            match entry.file_type() {
                _ if count > ENTRIES => return true,
                Ok(kind) if kind.is_socket() => return true,
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                _ => {}
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::os::unix::net::UnixListener;

    #[test]
    fn keys_are_sorted() {
        assert!(KEYS.is_sorted() && NAMESPACES.iter().all(|n| KEYS.contains(n)));
    }

    #[test]
    fn namespaces_of_others_are_taken_away_and_told() {
        for (key, value, is_told, stays) in [
            ("pid", "container:db", true, false),
            ("pid", "service:db", true, false),
            ("pid", "host", true, false),
            ("ipc", "container:db", true, false),
            ("ipc", "shareable", false, true),
            ("uts", "host", true, false),
            ("cgroup", "private", false, false),
            ("network_mode", "container:db", true, false),
            ("network_mode", "none", false, false),
        ] {
            let mut definition = Map::from_iter([(key.to_owned(), json!(value))]);
            let told = untie(&mut definition);
            let expected = is_told.then(|| format!("`{key}: {value}`"));
            assert_eq!(told, Vec::from_iter(expected), "{key}: {value}");
            assert_eq!(definition.contains_key(key), stays, "{key}: {value}");
        }
        let mut definition = Map::from_iter([("use_api_socket".to_owned(), json!(true))]);
        assert_eq!(untie(&mut definition), ["`use_api_socket`"]);
    }

    #[test]
    fn sockets_are_found_by_their_directories() {
        let folder = tempfile::tempdir().unwrap();
        let (deep, plain) = (folder.path().join("a/b"), folder.path().join("plain"));
        fs::create_dir_all(&deep).unwrap();
        fs::create_dir(&plain).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("a"), &link).unwrap();
        let socket = deep.join("mine");
        let _listener = UnixListener::bind(&socket).unwrap();
        let of = |source: &Path, engine: Option<&Path>| {
            reach(&json!({"type": "bind", "source": source, "target": "/t"}), engine)
        };
        assert_eq!(of(&socket, None), Reach::Socket);
        for around in [&deep, &folder.path().join("a"), &link] {
            assert_eq!(of(around, None), Reach::WithSockets);
            assert_eq!(of(around, Some(&socket)), Reach::Socket);
        }
        assert_eq!(of(&plain, Some(&socket)), Reach::Files);
        for engines in ["/var/run", "/run/", "/", "/run/podman", "/x/../run"] {
            assert_eq!(of(Path::new(engines), None), Reach::Socket, "{engines}");
        }
        let volume = json!({"type": "volume", "source": "run", "target": "/run"});
        assert_eq!(reach(&volume, None), Reach::Files);
    }
}
