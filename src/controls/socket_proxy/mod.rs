//! *socket_proxy*: where it is asked for (`socket: proxy`), a service reaches the engine through a proxy that lets only
//! the sections of the API pass which its image is known to use, instead of mounting the socket.
//!
//! The proxy is a service of its own, without root: it belongs to the group of the socket, and shares a network with
//! this service that leads nowhere else.

mod service;

use super::engine_socket::is_engine_socket;
use crate::facts::config::SocketAccess;
use crate::facts::profile::{DockerApi, Endpoint};
use crate::model::{self, Mount};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Edit, Evidence, Instead, Op, Outcome, Safety};
use crate::tree::{Node, Path, Value};
use service::{mapping, proxy};

/// The control's id.
pub const ID: &str = "socket_proxy";

/// One decision, where it was asked for.
pub fn decide(cx: &Context) -> Vec<Decision> {
    let Some((_, mount)) = asked(cx) else {
        return Vec::new();
    };
    let origin = Evidence::File(mount.node.origin);
    match plan(cx) {
        Err(why) => vec![cx.refused(
            ID,
            format!("it keeps the engine's socket: {why}"),
            vec![origin],
            "leave out `socket: proxy`, or correct that",
            Instead::TheRest,
        )],
        Ok(plan) => {
            let mut decisions = vec![change(cx, &plan, origin)];
            decisions.extend(still_root(cx, plan.api));
            decisions
        }
    }
}

/// Whether a proxy takes the place of the socket.
pub fn replaces(cx: &Context) -> bool {
    asked(cx).is_some() && plan(cx).is_ok()
}

/// The socket's mount, where a proxy is asked for.
fn asked<'a>(cx: &Context<'a>) -> Option<(usize, Mount<'a>)> {
    let wanted = cx.config.socket == Some(SocketAccess::Proxy);
    let mounts = cx.service.mounts().into_iter().enumerate();
    let mut sockets = mounts.filter(|(_, m)| is_engine_socket(m));
    sockets.next().filter(|_| wanted)
}

/// What a proxy needs to be known.
struct Plan<'a> {
    index: usize,
    source: &'a str,
    gid: u32,
    api: &'a DockerApi,
    endpoint: &'a Endpoint,
}

/// All that is needed, or what is missing.
fn plan<'a>(cx: &'a Context) -> Result<Plan<'a>, String> {
    let (index, mount) = asked(cx).ok_or("nobody asks for a proxy")?;
    let source = mount.source.ok_or("its mount has no source")?;
    let api = cx.facts.profile.docker_api.as_ref();
    let api = api.ok_or("nobody knows which sections of the API its image uses")?;
    if api.sections.iter().any(|s| s == "ALL") {
        return Err("it uses every section of the API, and a proxy would take nothing away".to_owned());
    }
    let endpoint = api
        .endpoint
        .as_ref()
        .ok_or("nobody knows how its image is told where the engine is")?;
    if !endpoint.arguments.is_empty() && cx.service.strings("command").is_empty() {
        return Err(
            "it is told by arguments, and its Compose file gives it no command to add them to".to_owned(),
        );
    }
    if let Some(mode) = cx.service.network_mode() {
        return Err(format!(
            "with `network_mode: {mode}` it cannot join the network of the proxy"
        ));
    }
    let found = cx
        .host
        .look(source.as_ref())
        .ok_or("the socket is not on this host, so its group is not known")?;
    if found.gid == 0 || found.mode & 0o060 == 0 {
        return Err("only root may use the socket on this host".to_owned());
    }
    Ok(Plan {
        index,
        source,
        gid: found.gid,
        api,
        endpoint,
    })
}

fn change(cx: &Context, plan: &Plan, origin: Evidence) -> Decision {
    let name = model::socket_name(cx.service.name);
    let endpoint = format!("tcp://{name}:2375");
    let mut edits = vec![
        edit(
            Path::of(["networks", name.as_str()]),
            mapping([("internal", true.into())]),
        ),
        edit(Path::of(["services", name.as_str()]), proxy(cx, plan, &name)),
        Edit {
            path: cx.service.path_of("volumes").join(plan.index),
            op: Op::Remove,
        },
        edit(cx.service.path_of("networks").join(&name), Value::Null),
        edit(
            cx.service.path_of("depends_on").join(&name),
            mapping([("condition", "service_started".into()), ("required", true.into())]),
        ),
    ];
    edits.extend(plan.endpoint.environment.iter().map(|(key, value)| {
        let value = value.replace("{endpoint}", &endpoint);
        edit(cx.service.path_of("environment").join(key), value.as_str().into())
    }));
    let arguments = plan.endpoint.arguments.iter();
    edits.extend(arguments.map(|a| cx.add("command", a.replace("{endpoint}", &endpoint))));
    Decision {
        outcome: Outcome::Change(edits),
        safety: Safety::Behaviour("calls of other sections of the engine's API are refused".to_owned()),
        ..cx.decision(
            ID,
            format!(
                "through a proxy it reaches only {} of the engine",
                plan.api.sections.join(", ")
            ),
            vec![origin, cx.facts.evidence("docker_api", &plan.api.evidence)],
        )
    }
}

/// Who may start a container may start one that is root on the host.
fn still_root(cx: &Context, api: &DockerApi) -> Option<Decision> {
    let has = |name: &str| api.sections.iter().any(|s| s == name);
    (has("POST") && (has("CONTAINERS") || has("EXEC"))).then(|| {
        cx.finding(
            ID,
            "it may start containers through the proxy too, and with that it is root on this host",
            vec![cx.facts.evidence("docker_api", &api.evidence)],
            "nothing: that is what it is for",
        )
    })
}

fn edit(path: Path, value: Value) -> Edit {
    Edit {
        path,
        op: Op::Set(Node::synthetic(value)),
    }
}
