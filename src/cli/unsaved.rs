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
use crate::load::Project;
use crate::locate::Location;
use crate::model;
use crate::render::override_file::{names_service, of_services};
use crate::tree::Node;
use indexmap::IndexSet;
use std::ffi::OsString;
use std::path::PathBuf;
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
    /// By another plan.
    was_hardened: bool,
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
    let is_decided = |w: &OsString| DECIDED.iter().any(|d| w == d);
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
    let state = State::find(&session.settings.environment)?;
    let path = state.override_path(&prepared.project.name, &prepared.project.directory);
    let before = Before {
        text: std::fs::read_to_string(&path).unwrap_or_default(),
        path,
    };
    let there = to_be_made_anew(there, prepared, text, &before);
    let found = look(&engine, there, prepared);
    // Only Compose knows what it would do.
    let hardened = handed(location, compose::in_memory(text)?);
    let found = match anew(&found, invocation, &hardened, session) {
        Some(names) => found
            .into_iter()
            .filter(|one| names.contains(&one.name))
            .collect(),
        None => found,
    };
    let (again, first): (Vec<Found>, Vec<Found>) = found.into_iter().partition(|one| one.was_hardened);
    // What the person has changed is theirs: Compose would make it anew all the same.
    let first = without_theirs(first, invocation, &Pass::Nothing, prepared, session);
    let by_before = handed(location, before.path);
    let again = without_theirs(again, invocation, &by_before, prepared, session);
    if let Some(one) = again.first() {
        let (why, help) = told(one);
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

/// The override that was written last.
struct Before {
    path: PathBuf,
    text: String,
}

fn failed(error: &Error) -> Diagnostic {
    let message = format!(
        "looking for what would be lost: {}: {}; nothing was started",
        error.doing, error.detail
    );
    let help = format!("see whether `docker ps` answers; `{FLAG}` goes on without looking");
    Diagnostic::error(message).help(help)
}

/// The containers that may be made anew because of the plan, and whether they were made by another one: those of
/// services that it changes, and of services that lean on such a one.
fn to_be_made_anew(
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
        .filter(|one| changed.contains(one.service.as_str()) && !is_same(one))
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
fn with_what_it_leans_on(project: &Project, service: &str) -> Vec<String> {
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

/// Those with data in their layers, or in which one could not look.
fn look(engine: &dyn Engine, there: Vec<(Composed, bool)>, prepared: &Prepared) -> Vec<Found> {
    let mut found = Vec::new();
    for (one, was_hardened) in there {
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
                service: one.service,
                name: one.name,
                layer,
                was_hardened,
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

/// Those that Compose would not make anew by what `pass` hands it; of the others the person is told what goes.
fn without_theirs(
    found: Vec<Found>,
    invocation: &Invocation,
    pass: &Pass,
    prepared: &Prepared,
    session: &Session,
) -> Vec<Found> {
    let theirs = anew(&found, invocation, pass, session).unwrap_or_default();
    let (gone, kept): (Vec<Found>, Vec<Found>) =
        found.into_iter().partition(|one| theirs.contains(&one.name));
    for one in &gone {
        session.tell(&lost(one), &prepared.project.sources);
    }
    kept
}

/// The names of the containers that Compose would make anew; none where it does not say so of each.
fn anew(found: &[Found], invocation: &Invocation, pass: &Pass, session: &Session) -> Option<Vec<String>> {
    if found.is_empty() {
        return Some(Vec::new());
    }
    let mut globals = invocation.globals.clone();
    globals.extend(["--dry-run", "--progress", "plain"].map(Into::into));
    let services: IndexSet<&str> = found.iter().map(|one| one.service.as_str()).collect();
    let create = Invocation {
        globals,
        command: ["create", "--no-build"]
            .into_iter()
            .map(OsString::from)
            .chain(scales(&invocation.command))
            .chain(services.into_iter().map(OsString::from))
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
    // Too many of a service are removed.
    let goes = |step: &str| step.starts_with("Recreate") || step.starts_with("Remov");
    let names = steps.iter().filter(|(_, step)| goes(step));
    (run.status.success() && all_named).then(|| names.map(|(name, _)| (*name).to_owned()).collect())
}

/// How many of each service the person asks for, as flags.
fn scales(command: &[OsString]) -> Vec<OsString> {
    let mut flags = Vec::new();
    let is_scale = command.first().is_some_and(|verb| verb == "scale");
    for (at, word) in command.iter().enumerate().skip(1) {
        let text = word.to_string_lossy();
        let before = &command[at - 1];
        if text.starts_with("--scale=") {
            flags.push(word.clone());
        } else if before == "--scale" || is_scale && !text.starts_with('-') && text.contains('=') {
            flags.extend(["--scale".into(), word.clone()]);
        }
    }
    flags
}

/// Why a service stays, and what the person can do.
fn told(one: &Found) -> (String, String) {
    let name = &one.name;
    match &one.layer {
        Layer::Data { files, more } => (
            format!(
                "its container {name} has files of its own, which would be lost if it were made anew: {}",
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
                 known ({why})"
            ),
            format!("see what `docker diff {name}` says; `{FLAG}` makes it anew"),
        ),
        Layer::Harmless => Default::default(),
    }
}

/// What goes because the person has changed the service, too.
fn lost(one: &Found) -> Diagnostic {
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
    fn how_many_are_asked_for_is_handed_on() {
        let of = |text: &str| {
            let words: Vec<OsString> = text.split(' ').map(Into::into).collect();
            scales(&words)
                .join(std::ffi::OsStr::new(" "))
                .into_string()
                .unwrap()
        };
        assert_eq!(of("up -d --scale a=2 --scale=b=3 a"), "--scale a=2 --scale=b=3");
        assert_eq!(of("scale a=2 --no-deps b=3"), "--scale a=2 --scale b=3");
        assert_eq!(of("up -d a"), "");
    }

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
