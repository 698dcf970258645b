//! Reads an image through the engine: `inspect`, and the files of a container that is created and never
//! started.

use super::accounts::{self, Content, Tree};
use super::links::absolute;
use super::shell::Programs;
use super::{Directory, Local};
use crate::engine::tar::{self, FileKind, TarEntry};
use crate::engine::{Engine, EngineResult, Error, ErrorKind, Helper, Image, Temporary};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::Read;
use std::time::{Duration, Instant};

/// A script longer than this is a program.
const SCRIPT_LIMIT: u64 = 256 * 1024;
/// Programs that give up root, as scripts call them.
const DROPPERS: [&str; 7] = [
    "gosu",
    "su-exec",
    "setpriv",
    "s6-setuidgid",
    "runuser",
    "chpst",
    "doas",
];

/// Programs that look their own uid up in `/etc/passwd` and fail without an entry.
const LOOK_UP: [&str; 4] = ["git", "initdb", "ssh", "ssh-keygen"];

/// After this a person wants to know what is waited for.
const LONG: Duration = Duration::from_secs(1);

/// Everything of an image that is here; what takes its time is told.
///
/// All of its files are gone through: a capability, a setuid bit or an owner may be anywhere, and an engine lists no
/// directory without what is in its files.
pub(crate) fn read(engine: &dyn Engine, image: &Image, tell: Tell) -> EngineResult<Local> {
    let config = &image.config;
    let mut local = Local {
        id: image.id.clone(),
        user: config.user.clone(),
        ports: config.exposed_ports.keys().cloned().collect(),
        volumes: config.volumes.keys().cloned().collect(),
        start: [config.entrypoint.clone(), config.cmd.clone()].concat(),
        home: config
            .env
            .iter()
            .find_map(|e| e.strip_prefix("HOME="))
            .map(str::to_owned),
        environment: config
            .env
            .iter()
            .filter_map(|e| e.split('=').next())
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        ..Local::default()
    };
    let helper = Helper {
        image: image.id.clone(),
        // Never run; an image without any command could not be created otherwise.
        command: vec!["/nrcompose".into()],
        ..Helper::default()
    };
    let container = Temporary::create(engine, &helper)?;
    let script = local.start.first().cloned().unwrap_or_default();
    let name = image.repo_tags.first().unwrap_or(&image.id);
    let slow = Slow {
        since: Instant::now(),
        is_told: Cell::new(false),
        tell: &|| tell(&format!("reading the files of image {name}; it is done once")),
    };
    let open = || {
        let files = engine.export(&container.id)?;
        Ok(WatchedRead { files, slow: &slow })
    };
    let files = gather(open, &script).map_err(|error| Error {
        doing: format!("reading the files of image {}: {}", image.id, error.doing),
        ..error
    })?;
    files.finish(&mut local);
    Ok(local)
}

/// How a person is told what takes its time.
pub(crate) type Tell = fn(&str);

/// What may take long, and is told once when it does.
struct Slow<'t> {
    since: Instant,
    is_told: Cell<bool>,
    tell: &'t dyn Fn(),
}

/// Files that are told of while they come.
struct WatchedRead<'s, R> {
    files: R,
    slow: &'s Slow<'s>,
}

impl<R: Read> Read for WatchedRead<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.slow.since.elapsed() > LONG && !self.slow.is_told.replace(true) {
            (self.slow.tell)();
        }
        self.files.read(buffer)
    }
}

/// Goes through an archive; once more where a file of accounts turns out to be one that went by already.
pub(super) fn gather<R: Read>(
    mut open: impl FnMut() -> EngineResult<R>,
    script: &str,
) -> EngineResult<Gathered> {
    let broken = |e: std::io::Error| Error {
        kind: ErrorKind::Answer,
        doing: "going through its archive".to_owned(),
        detail: e.to_string(),
    };
    let mut files = Gathered::default();
    tar::each(open()?, |entry, content| files.see(entry, content, script)).map_err(broken)?;
    let elsewhere = files.tree.elsewhere(&ACCOUNTS);
    if !elsewhere.is_empty() {
        let wanted: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
        tar::each(open()?, |entry, content| {
            let path = format!("/{}", tar::inside(&entry.path));
            files.tree.see(&path, &entry, content, &wanted)
        })
        .map_err(broken)?;
    }
    Ok(files)
}

/// Files of accounts, which may be links to others.
const ACCOUNTS: [&str; 2] = ["/etc/passwd", "/etc/group"];

/// What is gathered while the archive goes by.
#[derive(Default)]
pub(super) struct Gathered {
    directories: Vec<(String, TarEntry)>,
    parents: BTreeSet<String>,
    links: Vec<(String, String)>,
    capabilities: Vec<(String, Vec<String>)>,
    setuid: Vec<String>,
    look_up: Vec<String>,
    tree: Tree,
    script: String,
    programs: Programs,
}

impl Gathered {
    fn see(&mut self, entry: TarEntry, content: &mut dyn Read, script: &str) -> std::io::Result<()> {
        let path = format!("/{}", tar::inside(&entry.path));
        self.tree.see(&path, &entry, content, &ACCOUNTS)?;
        if let Some((parent, name)) = path.rsplit_once('/') {
            self.parents.insert(parent.to_owned());
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
                if is_program(&path, script) {
                    let mut bytes = Vec::new();
                    content.take(SCRIPT_LIMIT).read_to_end(&mut bytes)?;
                    self.script = String::from_utf8(bytes).unwrap_or_default();
                }
            }
            FileKind::Other => {}
        }
        Ok(())
    }

    /// What a file of accounts has in it.
    pub(super) fn accounts(&self, path: &str) -> Content {
        self.tree.content(path)
    }

    fn finish(self, local: &mut Local) {
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
                        content: self.parents.contains(path),
                    },
                );
            }
        }
        local.shell = self.programs.give_away();
        let is_directory = |path: &str| self.directories.iter().any(|(p, _)| p == path);
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
        let called = |program: &&str| {
            self.script
                .split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_'))
                .any(|word| word == *program)
        };
        local.steps_down = DROPPERS.iter().find(|p| called(p)).map(|p| (*p).to_owned());
        local.asks_who =
            self.script.contains("id -u") || self.script.contains("EUID") || self.script.contains("$UID");
    }
}

/// Links to directories are known this far down.
pub(super) const LINK_DEPTH: usize = 3;

/// Whether a file is the program that a start names, by path or by a name found on `PATH`.
fn is_program(path: &str, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    if name.starts_with('/') {
        // `/bin` may be a link to `/usr/bin`.
        return path == name || path.strip_prefix("/usr") == Some(name);
    }
    let directory = path.strip_suffix(name).and_then(|p| p.strip_suffix('/'));
    directory.is_some_and(|d| d.is_empty() || d.ends_with("/bin") || d.ends_with("/sbin"))
}

/// Directories whose owner may matter: volumes, what is not plain root's, and where data usually goes.
fn is_of_interest(path: &str, entry: &TarEntry, volumes: &[String]) -> bool {
    let depth = path.matches('/').count();
    if is_below_one_of(path, &["/proc", "/sys", "/dev"]) || depth > 8 {
        return false;
    }
    let plain = (entry.uid, entry.gid, entry.mode) == (0, 0, 0o755);
    !plain || is_always_noted(path, volumes)
}

/// Whether a directory would be among those that are known of an image, whoever owns it: where none is, there is none.
pub(super) fn is_always_noted(path: &str, volumes: &[String]) -> bool {
    const PLACES: [&str; 6] = [
        "/run",
        "/var/lib",
        "/var/cache",
        "/var/log",
        "/var/run",
        "/var/spool",
    ];
    let depth = path.matches('/').count();
    depth <= 1
        || volumes.iter().any(|v| v.trim_end_matches('/') == path)
        || is_below_one_of(path, &PLACES) && depth <= 4
}

fn is_below_one_of(path: &str, directories: &[&str]) -> bool {
    let below =
        |above: &&str| path == *above || path.strip_prefix(*above).is_some_and(|r| r.starts_with('/'));
    directories.iter().any(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_path_or_name() {
        assert!(is_program(
            "/usr/local/bin/docker-entrypoint.sh",
            "docker-entrypoint.sh"
        ));
        assert!(is_program("/usr/bin/sh", "/bin/sh"));
        assert!(is_program("/entrypoint.sh", "/entrypoint.sh"));
        assert!(!is_program("/usr/share/entrypoint.sh", "entrypoint.sh"));
        assert!(!is_program("/x", ""));
    }

    /// `/data` is a link to `/var/run/x`, and `/var/run` one to `/run`: what is mounted at `/data` is mounted at `/run/x`.
    #[test]
    fn a_link_may_lead_to_a_directory_by_way_of_another() {
        let links = [
            ("/data", "/var/run/x"),
            ("/var/run", "/run"),
            ("/nowhere", "/gone"),
        ];
        let files = Gathered {
            directories: ["/run", "/run/x"]
                .map(|d| (d.to_owned(), TarEntry::default()))
                .into(),
            links: links.map(|(from, to)| (from.to_owned(), to.to_owned())).into(),
            ..Gathered::default()
        };
        let mut local = Local::default();
        files.finish(&mut local);
        assert_eq!(local.resolve("/data/y"), "/run/x/y");
        assert!(!local.links.contains_key("/nowhere"));
    }
}
