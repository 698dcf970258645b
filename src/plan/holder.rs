//! What a service has mounted, of its own and of others.

use super::context::Context;
use crate::model::{self, MountKind, Service, is_within};
use crate::tree::Path;

/// Something that the author of a service mounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Where, as the kernel sees it.
    pub target: String,
    /// What; a short `tmpfs:` too is [`MountKind::Tmpfs`].
    pub kind: MountKind,
}

impl<'a> Context<'a> {
    /// Another service that has its volumes, too, those without a name among them.
    pub fn lends_its_volumes_to(&self) -> Option<&'a str> {
        let takes = |from: &&str| from.split(':').next() == Some(self.service.name);
        let mut others = model::services(self.project);
        let borrower = others.find(|s| s.strings("volumes_from").iter().any(takes));
        borrower.map(|s| s.name)
    }

    /// What its author mounts at `path` or above it, the deepest: what is written to `path` lands there.
    pub fn holder(&self, path: &str) -> Option<Holder> {
        let path = self.resolved(path);
        let services = std::iter::once(self.service).chain(self.lenders());
        let mounts = services.flat_map(|s| s.mounts()).map(|m| (m.target, m.kind));
        let tmpfs = self.service.tmpfs().into_iter();
        let all = mounts.chain(tmpfs.map(|t| (t.path, MountKind::Tmpfs)));
        all.map(|(target, kind)| Holder {
            target: self.resolved(&target),
            kind,
        })
        .filter(|holder| is_within(&path, &holder.target))
        .max_by_key(|holder| holder.target.len())
    }

    /// The services whose volumes it has too, by `volumes_from`, and theirs.
    fn lenders(&self) -> Vec<Service<'a>> {
        let mut lenders: Vec<Service> = Vec::new();
        let mut waiting = vec![self.service];
        while let Some(service) = waiting.pop() {
            let entries = service.strings("volumes_from").into_iter();
            // Of a container beyond the project nobody knows what it has.
            for entry in entries.filter(|e| !e.starts_with("container:")) {
                let name = entry.split(':').next().unwrap_or(entry);
                let is_known = name == self.service.name || lenders.iter().any(|l| l.name == name);
                let node = self.project.tree.at(&Path::of(["services", name]));
                let found = node.filter(|_| !is_known).map(|node| Service { name, node });
                lenders.extend(found);
                waiting.extend(found);
            }
        }
        lenders
    }
}
