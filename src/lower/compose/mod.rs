//! Compose: intents become edits of the project's tree.

mod file;
mod init_service;
mod port;
mod privileges;
mod readable;
#[cfg(test)]
mod rows;
mod scratch;
mod socket_proxy;
mod volume;

use super::{Edit, Row, Scope, Target};
use crate::facts::settings::Giver;
use crate::load::Project;
use crate::model;
use crate::plan::Plan;
use crate::plan::decision::Outcome;
use crate::plan::intent::Intent;
use crate::tree::Value;
use indexmap::IndexMap;

/// The Compose file that `docker compose` runs.
pub struct Compose;

impl Target for Compose {
    type Output = Vec<Edit>;

    const NAME: &'static str = "compose";

    #[cfg(test)]
    const ROWS: &'static [(&'static str, &'static str)] = rows::ROWS;

    fn row(scope: &Scope, intent: &Intent) -> Row<Vec<Edit>> {
        let service = scope.service;
        let set = |key: &str, value: Value| Row::Done(vec![Edit::set(service.path_of(key), value)]);
        match intent {
            // Always quoted: Compose refuses numbers.
            Intent::RunAs { ids, .. } => set("user", ids.to_string().as_str().into()),
            Intent::RunAsRoot => set("user", "0:0".into()),
            Intent::Group { gid } => Row::Done(vec![Edit::add(service, "group_add", gid.to_string())]),
            Intent::NoNewPrivileges => Row::Done(privileges::no_new_privileges(service)),
            Intent::Capabilities { keep, .. } => Row::Done(privileges::capabilities(service, keep)),
            Intent::Scratch(scratch) => Row::Done(scratch::edits(service, scratch)),
            Intent::Own(owner) => match volume::kept_bare(service, owner) {
                edits if edits.is_empty() => Row::Together,
                edits => Row::Done(edits),
            },
            // By nrcompose itself before the start: no program of an image gets rights over the host for that.
            Intent::OwnDirectory(_) => Row::Together,
            Intent::Volume { name, path } => Row::Done(volume::added(scope, name, path)),
            Intent::Writable { .. } => Row::Needless("it is mounted as its author wrote it"),
            Intent::Readable { copied: None, .. } => Row::Needless("it is mounted as its author wrote it"),
            Intent::Readable {
                copied: Some(copied), ..
            } => Row::Done(readable::edits(scope, copied)),
            Intent::Listen(listen) => port::listen(scope, listen),
            Intent::Publish { entry, to } => Row::Done(vec![port::publish(entry, *to)]),
            Intent::File {
                path,
                content,
                is_written,
            } => Row::Done(file::edits(service, path, content, *is_written)),
            Intent::Account { passwd, group, .. } => {
                let files = [("/etc/passwd", passwd), ("/etc/group", group)];
                let files = files
                    .into_iter()
                    .filter_map(|(path, all)| Some((path, all.as_ref()?)));
                Row::Done(
                    files
                        .flat_map(|(path, all)| file::edits(service, path, all, false))
                        .collect(),
                )
            }
            Intent::Env { name, value, .. } => {
                let path = service.path_of("environment").join(name);
                Row::Done(vec![match value {
                    Some(value) => Edit::set(path, value.as_str()),
                    None => Edit::remove(path),
                }])
            }
            Intent::Mention { place, says } => Row::Done(vec![Edit::set(place.clone(), says.as_str())]),
            Intent::ReadOnlyRoot => set("read_only", true.into()),
            Intent::OwnInit => set("init", false.into()),
            Intent::SocketProxy(proxy) => Row::Done(socket_proxy::edits(service, proxy)),
        }
    }

    fn together<'i>(scope: &Scope, intents: impl Iterator<Item = &'i Intent>) -> Vec<Edit> {
        let owners = intents.filter_map(|intent| match intent {
            Intent::Own(owner) => Some(owner),
            _ => None,
        });
        match scope.giver {
            Giver::InitService => init_service::edits(scope, &owners.collect::<Vec<_>>()),
            Giver::Helper => Vec::new(),
        }
    }
}

/// What a plan comes to in Compose's words.
#[derive(Debug, Default)]
pub struct Lowered {
    /// By service, of each of its decisions in order.
    decisions: IndexMap<String, Vec<Change>>,
    /// By service, what is done about several decisions together.
    together: IndexMap<String, Vec<Edit>>,
}

/// What a decision comes to.
#[derive(Debug, Default)]
pub struct Change {
    /// Its edits, each once.
    pub edits: Vec<Edit>,
    /// Whether anything is done about it, by these edits or together with others.
    pub is_done: bool,
}

/// Lowers every decision of a plan.
pub fn lower(project: &Project, plan: &Plan) -> Lowered {
    let mut lowered = Lowered::default();
    for service in model::services(project) {
        let Some(planned) = plan.services.get(service.name) else {
            continue;
        };
        let scope = Scope {
            project,
            service,
            planned,
            engine: &plan.settings.engine,
            giver: plan.settings.giver,
        };
        let decisions = planned.decisions.iter();
        let changes = decisions.map(|d| match &d.outcome {
            Outcome::Change(intents) => change(&scope, intents),
            _ => Change::default(),
        });
        let changes = changes.collect();
        lowered.decisions.insert(service.name.to_owned(), changes);
        if model::added_for(service).is_none() {
            let edits = Compose::together(&scope, planned.intents());
            lowered.together.insert(service.name.to_owned(), edits);
        }
    }
    lowered
}

fn change(scope: &Scope, intents: &[Intent]) -> Change {
    let mut change = Change::default();
    for intent in intents {
        match Compose::row(scope, intent) {
            Row::Done(edits) => {
                for edit in edits {
                    if !change.edits.contains(&edit) {
                        change.edits.push(edit);
                    }
                }
            }
            Row::Together => change.is_done = true,
            Row::Needless(_) | Row::Cannot(_) => {}
        }
    }
    change.is_done |= !change.edits.is_empty();
    change
}

impl Lowered {
    /// All edits, of services that are not refused: those of their decisions, then what is done together. That is handed
    /// out once: no page shows it, and a copy of every added service would be felt in a large project.
    pub fn edits(&mut self, plan: &Plan) -> Vec<Edit> {
        let is_carried_out = |name: &str| plan.services.get(name).is_some_and(|s| !s.is_refused());
        let services = self.decisions.iter().filter(|(name, _)| is_carried_out(name));
        let own = services.flat_map(|(_, changes)| changes.iter().flat_map(|c| &c.edits));
        let mut edits: Vec<Edit> = own.cloned().collect();
        edits.extend(std::mem::take(&mut self.together).into_values().flatten());
        edits
    }

    /// What each of a service's decisions comes to, in their order.
    pub fn changes(&self, service: &str) -> &[Change] {
        self.decisions.get(service).map(Vec::as_slice).unwrap_or_default()
    }
}
