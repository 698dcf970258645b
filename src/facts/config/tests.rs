//! Every key is read.

use super::*;
use crate::tree::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Debug;

fn names<C>(keys: &[Key<C>]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}

#[test]
fn keys_are_sorted_and_stand_once() {
    for table in [names(TOP), names(SERVICE)] {
        assert!(table.is_sorted_by(|a, b| a < b), "{table:?}");
    }
}

fn of(key: &str, value: Node) -> Node {
    let mut map = Map::new();
    map.insert(key.to_owned(), value);
    Node::synthetic(map)
}

/// What may be written, each of another meaning.
fn samples(form: KeyForm) -> Vec<Node> {
    let text = |text: &str| Node::synthetic(text);
    match form {
        KeyForm::Flag => vec![Node::synthetic(true), Node::synthetic(false)],
        KeyForm::Word(words) => words.iter().map(|word| text(word)).collect(),
        KeyForm::Text(_) => vec![text("one"), text("other")],
        KeyForm::Texts(_) => vec![Node::synthetic(Value::Seq(vec![text("one")]))],
        KeyForm::Ids => vec![text("7:8"), text("7:9")],
        KeyForm::Tmpfs => vec![Node::synthetic(Value::Seq(vec![text("/run/app")]))],
        KeyForm::Reasons => vec![of("user", text("it is ours"))],
        KeyForm::Probe => vec![text("true")],
        KeyForm::Owned => vec![of("./data", Node::synthetic("own"))],
        KeyForm::Services => vec![of("web", of("as_root", Node::synthetic(true)))],
    }
}

/// A reader that reads nothing, or into the place of another key, would be accepted and ignored.
fn each_is_read_into_a_place_of_its_own<C: Debug + Default>(
    keys: &[Key<C>],
    read: fn(&Node) -> Result<C, Diagnostic>,
    over: fn(C, C) -> C,
) {
    let mut all = BTreeSet::from([format!("{:?}", C::default())]);
    for key in keys {
        for sample in samples(key.form) {
            let node = of(key.name, sample);
            let seen = |config: C| format!("{config:?}");
            let config = read(&node).unwrap();
            assert!(
                all.insert(seen(config)),
                "{}: {node:?} says nothing of its own",
                key.name
            );
            // Nor is it lost where several files speak.
            let alone = seen(read(&node).unwrap());
            assert_eq!(
                seen(over(read(&node).unwrap(), C::default())),
                alone,
                "{}",
                key.name
            );
            assert_eq!(
                seen(over(C::default(), read(&node).unwrap())),
                alone,
                "{}",
                key.name
            );
        }
    }
}

#[test]
fn every_key_is_read() {
    each_is_read_into_a_place_of_its_own(TOP, Config::read, Config::over);
    each_is_read_into_a_place_of_its_own(SERVICE, ServiceConfig::read, ServiceConfig::over);
}
