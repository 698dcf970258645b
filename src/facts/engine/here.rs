//! What this machine knows of a rootless engine that runs on it.

use super::{Maps, UNPRIVILEGED};
use crate::capability;
use crate::engine::IdMap;
use std::path::{Path, PathBuf};

/// The programs that publish ports for a rootless engine, as its start script looks for them.
const PUBLISHERS: [&str; 2] = ["rootlesskit", "docker-rootlesskit"];

/// How the user namespace of a process counts, by the file with its id.
pub(super) fn maps_of(pid_file: &Path) -> Option<Maps> {
    let pid: u32 = std::fs::read_to_string(pid_file).ok()?.trim().parse().ok()?;
    let map = |name: &str| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/{name}")).ok()?;
        Some(IdMap::parse(&text)).filter(|m| !m.is_identity())
    };
    Some(Maps {
        uids: map("uid_map")?,
        gids: map("gid_map")?,
    })
}

/// The first port that a program without root may bind on this machine's network; 1 where the publisher was given the
/// capability to bind any (`setcap cap_net_bind_service=ep`).
pub(super) fn first_port() -> Option<u16> {
    let may_bind_any = PUBLISHERS
        .iter()
        .filter_map(|name| which::which(name).ok())
        .any(|program| may_bind_low(&program));
    if may_bind_any {
        return Some(1);
    }
    let set = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").ok()?;
    // 0 and 1 both allow all; a higher bound than the usual one counts too.
    let first: u16 = set.trim().parse().unwrap_or(UNPRIVILEGED);
    Some(first.max(1))
}

fn may_bind_low(program: &PathBuf) -> bool {
    let mut attribute = [0u8; 64];
    let Ok(length) = rustix::fs::getxattr(program, "security.capability", &mut attribute[..]) else {
        return false;
    };
    let wanted = capability::mask(&["NET_BIND_SERVICE"]);
    capability::of_file(&attribute[..length.min(64)])
        .is_some_and(|(mask, effective)| effective && mask & wanted != 0)
}
