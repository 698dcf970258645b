//! *published*: ports of the machine that the engine may not bind.
//!
//! A rootless engine publishes as the user who runs it, and the kernel gives a user no port below 1024 unless it is
//! set to. Compose would end with an error there, so such a port is published on another one, and the person is
//! told: who comes from outside has to know.

mod taken;

use crate::diagnostic::audience::Topic;
use crate::load::Project;
use crate::model::{self, PortMapping};
use crate::plan::around::{PortRange, range_text};
use crate::plan::context::Context;
use crate::plan::decision::{Decision, Evidence, Instead, Notice, Outcome, Safety};
use crate::plan::intent::Intent;
use crate::tree::Node;
use std::collections::{HashMap, HashSet};
use taken::Taken;

/// The control's id.
pub(crate) const ID: &str = "published";

/// What is added to a port that cannot be published: 80 becomes 8080, as people do it by hand.
const STEP: u16 = 8000;

/// One decision for all ports of the service that cannot be published as they are.
pub(crate) fn decide(cx: &Context) -> Vec<Decision> {
    let first = cx.settings.engine.first_port;
    let ports = cx.service.ports();
    let stuck = out_of_reach(&ports, first);
    // On the host's network nothing is published.
    if stuck.is_empty() || cx.service.is_on_host_network() {
        return Vec::new();
    }
    if let Some((index, range)) = stuck
        .iter()
        .find(|(index, range)| !ports[*index].can_move_published(&range_text(*range)))
    {
        let why = "its number comes from a variable";
        return vec![refuse(cx, ports[*index].node, *range, first, why)];
    }
    let moves = cx.around.moved(|| moves(cx.project, first));
    let mut intents = Vec::new();
    let mut told = Vec::new();
    for (index, range) in &stuck {
        let Some(to) = moves.get(range).copied() else {
            let why = "nothing above is free";
            return vec![refuse(cx, ports[*index].node, *range, first, why)];
        };
        intents.push(Intent::Publish {
            entry: cx.service.path_of("ports").join(*index),
            to,
        });
        told.push(format!("{} on {}", range_text(*range), range_text(to)));
    }
    told.dedup();
    let mut evidence = vec![Evidence::Engine(
        "a rootless engine publishes as its user, who may not bind low ports (net.ipv4.ip_unprivileged_port_start)",
    )];
    evidence.extend(stuck.iter().map(|(i, _)| Evidence::File(ports[*i].node.origin)));
    evidence.dedup();
    vec![Decision {
        outcome: Outcome::Change(intents),
        safety: Safety::Behaviour("whoever comes from outside has to use the new port".to_owned()),
        notice: Some(Notice {
            topic: Topic::MovedPort,
            help: "to keep it: `sudo sysctl net.ipv4.ip_unprivileged_port_start=0` on the engine's machine",
        }),
        ..cx.decision(
            ID,
            format!(
                "this engine may not publish ports below {first}, so it publishes {}",
                told.join(", ")
            ),
            evidence,
        )
    }]
}

fn refuse(cx: &Context, entry: &Node, port: PortRange, first: u16, why: &str) -> Decision {
    cx.refused(
        ID,
        format!(
            "this engine may not publish host port {} (only from {first} on), and it cannot be moved: {why}",
            range_text(port)
        ),
        vec![Evidence::File(entry.origin)],
        format!(
            "publish it on a port from {first} on, or let users bind low ports: \
             `sudo sysctl net.ipv4.ip_unprivileged_port_start=0`"
        ),
        Instead::TheRest,
    )
}

/// The entries that cannot be published, by their place in `ports`. Of a range that an author wrote in one text all
/// are, when one is: half of a text cannot be kept.
fn out_of_reach(ports: &[PortMapping], first: u16) -> Vec<(usize, PortRange)> {
    let is_low = |p: &&PortMapping| range(p).is_some_and(|(from, _)| from < first);
    let text_of = |p: &PortMapping| p.node.raw.clone().map(|raw| (raw, p.node.origin));
    let low_texts: HashSet<_> = ports.iter().filter(is_low).filter_map(text_of).collect();
    let is_of_low_text = |p: &PortMapping| {
        // The text is only looked at where there is one to be found.
        !low_texts.is_empty() && text_of(p).is_some_and(|text| low_texts.contains(&text))
    };
    ports
        .iter()
        .enumerate()
        .filter(|(_, p)| is_low(p) || is_of_low_text(p))
        .filter_map(|(index, p)| Some((index, range(p)?)))
        .collect()
}

/// Where everything in the project that cannot be published goes: the same number always to the same one, never to
/// one that is published already. What finds no place is left out.
fn moves(project: &Project, first: u16) -> HashMap<PortRange, PortRange> {
    let mut taken = Taken::default();
    for service in model::services(project) {
        service
            .ports()
            .iter()
            .filter_map(range)
            .for_each(|r| taken.add(r));
    }
    let mut moves = HashMap::new();
    for service in model::services(project) {
        for (_, from) in out_of_reach(&service.ports(), first) {
            if moves.contains_key(&from) {
                continue;
            }
            if let Some(to) = place(from, first, &taken) {
                taken.add(to);
                moves.insert(from, to);
            }
        }
    }
    moves
}

/// The nearest free range from [`STEP`] above on.
fn place((from, to): PortRange, first: u16, taken: &Taken) -> Option<PortRange> {
    let length = to - from;
    let mut start = from.checked_add(STEP)?.max(first);
    loop {
        let end = start.checked_add(length)?;
        match taken.in_the_way((start, end)) {
            None => return Some((start, end)),
            Some(last) => start = last.checked_add(1)?,
        }
    }
}

fn range(port: &PortMapping) -> Option<PortRange> {
    let text = port.published.as_deref()?;
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    // 0 is any free port.
    let from = from.parse().ok().filter(|n| *n != 0)?;
    Some((from, to.parse().ok().filter(|to| *to >= from)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_never_one_that_is_taken() {
        let place = |range, first, ranges: &[PortRange]| {
            let mut taken = Taken::default();
            ranges.iter().for_each(|r| taken.add(*r));
            place(range, first, &taken)
        };
        assert_eq!(place((80, 80), 1024, &[]), Some((8080, 8080)));
        assert_eq!(place((80, 80), 1024, &[(8080, 8080)]), Some((8081, 8081)));
        assert_eq!(
            place((80, 82), 1024, &[(8000, 8081), (8084, 8090)]),
            Some((8091, 8093))
        );
        assert_eq!(place((60_000, 60_000), 65_000, &[]), None);
        assert_eq!(place((80, 90), 1024, &[(8080, 65_530)]), None);
    }
}
