//! Claims on what the container was given, and on how it fares.

use super::Judgement;
use crate::verify::observation::{KernelMount, Observation};

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

pub(super) fn not_privileged(seen: &Observation) -> Judgement {
    Judgement::unless(
        seen.engine
            .privileged
            .then(|| "it was created with `privileged`".into()),
    )
}

pub(super) fn own_namespaces(seen: &Observation) -> Judgement {
    let shared = &seen.engine.shared_namespaces;
    Judgement::unless(
        (!shared.is_empty()).then(|| format!("it shares with the machine: {}", shared.join(", "))),
    )
}

pub(super) fn no_devices(seen: &Observation) -> Judgement {
    let devices = &seen.engine.devices;
    Judgement::unless((!devices.is_empty()).then(|| format!("it was handed {}", devices.join(", "))))
}

pub(super) fn no_engine_access(seen: &Observation) -> Judgement {
    let socket = seen.engine.binds.iter().find(|b| {
        let file = b.source.rsplit('/').next().unwrap_or_default();
        SOCKETS.contains(&file) || (b.host_path && ["/run", "/var/run", "/"].contains(&b.source.as_str()))
    });
    if let Some(bind) = socket {
        return Judgement::broken(format!("{} is mounted at {}", bind.source, bind.target));
    }
    let member = seen.processes.iter().find_map(|p| {
        let mut groups = p.credentials.iter().flat_map(|c| c.groups.iter().chain(&c.gid));
        groups
            .find(|g| **g != 0 && seen.engine.socket_gids.contains(g))
            .map(|g| (p, *g))
    });
    Judgement::unless(member.map(|(p, gid)| {
        format!(
            "`{}` (pid {}) is in group {gid}, which owns the engine's socket",
            p.command, p.pid
        )
    }))
}

pub(super) fn no_host_paths(seen: &Observation) -> Judgement {
    for bind in &seen.engine.binds {
        if bind.propagation.contains("shared") {
            return Judgement::broken(format!(
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
            return Judgement::broken(format!(
                "{source} of the machine is mounted at {} ({how})",
                bind.target
            ));
        }
    }
    Judgement::Held
}

pub(super) fn read_only_root(seen: &Observation) -> Judgement {
    match &seen.mounts {
        Some(mounts) => match mounts.iter().find(|m| m.target == "/") {
            Some(root) => {
                Judgement::unless((!root.has("ro")).then(|| "the root filesystem is mounted rw".into()))
            }
            None => Judgement::unchecked("its root mount was not seen"),
        },
        None => {
            Judgement::unless((!seen.engine.read_only).then(|| "it was created without `read_only`".into()))
        }
    }
}

pub(super) fn tmpfs(seen: &Observation, path: &str, exec: bool) -> Judgement {
    let Some(mounts) = &seen.mounts else {
        return Judgement::unchecked("its mounts could not be read");
    };
    // The last mount on a place hides those before.
    match mounts.iter().rev().find(|m| m.target == path) {
        None => Judgement::broken(format!("nothing is mounted at {path}")),
        Some(mount) if mount.kind != "tmpfs" => Judgement::broken(format!("{path} is {}", mount.kind)),
        Some(mount) if exec && mount.has("noexec") => Judgement::broken(format!("{path} is mounted noexec")),
        Some(_) => Judgement::Held,
    }
}

/// After so long without a restart by the engine, the restarts before are history: what it waited for came.
const STEADY_MS: u64 = 10_000;
/// Runs of so long are counted as runs: the engine restarts after them without a pause of its own.
const LONG_RUN_MS: u64 = 8_000;

pub(super) fn running(seen: &Observation) -> Judgement {
    let engine = &seen.engine;
    if let Some(process) = seen.processes.iter().find(|p| p.stopped && !p.gone && !p.entered) {
        let command: String = process.command.chars().take(60).collect();
        return Judgement::broken(format!(
            "`{command}` (pid {}) was stopped by a signal",
            process.pid
        ));
    }
    match (engine.status.as_str(), engine.restarts) {
        ("running", 0) => Judgement::Held,
        ("running", times) => restarted(seen, times),
        // A job that did its work.
        ("exited", _) if engine.once && engine.exit_code == 0 => Judgement::Held,
        ("exited", _) => Judgement::broken(format!("exited with code {}", engine.exit_code)),
        (status, 0) => Judgement::broken(status.to_owned()),
        (status, n) => Judgement::broken(format!(
            "{status}, restarted {n} times, last exit code {}",
            engine.exit_code
        )),
    }
}

/// It runs, after restarts: of a service that waited for another by ending, or of one that will end again.
fn restarted(seen: &Observation, times: u32) -> Judgement {
    let Some(up) = seen.engine.up_ms else {
        return Judgement::broken(format!("restarted {times} times"));
    };
    let run = seen.engine.run_ms.unwrap_or(0);
    // Short runs have pauses between them that grow; long ones that end all the same have none.
    let has_no_pause = seen.engine.pause_ms.is_some_and(|pause| pause < 1500);
    if times >= 2 && run >= LONG_RUN_MS && has_no_pause && up < 2 * run {
        return Judgement::broken(format!("restarted {times} times, every {} s", run / 1000));
    }
    if up < STEADY_MS {
        return Judgement::pending(format!("restarted {times} times, the last {} s ago", up / 1000));
    }
    Judgement::Held
}

pub(super) fn healthy(seen: &Observation) -> Judgement {
    match seen.engine.health.as_deref() {
        None | Some("healthy" | "none" | "") => Judgement::Held,
        Some("starting") => Judgement::pending("its healthcheck has not passed yet"),
        Some(status) => Judgement::broken(match &seen.engine.health_output {
            Some(said) => format!("{status}: {}", said.trim()),
            None => status.to_owned(),
        }),
    }
}

pub(super) fn answers(seen: &Observation) -> Judgement {
    match &seen.probe {
        None => Judgement::unchecked("it has no probe, or the probe was not run"),
        Some(probe) => match probe.code {
            Some(0) => Judgement::Held,
            Some(code) => Judgement::broken(format!(
                "`{}` ended with code {code}: {}",
                probe.command, probe.said
            )),
            None => Judgement::unchecked(format!("`{}` could not be run: {}", probe.command, probe.said)),
        },
    }
}

/// The mount that a path is on.
pub(super) fn mount_of<'o>(seen: &'o Observation, path: &str) -> Option<&'o KernelMount> {
    let mounts = seen.mounts.as_ref()?.iter();
    let covers = |m: &&KernelMount| {
        m.target == "/"
            || path == m.target
            || path.strip_prefix(&m.target).is_some_and(|r| r.starts_with('/'))
    };
    // Of two on the same place, the later hides the earlier.
    mounts.filter(covers).max_by_key(|m| m.target.len())
}
