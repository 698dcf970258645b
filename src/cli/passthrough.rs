//! Everything that is Compose's own: handed on, with the override as the last file.

use super::compose_line::{Treatment, treatment};
use super::gate;
use super::handed::{as_written, handed};
use super::notices;
use super::session::Session;
use super::start::{self, Ready};
use super::unsaved;
use crate::act::compose::{self, Invocation, Pass};
use crate::act::directories;
use crate::act::home::who_ran_sudo;
use crate::act::ownership::helper_program;
use crate::act::state::StateDirectory;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::{Moment, Topic};
use crate::docker::Program;
use crate::facts::settings::Giver;
use crate::load::{self, Options, Project};
use crate::locate::{self, Location};
use crate::lower::apply::apply;
use crate::model;
use crate::pipeline::engine;
use crate::pipeline::failure::Failure;
use crate::pipeline::{self, Prepared};
use crate::render::{override_file, sum};
use indexmap::IndexSet;
use std::cell::RefCell;
use std::path::Path;
use std::process::Stdio;

/// What starts containers that are there.
const STARTERS: [&str; 2] = ["start", "restart"];

/// What a verb does, as far as that decides on what a person is told.
pub(crate) fn moment(verb: &str) -> Moment {
    match treatment(verb) {
        Treatment::Look if STARTERS.contains(&verb) => Moment::Start,
        Treatment::Start => Moment::Start,
        Treatment::Plan => Moment::Config,
        Treatment::Look | Treatment::Ask | Treatment::Pass => Moment::Other,
    }
}

/// Which override the command gets, and why.
pub(super) fn ready(verb: &str, invocation: &Invocation, session: &Session) -> Result<Ready, Failure> {
    find_docker()?;
    let treatment = treatment(verb);
    let is_start = treatment == Treatment::Start;
    if is_start || treatment == Treatment::Plan {
        if is_start {
            let reached = session.this_engine().reach(session.plan.engine_limit());
            reached.map_err(|error| engine::told(&error))?;
        }
        if let Some(pipe) = pipe(session) {
            let message = format!("reading {pipe}: it is a pipe, and docker compose could not read it again");
            let help = "give a Compose file as standard input (`-f -`), or name a regular file";
            return Err(Diagnostic::error(message).help(help).into());
        }
        let location = locate::locate(&session.settings)?;
        let mut request = session.request(&location);
        request.starts = is_start;
        request.wishes.giver = session.giver();
        let mut prepared = request.prepare()?;
        if let Some(doubt) = engine::doubt(&prepared.engine) {
            session.tell(&doubt, &prepared.project.sources);
        }
        if verb == "run"
            && let Some(one_off) = start::run_in(&prepared.project, invocation)
            && start::gives_nameless(&prepared, &one_off)
        {
            request.wishes.one_off = Some(one_off);
            prepared = request.prepare()?;
        }
        let is_dry = is_dry(verb, invocation, &prepared.project);
        if is_start && !is_dry && pull(&location, &prepared, invocation, session) {
            prepared = request.prepare()?;
        }
        let by_service = prepared.plan.settings.giver == Giver::InitService;
        if by_service && is_start {
            warn_of_service(&prepared, session);
        }
        if by_service && invocation.command.iter().any(|w| w == "--no-deps") {
            warn_of_no_deps(&prepared, invocation, session);
        }
        if is_start {
            let mut left = unsaved::left(&location, &prepared, invocation, session)?;
            let stays = session.stays.borrow().clone();
            if !stays.is_empty() {
                request.wishes.stays = stays;
                prepared = request.prepare()?;
                left = unsaved::left(&location, &prepared, invocation, session)?;
            }
            if !left.is_empty() {
                request.wishes.left.clone_from(&left);
                prepared = request.prepare()?;
                _ = session.left.set(left);
            }
        }
        let starts = is_start && !is_dry;
        // With another one than what runs was started with, nobody could tell any more what it was started with.
        if starts || !is_dry && !is_another_kept(&prepared, session) {
            let pass = planned(&location, &prepared, invocation, session, starts)?;
            let prepared = starts.then_some(prepared);
            return Ok(Ready { pass, prepared });
        }
        told_and_allowed(&prepared, invocation, session)?;
        let pass = match &prepared.text {
            None => as_written(&location),
            Some(_) if is_dry => match dry(&prepared)? {
                Some(text) => handed(&location, compose::in_memory(&text)?),
                None => as_written(&location),
            },
            Some(text) => handed(&location, compose::in_memory(text)?),
        };
        return Ok(pass.into());
    }
    // What they start has the owners of its volumes looked at; that they are not known keeps nobody from starting it.
    if STARTERS.contains(&verb)
        && pipe(session).is_none()
        && let Ok(location) = locate::locate(&session.settings)
    {
        let mut request = session.request(&location);
        request.wishes.giver = session.giver();
        let pass = last_written(&location, session, false).unwrap_or_else(|| as_written(&location));
        let prepared = request.prepare().ok();
        let prepared = prepared.filter(|prepared| !is_dry(verb, invocation, &prepared.project));
        return Ok(Ready { pass, prepared });
    }
    if matches!(treatment, Treatment::Look | Treatment::Ask)
        && pipe(session).is_none()
        && let Ok(location) = locate::locate(&session.settings)
    {
        let written = last_written(&location, session, treatment == Treatment::Ask);
        return Ok(written.unwrap_or_else(|| as_written(&location)).into());
    }
    Ok(Pass::Nothing.into())
}

/// A file that can be read only once, such as `<(…)` of a shell.
fn pipe(session: &Session) -> Option<&String> {
    use std::os::unix::fs::FileTypeExt;
    let settings = &session.settings;
    let files = settings.files.iter().filter(|f| *f != "-");
    files.chain(&settings.env_files).find(|file| {
        let path = locate::absolute(&settings.cwd, Path::new(file));
        path.metadata().is_ok_and(|m| m.file_type().is_fifo())
    })
}

/// A program that brings nothing of its own leaves volumes to a service that runs the image's.
fn warn_of_service(prepared: &Prepared, session: &Session) {
    let mut services = prepared.plan.services.values();
    if !services.any(|s| !s.is_refused() && s.ownership().next().is_some()) {
        return;
    }
    let provided = model::services(&prepared.project).find(|s| !s.has_container());
    let (why, help) = match (helper_program(""), provided) {
        (Err(why), _) => (format!("{why:#}"), "`nrcompose doctor` says what to do about it"),
        (Ok(()), Some(provided)) => (
            format!(
                "a provider runs {}, and would be started when containers are made",
                provided.name
            ),
            "have it in a project of its own, and volumes are looked at before each start",
        ),
        (Ok(()), None) => return,
    };
    let text = format!("{why}; a service of their image gives volumes to their users, and keeps no record");
    session.tell(
        &Diagnostic::new(Topic::Owner, text).help(help),
        &prepared.project.sources,
    );
}

/// Without dependencies, nothing gives the volumes to their users before the services start.
fn warn_of_no_deps(prepared: &Prepared, invocation: &Invocation, session: &Session) {
    let part = taking_part(prepared, invocation);
    let services = prepared.plan.services.iter();
    let names: Vec<&str> = services
        .filter(|(name, _)| part.as_ref().is_none_or(|part| part.contains(*name)))
        .filter(|(_, s)| !s.is_refused() && s.ownership().next().is_some())
        .map(|(name, _)| name.as_str())
        .collect();
    if !names.is_empty() {
        let text = format!(
            "`--no-deps` leaves out what gives volumes to their users: {} may be unable to write, unless an earlier start did that",
            names.join(", ")
        );
        let help = "leave out `--no-deps`";
        session.tell(
            &Diagnostic::new(Topic::NoDeps, text).help(help),
            &prepared.project.sources,
        );
    }
}

/// Pulls images that nobody has described and that are not here, as the command would do anyway: who they run as
/// has to be known before the plan, not after. Whether anything came.
fn pull(location: &Location, prepared: &Prepared, invocation: &Invocation, session: &Session) -> bool {
    let said_no = invocation
        .command
        .windows(2)
        .any(|w| w[0] == "--pull" && w[1] == "never");
    if prepared.missing.is_empty() || said_no || invocation.command.iter().any(|w| w == "--pull=never") {
        return false;
    }
    let text = format!(
        "pulling the images of {} first, to see who they run as and what they keep",
        prepared.missing.join(", ")
    );
    session.tell(&Diagnostic::new(Topic::Pull, text), &prepared.project.sources);
    let pull = Invocation {
        globals: invocation.globals.clone(),
        command: ["pull", "--policy", "missing", "--ignore-pull-failures"]
            .into_iter()
            .chain(prepared.missing.iter().map(String::as_str))
            .map(Into::into)
            .collect(),
    };
    let status = compose::command(&pull, &as_written(location), session.settings.stdin.taken())
        .map(|mut c| c.stdin(Stdio::null()).stdout(Stdio::null()).status());
    matches!(status, Ok(Ok(status)) if status.success())
}

pub(super) fn find_docker() -> Result<(), Failure> {
    Ok(Program::find().map(drop)?)
}

/// Whether Compose is only to say what it would do. Behind a service, the words belong to the command that is run in it.
pub(super) fn is_dry(verb: &str, invocation: &Invocation, project: &Project) -> bool {
    let services = project.tree.get("services");
    let is_service = |word: &str| verb == "run" && services.is_some_and(|s| s.get(word).is_some());
    let command = invocation.command.iter().skip(1).map(|w| w.to_string_lossy());
    let command = command.take_while(|w| w != "--" && !is_service(w));
    let globals = invocation.globals.iter().map(|w| w.to_string_lossy());
    let said = globals
        .chain(command)
        .filter_map(|word| match word.strip_prefix("--dry-run")? {
            "" => Some(true),
            value => locate::truth(value.strip_prefix('=')?),
        });
    said.last().unwrap_or(false)
}

/// An override for a run in which nothing runs: Compose would look in containers for the configs that it did not copy
/// into them, and wait for the end of what gives volumes to their users. None when nothing is left to be said.
fn dry(prepared: &Prepared) -> Result<Option<String>, Failure> {
    let tree = &prepared.project.tree;
    let edits = override_file::without_configs(&prepared.edits);
    let text = override_file::render(tree, &apply(tree, &edits), &edits).map_err(|unsayable| {
        let why: Vec<String> = unsayable.into_iter().map(|(_, why)| why).collect();
        Failure::internal(format!("writing the override of a dry run: {}", why.join(", ")))
    })?;
    Ok(text.map(|text| text.replace("service_completed_successfully", "service_started")))
}

/// Tells what a person must know before the start.
///
/// # Errors
/// Policy strict, `--nr-no-fallback`; a Compose that is too old.
fn told_and_allowed(prepared: &Prepared, invocation: &Invocation, session: &Session) -> Result<(), Failure> {
    // What stays as it runs is news only where it would not have stayed.
    let meant = unsaved::meant(&prepared.project, &invocation.command);
    let left = |name: &str| match meant.contains(name) {
        _ if !session.left.get()?.contains_key(name) => None,
        true => Some(Topic::Left),
        false => Some(Topic::LeftAside),
    };
    let part = taking_part(prepared, invocation);
    let takes_part = |name: &str| part.as_ref().is_none_or(|part| part.contains(name));
    // What keeps it from going on is told anew the next time.
    if let Err(refused) = gate::pass(prepared, session, &takes_part) {
        session.tell_plan(prepared, &left, &takes_part);
        return Err(refused);
    }
    let is_up = invocation.command.first().is_some_and(|verb| verb == "up");
    let is_news = is_up && !is_dry("up", invocation, &prepared.project);
    match session.state().filter(|_| is_news) {
        Some(state) => tell_news(prepared, session, &state, &left, &takes_part),
        None => session.tell_plan(prepared, &left, &takes_part),
    }
    match &prepared.text {
        Some(text) => engine::must_know_tags(&prepared.plan.settings.engine, text),
        None => Ok(()),
    }
}

/// The sum of an `up`, and what of it was not told at the last one. What data is at stake for is told every time.
fn tell_news(
    prepared: &Prepared,
    session: &Session,
    state: &StateDirectory,
    left: &dyn Fn(&str) -> Option<Topic>,
    takes_part: &dyn Fn(&str) -> bool,
) {
    let gathered = RefCell::new(Vec::new());
    notices::plan(Moment::Start, prepared, left, takes_part, &|notice, _| {
        if notice.is_told_at(Moment::Start) {
            gathered.borrow_mut().push(notice.clone());
        }
    });
    let gathered: Vec<Diagnostic> = gathered.into_inner();
    let texts: Vec<String> = gathered.iter().map(|n| n.message.clone()).collect();
    let project = &prepared.project;
    let news = state.news(&project.name, &project.directory, &texts);
    // What fell within a start is told by what saw it.
    if session.moment != Moment::Start {
        return;
    }
    session.say(&sum::sum(&prepared.plan, takes_part, &|name| {
        left(name).is_some()
    }));
    for (notice, is_news) in gathered.iter().zip(news) {
        if is_news || notice.topic == Topic::Left {
            session.tell(notice, &project.sources);
        }
    }
}

/// The services that a start makes containers of; none for what starts nothing, which is about all of them.
fn taking_part(prepared: &Prepared, invocation: &Invocation) -> Option<IndexSet<String>> {
    let verb = invocation.command.first()?.to_string_lossy();
    if treatment(&verb) != Treatment::Start {
        return None;
    }
    let mut part = unsaved::meant(&prepared.project, &invocation.command);
    if verb == "run" {
        part.extend(start::run_in(&prepared.project, invocation));
    }
    Some(part)
}

/// Whether there is an override of the project already, and it says something else.
fn is_another_kept(prepared: &Prepared, session: &Session) -> bool {
    let project = &prepared.project;
    let kept = StateDirectory::find(&session.settings.environment)
        .ok()
        .and_then(|state| state.read_override(&state.override_path(&project.name, &project.directory)));
    kept.is_some_and(|text| prepared.text.as_ref() != Some(&text))
}

/// Writes the override, and makes what is missing where something starts.
fn planned(
    location: &Location,
    prepared: &Prepared,
    invocation: &Invocation,
    session: &Session,
    starts: bool,
) -> Result<Pass, Failure> {
    told_and_allowed(prepared, invocation, session)?;
    let plan = &prepared.plan;
    // What a remote engine mounts is on its machine.
    if starts && !plan.settings.engine.remote {
        let here = pipeline::this_host(&prepared.project, &session.settings.environment);
        let (made, told) = directories::make(&prepared.project, plan, &here);
        session.fresh.borrow_mut().directories.extend(made);
        for done in told {
            session.tell(&done, &prepared.project.sources);
        }
    }
    let state = StateDirectory::find(&session.settings.environment)?;
    let path = state.override_path(&prepared.project.name, &prepared.project.directory);
    match &prepared.text {
        None => {
            state.forget(&path)?;
            Ok(as_written(location))
        }
        Some(text) => {
            if starts && state.read_override(&path).is_none() {
                session.say("`nrcompose adopt --undo` goes back to plain Compose, with the owners of before");
            }
            state.write_override(&path, text).map_err(|error| {
                let help = match who_ran_sudo(&session.settings.environment) {
                    Some(_) => {
                        "under sudo it is kept in the home of who ran it, who has to be able to write there"
                    }
                    None => "make it writable for you, or set XDG_STATE_HOME to a directory that is",
                };
                Diagnostic::from(&error).help(help)
            })?;
            Ok(handed(location, path))
        }
    }
}

/// The override that was written last, if the project can still be found and takes it: the one of our own, else one of
/// ours in the project, with which plain Compose may have started what runs. Where only names of services count, one that
/// adds none is left out.
fn last_written(location: &Location, session: &Session, names_count: bool) -> Option<Pass> {
    let state = StateDirectory::find(&session.settings.environment).ok()?;
    let project = load::load(location, &Options::default());
    let name = project.as_ref().map(|p| &p.name).ok().or(location.name.as_ref());
    let path = match name {
        Some(name) => state.override_path(name, &location.directory),
        None => state.only_override(&location.directory)?,
    };
    let kept = state.read_override(&path);
    let mut is_kept = kept.is_some();
    let in_project = || String::from_utf8(location.left_out.last()?.text.clone()).ok();
    let mut text = kept.or_else(in_project)?;
    let Ok(project) = project else {
        return is_kept.then(|| handed(location, path));
    };
    let services = project.tree.get("services");
    let is_there = |name: &str| services.is_some_and(|s| s.get(name).is_some());
    if names_count && override_file::services(&text).all(is_there) {
        return None;
    }
    let fits = |text: &str| load::load(location, &with(&path, text.to_owned())).is_ok();
    if !fits(&text) {
        // The project has changed since: Compose would refuse an override of a service that is gone. What is said of
        // the others is kept, or else the services that give them their volumes would be strangers to Compose.
        text = override_file::of_services(&text, is_there);
        is_kept = false;
        if !fits(&text) {
            return None;
        }
    }
    if !is_kept {
        state.write_override(&path, &text).ok()?;
    }
    Some(handed(location, path))
}

fn with(path: &Path, text: String) -> Options {
    Options {
        extra: vec![(path.to_owned(), text)],
        ..Options::default()
    }
}
