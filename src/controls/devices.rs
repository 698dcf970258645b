//! *devices*: the engine's socket and host devices, which a group of the host may use.
//!
//! Names of groups resolve inside the image, so the number of the host's group is added. Access to the engine's
//! socket is access to root on the host, whoever has it: that is said, every time.

use super::engine_socket::is_engine_socket;
use super::reach::{Right, known};
use super::{shell_word, socket_proxy};
use crate::facts::config::SocketAccess;
use crate::facts::engine::EngineKind;
use crate::facts::host::{FoundKind, UNMAPPED};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Outcome};
use crate::plan::intent::Intent;
use crate::tree::{Node, Origin};
use std::path::PathBuf;

/// The control's id.
pub(super) const ID: &str = "devices";

/// One decision a socket or device.
pub(super) fn decide(cx: &Context) -> Vec<Decision> {
    let mounts = cx.service.mounts();
    let sockets: Vec<(&str, Origin)> = mounts
        .iter()
        .filter(|m| is_engine_socket(m) && !socket_proxy::replaces(cx))
        .filter_map(|m| Some((m.source?, m.node.origin)))
        .collect();
    let mut decisions: Vec<Decision> = sockets
        .iter()
        .map(|(path, origin)| root_equivalent(cx, path, *origin))
        .collect();
    if cx.start.user().is_some() {
        let devices = cx
            .service
            .get("devices")
            .map(Node::items)
            .unwrap_or_default()
            .iter();
        let devices = devices.filter_map(|d| Some((d.get("source")?.as_str()?, d.origin)));
        let of_sockets = sockets
            .iter()
            .filter_map(|(path, origin)| access(cx, path, *origin, true));
        decisions.extend(of_sockets);
        let mut joined = Vec::new();
        for (path, origin) in devices {
            // The engine gives a directory of devices as the nodes in it.
            let nodes = nodes(cx, path);
            let of_nodes = nodes
                .iter()
                .filter_map(|node| access(cx, node, origin, node == path));
            decisions.extend(of_nodes.filter(|decision| !is_repeated(decision, &mut joined)));
        }
    }
    decisions
}

/// The devices that a service gets with a path of the host: those in a directory, else the path itself.
fn nodes(cx: &Context, path: &str) -> Vec<String> {
    let found = cx.host.look(path.as_ref());
    if found.is_none_or(|f| f.kind != FoundKind::Directory) {
        return vec![path.to_owned()];
    }
    let entries = cx.host.entries(path.as_ref());
    let is_device = |path: &PathBuf| cx.host.look(path).is_some_and(|f| f.kind == FoundKind::Special);
    let nodes: Vec<PathBuf> = entries.into_iter().filter(is_device).collect();
    match nodes.is_empty() {
        true => vec![path.to_owned()],
        false => nodes.iter().map(|node| node.display().to_string()).collect(),
    }
}

/// Whether a decision joins groups that one before it joins already.
fn is_repeated(decision: &Decision, joined: &mut Vec<u32>) -> bool {
    let Outcome::Change(intents) = &decision.outcome else {
        return false;
    };
    intents.iter().all(|intent| match intent {
        Intent::Group { gid } if joined.contains(gid) => true,
        Intent::Group { gid } => {
            joined.push(*gid);
            false
        }
        _ => false,
    })
}

/// The socket is the host.
fn root_equivalent(cx: &Context, path: &str, origin: Origin) -> Decision {
    let sections = cx.facts.profile.docker_api.as_ref();
    let help = match sections {
        Some(api) if api.endpoint.is_some() && cx.config.socket != Some(SocketAccess::Proxy) => format!(
            "`x-nrcompose: {{socket: proxy}}` gives it a proxy that allows only {}",
            api.sections.join(", ")
        ),
        Some(api) => format!(
            "give it a socket proxy that allows only {}",
            api.sections.join(", ")
        ),
        None => "give it a socket proxy that allows only what it asks for".to_owned(),
    };
    let who = match cx.settings.engine.kind {
        EngineKind::Rootless => "the user who runs it",
        _ => "root",
    };
    cx.finding(
        ID,
        format!("{path} is the engine: whoever may use it is {who} on this host, `:ro` or not"),
        vec![Evidence::File(origin)],
        help,
    )
}

/// The group by which the service's user may use what stands at `path`, which it is given itself, or as one of a directory.
fn access(cx: &Context, path: &str, origin: Origin, is_given: bool) -> Option<Decision> {
    let identity = cx.start.user()?;
    let evidence = vec![Evidence::File(origin)];
    let groups = cx.service.added_groups();
    let engine = &cx.settings.engine;
    let Some(found) = cx.host.look(path.as_ref()) else {
        if engine.maps_ids() && !engine.shows_owners() {
            return Some(not_mapped(cx, path, evidence));
        }
        return Some(cx.hindrance(
            ID,
            format!("{path} is not on this host, so its group is not known"),
            evidence,
            format!(
                "on the host that has it: `group_add: [\"$(stat -c %g {})\"]`",
                shell_word(path)
            ),
        ));
    };
    if found.is_writable(identity.ids, &groups) {
        return groups.contains(&found.gid).then(|| {
            let because = format!("group {} may use {path}", found.gid);
            cx.holds(ID, Intent::Group { gid: found.gid }, because, evidence)
        });
    }
    if found.gid == UNMAPPED && found.mode & 0o060 != 0 {
        return Some(not_mapped(cx, path, evidence));
    }
    if found.gid == 0 || found.mode & 0o060 == 0 {
        let because = format!("only root may use {path} on this host");
        let help = format!(
            "give {path} to a group of its own on the host: `sudo chgrp GROUP {}`",
            shell_word(path)
        );
        // Of a directory of devices nobody knows which it opens; and what it may read, it may want no more of.
        let is_closed =
            found.kind == FoundKind::Special && is_given && !found.is_readable(identity.ids, &groups);
        return Some(match is_closed {
            true => known(cx, ID, (&found, Right::Write), because, evidence, help),
            false => cx.hindrance(ID, because, evidence, help),
        });
    }
    Some(Decision {
        outcome: Outcome::Change(vec![Intent::Group { gid: found.gid }]),
        ..cx.decision(
            ID,
            format!(
                "on this host group {} may use {path}{}",
                found.gid,
                cx.settings.engine.counted()
            ),
            evidence,
        )
    })
}

/// On an engine that maps ids, a group of the host is none that a container can have.
fn not_mapped(cx: &Context, path: &str, evidence: Vec<Evidence>) -> Decision {
    cx.finding(
        ID,
        format!(
            "no group can open {path}: {} maps the groups of this host to others, which `group_add` cannot name",
            cx.settings.engine.words()
        ),
        evidence,
        format!(
            "if it needs {path}: give it what speaks for it (a socket proxy), or let this one service run on an \
             engine that does not map"
        ),
    )
}
