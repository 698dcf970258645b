//! The way for engines that are elsewhere: this program itself, in a container beside the one that is looked at, as nobody,
//! without a capability. Its image has nothing else in it, so nothing of the looked-at image is run or needed.

use super::proc::{Members, ProcView};
use super::window::{Watch, watch};
use super::{mounts, network};
use crate::engine::helper::Network;
use crate::engine::own_image;
use crate::engine::{Container, Engine, Helper, IdMap, Image};
use crate::verify::observation::{KernelMount, Listener, Process};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// The hidden verb by which the program knows that it is the helper.
pub const VERB: &str = "__observe";

/// What the helper says.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Told {
    /// All of the container, as its `/proc` has them.
    pub processes: Vec<Process>,
    /// The listening sockets.
    pub listening: Option<Vec<Listener>>,
    /// The mounts of the first process.
    pub mounts: Option<Vec<KernelMount>>,
}

/// Runs in the helper container: watches, and tells.
pub fn observe(window: Duration) -> Told {
    let proc = Path::new("/proc");
    let view = ProcView {
        proc: proc.into(),
        members: Members::AllBut(std::process::id()),
        // It is in the same user namespace, or in one with the same map.
        uids: IdMap::parse(""),
        gids: IdMap::parse(""),
    };
    let first = view.pids().first().map(|pid| proc.join(pid.to_string()));
    Told {
        processes: watch(vec![Watch::new(view)], window).pop().unwrap_or_default(),
        listening: network::listeners(&proc.join("self")),
        mounts: first
            .and_then(|p| std::fs::read_to_string(p.join("mountinfo")).ok())
            .map(|t| mounts::parse(&t)),
    }
}

/// Looks at a container by a helper, which is removed again.
pub fn look(
    engine: &dyn Engine,
    container: &Container,
    image: Option<&Image>,
    window: Duration,
) -> Result<Told> {
    if !container.host_config.pid_mode.is_empty() {
        bail!("it shares the processes of the machine or of another container");
    }
    let helper = Helper {
        user: "65534:65534".into(),
        pid_of: Some(container.id.clone()),
        network: network_of(container),
        read_only: true,
        command: vec![
            own_image::PROGRAM.into(),
            VERB.into(),
            window.as_millis().to_string(),
        ],
        ..Helper::default()
    };
    let helper = own_image::create(engine, image.map_or("", |i| i.architecture.as_str()), helper)?;
    let output = engine.start(&helper.id, window + Duration::from_secs(30))?;
    if output.code != 0 {
        bail!(
            "the helper ended with code {}: {}",
            output.code,
            output.stderr.trim()
        );
    }
    serde_json::from_slice(&output.stdout).context("reading what the helper said")
}

/// A network that belongs to another container is joined there; `none` and `host` are as they are.
fn network_of(container: &Container) -> Option<Network> {
    match container.host_config.network_mode.as_str() {
        "none" => None,
        _ => Some(Network::Of(container.id.clone())),
    }
}
