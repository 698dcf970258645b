//! Volumes of a service: new ones, and those that the image's files stay out of.

use crate::lower::{Edit, Op, Scope};
use crate::model::{Mount, MountKind, Service};
use crate::plan::intent::{Intent, VolumeOwner};
use crate::tree::{Map, Node, Path, Value};

/// A new volume and its mount.
pub(super) fn added(scope: &Scope, name: &str, path: &str) -> Vec<Edit> {
    let mut mount = Map::new();
    mount.insert("type".to_owned(), Node::synthetic("volume"));
    mount.insert("source".to_owned(), Node::synthetic(name));
    mount.insert("target".to_owned(), Node::synthetic(path));
    let stays_bare = |i: &Intent| matches!(i, Intent::Own(owner) if owner.nocopy && owner.volume.as_deref() == Some(name) && owner.target == path);
    if scope.planned.intents().any(stays_bare) {
        let mut options = Map::new();
        options.insert("nocopy".to_owned(), Node::synthetic(true));
        mount.insert("volume".to_owned(), Node::synthetic(Value::from(options)));
    }
    vec![
        Edit::set(Path::of(["volumes", name]), Value::from(Map::new())),
        Edit::add(scope.service, "volumes", Value::from(mount)),
    ]
}

/// What keeps the image's files out of a volume at a mount that its author wrote: that it is given away by a service
/// that runs before is one thing, that the service's own container does not take it back another.
pub(super) fn kept_bare(service: Service, owner: &VolumeOwner) -> Vec<Edit> {
    if !owner.nocopy {
        return Vec::new();
    }
    let items = service.get("volumes").map(Node::items).unwrap_or_default();
    let is_it = |mount: &Mount| {
        mount.kind == MountKind::Named
            && mount.source == owner.volume.as_deref()
            && mount.target == owner.target
            && !mount.nocopy()
    };
    let entries = items.iter().enumerate();
    entries
        .filter(|(_, node)| Mount::of(node).as_ref().is_some_and(is_it))
        .map(|(index, node)| Edit {
            path: service.path_of("volumes").join(index),
            op: Op::Set(without_copy(node)),
        })
        .collect()
}

/// The same entry with `nocopy`, in the form in which its author wrote it.
fn without_copy(entry: &Node) -> Node {
    let mut entry = entry.clone();
    let (Value::Map(map), raw) = (&mut entry.value, entry.raw.take()) else {
        return entry;
    };
    let options = map
        .entry("volume".to_owned())
        .or_insert_with(|| Node::synthetic(Map::new()));
    if let Value::Map(options) = &mut options.value {
        options.insert("nocopy".to_owned(), Node::synthetic(true));
    }
    // `data:/data`, `data:/data:z`
    entry.raw = raw.map(|raw| {
        let separator = if raw.matches(':').count() > 1 { ',' } else { ':' };
        format!("{raw}{separator}nocopy").into()
    });
    entry
}
