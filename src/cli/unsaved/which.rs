//! Which containers may be made anew because of a plan.

use super::Before;
use crate::cli::prepare::{Prepared, difference};
use crate::engine::Composed;
use crate::load::Project;
use crate::model;
use crate::render::override_file::{names_service, of_services};
use crate::tree::Node;
use indexmap::IndexSet;

/// The containers that may be made anew because of the plan, and whether they were made by another one: those of
/// services that it changes, and of services that lean on such a one.
pub(super) fn to_be_made_anew(
    there: Vec<Composed>,
    prepared: &Prepared,
    text: &str,
    before: &Before,
) -> Vec<(Composed, bool)> {
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
    let ours = before.path.display().to_string();
    let was_hardened =
        |one: &Composed| one.files.split(',').any(|f| f == ours) && names_service(&before.text, &one.service);
    let part = |text: &str, name: &str| of_services(text, |n| n == name);
    // The same words as before.
    let is_same = |one: &Composed| {
        was_hardened(one)
            && (before.text == text || part(&before.text, &one.service) == part(text, &one.service))
    };
    let directly: IndexSet<String> = there
        .iter()
        .filter(|one| (changed.contains(one.service.as_str()) || was_hardened(one)) && !is_same(one))
        .map(|one| one.service.clone())
        .collect();
    let is_meant = |one: &Composed| {
        let mut all = with_what_it_leans_on(project, &one.service).into_iter();
        !one.oneoff && all.any(|service| directly.contains(&service))
    };
    let meant = there.into_iter().filter(|one| is_meant(one));
    meant
        .map(|one| {
            let was = was_hardened(&one);
            (one, was)
        })
        .collect()
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
