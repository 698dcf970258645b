//! `volumes: {./data: own}` of nrcompose's configuration: what the person asks to be given to the service's user.

use super::ID;
use crate::controls::cure;
use crate::diagnostic::audience::Topic;
use crate::facts::giving::is_library;
use crate::facts::host::FoundKind;
use crate::facts::settings::Ids;
use crate::model::{Mount, MountKind};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Notice, Outcome, Safety};
use crate::plan::identity::named_mount;
use crate::plan::intent::{DirectoryOwner, Intent};
use crate::plan::service_facts::Writes;
use crate::tree::Origin;
use std::path::Path;

/// Where a named volume is asked for.
pub(super) fn volume(cx: &Context, key: &str) -> Option<Origin> {
    cx.config.volumes.get(key).copied()
}

/// Where a directory of the host is asked for.
pub(super) fn directory(cx: &Context, mount: &Mount) -> Option<Origin> {
    let mut asked = cx.config.volumes.iter();
    let found = asked.find(|(name, _)| is_directory(cx, mount, name));
    found.map(|(_, origin)| *origin)
}

fn is_directory(cx: &Context, mount: &Mount, name: &str) -> bool {
    named_mount::is_directory(cx.host, &cx.project.directory, mount, name)
}

/// A directory that is given as asked, or why it is not.
pub(super) fn give(cx: &Context, mount: &Mount, source: &str, ids: Ids) -> Decision {
    let path = Path::new(source);
    let origin = directory(cx, mount).unwrap_or(mount.node.origin);
    let evidence = vec![Evidence::File(origin)];
    let engine = &cx.settings.engine;
    if let Some(why) = cure::why_never_given(cx, path) {
        let help = "mount a directory of the project or a volume instead";
        return cx.hindrance(
            ID,
            format!("{source} is not given to {ids}: {why}"),
            evidence,
            help,
        );
    }
    if engine.remote {
        let because = format!("{source} is not given to {ids}: it is on the machine of the engine");
        let help = format!("there: `sudo chown -R {ids} {source}`");
        return cx.hindrance(ID, because, evidence, help);
    }
    if let Some(what) = unfit(cx, path) {
        let help = "name the directory that it is in, or mount a volume instead";
        let because = format!("{source} is not given to {ids}: it is {what}, not a directory");
        return cx.hindrance(ID, because, evidence, help);
    }
    let recursive = is_recursive(cx, mount, path);
    let all = match recursive {
        true => "everything in it",
        false => "the directory itself, nothing in it,",
    };
    Decision {
        outcome: Outcome::Change(vec![Intent::OwnDirectory(DirectoryOwner {
            path: path.to_owned(),
            target: mount.target.clone(),
            ids,
            recursive,
        })]),
        safety: Safety::Behaviour(format!("{all} is given to {ids} on this machine")),
        notice: Some(Notice {
            topic: Topic::GivenBefore,
            help: "`nrcompose up` does it; before a plain `docker compose up`: `nrcompose ownership give`",
        }),
        ..cx.decision(
            ID,
            format!("nrcompose's configuration asks that {source} be given to {ids} before the start"),
            evidence,
        )
    }
}

/// What stands there that is no directory.
fn unfit(cx: &Context, path: &Path) -> Option<&'static str> {
    match cx.host.look(path)?.kind {
        FoundKind::Directory => None,
        FoundKind::File => Some("a file"),
        FoundKind::Special => Some("a socket, a pipe or a device"),
    }
}

/// Of what others use too, the directory itself is enough to write in it.
fn is_recursive(cx: &Context, mount: &Mount, path: &Path) -> bool {
    let is_library = is_library(path) || is_library(Path::new(&mount.target));
    !is_library || cx.facts.writes(cx.service, &mount.target) == Writes::Does
}

/// The directory of the service that is given as asked with all that is in it, where a path is in that.
pub(super) fn given_with(cx: &Context, source: &str, ids: Ids) -> Option<(String, Origin)> {
    let inner = cx.host.real(Path::new(source));
    let mounts = cx.service.mounts();
    let mut written = mounts.iter().filter(|m| !m.read_only);
    written.find_map(|mount| {
        let outer = mount.source?;
        let origin = directory(cx, mount)?;
        let is_in = inner.starts_with(cx.host.real(Path::new(outer)));
        let is_given = matches!(give(cx, mount, outer, ids).outcome, Outcome::Change(_));
        let is_whole = is_recursive(cx, mount, Path::new(outer));
        (is_in && is_given && is_whole).then(|| (outer.to_owned(), origin))
    })
}

/// What is asked for and nothing that the service mounts to write there.
pub(super) fn in_vain(cx: &Context) -> Vec<Decision> {
    let mounts = cx.service.mounts();
    let is_mounted = |name: &str, to_read: bool| {
        let mut all = mounts.iter().filter(|m| m.read_only == to_read);
        all.any(|m| is_directory(cx, m, name) || m.kind == MountKind::Named && m.source == Some(name))
    };
    let vain = cx.config.volumes.iter();
    let vain = vain.filter(|(name, _)| !is_mounted(name, false));
    let told = |(name, origin): (&String, &Origin)| {
        let (what, help) = match is_mounted(name, true) {
            true => (
                "it mounts that read-only",
                "mount it without `:ro`, or leave it out",
            ),
            false => (
                "it mounts nothing of that name to write there",
                "write it as in `volumes:` of the service, or leave it out",
            ),
        };
        cx.hindrance(
            ID,
            format!("{name} is to be given to it, and {what}"),
            vec![Evidence::File(*origin)],
            help,
        )
    };
    vain.map(told).collect()
}
