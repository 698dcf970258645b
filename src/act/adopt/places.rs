//! Which directories of a container's layer have data, and could be volumes.

use super::contents::Contents;
use super::looks::{Looks, head};
use crate::engine::tar::{FileKind, TarEntry};
use crate::engine::{Container, Engine, EngineResult, Error, ErrorKind, Helper, Temporary};
use crate::facts::layer::may_be_data;
use crate::facts::settings::Ids;
use crate::model::is_within;
use std::collections::{BTreeMap, HashSet};

/// Directories of every image that hold programs, or so much that nobody could say what of it is data.
const OF_THE_SYSTEM: &[&str] = &[
    "/",
    "/etc",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/srv",
    "/usr",
    "/usr/local",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/spool",
];
/// The same, with all that is below.
const PROGRAMS: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/tmp",
    "/usr/bin",
    "/usr/lib",
    "/usr/libexec",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/sbin",
    "/usr/sbin",
];

/// A directory with data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LayerPlace {
    /// In the container.
    pub(crate) path: String,
    /// All that is in it, what the image brings among it.
    pub(crate) contents: Contents,
    /// Whether the image brings files of its own there, which a volume keeps as they are.
    pub(crate) is_of_image: bool,
}

/// What is in a layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LayerPlaces {
    /// What can become volumes.
    pub(crate) places: Vec<LayerPlace>,
    /// What cannot: a path, and why.
    pub(crate) cannot: Vec<(String, String)>,
}

/// Finds them. `scratch` is where its image keeps what a run needs; `ids` is who would have to reach them.
///
/// # Errors
/// The engine does not say.
pub(crate) fn find(
    engine: &dyn Engine,
    container: &Container,
    scratch: &[String],
    ids: Option<Ids>,
) -> EngineResult<LayerPlaces> {
    let changes = engine.diff(&container.id)?;
    let mounted = container.mounts.iter().map(|m| &m.destination);
    let mounted: Vec<String> = mounted
        .chain(container.host_config.tmpfs.keys())
        .cloned()
        .collect();
    let elsewhere = [mounted.as_slice(), scratch].concat();
    let entries = may_be_data(&changes, &elsewhere);
    if entries.is_empty() {
        return Ok(LayerPlaces::default());
    }
    let image = Helper {
        image: container.image.clone(),
        command: vec!["/never-started".into()],
        ..Helper::default()
    };
    // It is looked at and never started.
    let image = Temporary::create(engine, &image)?;
    let mut looks = Looks::of(engine, &image.id);
    // By the directory that would become a volume, what of it may be data.
    let mut chosen: BTreeMap<String, HashSet<&str>> = BTreeMap::new();
    for entry in entries {
        chosen
            .entry(directory(&mut looks, entry, ids)?)
            .or_default()
            .insert(entry);
    }
    let mut found = LayerPlaces::default();
    let mut outer: Vec<(String, HashSet<&str>)> = Vec::new();
    for (path, entries) in chosen {
        match outer
            .iter_mut()
            .find(|(above, _)| above != "/" && is_within(&path, above))
        {
            Some((_, all)) => all.extend(entries),
            None => outer.push((path, entries)),
        }
    }
    for (path, entries) in outer {
        if let Some(why) = why_not(&path, &mounted) {
            if let Some(data) = first_file(engine, &container.id, &entries)? {
                found.cannot.push((data, why));
            }
            continue;
        }
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let mut has_data = false;
        let contents = Contents::read(engine.archive(&container.id, &path)?, |entry| {
            let full = format!("{parent}/{}", entry.path.trim_end_matches('/'));
            has_data |= entry.kind == FileKind::File && entries.contains(full.as_str());
        });
        let contents = contents.map_err(|error| {
            let doing = format!("reading {path} of {}", container.id);
            Error::new(ErrorKind::Answer, doing, error.to_string())
        })?;
        if has_data {
            found.places.push(LayerPlace {
                is_of_image: looks.has_files(&path)?,
                path,
                contents,
            });
        }
    }
    Ok(found)
}

/// What would become a volume for an entry: the topmost directory that the image has not, or else the one that it is in;
/// and with it what keeps the user from coming there.
fn directory(looks: &mut Looks<'_>, entry: &str, ids: Option<Ids>) -> EngineResult<String> {
    let above: Vec<&str> = ancestors(entry);
    let Some(parent) = above.first() else {
        return Ok("/".to_owned());
    };
    let mut chosen = *parent;
    for (at, path) in above.iter().enumerate() {
        if looks.at(path)?.is_some() {
            break;
        }
        chosen = above[at];
    }
    if let Some(ids) = ids {
        let mut closed = ancestors(chosen).into_iter().rev();
        let closed = closed.find_map(|path| match looks.at(path) {
            Ok(Some(entry)) if is_searchable(&entry, ids) => None,
            Ok(None) => None,
            Ok(Some(_)) => Some(Ok(path)),
            Err(error) => Some(Err(error)),
        });
        if let Some(path) = closed.transpose()? {
            chosen = path;
        }
    }
    Ok(chosen.to_owned())
}

/// The directories that a path is in, the innermost first, without the root.
fn ancestors(path: &str) -> Vec<&str> {
    let slashes = path.rmatch_indices('/').map(|(at, _)| &path[..at]);
    slashes.filter(|above| !above.is_empty()).collect()
}

fn is_searchable(entry: &TarEntry, ids: Ids) -> bool {
    let bit = match (entry.uid == ids.uid, entry.gid == ids.gid) {
        (true, _) => 0o100,
        (false, true) => 0o010,
        (false, false) => 0o001,
    };
    entry.kind != FileKind::Directory || entry.mode & bit != 0
}

/// Why a directory cannot be a volume.
fn why_not(path: &str, mounted: &[String]) -> Option<String> {
    let below = mounted.iter().find(|other| is_within(other, path));
    if OF_THE_SYSTEM.contains(&path) || PROGRAMS.iter().any(|system| is_within(path, system)) {
        Some(format!(
            "{path} is the system's, and a volume there would hide it"
        ))
    } else if let Some(other) = below {
        Some(format!("{other} is mounted in {path}"))
    } else if path.contains([',', '"', ':', '\n', '\\', '$']) || path.contains(char::REPLACEMENT_CHARACTER) {
        Some("the engine takes no volume at a path of that name".to_owned())
    } else {
        None
    }
}

/// The first of these that is a file.
fn first_file(engine: &dyn Engine, id: &str, entries: &HashSet<&str>) -> EngineResult<Option<String>> {
    let mut sorted: Vec<&&str> = entries.iter().collect();
    sorted.sort_unstable();
    for entry in sorted {
        let found = head(engine, id, entry)?;
        if found.is_some_and(|found| found.kind == FileKind::File) {
            return Ok(Some((*entry).to_owned()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_hides_no_system() {
        let mounted = ["/app/cache".to_owned()];
        for (path, can) in [
            ("/", false),
            ("/etc", false),
            ("/etc/app", true),
            ("/usr/bin", false),
            ("/usr/lib/app", false),
            ("/usr/share/nginx/html", true),
            ("/var/lib/app", true),
            ("/var/lib", false),
            ("/root", true),
            ("/data", true),
            ("/app", false),
            ("/app/data", true),
            ("/a,b", false),
        ] {
            assert_eq!(why_not(path, &mounted).is_none(), can, "{path}");
        }
    }

    #[test]
    fn the_directories_above_a_path_end_below_the_root() {
        assert_eq!(ancestors("/a/b/c"), ["/a/b", "/a"]);
        assert_eq!(ancestors("/a"), Vec::<&str>::new());
    }

    #[test]
    fn who_may_pass_a_directory() {
        let of = |mode, uid, gid| {
            let entry = TarEntry {
                kind: FileKind::Directory,
                mode,
                uid,
                gid,
                ..TarEntry::default()
            };
            is_searchable(&entry, Ids { uid: 5, gid: 6 })
        };
        assert!(of(0o755, 0, 0) && of(0o700, 5, 0) && of(0o710, 0, 6));
        assert!(!of(0o700, 0, 0) && !of(0o770, 0, 0) && !of(0o701, 0, 6));
    }
}
