//! Before containers are made anew because of a plan: what they have in their own layers, and nowhere else, would be
//! lost. Such a service is left exactly as it runs, and told.

use super::failure::Failure;
use super::pass::handed;
use super::prepare::{Prepared, difference};
use super::session::Session;
use crate::act::compose::{self, Invocation, Pass};
use crate::act::layers::{self, Layer};
use crate::act::state::State;
use crate::diagnostic::Diagnostic;
use crate::engine::docker::Docker;
use crate::engine::{Composed, Container, Engine, Error, Kind};
use crate::facts::settings::Left;
use crate::locate::Location;
use crate::model;
use crate::render::override_file::names_service;
use indexmap::IndexMap;
use std::process::Stdio;

/// The flag, among the words after a command.
const FLAG: &str = "--nr-force";
/// Flags of Compose's by which the person says what becomes of containers that are there: nothing, or that all are
/// made anew whatever the plan.
const DECIDED: [&str; 2] = ["--no-recreate", "--force-recreate"];

/// Takes the flag out of the words after a command. Behind a service, they belong to the command that is run in it.
pub fn forced(verb: &str, words: &mut Vec<String>) -> bool {
    let ends = |w: &String| w == "--" || ["run", "exec"].contains(&verb) && !w.starts_with('-');
    let end = words.iter().position(ends).unwrap_or(words.len());
    let at = words[..end].iter().position(|w| w == FLAG);
    at.map(|at| words.remove(at)).is_some()
}

/// A container with data of its own.
struct Found {
    service: String,
    name: String,
    layer: Layer,
}

/// The services that must stay as they run, each with the reason and what the person can do.
///
/// # Errors
/// The engine does not say which containers there are.
pub fn left(
    location: &Location,
    prepared: &Prepared,
    invocation: &Invocation,
    session: &Session,
) -> Result<Left, Failure> {
    let is_decided = |w: &std::ffi::OsString| DECIDED.iter().any(|d| w == d);
    let Some(text) = &prepared.text else {
        return Ok(Left::default());
    };
    if session.force || invocation.command.iter().any(is_decided) {
        return Ok(Left::default());
    }
    let engine = Docker::find().map_err(|error| failed(&error))?;
    let engine = engine.limit(session.engine_timeout);
    let there = match engine.composed(Some(&prepared.project.name)) {
        Ok(there) => there,
        // Compose begins with the same question, and waits longer.
        Err(error) if matches!(error.kind, Kind::Timeout | Kind::Answer) => return Err(failed(&error).into()),
        // It fails there, too, and nothing is made anew.
        Err(error) => {
            if !error.detail.starts_with("exit code") {
                let warning = Diagnostic::warning(format!("{}: {}", error.doing, error.detail));
                session.tell(&warning, &prepared.project.sources);
            }
            return Ok(Left::default());
        }
    };
    let there = to_be_made_anew(there, prepared, session)?;
    if there.is_empty() {
        return Ok(Left::default());
    }
    let found = look(&engine, &there, prepared);
    if found.is_empty() {
        return Ok(Left::default());
    }
    // Only Compose knows what it would do.
    let hardened = handed(location, compose::in_memory(text)?);
    let mut found = anew(found, invocation, &hardened, session);
    let by_plain = anew_names(&found, invocation, &Pass::Nothing, session);
    found.retain(|one| {
        let is_theirs = by_plain.as_ref().is_some_and(|names| names.contains(&one.name));
        if is_theirs {
            session.tell(&gone(one), &prepared.project.sources);
        }
        !is_theirs
    });
    Ok(found.iter().map(|one| (one.service.clone(), told(one))).collect())
}

fn failed(error: &Error) -> Diagnostic {
    let message = format!(
        "looking for what would be lost: {}: {}; nothing was started",
        error.doing, error.detail
    );
    let help = format!("see whether `docker ps` answers; `{FLAG}` goes on without looking");
    Diagnostic::error(message).help(help)
}

/// The containers of services that the plan changes and that were not started by a plan before.
fn to_be_made_anew(
    there: Vec<Composed>,
    prepared: &Prepared,
    session: &Session,
) -> Result<Vec<Composed>, Failure> {
    let project = &prepared.project;
    let state = State::find(&session.settings.environment)?;
    let path = state.override_path(&project.name, &project.directory);
    let ours = path.display().to_string();
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let is_changed = |name: &str| {
        let of = |tree: &crate::tree::Node| tree.get("services").and_then(|s| s.get(name)).cloned();
        match (of(&project.tree), of(&prepared.hardened)) {
            (Some(base), Some(hardened)) => difference("", &base, &hardened).is_some(),
            _ => false,
        }
    };
    let is_hardened =
        |one: &Composed| one.files.split(',').any(|f| f == ours) && names_service(&before, &one.service);
    let services: IndexMap<&str, bool> = model::services(project)
        .map(|s| (s.name, is_changed(s.name)))
        .collect();
    let is_meant = |one: &Composed| !one.oneoff && services.get(one.service.as_str()) == Some(&true);
    Ok(there
        .into_iter()
        .filter(|one| is_meant(one) && !is_hardened(one))
        .collect())
}

/// Those with data in their layers, or in which one could not look.
fn look(engine: &dyn Engine, there: &[Composed], prepared: &Prepared) -> Vec<Found> {
    let mut found = Vec::new();
    for one in there {
        let scratch = prepared
            .plan
            .services
            .get(&one.service)
            .map(|s| s.scratch.as_slice());
        let layer = match engine
            .inspect(std::slice::from_ref(&one.id))
            .map(|mut all| all.pop())
        {
            Ok(Some(container)) => look_at(engine, &container, scratch.unwrap_or_default()),
            Ok(None) => Layer::Unknown {
                why: "the engine does not know it".to_owned(),
            },
            Err(error) => Layer::Unknown { why: error.detail },
        };
        if layer != Layer::Harmless {
            found.push(Found {
                service: one.service.clone(),
                name: one.name.clone(),
                layer,
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

/// Those that Compose would make anew.
fn anew(found: Vec<Found>, invocation: &Invocation, pass: &Pass, session: &Session) -> Vec<Found> {
    match anew_names(&found, invocation, pass, session) {
        Some(names) => found
            .into_iter()
            .filter(|one| names.contains(&one.name))
            .collect(),
        None => found,
    }
}

/// The names of the containers that Compose would make anew; none where it does not say so of each.
fn anew_names(
    found: &[Found],
    invocation: &Invocation,
    pass: &Pass,
    session: &Session,
) -> Option<Vec<String>> {
    let mut globals = invocation.globals.clone();
    globals.extend(["--dry-run", "--progress", "plain"].map(Into::into));
    let services = found.iter().map(|one| one.service.as_str());
    let create = Invocation {
        globals,
        command: ["create", "--no-build"]
            .into_iter()
            .chain(services)
            .map(Into::into)
            .collect(),
    };
    let mut command = compose::command(&create, pass, session.settings.stdin.taken()).ok()?;
    if session.settings.stdin.taken().is_none() {
        command.stdin(Stdio::null());
    }
    let run = command.output().ok()?;
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    let steps: Vec<(&str, &str)> = said
        .lines()
        .filter_map(|line| {
            line.split_once(" Container ")?
                .1
                .trim()
                .split_once(char::is_whitespace)
        })
        .map(|(name, step)| (name, step.trim()))
        .collect();
    let all_named = found
        .iter()
        .all(|one| steps.iter().any(|(name, _)| *name == one.name));
    let names = steps.iter().filter(|(_, step)| step.starts_with("Recreate"));
    (run.status.success() && all_named).then(|| names.map(|(name, _)| (*name).to_owned()).collect())
}

/// Why a service stays, and what the person can do.
fn told(one: &Found) -> (String, String) {
    let name = &one.name;
    match &one.layer {
        Layer::Data { files, more } => (
            format!(
                "its container {name} has files of its own, which would be lost if it were made anew: {}; it is left \
                 running as it is",
                listed(files, *more)
            ),
            format!(
                "mount a volume where they are; `docker cp {name}:{} .` copies one out; `{FLAG}` makes it anew without \
                 them",
                files.first().map_or("PATH", String::as_str)
            ),
        ),
        Layer::Unknown { why } => (
            format!(
                "whether its container {name} has files of its own, which would be lost if it were made anew, is not \
                 known ({why}); it is left running as it is"
            ),
            format!("see what `docker diff {name}` says; `{FLAG}` makes it anew"),
        ),
        Layer::Harmless => Default::default(),
    }
}

/// What goes because the person has changed the service, too.
fn gone(one: &Found) -> Diagnostic {
    let what = match &one.layer {
        Layer::Data { files, more } => listed(files, *more),
        _ => "what it wrote".to_owned(),
    };
    Diagnostic::warning(format!(
        "service {} was changed since its container {} was made, so Compose makes that anew: {what} goes with it",
        one.service, one.name
    ))
    .help("mount a volume where it is to be kept")
}

fn listed(files: &[String], more: usize) -> String {
    let files = files.join(", ");
    match more {
        0 => files,
        more => format!("{files} and up to {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_taken_out_where_it_is_ours() {
        let of = |verb: &str, text: &str| {
            let mut words: Vec<String> = text.split(' ').map(String::from).collect();
            let asked = forced(verb, &mut words);
            (asked, words.join(" "))
        };
        assert_eq!(of("up", "-d --nr-force web"), (true, "-d web".into()));
        assert_eq!(of("up", "web --nr-force"), (true, "web".into()));
        assert_eq!(
            of("run", "--rm web x --nr-force"),
            (false, "--rm web x --nr-force".into())
        );
        assert_eq!(of("up", "-- --nr-force"), (false, "-- --nr-force".into()));
    }
}
