//! Where a tmpfs of ours may come to stand, for the controls that put something else there.

use crate::model::MountKind;
use crate::plan::context::Context;

/// Directories every image lets everybody write.
pub(super) const OPEN: &[&str] = &["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock"];

/// Whether nrcompose's configuration makes a directory a tmpfs.
pub(super) fn is_named(cx: &Context, path: &str) -> bool {
    let path = cx.resolved(path);
    cx.config.tmpfs.iter().any(|t| cx.resolved(&t.path) == path)
}

/// Where a tmpfs of ours may come to stand: whatever is copied in there would be hidden.
pub(super) fn candidates(cx: &Context) -> Vec<String> {
    let named = cx.config.tmpfs.iter().map(|t| cx.resolved(&t.path));
    let ids = cx.start.user().map(|i| i.ids);
    let needed = cx.facts.profile.writable.iter().filter(|w| {
        let is_open = OPEN.contains(&w.path.as_str());
        w.may_be_tmpfs() && !w.optional && !is_open && ids.is_some_and(|ids| !cx.image_lets_write(w, ids))
    });
    let needed = needed.filter(|w| !is_kept(cx, &w.path));
    named.chain(needed.map(|w| cx.resolved(&w.path))).collect()
}

/// Whether what is written to `path` lands in something of its author's that is more than memory.
pub(super) fn is_kept(cx: &Context, path: &str) -> bool {
    cx.holder(path).is_some_and(|h| h.kind != MountKind::Tmpfs)
}
