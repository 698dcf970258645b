//! What is gathered of an image while an archive of its files goes by: that of the engine, or that of our own program.

use super::accounts::LIMIT;
use super::accounts::{self, Content, Tree};
use super::interest::{LINK_DEPTH, is_below, is_of_interest, is_plain};
use super::links::absolute;
use super::shell::Programs;
use super::{Directory, Local};
use crate::engine::tar::{self, FileKind, TarEntry};
use crate::engine::{EngineResult, Error, ErrorKind};
use crate::facts::builtin;
use crate::facts::script::Script;
use crate::image_files::{FilesOrder, MOUNTED, is_program};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// A script longer than this is a program.
const SCRIPT_LIMIT: usize = 256 * 1024;
/// Programs that look their own uid up in `/etc/passwd` and fail without an entry.
const LOOK_UP: [&str; 4] = ["git", "initdb", "ssh", "ssh-keygen"];

/// Files of accounts, which may be links to others.
const ACCOUNTS: [&str; 2] = ["/etc/passwd", "/etc/group"];

/// Directories of the runtime that every container has, whatever its image has there.
const ALWAYS: [&str; 2] = ["/dev/pts", "/dev/shm"];

/// The contents that are looked at: accounts, and the programs that an image starts.
pub(super) fn wanted(starts: &[String]) -> FilesOrder {
    FilesOrder {
        paths: ACCOUNTS.map(str::to_owned).into(),
        programs: starts.to_vec(),
        limit: LIMIT as u64 + 1,
        ..FilesOrder::default()
    }
}

/// Goes through an archive; once more where one of the files turns out to be one that went by already.
pub(super) fn gather<R: Read>(
    mut open: impl FnMut(&FilesOrder) -> EngineResult<R>,
    wanted: &FilesOrder,
) -> EngineResult<Gathered> {
    let mut files = Gathered::default();
    each(open(wanted)?, wanted, |path, entry, content| {
        files.see(path, entry, content, wanted)
    })?;
    let elsewhere = files.elsewhere();
    if !elsewhere.is_empty() {
        let wanted = FilesOrder {
            paths: elsewhere,
            programs: Vec::new(),
            ..wanted.clone()
        };
        each(open(&wanted)?, &wanted, |path, entry, content| {
            files.tree.see(&path, &entry, content, &wanted)
        })?;
    }
    Ok(files)
}

/// Every entry of an archive, with its path in the image. One that is to have an end must have it.
fn each<R: Read>(
    mut archive: R,
    wanted: &FilesOrder,
    mut see: impl FnMut(String, TarEntry, &mut dyn Read) -> std::io::Result<()>,
) -> EngineResult<()> {
    let broken = |detail: String| Error {
        kind: ErrorKind::Answer,
        doing: "going through its archive".to_owned(),
        detail,
    };
    let mut is_whole = wanted.place.is_empty();
    tar::each(&mut archive, |entry, content| {
        let path = format!("/{}", tar::inside(&entry.path));
        if path == wanted.place {
            is_whole = true;
            return Ok(());
        }
        see(path, entry, content)
    })
    // Who tells it is only then known to have ended well, and can be asked again.
    .and_then(|()| std::io::copy(&mut archive, &mut std::io::sink()))
    .map_err(|error| broken(error.to_string()))?;
    match is_whole {
        true => Ok(()),
        false => Err(broken("it was cut short".to_owned())),
    }
}

/// What is gathered while the archive goes by.
#[derive(Default)]
pub(super) struct Gathered {
    directories: Vec<(String, TarEntry)>,
    /// How many entries a directory has.
    entries: BTreeMap<String, usize>,
    links: Vec<(String, String)>,
    capabilities: Vec<(String, Vec<String>)>,
    setuid: Vec<String>,
    look_up: Vec<String>,
    asked_files: BTreeSet<String>,
    tree: Tree,
    /// The files that may be one of the programs which the image starts, each with what it is started as.
    starts: Vec<(String, String)>,
    programs: Programs,
}

impl Gathered {
    fn see(
        &mut self,
        path: String,
        entry: TarEntry,
        content: &mut dyn Read,
        wanted: &FilesOrder,
    ) -> std::io::Result<()> {
        // The image's own programs see nothing of that.
        if MOUNTED
            .iter()
            .any(|above| is_below(&path, above) && path != *above)
        {
            return Ok(());
        }
        self.tree.see(&path, &entry, content, wanted)?;
        if builtin::is_asked_for(&path) {
            self.asked_files.insert(path.clone());
        }
        if let Some((parent, name)) = path.rsplit_once('/') {
            *self.entries.entry(parent.to_owned()).or_default() += 1;
            if LOOK_UP.contains(&name) && parent.ends_with("/bin") && entry.kind != FileKind::Directory {
                self.look_up.push(path.clone());
            }
        }
        self.programs.see(&path, &entry);
        match entry.kind {
            FileKind::Directory => self.directories.push((path, entry)),
            FileKind::Link => self.links.extend(entry.link.map(|to| (path, to))),
            FileKind::File => {
                if let Some((mask, true)) = entry.capability.as_deref().and_then(crate::capability::of_file) {
                    self.capabilities
                        .push((path.clone(), crate::capability::names(mask)));
                }
                if entry.mode & 0o4000 != 0 && entry.uid == 0 {
                    self.setuid.push(path.clone());
                }
                // `docker-entrypoint.sh` is found on PATH.
                let names = wanted.programs.iter().filter(|name| is_program(&path, name));
                self.starts.extend(names.map(|name| (name.clone(), path.clone())));
            }
            FileKind::Other => {}
        }
        Ok(())
    }

    /// The files whose contents are looked at and stood under other names.
    fn elsewhere(&self) -> Vec<String> {
        let starts = self.starts.iter().map(|(_, path)| path.as_str());
        let wanted: Vec<&str> = ACCOUNTS.into_iter().chain(starts).collect();
        self.tree.elsewhere(&wanted)
    }

    /// What the scripts do that the image starts, each by what it is started as; of several files the last one.
    fn scripts(&self) -> BTreeMap<String, Script> {
        let names = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        let mut last: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, path) in &self.starts {
            let known = last.entry(name).or_insert(path);
            if names(path) > names(known) {
                *known = path;
            }
        }
        let read = last.into_iter().filter_map(|(name, path)| {
            let mut bytes = self.tree.content(path).ok()?;
            bytes.truncate(SCRIPT_LIMIT);
            Some((name.to_owned(), Script::of_file(&String::from_utf8(bytes).ok()?)?))
        });
        read.collect()
    }

    /// Whether a directory is as the engine makes one, and nothing is in it.
    pub(super) fn is_plain_and_empty(&self, path: &str) -> bool {
        let mut directories = self.directories.iter();
        directories.any(|(p, entry)| p == path && is_plain(entry)) && !self.entries.contains_key(path)
    }

    /// Takes a directory for one that is not in the image. Not if the one above may not be there either.
    pub(super) fn forget(&mut self, path: &str) -> bool {
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        self.directories.retain(|(p, _)| p != path);
        match self.entries.get_mut(above) {
            Some(entries) if *entries > 1 => {
                *entries -= 1;
                true
            }
            _ => false,
        }
    }

    /// What a file of accounts has in it.
    pub(super) fn accounts(&self, path: &str) -> Content {
        self.tree.content(path)
    }

    pub(super) fn finish(mut self, local: &mut Local) {
        local.scripts = self.scripts();
        let (passwd, group) = (self.accounts("/etc/passwd"), self.accounts("/etc/group"));
        for row in accounts::rows(&passwd) {
            if let [name, _, uid, gid, ..] = row.as_slice()
                && let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse())
            {
                local.users.entry(name.clone()).or_insert((uid, gid));
            }
        }
        for row in accounts::rows(&group) {
            if let [name, _, gid, rest @ ..] = row.as_slice()
                && let Ok(gid) = gid.parse()
            {
                let members = rest.first().map(|m| {
                    m.split(',')
                        .filter(|m| !m.is_empty())
                        .map(str::to_owned)
                        .collect()
                });
                local
                    .groups
                    .entry(name.clone())
                    .or_insert((gid, members.unwrap_or_default()));
            }
        }
        for (path, entry) in &self.directories {
            if is_of_interest(path, entry, &local.volumes) {
                local.directories.insert(
                    path.clone(),
                    Directory {
                        uid: entry.uid,
                        gid: entry.gid,
                        mode: entry.mode,
                        content: self.entries.contains_key(path),
                    },
                );
            }
        }
        local.asked_files = self.asked_files;
        local.shell = self.programs.give_away();
        // Which of two links comes first must not depend on the disk.
        self.links.sort();
        let is_directory =
            |path: &str| ALWAYS.contains(&path) || self.directories.iter().any(|(p, _)| p == path);
        // Twice: a link may lead to a directory by way of another.
        for _ in 0..2 {
            for (from, to) in &self.links {
                let to = absolute(from, to);
                if from.matches('/').count() <= LINK_DEPTH && is_directory(&local.resolve(&to)) {
                    local.links.insert(from.clone(), to);
                }
            }
        }
        local.file_capabilities = self.capabilities.into_iter().collect();
        local.setuid = self.setuid;
        local.setuid.sort();
        local.look_themselves_up = self.look_up;
        local.look_themselves_up.sort();
        local.passwd = accounts::accounts(passwd);
        local.group = accounts::accounts(group);
    }
}

#[cfg(test)]
mod tests;
