//! The socket of a container engine among the mounts of a service.

use crate::model::{Mount, MountKind};

/// What the sockets of container engines are called.
const SOCKETS: &[&str] = &["docker.sock", "podman.sock", "containerd.sock"];

/// Whether a mount is the socket of a container engine.
pub(super) fn is_engine_socket(mount: &Mount) -> bool {
    let source = mount.source.unwrap_or_default();
    mount.kind == MountKind::Bind && SOCKETS.iter().any(|s| source.ends_with(s))
}
