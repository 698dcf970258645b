//! *socket_proxy*: where it is asked for (`socket: proxy`), a service reaches the engine through a proxy that lets only
//! the sections of the API pass which its image is known to use, instead of mounting the socket.
//!
//! The proxy is a service of its own, without root: it belongs to the group of the socket, and shares a network with
//! this service that leads nowhere else.

use super::engine_socket::is_engine_socket;
use crate::facts::config::SocketAccess;
use crate::facts::profile::{ApiEndpoint, DockerApi};
use crate::model::{self, Mount};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Instead, Outcome, Safety};
use crate::plan::intent::{Intent, SocketProxy};

/// The control's id.
pub(super) const ID: &str = "socket_proxy";

/// The proxy: of a scratch image, as uid 65534, with an allowlist of its own for each method (its README).
const IMAGE: &str = "wollomatic/socket-proxy:1";

/// One decision, where it was asked for.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
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
pub(super) fn replaces(cx: &Context) -> bool {
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
struct ProxyNeeds<'a> {
    index: usize,
    source: &'a str,
    gid: u32,
    api: &'a DockerApi,
    endpoint: &'a ApiEndpoint,
}

/// All that is needed, or what is missing.
fn plan<'a>(cx: &'a Context) -> Result<ProxyNeeds<'a>, String> {
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
    Ok(ProxyNeeds {
        index,
        source,
        gid: found.gid,
        api,
        endpoint,
    })
}

fn change(cx: &Context, plan: &ProxyNeeds, origin: Evidence) -> Decision {
    let endpoint = model::socket_endpoint(cx.service.name);
    let told = |text: &String| text.replace("{endpoint}", &endpoint);
    let variables = plan.endpoint.environment.iter();
    let proxy = SocketProxy {
        source: plan.source.to_owned(),
        mount: cx.service.path_of("volumes").join(plan.index),
        gid: plan.gid,
        image: cx.settings.socket_proxy.as_deref().unwrap_or(IMAGE).to_owned(),
        sections: plan.api.sections.clone(),
        environment: variables
            .map(|(name, value)| (name.clone(), told(value)))
            .collect(),
        arguments: plan.endpoint.arguments.iter().map(told).collect(),
        endpoint,
    };
    Decision {
        outcome: Outcome::Change(vec![Intent::SocketProxy(proxy)]),
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
