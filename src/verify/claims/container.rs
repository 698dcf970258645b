//! Claims on what the container was given, and on how it fares.

use super::Verdict;
use crate::verify::observation::{Mount, Observation};

/// Sockets through which an engine is commanded.
const SOCKETS: [&str; 4] = ["docker.sock", "podman.sock", "containerd.sock", "crio.sock"];
/// Directories of the machine that give it away, with all that is below them.
const SYSTEM: [&str; 9] = [
    "/etc",
    "/root",
    "/boot",
    "/proc",
    "/sys",
    "/dev",
    "/usr",
    "/var/lib/docker",
    "/var/lib/containerd",
];
/// Directories that give it away by themselves, but not every directory in them.
const SYSTEM_EXACT: [&str; 7] = ["/", "/var", "/run", "/var/run", "/var/lib", "/home", "/lib"];
/// What people mount read-only as a matter of course, and what tells nothing.
const HARMLESS: [&str; 5] = [
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl/certs",
    "/etc/machine-id",
    "/usr/share/zoneinfo",
];

pub(super) fn not_privileged(seen: &Observation) -> Verdict {
    Verdict::unless(
        seen.engine
            .privileged
            .then(|| "it was created with `privileged`".into()),
    )
}

pub(super) fn own_namespaces(seen: &Observation) -> Verdict {
    let shared = &seen.engine.shared_namespaces;
    Verdict::unless(
        (!shared.is_empty()).then(|| format!("it shares with the machine: {}", shared.join(", "))),
    )
}

pub(super) fn no_devices(seen: &Observation) -> Verdict {
    let devices = &seen.engine.devices;
    Verdict::unless((!devices.is_empty()).then(|| format!("it was handed {}", devices.join(", "))))
}

pub(super) fn no_engine_access(seen: &Observation) -> Verdict {
    let socket = seen.engine.binds.iter().find(|b| {
        let file = b.source.rsplit('/').next().unwrap_or_default();
        SOCKETS.contains(&file) || (b.host_path && ["/run", "/var/run", "/"].contains(&b.source.as_str()))
    });
    if let Some(bind) = socket {
        return Verdict::broken(format!("{} is mounted at {}", bind.source, bind.target));
    }
    let member = seen.processes.iter().find_map(|p| {
        let mut groups = p.credentials.iter().flat_map(|c| c.groups.iter().chain(&c.gid));
        groups
            .find(|g| **g != 0 && seen.engine.socket_gids.contains(g))
            .map(|g| (p, *g))
    });
    Verdict::unless(member.map(|(p, gid)| {
        format!(
            "`{}` (pid {}) is in group {gid}, which owns the engine's socket",
            p.command, p.pid
        )
    }))
}

pub(super) fn no_host_paths(seen: &Observation) -> Verdict {
    for bind in &seen.engine.binds {
        if bind.propagation.contains("shared") {
            return Verdict::broken(format!(
                "mounts below {} are propagated to the machine",
                bind.target
            ));
        }
        let source = bind.source.as_str();
        let below = |list: &[&str]| {
            list.iter()
                .any(|d| source == *d || source.strip_prefix(d).is_some_and(|r| r.starts_with('/')))
        };
        if bind.host_path && !below(&HARMLESS) && (SYSTEM_EXACT.contains(&source) || below(&SYSTEM)) {
            let how = if bind.writable { "writable" } else { "read-only" };
            return Verdict::broken(format!(
                "{source} of the machine is mounted at {} ({how})",
                bind.target
            ));
        }
    }
    Verdict::Held
}

pub(super) fn read_only_root(seen: &Observation) -> Verdict {
    match &seen.mounts {
        Some(mounts) => match mounts.iter().find(|m| m.target == "/") {
            Some(root) => {
                Verdict::unless((!root.has("ro")).then(|| "the root filesystem is mounted rw".into()))
            }
            None => Verdict::unchecked("its root mount was not seen"),
        },
        None => {
            Verdict::unless((!seen.engine.read_only).then(|| "it was created without `read_only`".into()))
        }
    }
}

pub(super) fn tmpfs(seen: &Observation, path: &str, exec: bool) -> Verdict {
    let Some(mounts) = &seen.mounts else {
        return Verdict::unchecked("its mounts could not be read");
    };
    // The last mount on a place hides those before.
    match mounts.iter().rev().find(|m| m.target == path) {
        None => Verdict::broken(format!("nothing is mounted at {path}")),
        Some(mount) if mount.kind != "tmpfs" => Verdict::broken(format!("{path} is {}", mount.kind)),
        Some(mount) if exec && mount.has("noexec") => Verdict::broken(format!("{path} is mounted noexec")),
        Some(_) => Verdict::Held,
    }
}

pub(super) fn listens(seen: &Observation, port: u16, protocol: &str) -> Verdict {
    let Some(listening) = &seen.listening else {
        return Verdict::unchecked("its sockets could not be read");
    };
    if listening.iter().any(|l| l.port == port && l.protocol == protocol) {
        return Verdict::Held;
    }
    let ports: Vec<String> = listening
        .iter()
        .map(|l| format!("{}/{}", l.port, l.protocol))
        .collect();
    let found = if ports.is_empty() {
        "nothing".to_owned()
    } else {
        ports.join(", ")
    };
    Verdict::broken(format!("it listens on {found}"))
}

pub(super) fn running(seen: &Observation) -> Verdict {
    let engine = &seen.engine;
    match (engine.status.as_str(), engine.restarts) {
        ("running", 0) => Verdict::Held,
        ("running", n) => Verdict::broken(format!("restarted {n} times")),
        // A job that did its work.
        ("exited", _) if engine.once && engine.exit_code == 0 => Verdict::Held,
        ("exited", _) => Verdict::broken(format!("exited with code {}", engine.exit_code)),
        (status, 0) => Verdict::broken(status.to_owned()),
        (status, n) => Verdict::broken(format!(
            "{status}, restarted {n} times, last exit code {}",
            engine.exit_code
        )),
    }
}

pub(super) fn healthy(seen: &Observation) -> Verdict {
    match seen.engine.health.as_deref() {
        None | Some("healthy" | "none" | "") => Verdict::Held,
        Some("starting") => Verdict::unchecked("its healthcheck has not passed yet"),
        Some(status) => Verdict::broken(match &seen.engine.health_output {
            Some(said) => format!("{status}: {}", said.trim()),
            None => status.to_owned(),
        }),
    }
}

pub(super) fn answers(seen: &Observation) -> Verdict {
    match &seen.probe {
        None => Verdict::unchecked("it has no probe, or the probe was not run"),
        Some(probe) => match probe.code {
            Some(0) => Verdict::Held,
            Some(code) => Verdict::broken(format!(
                "`{}` ended with code {code}: {}",
                probe.command, probe.said
            )),
            None => Verdict::unchecked(format!("`{}` could not be run: {}", probe.command, probe.said)),
        },
    }
}

/// The mount that a path is on.
pub(super) fn mount_of<'o>(seen: &'o Observation, path: &str) -> Option<&'o Mount> {
    let mounts = seen.mounts.as_ref()?.iter();
    let covers = |m: &&Mount| {
        m.target == "/"
            || path == m.target
            || path.strip_prefix(&m.target).is_some_and(|r| r.starts_with('/'))
    };
    // Of two on the same place, the later hides the earlier.
    mounts.filter(covers).max_by_key(|m| m.target.len())
}
