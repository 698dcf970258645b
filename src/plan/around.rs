//! What a control may ask about the whole project, worked out once for all services: a walk over every service for
//! every service would take time by the square of their number.

use crate::load::Project;
use crate::model::{self, Service};
use crate::tree::{Node, Value};
use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// The first and the last of host ports.
pub(crate) type PortRange = (u16, u16);

/// As Compose writes it.
pub(crate) fn range_text((from, to): PortRange) -> String {
    if from == to {
        from.to_string()
    } else {
        format!("{from}-{to}")
    }
}

/// The look-ups, each made when it is first asked.
#[derive(Debug, Default)]
pub struct Around<'a> {
    named: OnceCell<NamedWords<'a>>,
    moved: OnceCell<HashMap<PortRange, PortRange>>,
    targets: RefCell<HashMap<&'a str, Rc<HashSet<u16>>>>,
    mounted: RefCell<HashMap<&'a str, Rc<HashSet<&'a str>>>>,
}

/// Which services name which words in their environment and command.
#[derive(Debug, Default)]
struct NamedWords<'a> {
    by: HashMap<&'a str, Vec<usize>>,
    services: Vec<Service<'a>>,
}

impl<'a> Around<'a> {
    /// The services whose environment or command may name one of these hosts, in the order of the file.
    pub fn naming(&self, project: &'a Project, hosts: &[&str]) -> Vec<Service<'a>> {
        let named = self.named.get_or_init(|| {
            let mut named = NamedWords::default();
            for (place, service) in model::services(project).enumerate() {
                named.services.push(service);
                for key in ["environment", "command"] {
                    let Some(node) = service.get(key) else { continue };
                    texts(node, &mut |text| {
                        for word in words(text) {
                            let places = named.by.entry(word).or_default();
                            if places.last() != Some(&place) {
                                places.push(place);
                            }
                        }
                    });
                }
            }
            named
        });
        let mut places: Vec<usize> = Vec::new();
        for host in hosts {
            match words(host).next() {
                // A host stands as a whole word, so its own first word does, too.
                Some(word) => places.extend(named.by.get(word).into_iter().flatten()),
                None => places.extend(0..named.services.len()),
            }
        }
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| named.services[place]).collect()
    }

    /// The container ports that a service publishes.
    pub fn targets(&self, service: Service<'a>) -> Rc<HashSet<u16>> {
        let mut known = self.targets.borrow_mut();
        let targets = known
            .entry(service.name)
            .or_insert_with(|| Rc::new(service.ports().iter().map(|p| p.target).collect()));
        Rc::clone(targets)
    }

    /// What a service mounts: volumes and paths of the host.
    pub fn mounted(&self, service: Service<'a>) -> Rc<HashSet<&'a str>> {
        let mut known = self.mounted.borrow_mut();
        let sources = known
            .entry(service.name)
            .or_insert_with(|| Rc::new(service.mounts().iter().filter_map(|m| m.source).collect()));
        Rc::clone(sources)
    }

    /// Where published ports go that the engine may not publish.
    pub fn moved(
        &self,
        make: impl FnOnce() -> HashMap<PortRange, PortRange>,
    ) -> &HashMap<PortRange, PortRange> {
        self.moved.get_or_init(make)
    }
}

/// Whether a character is part of a host's name.
pub(crate) fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_' || c == '.'
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_of_word(c)).filter(|word| !word.is_empty())
}

/// Every text below a node.
fn texts<'a>(node: &'a Node, see: &mut dyn FnMut(&'a str)) {
    match &node.value {
        Value::Map(map) => map.values().for_each(|n| texts(n, see)),
        Value::Seq(items) => items.iter().for_each(|n| texts(n, see)),
        Value::Str(text) => see(text),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_wherever_they_stand() {
        let list = Value::Seq(vec![Node::synthetic("--to"), Node::synthetic("web")]);
        let node = Node::synthetic(Value::Seq(vec![Node::synthetic(list), Node::synthetic(true)]));
        let mut seen = Vec::new();
        texts(&node, &mut |text| seen.push(text));
        assert_eq!(seen, ["--to", "web"]);
    }

    #[test]
    fn hosts_are_found_by_their_words() {
        assert_eq!(
            words("http://web-1.x:80/a_b web").collect::<Vec<_>>(),
            ["http", "web-1.x", "80", "a_b", "web"]
        );
    }
}
