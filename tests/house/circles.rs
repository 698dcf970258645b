//! Modules that stand beside each other and use each other, directly or by way of more: none of them can be read, tested
//! or moved alone. A module and what is below it count as one for those beside it, so this is judged on every level,
//! rooms and files alike; a folder's own file and the files in it are one.

use crate::modules::Place;
use crate::uses::Use;
use std::collections::{BTreeMap, BTreeSet};

/// Every circle, as the uses that make it up.
pub(crate) fn circles(uses: &BTreeSet<Use>) -> Vec<Vec<String>> {
    let mut beside: BTreeMap<Place, BTreeMap<Place, &str>> = BTreeMap::new();
    for used in uses.iter().filter(|u| !u.is_by_way) {
        let common = used.from.iter().zip(&used.to).take_while(|(a, b)| a == b).count();
        if common < used.from.len() && common < used.to.len() {
            let (from, to) = (used.from[..=common].to_vec(), used.to[..=common].to_vec());
            beside.entry(from).or_default().entry(to).or_insert(&used.at);
        }
    }
    let reached: BTreeMap<&Place, BTreeSet<&Place>> = beside
        .keys()
        .map(|from| (from, from_there(&beside, from)))
        .collect();
    let mut circles: BTreeSet<Vec<&Place>> = BTreeSet::new();
    for (from, there) in &reached {
        let circle: Vec<&Place> = there
            .iter()
            .copied()
            .filter(|to| reached.get(to).is_some_and(|r| r.contains(from)))
            .collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    let told = |circle: &Vec<&Place>| {
        let uses = circle.iter().flat_map(|from| &beside[*from]);
        let within = uses.filter(|(to, _)| circle.contains(to));
        within.map(|(_, at)| (*at).to_owned()).collect()
    };
    circles.iter().map(told).collect()
}

/// Everything that is used by `from`, by way of others too.
fn from_there<'g>(graph: &'g BTreeMap<Place, BTreeMap<Place, &str>>, from: &Place) -> BTreeSet<&'g Place> {
    let mut there: BTreeSet<&Place> = BTreeSet::new();
    let mut waiting: Vec<&Place> = graph.get(from).into_iter().flatten().map(|(to, _)| to).collect();
    while let Some(next) = waiting.pop() {
        if there.insert(next) {
            waiting.extend(graph.get(next).into_iter().flatten().map(|(to, _)| to));
        }
    }
    there
}
