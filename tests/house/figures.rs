//! The figures of one source tree, or of several beside each other: `tests/figures REVISION…`.

use crate::House;
use crate::rooms::{ROOMS, rooms, upward};
use crate::sources::Sources;
use std::path::Path;

/// More lines than that are worth a thought.
pub(crate) const LONG: usize = 300;

/// The figures of a tree by their names.
fn figures(sources: &Sources) -> Vec<(&'static str, String)> {
    let house = House::of(sources);
    let lines = sizes(sources);
    let doubled = house.modules.types.values().filter(|places| places.len() > 1);
    let longest = house.modules.functions.iter().max();
    let (length, name) = longest.cloned().unwrap_or_default();
    vec![
        ("rooms", rooms(&house.modules).len().to_string()),
        ("upward arrows", upward(ROOMS, &house.plan()).len().to_string()),
        ("circles", house.circles().len().to_string()),
        ("files", lines.len().to_string()),
        ("lines of the median file", median(&lines).to_string()),
        (
            "files over 300 lines",
            lines.iter().filter(|(n, _)| *n > LONG).count().to_string(),
        ),
        ("type names", house.modules.types.len().to_string()),
        ("of them defined more than once", doubled.count().to_string()),
        ("lines of the longest function", length.to_string()),
        ("which is", name.rsplit(' ').next().unwrap_or_default().to_owned()),
    ]
}

/// Files with their lines, the longest last.
pub(crate) fn sizes(sources: &Sources) -> Vec<(usize, &String)> {
    let mut sizes: Vec<(usize, &String)> = sources.0.iter().map(|(p, t)| (t.lines().count(), p)).collect();
    sizes.sort();
    sizes
}

pub(crate) fn median(sizes: &[(usize, &String)]) -> usize {
    sizes[sizes.len() / 2].0
}

/// A column for each tree of `NRCOMPOSE_TREES` (`NAME=FOLDER`, by spaces); and what makes up the figures of the last.
#[test]
fn figures_of_the_house() {
    let trees = std::env::var("NRCOMPOSE_TREES").unwrap_or_else(|_| "here=.".to_owned());
    let trees: Vec<(&str, Sources)> = trees
        .split_whitespace()
        .filter_map(|tree| tree.split_once('='))
        .map(|(name, folder)| (name, Sources::read(Path::new(folder))))
        .collect();
    let columns: Vec<_> = trees.iter().map(|(_, sources)| figures(sources)).collect();
    let names = trees.iter().map(|(name, _)| format!("{name:>16}"));
    println!("{:32}{}", "", names.collect::<String>());
    for (row, (what, _)) in columns[0].iter().enumerate() {
        let values = columns.iter().map(|column| format!("{:>16}", column[row].1));
        println!("{what:32}{}", values.collect::<String>());
    }
    if std::env::var_os("NRCOMPOSE_TREES").is_some() {
        for (name, sources) in &trees {
            let house = House::of(sources);
            println!("\n{name}");
            upward(ROOMS, &house.plan())
                .iter()
                .for_each(|at| println!("  upward: {at}"));
            house
                .circles()
                .iter()
                .for_each(|circle| println!("  circle: {}", circle.join("; ")));
            for (name, places) in house.modules.types.iter().filter(|(_, places)| places.len() > 1) {
                println!("  type name {name}: {}", places.join(", "));
            }
        }
    }
}
