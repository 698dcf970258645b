//! Entries of `volumes:` and `tmpfs:`.

use super::Service;
use crate::tree::{Node, Path};

/// What is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountKind {
    /// A volume with a name.
    Named,
    /// A volume without one.
    Anonymous,
    /// A path of the host.
    Bind,
    /// A tmpfs in the long form, which cannot say an owner.
    Tmpfs,
    /// A named pipe, a cluster volume, an image.
    Other,
}

/// One entry of `volumes:`.
#[derive(Debug, Clone)]
pub struct Mount<'a> {
    /// The entry.
    pub node: &'a Node,
    /// What is mounted.
    pub kind: MountKind,
    /// The volume's key or the host's path.
    pub source: Option<&'a str>,
    /// Where, without a slash at the end.
    pub target: String,
    /// Whether it cannot be written.
    pub read_only: bool,
}

impl<'a> Mount<'a> {
    /// Reads a canonical (long) entry.
    pub fn of(node: &'a Node) -> Option<Self> {
        let source = node
            .get("source")
            .and_then(Node::as_str)
            .filter(|s| !s.is_empty());
        let kind = match node.get("type").and_then(Node::as_str)? {
            "volume" if source.is_some() => MountKind::Named,
            "volume" => MountKind::Anonymous,
            "bind" => MountKind::Bind,
            "tmpfs" => MountKind::Tmpfs,
            _ => MountKind::Other,
        };
        Some(Mount {
            node,
            kind,
            source,
            target: clean_path(node.get("target")?.as_str()?),
            read_only: node.get("read_only").and_then(Node::as_bool).unwrap_or(false),
        })
    }

    /// Whether its author keeps the image's files out of a new volume: `volume.nocopy`.
    pub fn nocopy(&self) -> bool {
        let said = self.node.get("volume").and_then(|v| v.get("nocopy"));
        said.and_then(Node::as_bool) == Some(true)
    }

    /// Whether its author lets a missing host directory be made: `bind.create_host_path`, true unless said.
    pub fn may_be_made(&self) -> bool {
        let said = self.node.get("bind").and_then(|b| b.get("create_host_path"));
        said.and_then(Node::as_bool).unwrap_or(true)
    }
}

/// One entry of the short `tmpfs:`.
#[derive(Debug, Clone)]
pub struct TmpfsEntry<'a> {
    /// The entry.
    pub node: &'a Node,
    /// Its place in the list; none where the attribute is the entry.
    pub index: Option<usize>,
    /// Where, without a slash at the end.
    pub path: String,
    /// Mount options in their order.
    pub options: Vec<&'a str>,
}

impl<'a> TmpfsEntry<'a> {
    /// Takes `path[:option,…]` apart.
    pub fn of(node: &'a Node, index: Option<usize>) -> Option<Self> {
        let (path, options) = node.as_str()?.split_once(':').unwrap_or((node.as_str()?, ""));
        let options = options.split(',').filter(|o| !o.is_empty()).collect();
        Some(TmpfsEntry {
            node,
            index,
            path: clean_path(path),
            options,
        })
    }

    /// Its place in the project.
    pub fn place(&self, service: Service) -> Path {
        let list = service.path_of("tmpfs");
        self.index.map_or_else(|| list.clone(), |index| list.join(index))
    }

    /// The value of an option (`uid=1000`).
    pub fn option(&self, name: &str) -> Option<&'a str> {
        self.options
            .iter()
            .rev()
            .find_map(|o| o.strip_prefix(name)?.strip_prefix('='))
    }
}

/// Whether `path` is `directory` or below it; both are clean.
pub(crate) fn is_within(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A container path as the engine cleans it, without a slash at the end, doubled ones, `.` and `..`, and `/run` for its
/// old name `/var/run`, which every image links there.
pub(crate) fn clean_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let clean = format!("/{}", parts.join("/"));
    match clean.strip_prefix("/var/run") {
        Some("") => "/run".to_owned(),
        Some(rest) if rest.starts_with('/') => format!("/run{rest}"),
        _ => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_clean() {
        assert_eq!(clean_path("/run/"), "/run");
        assert_eq!(clean_path("/var/run/mysqld//"), "/run/mysqld");
        assert_eq!(clean_path("/var/runner"), "/var/runner");
        assert_eq!(clean_path("/"), "/");
        assert_eq!(clean_path("/var/./cache/../lib//x/"), "/var/lib/x");
        assert_eq!(clean_path("/../.."), "/");
    }

    #[test]
    fn a_path_is_within_what_contains_it() {
        assert!(is_within("/var/cache/nginx", "/var/cache"));
        assert!(is_within("/var/cache", "/var/cache") && is_within("/var", "/"));
        assert!(!is_within("/var/cache", "/var/cache/nginx"));
        assert!(!is_within("/var/cachet", "/var/cache") && !is_within("/Var/cache", "/var"));
    }

    #[test]
    fn a_directory_holds_itself_and_what_is_below() {
        for (path, directory, is) in [
            ("/a", "/a", true),
            ("/a/b", "/a", true),
            ("/ab", "/a", false),
            ("/a", "/a/b", false),
            ("/a", "/", true),
        ] {
            assert_eq!(is_within(path, directory), is, "{path} {directory}");
        }
    }
}
