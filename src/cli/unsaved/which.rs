//! Which containers may be made anew because of a plan.

use super::Before;
use super::made::{MadeBy, made_by};
use crate::engine::Composed;
use crate::load::Project;
use crate::model;
use crate::pipeline::{Prepared, difference};
use crate::render::override_file::of_services;
use crate::tree::Node;
use indexmap::IndexSet;
use std::ffi::OsString;

/// The containers that may be made anew because of the plan, and what they were made by: those of services that it
/// changes, and of services that lean on such a one.
pub(super) fn to_be_made_anew(
    there: Vec<Composed>,
    prepared: &Prepared,
    text: &str,
    before: &Before,
) -> Vec<(Composed, MadeBy)> {
    let project = &prepared.project;
    let is_changed = |name: &str| {
        let of = |tree: &Node| tree.get("services").and_then(|s| s.get(name)).cloned();
        match (of(&project.tree), of(&prepared.hardened)) {
            (Some(base), Some(hardened)) => difference("", &base, &hardened).is_some(),
            _ => false,
        }
    };
    let changed: IndexSet<&str> = model::services(project)
        .map(|s| s.name)
        .filter(|n| is_changed(n))
        .collect();
    let part = |text: &str, name: &str| of_services(text, |n| n == name);
    // The same words as before.
    let is_same = |one: &Composed| {
        made_by(one, before) == MadeBy::ByKept
            && (before.text == text || part(&before.text, &one.service) == part(text, &one.service))
    };
    let directly: IndexSet<String> = there
        .iter()
        .filter(|one| changed.contains(one.service.as_str()) || made_by(one, before) > MadeBy::Beside)
        .filter(|one| !is_same(one))
        .map(|one| one.service.clone())
        .collect();
    let is_meant = |one: &Composed| {
        let mut all = with_what_it_leans_on(project, &one.service).into_iter();
        !one.oneoff && all.any(|service| directly.contains(&service))
    };
    let meant = there.into_iter().filter(|one| is_meant(one));
    meant
        .map(|one| {
            let made = made_by(&one, before);
            (one, made)
        })
        .collect()
}

/// Flags with a value that may be the name of a service.
const FLAGS: [&str; 3] = ["--attach", "--no-attach", "--exit-code-from"];

/// The services of which a command makes containers: those that it names, or else all that are enabled, and what they
/// need. `run` makes one of its own.
pub(crate) fn meant(project: &Project, command: &[OsString]) -> IndexSet<String> {
    let words: Vec<_> = command.iter().map(|w| w.to_string_lossy()).collect();
    let is_run = words.first().is_some_and(|verb| verb == "run");
    let is_there = |name: &str| model::services(project).any(|s| s.name == name);
    let mut named: Vec<String> = Vec::new();
    let mut needs = true;
    for pair in words.windows(2) {
        let [before, word] = pair else { continue };
        let name = match words.first().is_some_and(|verb| verb == "scale") {
            true => word.split('=').next().unwrap_or(word),
            false => word,
        };
        needs &= word != "--no-deps";
        if !FLAGS.contains(&before.as_ref()) && is_there(name) {
            named.push(name.to_owned());
            // What follows is the command that it runs.
            if is_run {
                break;
            }
        }
    }
    let mut all: IndexSet<String> = match named.is_empty() {
        true => project.active.clone(),
        false => named.iter().cloned().collect(),
    };
    let mut at = 0;
    while let Some(name) = all.get_index(at).filter(|_| needs).cloned() {
        at += 1;
        let service = model::services(project).find(|s| s.name == name);
        let depends = service.and_then(|s| s.get("depends_on")?.as_map());
        all.extend(depends.into_iter().flat_map(|d| d.keys().cloned()));
        all.extend(with_what_it_leans_on(project, &name));
    }
    if is_run {
        all.retain(|name| !named.contains(name));
    }
    all
}

/// A service, and those whose namespaces or mounts it shares: it is made anew with them.
pub(super) fn with_what_it_leans_on(project: &Project, service: &str) -> Vec<String> {
    let mut all = vec![service.to_owned()];
    let mut at = 0;
    while let Some(name) = all.get(at).cloned() {
        at += 1;
        let Some(service) = model::services(project).find(|s| s.name == name) else {
            continue;
        };
        let modes = ["network_mode", "ipc", "pid"].map(|key| service.get(key).and_then(Node::as_str));
        let modes = modes
            .into_iter()
            .flatten()
            .filter_map(|mode| mode.strip_prefix("service:"));
        let from = service.strings("volumes_from");
        let from = from
            .iter()
            .filter(|f| !f.starts_with("container:"))
            .filter_map(|f| f.split(':').next());
        for other in modes.chain(from) {
            if !all.iter().any(|known| known == other) {
                all.push(other.to_owned());
            }
        }
    }
    all
}
