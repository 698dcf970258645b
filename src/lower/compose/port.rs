//! Ports: in the container, and published.

use crate::lower::{Edit, Row, Scope};
use crate::model::{Namespace, UNPRIVILEGED_PORT};
use crate::plan::around::{PortRange, range_text};
use crate::plan::intent::Listen;
use crate::tree::Path;

/// What lets a service listen as its user: nothing, a setting of the network namespace, or another port.
pub(super) fn listen(scope: &Scope, listen: &Listen) -> Row<Vec<Edit>> {
    let namespace = Namespace::of(scope.project, scope.service);
    if let Some(to) = listen.to {
        return Row::Done(moved(scope, &namespace, listen, to));
    }
    let binds_by_itself = scope.engine.binds_low_ports() && !namespace.forbids(listen.port);
    if binds_by_itself && !listen.is_said {
        return Row::Needless("any process may bind low ports in a private network namespace");
    }
    let setting = namespace.owner.path_of("sysctls").join(UNPRIVILEGED_PORT);
    Row::Done(vec![Edit::set(setting, "0")])
}

/// The container's port where it is published and exposed; what is published stays.
fn moved(scope: &Scope, namespace: &Namespace, listen: &Listen, to: u16) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (index, mapping) in namespace.owner.ports().iter().enumerate() {
        if mapping.target == listen.port && mapping.protocol == listen.protocol {
            let place = namespace.owner.path_of("ports").join(index).join("target");
            edits.push(Edit::set(place, i64::from(to)));
        }
    }
    for (index, protocol) in scope.service.exposes(listen.port) {
        let place = scope.service.path_of("expose").join(index);
        edits.push(Edit::set(place, format!("{to}{protocol}")));
    }
    edits
}

/// Where an entry of `ports` is published.
pub(super) fn publish(entry: &Path, to: PortRange) -> Edit {
    Edit::set(entry.join("published"), range_text(to))
}
