//! Directories of the host: their owner is the person's business.

use super::ID;
use crate::controls::cure;
use crate::facts::settings::Ids;
use crate::model::Mount;
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence};
use crate::plan::intent::Intent;

/// What is to be said of one that the service writes.
pub(super) fn decide(cx: &Context, mount: &Mount, ids: Ids) -> Option<Decision> {
    let source = mount.source?;
    let engine = &cx.settings.engine;
    if engine.maps_ids() && mount.may_be_made() && cx.host.will_make(source.as_ref()) {
        return Some(will_be_foreign(cx, mount, source, ids));
    }
    if engine.maps_ids() && !engine.shows_owners() && !engine.remote {
        return Some(cx.finding(
            ID,
            format!(
                "whether {ids} can write {source} cannot be seen: {} counts ids otherwise than this host",
                engine.words()
            ),
            vec![Evidence::File(mount.node.origin)],
            format!(
                "if the service writes there: {}",
                cure::write(cx, source.as_ref(), ids)
            ),
        ));
    }
    let owner = cx.host.directory(source.as_ref())?;
    let groups = cx.service.added_groups();
    let evidence = vec![Evidence::File(mount.node.origin)];
    if owner.is_writable(ids, &groups) {
        let path = mount.target.clone();
        let because = format!("{ids} can write {source}");
        return Some(cx.holds(ID, Intent::Writable { path }, because, evidence));
    }
    Some(cx.hindrance(
        ID,
        format!(
            "{source} belongs to {}{}, {ids} cannot write it",
            owner.owner(),
            engine.counted()
        ),
        evidence,
        cure(cx, source, ids),
    ))
}

/// What a person can do about a directory that the user cannot write.
pub(super) fn cure(cx: &Context, source: &str, ids: Ids) -> String {
    let path = std::path::Path::new(source);
    if cure::is_the_systems(cx, path) {
        "if it only reads there, mount it with `:ro`; if it writes there, it needs root".to_owned()
    } else {
        format!("if the service writes there: {}", cure::write(cx, path, ids))
    }
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
