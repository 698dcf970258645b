//! What a person is told to do about files and directories of the host that a service cannot read or write: the one place
//! that judges which command may be advised. What is advised is run as root by somebody who trusts it, so
//!
//! - a file that must stay its owner's alone (a key, a cookie) is given away whole or copied, never opened to a group;
//! - nothing is given to a group that has members on this machine;
//! - nothing is changed that belongs to the system, is somebody's home, or holds more than the project, unless it is
//!   exactly what is mounted.

use super::shell_word;
use crate::facts::engine::EngineKind;
use crate::facts::giving::Giving;
use crate::facts::host::{Found, FoundKind};
use crate::facts::settings::Ids;
use crate::plan::context::Context;
use std::path::{Path, PathBuf};

/// Where the kernel shows itself: nothing there is a file that could be copied.
const KERNEL: &[&str] = &["/dev", "/proc", "/sys"];

/// What is in the name of a file that programs refuse when others may read it.
const SECRET_WORDS: &[&str] = &[
    "acme",
    "cookie",
    "credential",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
    "key",
    "passw",
    "pgpass",
    "netrc",
    "private",
    "secret",
    "token",
];

/// How names of files with keys end.
const SECRET_ENDS: &[&str] = &[".jks", ".kdb", ".p12", ".p8", ".pem", ".pfx", ".pkcs12"];

/// Directories whose program refuses them when others may look into them.
const SECRET_DIRECTORIES: &[&str] = &[".gnupg", ".ssh"];

/// What a person is told to do about a directory that cannot be written.
pub(super) struct Cure {
    /// The command in backquotes, or what else.
    pub(super) help: String,
    /// Whether that gives the directory to the service's user, as `nrcompose adopt` does for all of them.
    pub(super) gives: bool,
}

impl Cure {
    /// What else than to give it away.
    pub(super) fn other(help: impl Into<String>) -> Cure {
        Cure {
            help: help.into(),
            gives: false,
        }
    }
}

/// What to do about a single file or directory that cannot be read; it is what is mounted, or lies below that.
pub(super) fn read(cx: &Context, mounted: &Path, path: &Path, found: &Found, ids: Ids) -> String {
    let outside = cx.settings.engine.on_machine(ids).unwrap_or(ids);
    let is_directory = found.kind == FoundKind::Directory;
    if is_of_the_kernel(cx, path) {
        return "leave the mount out if it works without; only root reads that".to_owned();
    }
    if is_common(cx, mounted) || is_common(cx, path) {
        return narrower(outside);
    }
    let is_ours = is_in_project(cx, path);
    if is_the_systems(cx, path) || !is_ours && must_stay_closed(cx, path, found) {
        return copy(cx, path, is_directory, outside);
    }
    let word = word(path);
    if must_stay_closed(cx, path, found) {
        let closed = match (is_directory, found.mode & 0o077, found.mode & 0o400) {
            (true, _, _) => return format!("`sudo chown -R {outside} {word}`"),
            (false, 0, 0) => format!(" && sudo chmod 0400 {word}"),
            (false, 0, _) => String::new(),
            (false, _, _) => format!(" && sudo chmod u+r,go= {word}"),
        };
        return format!("`sudo chown {outside} {word}{closed}`, since it must stay its owner's alone");
    }
    let (opened, owned) = if is_directory {
        ("g+rx", "u+rx")
    } else {
        ("g+r", "u+r")
    };
    match cx.host.group(outside.gid) {
        None => format!(
            "`sudo chgrp {} {word} && sudo chmod {opened} {word}`",
            outside.gid
        ),
        Some(name) if is_ours => format!(
            "`sudo chown {} {word} && sudo chmod {owned} {word}` (group {} is {name} on this machine)",
            outside.uid, outside.gid
        ),
        Some(_) => copy(cx, path, is_directory, outside),
    }
}

/// What to do about several things below a mounted directory that cannot be read.
pub(super) fn read_below(cx: &Context, source: &Path, closed: &[(PathBuf, Found)], ids: Ids) -> String {
    let outside = cx.settings.engine.on_machine(ids).unwrap_or(ids);
    if is_of_the_kernel(cx, source) || is_common(cx, source) {
        return narrower(outside);
    }
    let is_ours = is_in_project(cx, source);
    let secret = closed
        .iter()
        .find(|(path, found)| must_stay_closed(cx, path, found));
    match secret {
        Some((path, found)) if !is_ours => copy(cx, path, found.kind == FoundKind::Directory, outside),
        _ if is_the_systems(cx, source) => copy(cx, source, true, outside),
        Some(_) => format!(
            "`sudo chown -R {outside} {}`, since some of it must stay its owner's alone",
            word(source)
        ),
        None => match cx.host.group(outside.gid) {
            None => format!(
                "`sudo chgrp -R {} {word} && sudo chmod -R g+rX {word}`",
                outside.gid,
                word = word(source)
            ),
            Some(name) => format!(
                "`sudo chown -R {} {word} && sudo chmod -R u+rX {word}` (group {} is {name} on this machine)",
                outside.uid,
                outside.gid,
                word = word(source)
            ),
        },
    }
}

/// What to do about a mounted directory that cannot be written: the command in backquotes, or what else.
pub(super) fn write(cx: &Context, source: &Path, ids: Ids) -> Cure {
    give(cx, source, ids, "")
}

/// The same for a service that will not be this user before that is done: then the plan does not say whose it must be.
pub(super) fn write_first(cx: &Context, source: &Path, ids: Ids) -> Cure {
    give(cx, source, ids, &format!("--to {ids} "))
}

fn give(cx: &Context, source: &Path, ids: Ids, to: &str) -> Cure {
    let engine = &cx.settings.engine;
    if is_common(cx, source) {
        return Cure::other(
            "mount only the directory in it that the service writes, and give that to it; what it only reads, \
             with `:ro`",
        );
    }
    if is_the_systems(cx, source) {
        return Cure::other(
            "mount a directory of the project or a volume instead, or `:ro` where it only reads",
        );
    }
    let word = word(source);
    Cure::other(match engine.on_machine(ids) {
        Some(_) if engine.kind == EngineKind::Rootful && !engine.remote => {
            return Cure {
                help: format!("`nrcompose ownership give {to}{word}`"),
                gives: true,
            };
        }
        Some(outside) => format!("`sudo chown -R {outside} {word}`"),
        // There root in a container is the owner of what its user makes, and may give it to any id of the container.
        None if engine.kind == EngineKind::Rootless => {
            let image = cx.service.image().map_or_else(|| "IMAGE".to_owned(), shell_word);
            format!(
                "`docker run --rm --user 0:0 --network none --entrypoint chown -v {word}:/d {image} -R {ids} /d`"
            )
        }
        None => format!(
            "`sudo chown -R` {word} to the ids that the engine maps {ids} to (`/etc/subuid`, `/etc/subgid`)"
        ),
    })
}

/// The machine and the project, for what may be given away.
fn place<'a>(cx: &'a Context) -> Giving<'a> {
    Giving {
        host: cx.host,
        project: &cx.project.directory,
    }
}

fn is_common(cx: &Context, path: &Path) -> bool {
    place(cx).is_common(path)
}

/// Whether a path leads to the project's directory or below it. A project that is the system itself has none.
pub(super) fn is_in_project(cx: &Context, path: &Path) -> bool {
    place(cx).is_in_project(path)
}

/// Whether a path leads to what is the system's, and not to the project.
pub(super) fn is_the_systems(cx: &Context, path: &Path) -> bool {
    place(cx).is_the_systems(path)
}

/// Why a path is never given to the service, even where the person asks for it.
pub(super) fn why_never_given(cx: &Context, path: &Path) -> Option<&'static str> {
    place(cx).why_not(path)
}

fn is_of_the_kernel(cx: &Context, path: &Path) -> bool {
    KERNEL.iter().any(|k| cx.host.real(path).starts_with(k))
}

/// Whether a file is one that its program refuses once others may read it, by its name or by what is in it.
fn must_stay_closed(cx: &Context, path: &Path, found: &Found) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    if found.kind == FoundKind::Directory {
        return SECRET_DIRECTORIES.contains(&name.as_str());
    }
    SECRET_WORDS.iter().any(|w| name.contains(w))
        || SECRET_ENDS.iter().any(|e| name.ends_with(e))
        || cx.host.holds_a_key(path)
}

/// A copy for the service alone, where the original is not to be touched.
fn copy(cx: &Context, path: &Path, is_directory: bool, ids: Ids) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let mut copy = cx.project.directory.join(name);
    while cx.host.look(&copy).is_some() {
        copy.as_mut_os_string().push(".copy");
    }
    let (from, to) = (word(path), word(&copy));
    if is_directory {
        return format!(
            "mount a copy of what it reads: `sudo cp -RL {from} {to} && sudo chown -R {ids} {to}`; again whenever it changes"
        );
    }
    format!(
        "mount a copy: `sudo install -m 0400 -o {} -g {} {from} {to}`; again whenever it changes",
        ids.uid, ids.gid
    )
}

/// Who looks at so much reads other people's files, and only root may.
fn narrower(ids: Ids) -> String {
    format!(
        "mount only the directory that it reads, if {ids} may; who reads files of any owner has to be root"
    )
}

fn word(path: &Path) -> String {
    shell_word(&path.display().to_string())
}
