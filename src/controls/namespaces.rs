//! *namespaces*: what a service shares with the host. Nothing is changed: its author wants it so. But no user
//! inside makes up for it, so it is said.

use crate::model::MountKind;
use crate::plan::context::Context;
use crate::plan::control::NAMESPACES;
use crate::plan::decision::{Decision, Evidence};
use crate::tree::Node;

/// The control's id.
pub(super) const ID: &str = NAMESPACES;

/// Attributes that take a namespace of the host, and what that opens.
const SHARED: &[(&str, &str)] = &[
    ("cgroup", "it sees the control groups of the host"),
    ("ipc", "it shares memory with processes of the host"),
    (
        "pid",
        "it sees every process of the host, and what runs under its uid it can stop and read",
    ),
    (
        "userns_mode",
        "its users are those of the host, whatever the engine maps",
    ),
    ("uts", "it can change the name of the host"),
];

/// Directories of the host that are the host.
const HOST_PATHS: &[&str] = &[
    "/",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/proc",
    "/root",
    "/run",
    "/sys",
    "/usr",
    "/var",
    "/var/lib/docker",
    "/var/run",
];

/// One finding for each thing shared.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for (key, opens) in SHARED {
        if let Some(node) = cx.service.get(key).filter(|n| n.as_str() == Some("host")) {
            decisions.push(finding(
                cx,
                node,
                format!("`{key}: host`: {opens}"),
                format!("remove `{key}` if it can do without"),
            ));
        }
    }
    for mount in cx.service.mounts().iter().filter(|m| m.kind == MountKind::Bind) {
        let source = mount.source.unwrap_or_default();
        let trimmed = if source.len() > 1 {
            source.trim_end_matches('/')
        } else {
            source
        };
        if !mount.read_only && HOST_PATHS.contains(&trimmed) {
            decisions.push(finding(
                cx,
                mount.node,
                format!("it may write {source} of the host"),
                "mount only the directories that it needs, with `:ro` where it only reads".to_owned(),
            ));
        }
        let propagation = mount
            .node
            .get("bind")
            .and_then(|b| b.get("propagation"))
            .and_then(Node::as_str);
        if let Some(value) = propagation.filter(|p| p.ends_with("shared")) {
            decisions.push(finding(
                cx,
                mount.node,
                format!(
                    "what it mounts below {} appears on the host (`{value}`)",
                    mount.target
                ),
                "use `rslave` if it only has to see mounts of the host".to_owned(),
            ));
        }
    }
    decisions
}

fn finding(cx: &Context, node: &Node, because: String, help: String) -> Decision {
    cx.finding(ID, because, vec![Evidence::File(node.origin)], help)
}
