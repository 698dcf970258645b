//! Before containers are made anew because of a plan: what they have in their own layers, and nowhere else, would be
//! lost. Such a service is left exactly as it runs, and the person is told.
//!
//! - [`which`]: the containers of services that the plan changes
//! - [`made`]: what those were made by
//! - [`mod@anew`]: those that Compose would make anew for it
//! - [`recreated`]: what another program made anew since
//! - [`mod@told`]: what the person is told

mod anew;
mod made;
mod recreated;
mod told;
mod which;

use super::handed::{as_written, handed};
use super::session::Session;
use crate::act::compose::{self, Invocation};
use crate::act::layers::{self, Layer};
use crate::act::state::StateDirectory;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::engine::{Composed, Container, Engine, ErrorKind};
use crate::facts::settings::Left;
use crate::locate::Location;
use crate::pipeline::Prepared;
use crate::pipeline::failure::Failure;
use anew::{anew, without_theirs};
use made::MadeBy;
pub(crate) use recreated::{recreated_without_us, tell as tell_of_recreated, told as told_of_recreated};
use std::path::PathBuf;
use told::{failed_to_look, told};
pub(crate) use which::meant;
use which::{to_be_made_anew, with_what_it_leans_on};

/// A container with data of its own.
struct UnsavedContainer {
    service: String,
    name: String,
    layer: Layer,
    made: MadeBy,
}

/// The services that must stay as they run, each with the reason and what the person can do.
///
/// # Errors
/// The engine does not say which containers there are.
pub(crate) fn left(
    location: &Location,
    prepared: &Prepared,
    invocation: &Invocation,
    session: &Session,
) -> Result<Left, Failure> {
    let state = StateDirectory::find(&session.settings.environment)?;
    let path = state.override_path(&prepared.project.name, &prepared.project.directory);
    let before = Before {
        text: state.read_override(&path).unwrap_or_default(),
        path,
    };
    let text = prepared.text.as_deref().unwrap_or_default();
    let says = |flag: &str| invocation.command.iter().any(|w| w == flag);
    let is_named = |service: &str| invocation.command.iter().skip(1).any(|w| w == service);
    // By these the person says what becomes of containers that are there: nothing, or that all are made anew, or those
    // that are named.
    let is_forced = says("--force-recreate");
    let services = prepared.plan.services.keys();
    if session.force || says("--no-recreate") || is_forced && !services.into_iter().any(|s| is_named(s)) {
        return Ok(Left::default());
    }
    let engine = session
        .docker()
        .map_err(|error| failed_to_look(&error, "nothing was started"))?;
    let mut there = match engine.composed(Some(&prepared.project.name)) {
        Ok(there) => there,
        // Compose begins with the same question, and waits longer.
        Err(error) if matches!(error.kind, ErrorKind::Timeout | ErrorKind::Answer) => {
            return Err(failed_to_look(&error, "nothing was started").into());
        }
        // It fails there, too, and nothing is made anew.
        Err(error) => {
            if !error.detail.starts_with("exit code") {
                let warning = Diagnostic::new(Topic::Unlooked, error.to_string());
                session.tell(&warning, &prepared.project.sources);
            }
            return Ok(Left::default());
        }
    };
    _ = session.there.set(there.clone());
    let without_us: Vec<String> = recreated::as_written(&there, &before).into_iter().collect();
    if let Some((what, _)) = told_of_recreated(&without_us) {
        session.tell(
            &Diagnostic::new(Topic::Recreated, what),
            &prepared.project.sources,
        );
    }
    there.retain(|one| !(is_forced && is_named(&one.service)));
    let there = to_be_made_anew(there, prepared, text, &before);
    let found = look(&engine, there, prepared);
    // Only Compose knows what it would do.
    let hardened = match text {
        "" => as_written(location),
        text => handed(location, compose::in_memory(text)?),
    };
    let found = match anew(&found, invocation, &hardened, session) {
        Some(names) => found
            .into_iter()
            .filter(|one| names.contains(&one.name))
            .collect(),
        None => found,
    };
    let mut by_another = found;
    let mut of = |made: MadeBy| -> Vec<UnsavedContainer> {
        by_another.extract_if(.., |one| one.made == made).collect()
    };
    let (mut first, beside, by_kept) = (of(MadeBy::AsWritten), of(MadeBy::Beside), of(MadeBy::ByKept));
    let plain = as_written(location);
    // What the person has changed is theirs: Compose would make it anew all the same.
    first = without_theirs(first, invocation, &plain, prepared, session);
    let by_before = handed(location, before.path);
    let by_kept = without_theirs(by_kept, invocation, &by_before, prepared, session);
    let other = anew(&beside, invocation, &plain, session);
    for one in beside {
        let is_as_written = other.as_ref().is_some_and(|other| !other.contains(&one.name));
        let those = if is_as_written {
            &mut first
        } else {
            &mut by_another
        };
        those.push(one);
    }
    let again: Vec<UnsavedContainer> = by_kept.into_iter().chain(by_another).collect();
    // A start as root may have set right what was in the way of another user; what it left in its layer is lost with it.
    let runs_hardened = |one: &&UnsavedContainer| {
        let planned = prepared.plan.services.get(&one.service);
        let is_new = !session.stays.borrow().contains_key(&one.service);
        is_new && planned.is_some_and(|planned| planned.user().is_some_and(|user| !user.is_written))
    };
    if !again.is_empty() && again.iter().all(|one| runs_hardened(&one)) {
        let all = again.iter().map(|one| (one.service.clone(), told(one)));
        session.stays.borrow_mut().extend(all);
        return Ok(Left::default());
    }
    if let Some(one) = again.into_iter().next() {
        let (why, help) = told(&one);
        let message = format!(
            "service {}: the plan for it has changed, and {why}; nothing was started",
            one.service
        );
        return Err(Diagnostic::error(message).help(help).into());
    }
    let mut left = Left::default();
    for one in &first {
        let (why, help) = told(one);
        let told = (format!("{why}; it is left running as it is"), help);
        // Whose network it is in has to stay as well.
        for service in with_what_it_leans_on(&prepared.project, &one.service) {
            left.entry(service).or_insert_with(|| told.clone());
        }
    }
    Ok(left)
}

/// Takes those out of services whose containers have data of their own, and tells the person: they would be lost if it
/// were made anew as its author wrote it.
///
/// # Errors
/// The engine does not say which containers there are.
pub(crate) fn keep(
    engine: &dyn Engine,
    prepared: &Prepared,
    session: &Session,
    services: &mut Vec<&str>,
) -> Result<(), Failure> {
    if session.force || services.is_empty() {
        return Ok(());
    }
    let there = engine.composed(Some(&prepared.project.name));
    let mut there = there.map_err(|error| failed_to_look(&error, "nothing was rolled back"))?;
    there.retain(|one| !one.oneoff && services.contains(&one.service.as_str()));
    let there = there.into_iter().map(|one| (one, MadeBy::ByKept)).collect();
    for one in look(engine, there, prepared) {
        let (why, help) = told(&one);
        let warning = Diagnostic::new(
            Topic::RolledBack,
            format!("service {} is not rolled back: {why}", one.service),
        );
        session.tell(&warning.help(help), &prepared.project.sources);
        services.retain(|service| *service != one.service);
    }
    Ok(())
}

/// The override that was written last.
struct Before {
    path: PathBuf,
    /// Empty where there is none.
    text: String,
}

/// Those with data in their layers, or in which one could not look.
fn look(engine: &dyn Engine, there: Vec<(Composed, MadeBy)>, prepared: &Prepared) -> Vec<UnsavedContainer> {
    let mut found = Vec::new();
    for (one, made) in there {
        let scratch = prepared
            .plan
            .services
            .get(&one.service)
            .map(|s| s.scratch.as_slice());
        let layer = match engine
            .inspect(std::slice::from_ref(&one.id))
            .map(|mut all| all.pop())
        {
            Ok(Some(container)) => {
                // What was copied from it when it was adopted is not lost with it.
                let adopted = prepared.adopted.iter().filter(|a| a.is_of(&container));
                let elsewhere: Vec<String> = adopted
                    .map(|a| a.path.clone())
                    .chain(scratch.unwrap_or_default().iter().cloned())
                    .collect();
                look_at(engine, &container, &elsewhere)
            }
            Ok(None) => Layer::Unknown {
                why: "the engine does not know it".to_owned(),
            },
            Err(error) => Layer::Unknown { why: error.detail },
        };
        if layer != Layer::Harmless {
            found.push(UnsavedContainer {
                service: one.service,
                name: one.name,
                layer,
                made,
            });
        }
    }
    found
}

fn look_at(engine: &dyn Engine, container: &Container, scratch: &[String]) -> Layer {
    match container.state.status.as_str() {
        // It never ran.
        "created" if container.state.started_at.starts_with("0001-") => Layer::Harmless,
        _ => layers::look(engine, container, scratch),
    }
}
