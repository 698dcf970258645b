//! *ports*: container ports below 1024.
//!
//! Engines since 20.10 let any process bind any port in a private network namespace, so nothing is needed
//! there. On the host's network a port is moved, where a profile says how the application is set to another, together
//! with everything that names it; where anything cannot be carried along for certain, that is refused: the port
//! stays, and the service starts as root where only root may bind it.

mod carry;

use super::inline_file;
use crate::facts::profile::{Move, Port, Protocol};
use crate::facts::settings::PortStrategy;
use crate::model::{Namespace, PortMapping, UNPRIVILEGED_PORT};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Instead, Outcome, Safety};
use crate::plan::identity::Start;
use crate::plan::intent::{Intent, Listen};
use crate::tree::Node;

/// The control's id.
pub(super) const ID: &str = "ports";

/// One decision for all low ports of the service.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    let low = low_ports(cx);
    let asked = cx.config.ports.unwrap_or(cx.settings.ports);
    let is_wanted = match cx.start {
        Start::User(_) => true,
        // Root needs nothing; what is asked for is done.
        Start::Root { .. } | Start::ExplicitRoot { .. } => {
            matches!(asked, PortStrategy::Remap | PortStrategy::Sysctl)
        }
        Start::AsWritten { .. } | Start::Unknown { .. } => false,
    };
    if !is_wanted || low.is_empty() {
        return Vec::new();
    }
    let namespace = namespace(cx);
    let on_host = namespace.is_hosts;
    let by_itself = binds_by_itself(cx, &low);
    let strategy = match asked {
        // The setting belongs to a network namespace, and the host's is not ours to change.
        PortStrategy::Auto | PortStrategy::Sysctl if on_host => PortStrategy::Remap,
        PortStrategy::Auto if by_itself => PortStrategy::Keep,
        // The container whose namespace it is would have to say it.
        PortStrategy::Auto | PortStrategy::Sysctl if namespace.is_foreign && !by_itself => {
            PortStrategy::Remap
        }
        PortStrategy::Auto => PortStrategy::Sysctl,
        PortStrategy::Sysctl if namespace.is_foreign => PortStrategy::Keep,
        other => other,
    };
    match strategy {
        PortStrategy::Keep if on_host => {
            let why = "it is to be kept, and on the host's network only root may bind it";
            low.iter().map(|p| refuse(cx, *p, why)).collect()
        }
        PortStrategy::Keep if !by_itself => {
            let why = "it is to be kept, and here only root may bind it";
            low.iter().map(|p| refuse(cx, *p, why)).collect()
        }
        PortStrategy::Auto | PortStrategy::Keep => vec![keep(cx, &low)],
        PortStrategy::Sysctl => vec![allowed(cx, &low, asked == PortStrategy::Sysctl)],
        PortStrategy::Remap => low.iter().map(|p| remap(cx, *p)).collect(),
    }
}

fn namespace<'a>(cx: &Context<'a>) -> Namespace<'a> {
    Namespace::of(cx.project, cx.service)
}

/// Whether any process may bind these, by the engine and by whose network they are in.
fn binds_by_itself(cx: &Context, low: &[Low]) -> bool {
    let namespace = namespace(cx);
    cx.settings.engine.binds_low_ports() && !low.iter().any(|l| namespace.forbids(l.port))
}

/// Whether only a process with the capability may bind what the service listens on.
pub(super) fn need_capability(cx: &Context) -> bool {
    let low = low_ports(cx);
    !low.is_empty() && (namespace(cx).is_hosts || !binds_by_itself(cx, &low))
}

/// A container port that the service listens on: as a profile knows it, or as it is published.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Low<'a> {
    port: u16,
    protocol: &'static str,
    known: Option<&'a Port>,
}

impl Low<'_> {
    /// Whether an entry of `ports:` is about it.
    fn is_target_of(&self, mapping: &PortMapping) -> bool {
        mapping.target == self.port && mapping.protocol == self.protocol
    }
}

/// Ports below 1024, known and published.
fn low_ports<'a>(cx: &'a Context) -> Vec<Low<'a>> {
    let mut low: Vec<Low> = Vec::new();
    for known in cx.facts.profile.ports.iter().filter(|p| p.port < 1024) {
        let protocol = if known.protocol == Some(Protocol::Udp) {
            "udp"
        } else {
            "tcp"
        };
        low.push(Low {
            port: known.port,
            protocol,
            known: Some(known),
        });
    }
    for mapping in cx.service.ports().iter().filter(|m| m.target < 1024) {
        let protocol = if mapping.protocol == "udp" { "udp" } else { "tcp" };
        if !low
            .iter()
            .any(|l| l.port == mapping.target && l.protocol == protocol)
        {
            low.push(Low {
                port: mapping.target,
                protocol,
                known: None,
            });
        }
    }
    low
}

/// As a rule any process may bind them: another target may have to say so.
fn keep(cx: &Context, low: &[Low]) -> Decision {
    let list: Vec<String> = low.iter().map(|l| format!("{}/{}", l.port, l.protocol)).collect();
    Decision {
        outcome: Outcome::Change(listen(cx, low, false)),
        ..cx.decision(
            ID,
            format!(
                "any process may bind {} in a private network namespace",
                list.join(", ")
            ),
            vec![Evidence::Engine(
                "since 20.10 ip_unprivileged_port_start is 0 in every private network namespace",
            )],
        )
    }
}

/// The same, to be said where the network namespace is made: the engine does not do it by itself, or the person asks.
fn allowed(cx: &Context, low: &[Low], is_said: bool) -> Decision {
    let owner = namespace(cx).owner;
    let value = owner
        .get("sysctls")
        .and_then(|s| s.get(UNPRIVILEGED_PORT))
        .and_then(Node::scalar_text);
    let (because, known) = match &value {
        Some(first) if first != "0" => (
            format!("its author lets only root bind ports below {first}, and its user is not root"),
            owner.get("sysctls").map(|n| Evidence::File(n.origin)),
        ),
        _ => (
            "any process may bind low ports with this setting".to_owned(),
            None,
        ),
    };
    let intents = listen(cx, low, is_said);
    Decision {
        outcome: Outcome::of(value.as_deref() == Some("0"), intents),
        ..cx.decision(
            ID,
            because,
            vec![known.unwrap_or(Evidence::Engine(
                "ip_unprivileged_port_start says from which port on any process may bind",
            ))],
        )
    }
}

/// Its ports, each where it is.
fn listen(cx: &Context, low: &[Low], is_said: bool) -> Vec<Intent> {
    let targets = cx.around.targets(namespace(cx).owner);
    let ports = low.iter().map(|l| Listen {
        port: l.port,
        protocol: l.protocol,
        to: None,
        is_said,
        is_published: targets.contains(&l.port),
    });
    ports.map(Intent::Listen).collect()
}

/// Moves a port above 1023, with everything that names it.
fn remap(cx: &Context, low: Low) -> Decision {
    let published = cx.around.targets(namespace(cx).owner).contains(&low.port);
    let Some((known, moved)) = low.known.and_then(|k| Some((k, k.moved.as_ref()?))) else {
        if !published && !cx.service.is_on_host_network() && cx.settings.engine.binds_low_ports() {
            return keep(cx, &[low]);
        }
        return refuse(cx, low, "nobody knows how its application is told another port");
    };
    match relocation(cx, low, moved) {
        Err(why) => refuse(cx, low, &why),
        Ok(intents) => Decision {
            outcome: Outcome::of(is_moved_already(cx, low, &intents), intents),
            safety: Safety::Behaviour(format!(
                "it listens on {} inside its container; what it publishes stays as it is",
                moved.to
            )),
            ..cx.decision(
                ID,
                format!(
                    "port {} needs a capability here, so it moves to {}",
                    low.port, moved.to
                ),
                vec![
                    cx.facts
                        .evidence(&format!("ports.{}", known.port), &known.evidence),
                ],
            )
        },
    }
}

/// The port stays as it is.
fn refuse(cx: &Context, low: Low, why: &str) -> Decision {
    let blocker = format!("port {} cannot be moved: {why}", low.port);
    let evidence = cx.service.get("network_mode").map(|n| Evidence::File(n.origin));
    let help = "let the application listen on a port above 1023, or use a bridge network, where any process may \
                bind low ports";
    let binds_as_user = !namespace(cx).is_hosts && binds_by_itself(cx, &[low]);
    // A profile that names other ports knows where the image listens; what is published beside them is another matter.
    let is_elsewhere = low.known.is_none() && !cx.facts.profile.ports.is_empty();
    let is_root = cx.start.user().is_none();
    let instead = if is_root || binds_as_user || is_elsewhere || is_said_without_capability(cx) {
        Instead::TheRest
    } else {
        Instead::RootStart
    };
    cx.refused(ID, blocker, evidence.into_iter().collect(), help, instead)
}

/// Whether somebody says the user, and nothing in the image could bind the port as that user: the port cannot be had
/// whatever else becomes of the service.
fn is_said_without_capability(cx: &Context) -> bool {
    let files = &cx.facts.profile.file_capabilities;
    let mut capabilities = files.iter().flat_map(|f| &f.capabilities);
    cx.user_is_said() && !capabilities.any(|c| c == "NET_BIND_SERVICE")
}

/// How the application is set to it, what is published, and what else names the port.
fn relocation(cx: &Context, low: Low, moved: &Move) -> Result<Vec<Intent>, String> {
    let mut intents = Vec::new();
    let port = |text: &str| text.replace("{port}", &moved.to.to_string());
    for (name, value) in &moved.environment {
        let value = port(value);
        match cx.service.environment(name) {
            Some((set, _)) if set == value => {}
            Some((set, _)) if set != low.port.to_string() => {
                return Err(format!("its author sets {name} to something else"));
            }
            _ => intents.push(Intent::Env {
                name: name.clone(),
                value: Some(value),
                is_needed: false,
            }),
        }
    }
    if !moved.arguments.is_empty() {
        return Err("it is told by arguments, which would replace the image's own command".to_owned());
    }
    if !moved.files.is_empty() && cx.service.flag("read_only") {
        return Err("it is told by a file, which Compose cannot copy into a read-only container".to_owned());
    }
    for (path, content) in &moved.files {
        if let Some(obstacle) = inline_file::obstacle(cx, path) {
            return Err(obstacle);
        }
        intents.push(Intent::File {
            path: path.clone(),
            content: port(content),
            is_written: false,
        });
    }
    let owner = namespace(cx).owner;
    let ports = owner.ports();
    let mut published = ports.iter().filter(|m| low.is_target_of(m));
    if published.any(|mapping| !mapping.can_move()) {
        return Err("its number comes from a variable or a range".to_owned());
    }
    intents.push(Intent::Listen(Listen {
        port: low.port,
        protocol: low.protocol,
        to: Some(moved.to),
        is_said: false,
        is_published: cx.around.targets(owner).contains(&low.port),
    }));
    intents.extend(carry::mentions(cx, owner, low.port, moved.to)?);
    Ok(intents)
}

/// Whether an earlier run did all of that.
fn is_moved_already(cx: &Context, low: Low, intents: &[Intent]) -> bool {
    let names_port = || {
        let ports = namespace(cx).owner.ports();
        ports.iter().any(|m| low.is_target_of(m)) || !cx.service.exposes(low.port).is_empty()
    };
    intents.iter().all(|intent| match intent {
        Intent::Listen(_) => !names_port(),
        Intent::File { path, .. } => cx.service.has_own_file(path),
        _ => false,
    })
}
