//! What the engine says of a container, in the words of an observation.

use crate::engine::{Container, Info};
use crate::verify::moment;
use crate::verify::observation::{Bind, ContainerFacts};

/// Reads what `inspect` said.
pub(crate) fn of(container: &Container, info: &Info, socket_gids: &[u32]) -> ContainerFacts {
    let host = &container.host_config;
    let health = container.state.health.as_ref();
    let state = &container.state;
    let (made, start, end) = (&container.created, &state.started_at, &state.finished_at);
    let failed = health.and_then(|h| h.log.iter().rev().find(|r| r.exit_code != 0));
    ContainerFacts {
        // A container may ask not to be remapped, but a rootless engine has nothing else to give.
        root_is_not_root: info
            .root_is_not_root()
            .filter(|_| info.rootless() || host.userns_mode != "host")
            .map(String::from),
        user: container.config.user.clone(),
        status: container.state.status.clone(),
        exit_code: container.state.exit_code,
        restarts: container.restart_count,
        up_ms: moment::since(start),
        run_ms: moment::between(made, start)
            .and_then(|ms| ms.checked_div(u64::from(container.restart_count))),
        pause_ms: moment::between(end, start),
        once: ["", "no", "on-failure"].contains(&host.restart_policy.name.as_str()),
        health: health.map(|h| h.status.clone()).filter(|s| s != "none"),
        health_output: failed.map(|r| r.output.chars().take(300).collect()),
        healthcheck: healthcheck(container),
        privileged: host.privileged,
        read_only: host.readonly_rootfs,
        shared_namespaces: shared_namespaces(container, info),
        devices: host.devices.iter().map(|d| d.path_on_host.clone()).collect(),
        binds: binds(container),
        security_opt: host.security_opt.clone(),
        published: published(container),
        network_mode: host.network_mode.clone(),
        networks: container.network_settings.networks.keys().cloned().collect(),
        socket_gids: socket_gids.to_vec(),
    }
}

fn healthcheck(container: &Container) -> Option<String> {
    let test = &container.config.healthcheck.as_ref()?.test;
    match test.split_first()? {
        (kind, command) if kind.starts_with("CMD") => Some(command.join(" ")),
        _ => None,
    }
}

fn shared_namespaces(container: &Container, info: &Info) -> Vec<String> {
    let host = &container.host_config;
    let user = if info.remapped() && host.userns_mode == "host" {
        "host"
    } else {
        ""
    };
    let modes = [
        ("pid", host.pid_mode.as_str()),
        ("network", &host.network_mode),
        ("ipc", &host.ipc_mode),
        ("user", user),
    ];
    modes
        .into_iter()
        .filter(|(_, mode)| *mode == "host")
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn binds(container: &Container) -> Vec<Bind> {
    let mounts = container.mounts.iter().filter(|m| m.kind != "tmpfs");
    let binds = mounts.map(|m| {
        let host_path = m.kind == "bind";
        Bind {
            source: if host_path {
                m.source.clone()
            } else {
                m.name.clone()
            },
            host_path,
            target: m.destination.clone(),
            writable: m.rw,
            propagation: m.propagation.clone(),
        }
    });
    binds.collect()
}

fn published(container: &Container) -> Vec<String> {
    let ports = container.network_settings.ports.iter();
    ports
        .flat_map(|(port, bindings)| {
            let bindings = bindings.iter().flatten();
            bindings.map(move |b| format!("{}:{}->{port}", b.host_ip, b.host_port))
        })
        .collect()
}
