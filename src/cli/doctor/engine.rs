//! The `docker` command, Compose and the engine.

use super::Checkup;
use crate::cli::options::AssumeWord;
use crate::cli::session::Session;
use crate::docker::Program;
use crate::engine::{Endpoint, Survey};
use crate::facts::engine::{EngineFacts, EngineKind};
use crate::pipeline::engine::told;
use serde::Serialize;

/// The engine, for machines.
#[derive(Debug, Serialize)]
pub(crate) struct ShownEngine {
    kind: &'static str,
    remote: bool,
    assumed: bool,
    podman: bool,
    endpoint: Option<String>,
    version: Option<String>,
    client: Option<String>,
    compose: Option<String>,
    cgroup_version: Option<String>,
    security: Vec<String>,
    binds_low_ports: bool,
    first_port: u16,
}

/// What is found of them. An assumed engine is not asked.
pub(super) fn look(session: &Session, assumed: Option<AssumeWord>) -> (Option<ShownEngine>, Vec<Checkup>) {
    if let Some(word) = assumed {
        let facts = word.facts();
        let found = format!("{}, as `--nr-assume` says; it was not asked", facts.words());
        let mut findings = vec![consequences(Checkup::note("engine", found), &facts)];
        findings.push(ports(&facts));
        return (Some(shown(&facts, None)), findings);
    }
    let program = match Program::find() {
        Ok(program) => program,
        Err(_) => {
            let help = "install Docker (docker.com/get-started) or put it on PATH; `nrcompose diff` and \
                        `nrcompose harden` need none";
            return (
                None,
                vec![Checkup::wrong("docker", "there is no `docker` on PATH", help)],
            );
        }
    };
    let endpoint = session.this_engine().endpoint();
    let survey = match session.this_engine().survey(session.plan.engine_limit()) {
        Ok(survey) => survey,
        Err(error) => {
            let client = Checkup::well("docker", program.to_string());
            let diagnostic = told(&error);
            let found = format!("{endpoint}: {}", error.detail);
            let engine = Checkup::wrong("engine", found, diagnostic.help.unwrap_or_default())
                .follows("nothing can be started; plans are for a rootful engine of a current version");
            return (None, vec![client, engine]);
        }
    };
    let facts = EngineFacts::of(&survey, endpoint);
    let client = format!("{} {}", program, survey.client);
    let mut findings = vec![
        Checkup::well("docker", client.trim_end()),
        of_compose(&survey, &facts),
        of_engine(&survey, &facts, endpoint),
        ports(&facts),
    ];
    findings.extend(elsewhere(&survey, &facts));
    (Some(shown(&facts, Some((&survey, endpoint)))), findings)
}

/// Compose, by what overrides need of it.
fn of_compose(survey: &Survey, facts: &EngineFacts) -> Checkup {
    let help = "install or update the docker-compose-plugin (2.24.4 or later)";
    match &survey.compose {
        Err(why) => Checkup::wrong(
            "compose",
            format!("`docker compose` does not answer: {why}"),
            help,
        ),
        Ok(version) if facts.lacks_override() => {
            let found = format!("{version}: older than 2.24.4, and does not know `!override`");
            Checkup::wrong("compose", found, help)
                .follows("an override that replaces ports or tmpfs cannot be passed to it")
        }
        Ok(version) if facts.compose.is_none() => {
            Checkup::note("compose", format!("{version}: a version that cannot be compared"))
        }
        Ok(version) => Checkup::well("compose", version.clone()),
    }
}

/// The engine and what its kind means.
fn of_engine(survey: &Survey, facts: &EngineFacts, endpoint: &Endpoint) -> Checkup {
    let info = &survey.info;
    let name = if facts.podman { "podman" } else { "Docker" };
    let found = format!("{name} {} at {endpoint}: {}", info.server_version, facts.words());
    let mut finding = match facts.podman {
        true => Checkup::note("engine", found)
            .follows("podman is not tested: what is planned for Docker may come out otherwise"),
        false => Checkup::well("engine", found),
    };
    let security = info.security();
    let about = format!(
        "cgroup v{}, {}",
        if info.cgroup_version.is_empty() {
            "?"
        } else {
            &info.cgroup_version
        },
        if security.is_empty() {
            "no security options".to_owned()
        } else {
            security.join(", ")
        }
    );
    finding = finding.follows(about);
    if !security.contains(&"seccomp") {
        finding =
            finding.follows("there is no seccomp filter: system calls of containers are not restricted");
    }
    if security.contains(&"selinux") {
        finding = finding.follows("with SELinux a host directory needs `:z` or `:Z`, whoever owns it");
    }
    consequences(finding, facts)
}

/// What the kind means for a plan.
fn consequences(finding: Checkup, facts: &EngineFacts) -> Checkup {
    let finding = match facts.root_is() {
        Some(root) => finding.follows(root).follows(match &facts.maps {
            Some(_) => "owners and groups of host files are compared as containers count",
            None => {
                "how it maps ids is not known here: owners of host files are not looked at, and no group of this \
                 machine is added for sockets and devices"
            }
        }),
        None => finding.follows("root in a container is root of the engine's machine"),
    };
    let finding = match facts.kind {
        EngineKind::Desktop => finding.follows(
            "containers run in a virtual machine: owners of host files do not count there, so they are not \
             looked at",
        ),
        _ => finding,
    };
    if facts.remote {
        return finding.follows("host directories are those of its machine: none is looked at or made here");
    }
    finding
}

/// Low ports, in containers and on the machine.
fn ports(facts: &EngineFacts) -> Checkup {
    let inside = if facts.binds_low_ports() {
        "any process may bind low ports on a bridge network: none is moved"
    } else {
        "only root may bind low ports by itself: services get the setting that allows it"
    };
    let finding = Checkup::well("ports", inside);
    match (facts.kind, facts.first_port) {
        (EngineKind::Rootless, 1) => finding.follows("it may publish any port of the machine"),
        (EngineKind::Rootless, first) => finding
            .follows(format!(
                "it may not publish ports of the machine below {first}: those are moved (80 to 8080) and told"
            ))
            .help("to keep them: `sudo sysctl net.ipv4.ip_unprivileged_port_start=0`"),
        _ => finding,
    }
}

/// An engine on this machine's socket that calls its machine something else: nrcompose may run in a container.
fn elsewhere(survey: &Survey, facts: &EngineFacts) -> Option<Checkup> {
    let own = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let (own, theirs) = (own.trim(), survey.info.name.as_str());
    if facts.remote || facts.kind == EngineKind::Desktop || theirs.is_empty() || own == theirs {
        return None;
    }
    let found = format!("the engine calls its machine {theirs}, and this is {own}");
    Some(
        Checkup::note("host", found)
            .follows(
                "in a container, the host directories seen here need not be those that the engine mounts",
            )
            .help("if they are not: `--nr-assume remote`"),
    )
}

fn shown(facts: &EngineFacts, asked: Option<(&Survey, &Endpoint)>) -> ShownEngine {
    let survey = asked.map(|(survey, _)| survey);
    ShownEngine {
        kind: match facts.kind {
            EngineKind::Rootful => "rootful",
            EngineKind::Rootless => "rootless",
            EngineKind::UsernsRemap => "userns-remap",
            EngineKind::Desktop => "desktop",
        },
        remote: facts.remote,
        assumed: asked.is_none(),
        podman: facts.podman,
        endpoint: asked.map(|(_, endpoint)| endpoint.host.clone()),
        version: survey.map(|s| s.info.server_version.clone()),
        client: survey.map(|s| s.client.clone()).filter(|c| !c.is_empty()),
        compose: survey.and_then(|s| s.compose.clone().ok()),
        cgroup_version: survey
            .map(|s| s.info.cgroup_version.clone())
            .filter(|c| !c.is_empty()),
        security: survey
            .map(|s| s.info.security().into_iter().map(str::to_owned).collect())
            .unwrap_or_default(),
        binds_low_ports: facts.binds_low_ports(),
        first_port: facts.first_port,
    }
}
