//! Directories of the host: their owner is the person's business. Where the service writes one that its user cannot, a
//! group that may helps, or the person is told the one command that gives it.

use super::{ID, asked};
use crate::controls::cure::{self, Cure};
use crate::controls::reach::{Right, known, may_join};
use crate::facts::host::{Found, FoundKind, is_made_by_tools};
use crate::facts::settings::{Giver, Ids};
use crate::model::Mount;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome, Safety};
use crate::plan::intent::Intent;
use crate::plan::service_facts::Writes;
use std::path::{Path, PathBuf};

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
    let Cure { help, gives } = cure(cx, source, ids, writes);
    let decision = match writes {
        Writes::Does if may_join(cx, owner, Right::Write, ids) => return joined(cx, mount, source, owner),
        Writes::Does => {
            let because = format!("{belongs}, {ids} cannot write it");
            known(cx, ID, (&owner, Right::Write), because, evidence, help)
        }
        Writes::May => cx.hindrance(
            ID,
            format!("{belongs}, {ids} cannot write it; whether {service} does is not known"),
            evidence,
            help,
        ),
        Writes::Not => cx.finding(
            ID,
            format!("{belongs}, and {service} is not known to write there"),
            evidence,
            help,
        ),
    };
    decision.giving(gives)
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
    let Cure { help, gives } = cure(cx, source, ids, writes);
    let evidence = vec![Evidence::File(mount.node.origin)];
    // What it cannot even read of its own data is missing for it; what it cannot write, it may never write again.
    let closed = left
        .iter()
        .find_map(|path| Some((path, closed(cx, path, ids, groups)?)));
    if let (Some((path, found)), Writes::Does) = (closed, writes) {
        let because = format!(
            "{}{more}: left by a start as root, {ids} cannot read it",
            path.display()
        );
        return Some(known(cx, ID, (&found, Right::Read), because, evidence, help).giving(gives));
    }
    let because = format!(
        "{}{more}: left by a start as root, {ids} cannot write it",
        first.display()
    );
    Some(cx.hindrance(ID, because, evidence, help).giving(gives))
}

/// What stands at a path, where that is data which these ids cannot read. What a file system has for itself is none.
fn closed(cx: &Context, path: &Path, ids: Ids, groups: &[u32]) -> Option<Found> {
    let found = cx.host.look(path).filter(|_| !path.ends_with("lost+found"))?;
    let is_open = found.is_readable(ids, groups)
        && (found.kind != FoundKind::Directory || found.is_searchable(ids, groups));
    (!is_open).then_some(found)
}

/// Whose it is cannot be known on this engine.
fn cannot_be_seen(cx: &Context, mount: &Mount, source: &str, ids: Ids) -> Decision {
    let because = format!(
        "whether {ids} can write {source} cannot be seen: {} counts ids otherwise than this host",
        cx.settings.engine.words()
    );
    let cure = cure::write(cx, source.as_ref(), ids);
    let help = format!("if the service writes there: {}", cure.help);
    let evidence = vec![Evidence::File(mount.node.origin)];
    cx.finding(ID, because, evidence, help).giving(cure.gives)
}

/// What a person can do about a directory that the user cannot write.
fn cure(cx: &Context, source: &str, ids: Ids, writes: Writes) -> Cure {
    let path = Path::new(source);
    if cure::is_the_systems(cx, path) {
        return Cure::other(OF_THE_SYSTEM);
    }
    let cure = cure::write(cx, path, ids);
    match writes {
        Writes::Does => cure,
        Writes::May | Writes::Not => Cure {
            help: format!("if the service writes there: {}", cure.help),
            ..cure
        },
    }
}

/// The same about one that is mounted as a volume, for which the service will not be that user.
pub(super) fn cure_of_volume(cx: &Context, source: &str, ids: Ids) -> String {
    let path = Path::new(source);
    if cure::is_the_systems(cx, path) {
        return OF_THE_SYSTEM.to_owned();
    }
    format!(
        "if the service writes there: {}",
        cure::write_first(cx, path, ids).help
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
        format!("make it, then {}", cure::write(cx, source.as_ref(), ids).help),
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
            cure::write(cx, source.as_ref(), ids).help
        ),
    ))
}
