//! The command line: one file a command.

pub(crate) mod adopt;
pub(crate) mod completions;
pub mod compose_line;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod finding_out;
pub(crate) mod format;
mod gate;
mod hand_on;
mod handed;
pub(crate) mod harden;
pub(crate) mod misplaced;
pub(crate) mod model;
pub(crate) mod notices;
pub(crate) mod options;
pub(crate) mod own_flags;
pub(crate) mod ownership;
pub(crate) mod passthrough;
pub(crate) mod profiles;
pub(crate) mod session;
pub mod split;
mod start;
pub(crate) mod test;
mod transaction;
pub(crate) mod unsaved;
pub(crate) mod up;
mod verified_receipts;
pub mod verify;
mod watched;

use crate::act::compose::Invocation;
use crate::act::state::StateDirectory;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Moment;
use crate::locate::{self, ProcessSettings};
use crate::pipeline::failure::{Failure, code};
use crate::visible;
use clap::{Arg, ArgAction, ColorChoice, CommandFactory, FromArgMatches, Parser, ValueEnum};
use finding_out::FindingOut;
use options::PlanOptions;
use own_flags::{Loader, OwnFlags, StartFlags};
use session::Session;
use split::CommandLine;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::rc::Rc;

/// Our own commands; every other word is one of Compose's.
#[derive(Parser, Debug)]
#[command(
    name = "nrcompose",
    version,
    about = "Runs a Compose stack with no root process and no capability, and says how",
    disable_help_subcommand = true,
    override_usage = "nrcompose [docker compose's own global flags] [--nr-FLAG VALUE] COMMAND …",
    after_help = HELP
)]
enum Command {
    Harden(harden::Harden),
    Diff(diff::Diff),
    Explain(explain::Explain),
    Model(model::ModelArgs),
    /// Prove on the running containers what the plan claims of them
    Verify(verify::VerifyArgs),
    Test(test::TestArgs),
    /// Show what is known of images, and from where
    Profiles(profiles::ProfilesArgs),
    Adopt(adopt::Adopt),
    Ownership(ownership::OwnershipArgs),
    Doctor(doctor::DoctorArgs),
    Completions(completions::Completions),
}

/// What a newcomer needs besides the list of commands.
const HELP: &str = "\
Every other command is docker compose's own and gets the override as its last
file; your own files are never changed:
  nrcompose up -d             plan, then `docker compose up -d` with the plan
  nrcompose up -d --nr-verify the same, then prove it
  nrcompose logs -f, ps, exec, run, down …

The flags of a plan stand after our own commands without the `nr-`.

Start with:  nrcompose diff, or nrcompose doctor";

/// Runs a command line (without the program's name) and gives the exit code.
pub fn run(words: impl IntoIterator<Item = String>) -> u8 {
    let mut session = Session {
        settings: ProcessSettings::default(),
        color: color(None),
        by_compose: false,
        this_engine: Rc::default(),
        finding_out: FindingOut::default(),
        was_unwatched: false,
        watches: false,
        force: false,
        no_fallback: false,
        by_file: false,
        fresh: Rc::default(),
        there: Rc::default(),
        left: Rc::default(),
        stays: Rc::default(),
        plan: PlanOptions::default(),
        moment: Moment::Other,
        said: Rc::default(),
    };
    match dispatch(&mut session, words) {
        Ok(code) => code,
        Err(failure) => {
            for diagnostic in &failure.diagnostics {
                session.tell(diagnostic, &failure.sources);
            }
            failure.code
        }
    }
}

/// The commands of our own and their flags: the one list of them.
fn commands() -> clap::Command {
    Command::command()
}

/// The same with our flags around Compose's commands: what help, completions and the manual page show.
pub fn definition() -> clap::Command {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::HelpShort);
    let before = own_flags::shown::<OwnFlags>("Before any command");
    // One that may stand in both places is shown once.
    let mut after = own_flags::shown::<StartFlags>("After `up`");
    after.retain(|arg| before.iter().all(|other| other.get_id() != arg.get_id()));
    commands()
        .disable_help_flag(true)
        .arg(help.help("Print help"))
        .args(before)
        .args(after)
}

fn dispatch(session: &mut Session, words: impl IntoIterator<Item = String>) -> Result<u8, Failure> {
    let commands = commands();
    let mut line = split::split(words).map_err(usage)?;
    session.color = color(line.own("color"));
    let verb = line.command.as_deref().and_then(|c| commands.find_subcommand(c));
    if let Some(verb) = verb {
        misplaced::before(&line, verb)?;
    }
    let flags = OwnFlags::read(&line.own).map_err(usage)?;
    session.force = flags.force;
    session.no_fallback = flags.no_fallback;
    session.settings = line.settings().map_err(|e| {
        Failure::new(
            code::USAGE,
            Diagnostic::error(format!("finding the working directory: {e}")),
        )
    })?;
    session.finding_out = FindingOut::of(&flags, &session.settings)?;
    session.by_compose = flags.loader == Some(Loader::Compose);
    session.plan = flags.plan;
    session.settings.keep_remote = session.by_compose;
    let settings = &session.settings;
    line.hand_on_without(|file| locate::is_left_out(settings, file));
    match &line.command {
        Some(command) if verb.is_none() => hand_on(session, &line, command),
        None if !line.has("help") && !line.has("version") => {
            session.print(&format!("{}\n", definition().render_help()))?;
            Ok(code::USAGE)
        }
        command => {
            let words = ["nrcompose"]
                .into_iter()
                .chain(command.as_deref())
                .chain(line.tail.iter().map(String::as_str));
            let switches = ["help", "version"]
                .into_iter()
                .filter(|s| line.has(s) && (command.is_none() || *s == "help"));
            let flags: Vec<String> = switches.map(|s| format!("--{s}")).collect();
            let words = words.chain(flags.iter().map(String::as_str));
            // Only the help of all needs the flags that are read already.
            let known = match verb {
                Some(_) => commands,
                None => definition(),
            };
            match known
                .try_get_matches_from(words)
                .and_then(|m| Command::from_arg_matches(&m))
            {
                Ok(command) => own_command(session, &command, &line.globals),
                Err(error) => {
                    say(&error);
                    Ok(u8::try_from(error.exit_code()).unwrap_or(code::USAGE))
                }
            }
        }
    }
}

/// Prints help, or what is wrong with the words: in colour, unless they have in them what a terminal would obey.
fn say(error: &clap::Error) {
    let plain = error.render().to_string();
    let shown = visible::text(&plain);
    if *shown == *plain {
        _ = error.print();
    } else {
        _ = std::io::stderr().write_all(shown.as_bytes());
    }
}

/// Runs one of our own commands.
fn own_command(session: &Session, command: &Command, globals: &[String]) -> Result<u8, Failure> {
    let session = &session.in_moment(match command {
        Command::Harden(_) => Moment::Harden,
        Command::Diff(_) | Command::Explain(_) | Command::Profiles(_) => Moment::Show,
        Command::Model(_) => Moment::Model,
        Command::Verify(_) => Moment::Verify,
        Command::Test(_) => Moment::Trial,
        Command::Adopt(_) => Moment::Start,
        Command::Ownership(_) | Command::Doctor(_) | Command::Completions(_) => Moment::Other,
    });
    match command {
        Command::Harden(args) => args.run(session),
        Command::Diff(args) => args.run(session),
        Command::Explain(args) => args.run(session),
        Command::Model(args) => model::model(session, args),
        Command::Verify(args) => verify_project(session, args),
        Command::Test(args) => args.run(session, globals),
        Command::Profiles(args) => profiles::profiles(session, args),
        Command::Adopt(args) => args.run(session, globals),
        Command::Ownership(args) => args.run(session),
        Command::Doctor(args) => args.run(session),
        Command::Completions(args) => args.run(session),
    }
}

/// Hands a command to Compose.
fn hand_on(session: &Session, line: &CommandLine, command: &str) -> Result<u8, Failure> {
    let mut line = line.clone();
    let mut session = session.in_moment(passthrough::moment(command));
    let flags = StartFlags::take(command, &mut line.tail).map_err(usage)?;
    session.force |= flags.force;
    session.finding_out.add(&flags);
    session.watches =
        command == "up" && start::is_detached(&words(command, &line.tail)) && !session.finding_out.is_off;
    session.no_fallback |= flags.no_fallback;
    let session = &session;
    misplaced::after(command, &line.tail)?;
    let invocation = Invocation {
        globals: line.globals.iter().map(Into::into).collect(),
        command: words(command, &line.tail),
    };
    match flags.verify {
        Some(then) => up::verified(&invocation, session, then),
        None => hand_on::hand_on(command, &invocation, session),
    }
}

/// A command and what stands behind it.
fn words(command: &str, tail: &[String]) -> Vec<OsString> {
    let words = std::iter::once(command).chain(tail.iter().map(String::as_str));
    words.map(Into::into).collect()
}

/// Judges the containers by the plan's claims; without a project that can be loaded, by what holds for any.
fn verify_project(session: &Session, args: &verify::VerifyArgs) -> Result<u8, Failure> {
    let mut session = session.clone();
    let mut prepared = session.prepare(&PlanOptions::default());
    if let Ok((location, planned)) = &prepared
        && verify::is_started_by_file(&session.docker()?, location, &planned.project.name)
    {
        session.by_file = true;
        prepared = session.prepare(&PlanOptions::default());
    }
    if let Ok((_, planned)) = &prepared
        && verify::is_another(&session, planned)
    {
        session.was_unwatched = true;
        let unwatched = session.prepare(&PlanOptions::default());
        if let Ok((_, planned)) = &unwatched
            && !verify::is_another(&session, planned)
        {
            prepared = unwatched;
        }
    }
    let session = &session;
    let (name, expected, prepared) = match (&session.settings.project_name, prepared) {
        (_, Ok((_, prepared))) => {
            let mut expected = verify::expected(&prepared)?;
            if !session.by_file
                && let Ok(state) = StateDirectory::find(&session.settings.environment)
            {
                let project = &prepared.project;
                let path = state.override_path(&project.name, &project.directory);
                expected.overrides = verify::overrides(&prepared, &path);
            }
            (prepared.project.name.clone(), expected, Some(prepared))
        }
        (Some(name), Err(_)) => (name.clone(), verify::Expected::default(), None),
        (None, Err(failure)) => return Err(failure),
    };
    let engine = session.docker()?.kept();
    let mut out = Vec::new();
    let report = verify::verify(&engine, &name, &expected, args, &mut out);
    let text = String::from_utf8_lossy(&out);
    session.show_as(args.format, &text)?;
    let report = report?;
    if let Some(prepared) = prepared {
        unsaved::tell_of_recreated(session, &engine, &prepared.project);
        verified_receipts::keep(
            session,
            &engine,
            &prepared,
            &report,
            args.export_receipts.as_deref(),
        )?;
    }
    Ok(report.exit_code(args.allow_unchecked))
}

fn usage(why: String) -> Failure {
    Failure::new(
        code::USAGE,
        Diagnostic::error(why).help("`nrcompose --help` lists commands and flags"),
    )
}

fn color(wish: Option<&str>) -> bool {
    match wish.and_then(|word| ColorChoice::from_str(word, false).ok()) {
        Some(ColorChoice::Always) => true,
        Some(ColorChoice::Never) => false,
        _ => std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    }
}
