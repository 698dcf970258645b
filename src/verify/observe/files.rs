//! Setuid files and files with capabilities of an image: read once an image, kept by its id.

use crate::act;
use crate::act::home::{Home, who_ran_sudo};
use crate::capability;
use crate::engine::tar::{self, FileKind};
use crate::engine::{Container, Engine, EngineResult, Helper, Temporary};
use crate::verify::observation::{Observation, RaisingFile};
use indexmap::IndexMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Where scans are kept.
pub struct Cache {
    /// `$XDG_CACHE_HOME/nrcompose/images`; without it every look is a scan.
    pub directory: Option<PathBuf>,
}

impl Cache {
    /// The person's cache.
    pub fn of_user() -> Cache {
        let base = Home::find(&environment()).folder("XDG_CACHE_HOME", ".cache");
        Cache {
            directory: base.map(|b| b.join("nrcompose").join("images")),
        }
    }

    fn file(&self, image: &str) -> Option<PathBuf> {
        let name = image
            .strip_prefix("sha256:")
            .filter(|n| n.bytes().all(|b| b.is_ascii_hexdigit()))?;
        Some(self.directory.as_ref()?.join(format!("{name}.raising.json")))
    }

    /// The raising files of an image; a container of it is created, read, and removed, never started.
    pub fn raising(&self, engine: &dyn Engine, image: &str) -> EngineResult<Vec<RaisingFile>> {
        let file = self.file(image);
        if let Some(known) = file
            .as_ref()
            .and_then(|f| act::file::read(f, who_ran_sudo(&environment())))
            && let Ok(known) = serde_json::from_str(&known)
        {
            return Ok(known);
        }
        // A command must be given for images that have none; it never runs.
        let helper = Helper {
            image: image.to_owned(),
            command: vec!["/nothing".into()],
            ..Helper::default()
        };
        let helper = Temporary::create(engine, &helper)?;
        let found = scan(engine.export(&helper.id)?).map_err(|e| {
            crate::engine::Error::new(
                crate::engine::ErrorKind::Answer,
                format!("reading the files of image {image}"),
                e.to_string(),
            )
        })?;
        if let Some(file) = file {
            // A cache that cannot be written costs time, nothing else.
            let _ = keep(&file, &found);
        }
        Ok(found)
    }
}

fn environment() -> IndexMap<String, String> {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    std::env::vars_os().filter_map(text).collect()
}

/// Under sudo, with the rights of who ran it.
fn keep(file: &Path, found: &[RaisingFile]) -> anyhow::Result<()> {
    let owner = who_ran_sudo(&environment());
    act::file::make_private_directory(file.parent().unwrap_or(file), owner)?;
    act::file::write(file, &serde_json::to_string(found)?, owner)
}

/// Whether a raising file could matter: some process may still gain privileges.
pub fn may_matter(seen: &Observation) -> bool {
    let mut all = seen.processes.iter().flat_map(|p| &p.credentials);
    all.any(|c| c.powers.as_ref().is_none_or(|p| !p.no_new_privileges))
}

/// The raising files that a container sees: those of its image, and those it made itself.
pub fn of_container(engine: &dyn Engine, container: &Container, cache: &Cache) -> Option<Vec<RaisingFile>> {
    let mut found = cache.raising(engine, &container.image).ok()?;
    match container
        .graph_driver
        .data
        .get("UpperDir")
        .map(Path::new)
        .filter(|d| fs::read_dir(d).is_ok())
    {
        Some(upper) => walk(upper, upper, &mut found),
        None => {
            for path in engine.diff(&container.id).ok()? {
                let entry = engine
                    .archive(&container.id, &path)
                    .ok()
                    .and_then(|a| tar::first(a).ok()?);
                found.extend(entry.and_then(|e| raising(&tar::TarEntry { path, ..e })));
            }
        }
    }
    found.sort();
    found.dedup();
    Some(found)
}

/// A container's own layer, where it can be read directly. File capabilities that a container gave itself
/// need SETFCAP, which shows in its bounding set.
fn walk(root: &Path, directory: &Path, found: &mut Vec<RaisingFile>) {
    use std::os::unix::fs::MetadataExt;
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(meta) = fs::symlink_metadata(&path) else {
            continue;
        };
        if meta.is_dir() {
            walk(root, &path, found);
        } else if let Ok(inside) = path.strip_prefix(root) {
            found.extend(raising(&tar::TarEntry {
                path: inside.display().to_string(),
                kind: if meta.is_file() {
                    FileKind::File
                } else {
                    FileKind::Other
                },
                mode: meta.mode() & 0o7777,
                uid: meta.uid(),
                gid: meta.gid(),
                ..tar::TarEntry::default()
            }));
        }
    }
}

/// Reads a filesystem for files that raise whoever runs them.
pub fn scan(archive: impl io::Read) -> io::Result<Vec<RaisingFile>> {
    let mut found = Vec::new();
    tar::each(archive, |entry, _| {
        if let Some(file) = raising(&entry) {
            found.push(file);
        }
        Ok(())
    })?;
    found.sort();
    Ok(found)
}

/// What a file would make of whoever runs it, if anything.
pub fn raising(entry: &tar::TarEntry) -> Option<RaisingFile> {
    let capabilities = entry
        .capability
        .as_deref()
        .and_then(capability::of_file)
        .map_or(0, |(mask, _)| mask);
    let file = entry.kind == FileKind::File && entry.mode & 0o111 != 0;
    (file && (entry.mode & 0o6000 != 0 || capabilities != 0)).then(|| RaisingFile {
        path: format!("/{}", entry.path.trim_start_matches("./").trim_start_matches('/')),
        uid: entry.uid,
        gid: entry.gid,
        mode: entry.mode,
        capabilities,
    })
}
