//! Volumes that are never given away, and why: others have them, nobody can do it, or it would not be safe.

use super::{ID, asked, bind, programs};
use crate::facts::GENERIC;
use crate::facts::host::{Found, FoundKind};
use crate::facts::settings::{Giver, Ids};
use crate::model::{Mount, Volume};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Instead};
use crate::plan::intent::Intent;
use crate::plan::shares::{Use, subpath};

/// A reason, and what a person can do.
pub(super) struct KeptAsIs {
    pub(super) because: String,
    help: String,
    evidence: Vec<Evidence>,
    /// Whether a volume that suits the service from its first start on needs no word.
    is_quiet: bool,
    /// Owner and mode of the mount's root, where they can be known without looking into the volume.
    root: Option<Found>,
    /// Whether it may have been filled by anybody, however the image's own directory suits.
    is_others: bool,
}

/// Why a volume is given to nobody.
pub(super) fn why(cx: &Context, mount: &Mount, ids: Ids) -> Option<KeptAsIs> {
    let key = mount.source?;
    // What is not the project's alone is given where the person asks for it by name.
    let others = || foreign(cx, key, ids).or_else(|| taken(cx, key, ids));
    let others = if asked::volume(cx, key).is_some() {
        None
    } else {
        others()
    };
    others
        .or_else(|| shared(cx, mount, key, ids))
        .or_else(|| unsafe_or_unable(cx, &mount.target, key, ids))
}

/// What becomes of a service whose volume is kept.
pub(super) fn decide(cx: &Context, mount: &Mount, ids: Ids, kept: KeptAsIs) -> Decision {
    let mut evidence = vec![Evidence::File(mount.node.origin)];
    evidence.extend(kept.evidence);
    let written = cx.facts.written_at(&mount.target);
    let suits = match kept.root {
        Some(root) => root.is_writable(ids, &super::groups(cx)),
        None => !kept.is_others && super::suits_when_fresh(cx, mount, ids),
    };
    if suits && (kept.is_quiet || kept.root.is_some()) {
        let path = mount.target.clone();
        let because = format!("{ids} can write {path}; {}", kept.because);
        return cx.holds(ID, Intent::Writable { path }, because, evidence);
    }
    // Where it works as its author wrote it, a user that cannot write would break it.
    let must_write = written.iter().any(|w| !w.optional) || !is_told_by_profile(cx);
    if suits || cx.is_its_own_user() || !must_write {
        return cx.hindrance(ID, kept.because, evidence, kept.help);
    }
    let blocker = format!("{ids} may be unable to write {}: {}", mount.target, kept.because);
    cx.obstacle(ID, blocker, evidence, kept.help, Instead::RootStart)
}

/// Whether a profile can say what the service writes: it is about the image's own program, not about what a person
/// builds on it or runs in it.
fn is_told_by_profile(cx: &Context) -> bool {
    let is_own = ["command", "entrypoint"]
        .iter()
        .all(|key| cx.service.get(key).is_none());
    is_own && !cx.service.is_built() && cx.facts.name != GENERIC
}

/// A volume that is there already and is not the project's alone, whatever the project says of it.
fn taken(cx: &Context, key: &str, ids: Ids) -> Option<KeptAsIs> {
    let name = Volume::of(cx.project, key).name(cx.project);
    let found = cx.volumes.get(&name)?;
    let evidence = vec![Evidence::Engine("the volume is there already")];
    if let Some(path) = &found.bind {
        return Some(host_directory(cx, key, path, ids, evidence));
    }
    Some(KeptAsIs {
        because: format!("{name} {}: it is never given to another user", found.why),
        help: give_by_hand(cx, &name, ids),
        evidence,
        is_quiet: false,
        root: None,
        is_others: true,
    })
}

/// A volume that is not the project's own: its driver, its options or its author put it elsewhere.
fn foreign(cx: &Context, key: &str, ids: Ids) -> Option<KeptAsIs> {
    let name = Volume::of(cx.project, key).name(cx.project);
    let volume = Volume::of(cx.project, cx.shares.foreign(&name)?);
    let evidence = volume
        .node()
        .map(|n| Evidence::File(n.origin))
        .into_iter()
        .collect();
    let options = volume.option("o").unwrap_or_default();
    let kind = volume.option("type").unwrap_or_default();
    let (what, root) = if volume.is_external() {
        (format!("{key} is external, and others may use it"), None)
    } else if let Some(driver) = volume.driver() {
        (format!("{key} is kept by the driver {driver}"), None)
    } else if let Some(path) = volume.bind() {
        return Some(host_directory(cx, key, &path, ids, evidence));
    } else {
        let root = match kind.as_str() {
            "tmpfs" => Some(root_of(&options, "mode", 0o1777)),
            "cifs" | "smb3" => Some(root_of(&options, "dir_mode", 0o755)),
            _ => None,
        };
        let kind = if kind.is_empty() {
            "options of its own"
        } else {
            &kind
        };
        (
            format!("{key} is mounted with {kind} (`driver_opts`), not kept by the engine"),
            root,
        )
    };
    let help = match (kind.as_str(), volume.is_external()) {
        ("tmpfs" | "cifs" | "smb3", false) => {
            format!("add `uid={},gid={}` to its option `o`", ids.uid, ids.gid)
        }
        _ => give_by_hand(cx, &name, ids),
    };
    Some(KeptAsIs {
        because: format!("{what}: it is never given to another user"),
        help,
        evidence,
        is_quiet: false,
        root,
        is_others: true,
    })
}

/// A host directory under a volume's name: whose it is can be looked at like that of a bind mount. A file in it that the
/// user cannot read is as bad as the directory itself.
fn host_directory(cx: &Context, key: &str, path: &str, ids: Ids, evidence: Vec<Evidence>) -> KeptAsIs {
    let engine = &cx.settings.engine;
    let is_seen = !engine.remote && (!engine.maps_ids() || engine.shows_owners());
    let root = cx.host.directory(path.as_ref()).filter(|_| is_seen);
    let is_closed = |entry: &std::path::PathBuf| {
        let found = cx.host.look(entry);
        let closed = found.filter(|f| !f.is_readable(ids, &super::groups(cx)))?;
        Some(Found { mode: 0, ..closed })
    };
    let closed = cx.host.entries(path.as_ref()).iter().find_map(is_closed);
    KeptAsIs {
        because: format!("{key} is the host directory {path}, which is never given to another user"),
        help: bind::cure_of_volume(cx, path, ids),
        evidence,
        is_quiet: false,
        root: root.map(|root| closed.unwrap_or(root)),
        is_others: false,
    }
}

/// What mount options say of the mount's root.
fn root_of(options: &str, mode: &str, default: u32) -> Found {
    let option = |name: &str| {
        let mut set = options.split(',').rev();
        set.find_map(|o| o.trim().strip_prefix(name)?.strip_prefix('='))
    };
    let id = |name: &str| option(name).and_then(|v| v.parse().ok()).unwrap_or(0);
    Found {
        uid: id("uid"),
        gid: id("gid"),
        mode: option(mode)
            .and_then(|m| u32::from_str_radix(m, 8).ok())
            .unwrap_or(default),
        kind: FoundKind::Directory,
    }
}

/// A volume that another service has, too, and not as the same user.
fn shared(cx: &Context, mount: &Mount, key: &str, ids: Ids) -> Option<KeptAsIs> {
    let used = Use {
        volume: Volume::of(cx.project, key).name(cx.project),
        subpath: subpath(mount.node),
    };
    let other = cx.shares.other(cx.service.name, &used, ids)?;
    Some(KeptAsIs {
        because: format!("{key} is shared with {other}: it is never given to another user"),
        help: format!(
            "give both services one user, or each a volume of its own; a service that only reads {key} needs `:ro` and files that it may read"
        ),
        evidence: Vec::new(),
        is_quiet: false,
        root: None,
        is_others: false,
    })
}

/// What no service of ours could give away, or not safely.
pub(super) fn unsafe_or_unable(cx: &Context, target: &str, volume: &str, ids: Ids) -> Option<KeptAsIs> {
    let name = Volume::of(cx.project, volume).name(cx.project);
    let kept = |because: String, evidence| KeptAsIs {
        because,
        help: give_by_hand(cx, &name, ids),
        evidence,
        is_quiet: true,
        root: None,
        is_others: false,
    };
    let is_helper = cx.settings.giver == Giver::Helper;
    if programs::are_at(cx, target) {
        let why = match is_helper {
            true => "and stays as the image filled it",
            false => "so that nothing of the image could give it away safely",
        };
        let because = format!("{target} is where programs come from, {why}");
        return Some(kept(because, Vec::new()));
    }
    // Its program brings all that it runs.
    if is_helper {
        return None;
    }
    match cx.facts.shell() {
        Some((true, _)) => None,
        Some((false, evidence)) => {
            let because = format!("its image has no shell that could give {volume} to {ids}");
            Some(kept(because, vec![evidence]))
        }
        // An image that nobody has seen is pulled, and looked at, before it is started. One that is built is not.
        None if !cx.service.is_built() => None,
        None => {
            let because =
                format!("whether its image has a shell that could give {volume} to {ids} is not known");
            let mut kept = kept(because, Vec::new());
            kept.help = "pull the image that it is built on, so that it can be looked at".to_owned();
            Some(kept)
        }
    }
}

/// How a person gives a volume to a user, and then says so.
fn give_by_hand(cx: &Context, volume: &str, ids: Ids) -> String {
    let volume = crate::controls::shell_word(volume);
    let name = cx.service.name;
    format!(
        "if nothing else uses it: `docker run --rm --network none -v {volume}:/v busybox chown -R {ids} /v`, then `user: \"{ids}\"` in {name}"
    )
}
