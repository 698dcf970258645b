//! Mounts by the name that a person gives them in nrcompose's configuration.

use crate::facts::host::Host;
use crate::model::{Mount, MountKind};
use std::path::Path;

/// Whether `name` is that of a mounted directory of the host: as its author writes it in `volumes:`, or another way to it
/// from the project's directory. As in Compose, what has no slash and does not begin with a dot is a volume's name.
pub(crate) fn is_directory(host: &dyn Host, project: &Path, mount: &Mount, name: &str) -> bool {
    let Some(source) = mount.source.filter(|_| mount.kind == MountKind::Bind) else {
        return false;
    };
    let text = mount.node.raw_text();
    let is_written_so = || {
        let rest = text.as_deref().and_then(|text| text.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with(':'))
    };
    let is_path = name.starts_with('.') || name.contains('/');
    let leads_there = || host.real(&project.join(name)) == host.real(Path::new(source));
    is_path && (is_written_so() || leads_there())
}
