//! Directories of the host: their owner is the person's business. Where the service writes one that its user cannot, a
//! group that may helps, or the person is told the one command that gives it.

use super::{ID, asked};
use crate::controls::cure;
use crate::facts::host::{Found, UNMAPPED, is_made_by_tools};
use crate::facts::settings::{Giver, Ids};
use crate::model::Mount;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome, Safety};
use crate::plan::intent::Intent;
use crate::plan::service_facts::Writes;
use std::path::PathBuf;

/// Groups whose members are as good as root, or reach what is nobody else's.
const POWERFUL: &[&str] = &[
    "adm",
    "disk",
    "docker",
    "incus",
    "incus-admin",
    "kmem",
    "libvirt",
    "lxd",
    "podman",
    "root",
    "shadow",
    "sudo",
    "wheel",
];

/// What a person can do about a directory of the system.
const OF_THE_SYSTEM: &str = "if it only reads there, mount it with `:ro`; if it writes there, it needs root";

/// What is to be said of one.
pub(super) fn decide(cx: &Context, mount: &Mount, ids: Ids) -> Vec<Decision> {
    let Some(source) = mount.source else {
        return Vec::new();
    };
    if asked::directory(cx, mount).is_some() {
        return vec![asked::give(cx, mount, source, ids)];
    }
    if let Some((outer, origin)) = asked::given_with(cx, source, ids) {
        let path = mount.target.clone();
        let evidence = vec![Evidence::File(mount.node.origin), Evidence::File(origin)];
        let because = format!("{source} is given to {ids} with {outer}, which it is in");
        return vec![cx.holds(ID, Intent::Writable { path }, because, evidence)];
    }
    let engine = &cx.settings.engine;
    let writes = cx.facts.writes(cx.service, &mount.target);
    if engine.maps_ids() && mount.may_be_made() && cx.host.will_make(source.as_ref()) {
        return vec![will_be_foreign(cx, mount, source, ids)];
    }
    if engine.maps_ids() && !engine.shows_owners() && !engine.remote {
        return vec![cannot_be_seen(cx, mount, source, ids)];
    }
    let Some(owner) = cx.host.directory(source.as_ref()) else {
        return will_be_roots(cx, mount, source, ids, writes)
            .into_iter()
            .collect();
    };
    let groups = super::groups(cx);
    if !owner.is_writable(ids, &groups) {
        return vec![cannot_write(cx, mount, source, ids, owner, writes)];
    }
    let evidence = vec![Evidence::File(mount.node.origin)];
    let path = mount.target.clone();
    let because = format!("{ids} can write {source}");
    let mut decisions = vec![cx.holds(ID, Intent::Writable { path }, because, evidence)];
    decisions.extend(left_by_root(cx, mount, source, ids, &groups, writes));
    decisions
}

/// One that the user cannot write.
fn cannot_write(
    cx: &Context,
    mount: &Mount,
    source: &str,
    ids: Ids,
    owner: Found,
    writes: Writes,
) -> Decision {
    let evidence = vec![Evidence::File(mount.node.origin)];
    let belongs = format!(
        "{source} belongs to {}{}",
        owner.owner(),
        cx.settings.engine.counted()
    );
    let service = cx.service.name;
    match writes {
        Writes::Does if may_join(cx, owner, ids) => joined(cx, mount, source, owner),
        Writes::Does => cx.hindrance(
            ID,
            format!("{belongs}, {ids} cannot write it"),
            evidence,
            cure(cx, source, ids, writes),
        ),
        Writes::May => cx.hindrance(
            ID,
            format!("{belongs}, {ids} cannot write it; whether {service} does is not known"),
            evidence,
            cure(cx, source, ids, writes),
        ),
        Writes::Not => cx.finding(
            ID,
            format!("{belongs}, and {service} is not known to write there"),
            evidence,
            cure(cx, source, ids, writes),
        ),
    }
}

/// Whether the directory's group may write it, and is one that a service can be given.
fn may_join(cx: &Context, owner: Found, ids: Ids) -> bool {
    let as_member = owner.is_writable(ids, &[owner.gid]) && owner.is_searchable(ids, &[owner.gid]);
    let is_powerful = || {
        cx.host
            .group(owner.gid)
            .is_some_and(|g| POWERFUL.contains(&g.as_str()))
    };
    as_member && owner.gid != 0 && owner.gid != UNMAPPED && !is_powerful()
}

/// The service joins the group of what it writes.
fn joined(cx: &Context, mount: &Mount, source: &str, owner: Found) -> Decision {
    let gid = owner.gid;
    let path = mount.target.clone();
    Decision {
        outcome: Outcome::Change(vec![Intent::Group { gid }, Intent::Writable { path }]),
        safety: Safety::Behaviour(format!(
            "it may do whatever group {gid} may with files of this machine"
        )),
        ..cx.decision(
            ID,
            format!(
                "{source} belongs to {}, and its group may write it",
                owner.owner()
            ),
            vec![Evidence::File(mount.node.origin)],
        )
    }
}

/// What an earlier start as root left in one that suits.
fn left_by_root(
    cx: &Context,
    mount: &Mount,
    source: &str,
    ids: Ids,
    groups: &[u32],
    writes: Writes,
) -> Option<Decision> {
    if writes == Writes::Not {
        return None;
    }
    let mut left: Vec<PathBuf> = cx.host.left_by_root(source.as_ref(), ids, groups);
    // Nobody knows what else an unknown service writes.
    if writes == Writes::May {
        left.retain(|path| is_made_by_tools(path));
    }
    let first = left.first()?;
    let more = match left.len() {
        1 => String::new(),
        count => format!(" and {} more below {source}", count - 1),
    };
    Some(cx.hindrance(
        ID,
        format!(
            "{}{more}: left by a start as root, {ids} cannot write it",
            first.display()
        ),
        vec![Evidence::File(mount.node.origin)],
        cure(cx, source, ids, writes),
    ))
}

/// Whose it is cannot be known on this engine.
fn cannot_be_seen(cx: &Context, mount: &Mount, source: &str, ids: Ids) -> Decision {
    let because = format!(
        "whether {ids} can write {source} cannot be seen: {} counts ids otherwise than this host",
        cx.settings.engine.words()
    );
    let help = format!(
        "if the service writes there: {}",
        cure::write(cx, source.as_ref(), ids)
    );
    cx.finding(ID, because, vec![Evidence::File(mount.node.origin)], help)
}

/// What a person can do about a directory that the user cannot write.
fn cure(cx: &Context, source: &str, ids: Ids, writes: Writes) -> String {
    let path = std::path::Path::new(source);
    if cure::is_the_systems(cx, path) {
        return OF_THE_SYSTEM.to_owned();
    }
    let command = cure::write(cx, path, ids);
    match writes {
        Writes::Does => command,
        Writes::May | Writes::Not => format!("if the service writes there: {command}"),
    }
}

/// The same about one that is mounted as a volume, for which the service will not be that user.
pub(super) fn cure_of_volume(cx: &Context, source: &str, ids: Ids) -> String {
    let path = std::path::Path::new(source);
    if cure::is_the_systems(cx, path) {
        return OF_THE_SYSTEM.to_owned();
    }
    format!(
        "if the service writes there: {}",
        cure::write_first(cx, path, ids)
    )
}

/// A directory that is made before the start: on an engine that maps ids it will not be the service's, since a
/// person without root cannot give it away.
fn will_be_foreign(cx: &Context, mount: &Mount, source: &str, ids: Ids) -> Decision {
    cx.hindrance(
        ID,
        format!(
            "{source} will be made by whoever runs nrcompose, who is not {ids} as containers of this engine count"
        ),
        vec![Evidence::File(mount.node.origin)],
        format!("make it, then {}", cure::write(cx, source.as_ref(), ids)),
    )
}

/// A directory that is not there, in a file that plain Compose reads: nobody makes it for the service's user before the
/// engine makes it root's.
fn will_be_roots(cx: &Context, mount: &Mount, source: &str, ids: Ids, writes: Writes) -> Option<Decision> {
    let is_by_file = cx.settings.giver == Giver::InitService && !cx.settings.engine.remote;
    if !is_by_file || writes != Writes::Does || !mount.may_be_made() || !cx.host.will_make(source.as_ref()) {
        return None;
    }
    Some(cx.hindrance(
        ID,
        format!(
            "{source} is not there: plain `docker compose` would make it root's, and {ids} could not write it"
        ),
        vec![Evidence::File(mount.node.origin)],
        format!(
            "make it, then {}; `nrcompose up` does both",
            cure::write(cx, source.as_ref(), ids)
        ),
    ))
}
