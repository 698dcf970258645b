//! Asks all ports of all containers side by side: from this machine where their networks are here, else by this program in
//! a container of its own on the network, as nobody, without a capability.

use super::dial::{self, Door};
use super::questions::{PortQuestion, questions};
use crate::engine::helper::Network;
use crate::engine::{Container, Engine, Helper, own_image};
use crate::verify::observation::{Observation, Way};
use crate::verify::reply::{AskedFrom, PortAnswer, Reply};
use anyhow::{Context, Result, bail};
use std::thread;
use std::time::Duration;

/// The hidden verb by which the program knows that it is the helper that asks.
pub const VERB: &str = "__ask";

/// Asks every container, and notes what came of it. `is_rootless`: networks of the engine are not this machine's.
pub(crate) fn ask(
    engine: &dyn Engine,
    is_rootless: bool,
    containers: &[Container],
    seen: &mut [Observation],
) {
    let mut all: Vec<(usize, PortQuestion)> = Vec::new();
    for (index, (container, seen)) in containers.iter().zip(seen.iter()).enumerate() {
        let is_near = seen.way == Way::Proc;
        all.extend(
            questions(container, containers, seen, is_near)
                .into_iter()
                .map(|q| (index, q)),
        );
    }
    let here: Vec<bool> = all
        .iter()
        .map(|(index, q)| q.from == AskedFrom::Machine || seen[*index].way == Way::Proc && !is_rootless)
        .collect();
    let mut replies = dial_all(
        all.iter()
            .zip(&here)
            .map(|((_, q), here)| here.then_some(&q.door)),
    );
    // A network that this machine has no way into is asked from inside.
    for ((_, question), reply) in all.iter().zip(&mut replies) {
        if question.from == AskedFrom::Network
            && let Some(Reply::Refused { why }) = reply
            && (why.starts_with("no connection") || why.starts_with("there is no way"))
        {
            *reply = None;
        }
    }
    from_inside(engine, &all, &mut replies, seen);
    for seen in seen.iter_mut() {
        seen.answers.clear();
    }
    for ((index, question), reply) in all.into_iter().zip(replies) {
        if let Some(reply) = reply {
            seen[index].answers.push(PortAnswer {
                port: question.port,
                protocol: question.door.protocol,
                from: question.from,
                address: question.door.address,
                reply,
            });
        }
    }
}

/// Those that have no reply yet, one helper for each network.
fn from_inside(
    engine: &dyn Engine,
    all: &[(usize, PortQuestion)],
    replies: &mut [Option<Reply>],
    seen: &mut [Observation],
) {
    let mut networks: Vec<Network> = Vec::new();
    for ((_, question), _) in all
        .iter()
        .zip(replies.iter())
        .filter(|(_, reply)| reply.is_none())
    {
        if let Some(network) = question.network.as_ref().filter(|n| !networks.contains(n)) {
            networks.push(network.clone());
        }
    }
    let told: Vec<(Network, Result<Vec<Reply>>)> = thread::scope(|scope| {
        let started: Vec<_> = networks
            .into_iter()
            .map(|network| {
                let doors: Vec<Door> = of(&network, all, replies).map(|(_, q)| q.door.clone()).collect();
                (
                    network.clone(),
                    scope.spawn(move || helped(engine, network, &doors)),
                )
            })
            .collect();
        let joined = started.into_iter().map(|(network, handle)| {
            let told = handle
                .join()
                .unwrap_or_else(|_| bail!("a part of the program failed"));
            (network, told)
        });
        joined.collect()
    });
    for (network, told) in told {
        let places: Vec<usize> = (0..all.len())
            .filter(|at| replies[*at].is_none() && all[*at].1.network.as_ref() == Some(&network))
            .collect();
        match told {
            Ok(told) => {
                for (place, reply) in places.into_iter().zip(told) {
                    replies[place] = Some(reply);
                }
            }
            Err(error) => {
                for place in places {
                    let note = format!("its ports could not be asked from its network: {error:#}");
                    let notes = &mut seen[all[place].0].notes;
                    if !notes.contains(&note) {
                        notes.push(note);
                    }
                }
            }
        }
    }
}

fn of<'q>(
    network: &'q Network,
    all: &'q [(usize, PortQuestion)],
    replies: &'q [Option<Reply>],
) -> impl Iterator<Item = &'q (usize, PortQuestion)> {
    let open = all.iter().zip(replies).filter(|(_, reply)| reply.is_none());
    open.map(|(one, _)| one)
        .filter(move |(_, q)| q.network.as_ref() == Some(network))
}

/// The replies at these doors, in their order, from a container on the network.
fn helped(engine: &dyn Engine, network: Network, doors: &[Door]) -> Result<Vec<Reply>> {
    let helper = Helper {
        user: "65534:65534".into(),
        network: Some(network),
        read_only: true,
        command: vec![
            own_image::PROGRAM.into(),
            VERB.into(),
            serde_json::to_string(doors)?,
        ],
        ..Helper::default()
    };
    let helper = own_image::create(engine, "", helper)?;
    let output = engine.start(&helper.id, dial::LONGEST + Duration::from_secs(30))?;
    if output.code != 0 {
        bail!(
            "the helper ended with code {}: {}",
            output.code,
            output.stderr.trim()
        );
    }
    let told: Vec<Reply> = serde_json::from_slice(&output.stdout).context("reading what the helper said")?;
    if told.len() != doors.len() {
        bail!("the helper said {} of {} replies", told.len(), doors.len());
    }
    Ok(told)
}

/// Runs in the helper container: asks, and gives what to tell.
///
/// # Errors
/// What it is told to ask is not understood.
pub fn serve(doors: &str) -> Result<String> {
    let doors: Vec<Door> = serde_json::from_str(doors).context("reading what to ask")?;
    let replies: Vec<Reply> = dial_all(doors.iter().map(Some)).into_iter().flatten().collect();
    serde_json::to_string(&replies).context("telling what was said")
}

/// All at once; `None` for those that are not to be asked.
fn dial_all<'d>(doors: impl Iterator<Item = Option<&'d Door>>) -> Vec<Option<Reply>> {
    thread::scope(|scope| {
        let started: Vec<_> = doors
            .map(|door| door.map(|door| scope.spawn(|| dial::dial(door))))
            .collect();
        let replies = started
            .into_iter()
            .map(|handle| handle.and_then(|handle| handle.join().ok()));
        replies.collect()
    })
}
