//! The command line: one file a command.

pub mod diff;
pub mod doctor;
pub mod explain;
mod handed;
pub mod harden;
pub mod misplaced;
pub mod model;
pub mod options;
pub mod pass;
pub mod profiles;
pub mod session;
pub mod split;
pub mod tell;
pub mod test;
pub mod unsaved;
pub mod up;
pub mod verify;

use crate::act::compose::Invocation;
use crate::diagnostic::Diagnostic;
use crate::locate::{self, Settings};
use crate::pipeline::failure::{Failure, code};
use crate::visible;
use clap::{CommandFactory, Parser, ValueEnum};
use options::{AssumeWord, PlanOptions, PolicyWord, PortWord};
use session::Session;
use split::CommandLine;
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
    Model(model::Args),
    /// Prove on the running containers what the plan claims of them
    Verify(verify::Args),
    Test(test::Args),
    /// Show what is known of images, and from where
    Profiles(profiles::Args),
    Doctor(doctor::Args),
}

/// What a newcomer needs besides the list of commands.
const HELP: &str = "\
Every other command is docker compose's own and gets the override as its last
file; your own files are never changed:
  nrcompose up -d             plan, then `docker compose up -d` with the plan
  nrcompose up -d --nr-verify the same, then prove it; with `=rollback`, what is
                              not proven starts again as its author wrote it
  nrcompose logs -f, ps, exec, run, down …

Before any command (after our own ones without the `nr-`):
  --nr-policy standard        what cannot be hardened starts as its author wrote
                              it, and is named (the default)
  --nr-policy strict          then nothing starts
  --nr-policy cautious        only changes that cannot alter behaviour
  --nr-ports STRATEGY         container ports below 1024: auto, keep, sysctl, remap
  --nr-user UID:GID           the user for images that take any
  --nr-random-uid             an arbitrary uid with group 0 instead, as OpenShift
                              gives out
  --nr-policy-file FILE       a configuration that outranks the project's
  --nr-assume KIND            plan for an engine that is not asked: rootful, rootless,
                              userns-remap, desktop, remote
  --nr-force                  make a container anew although data in its own layer is
                              lost with it (see `docker diff`); else it is left as it is
  --nr-engine-timeout TIME    how long the engine may think: 30s (the default), 500ms
  --nr-loader compose         let `docker compose config` read the project (for `model`)
  --nr-color WHEN             auto, always, never

Start with:  nrcompose diff, or nrcompose doctor";

/// Runs a command line (without the program's name) and gives the exit code.
pub fn run(words: impl IntoIterator<Item = String>) -> u8 {
    let mut session = Session {
        settings: Settings::default(),
        color: color(None),
        by_compose: false,
        this_engine: Rc::default(),
        force: false,
        left: Rc::default(),
        plan: PlanOptions::default(),
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

fn dispatch(session: &mut Session, words: impl IntoIterator<Item = String>) -> Result<u8, Failure> {
    let commands = commands();
    let mut line = split::split(words).map_err(usage)?;
    session.color = color(line.own("color"));
    if let Some(other) = line
        .own("color")
        .filter(|c| !["auto", "always", "never"].contains(c))
    {
        return Err(usage(format!(
            "--nr-color is auto, always or never, not {other:?}"
        )));
    }
    let verb = line.command.as_deref().and_then(|c| commands.find_subcommand(c));
    if let Some(verb) = verb {
        misplaced::before(&line, verb)?;
    }
    session.by_compose = match line.own("loader") {
        None | Some("own") => false,
        Some("compose") => true,
        Some(other) => return Err(usage(format!("--nr-loader is own or compose, not {other:?}"))),
    };
    session.plan = plan_options(&line)?;
    session.force = line.own("force").is_some();
    session.settings = line.settings().map_err(|e| {
        Failure::new(
            code::USAGE,
            Diagnostic::error(format!("finding the working directory: {e}")),
        )
    })?;
    session.settings.keep_remote = session.by_compose;
    let settings = &session.settings;
    line.hand_on_without(|file| locate::is_left_out(settings, file));
    match &line.command {
        Some(command) if verb.is_none() => hand_on(session, &line, command),
        None if !line.has("help") && !line.has("version") => {
            session.print(&format!("{}\n", Command::command().render_help()))?;
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
            match Command::try_parse_from(words.chain(flags.iter().map(String::as_str))) {
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
    match command {
        Command::Harden(args) => args.run(session),
        Command::Diff(args) => args.run(session),
        Command::Explain(args) => args.run(session),
        Command::Model(args) => model::model(session, args),
        Command::Verify(args) => verify_project(session, args),
        Command::Test(args) => args.run(session, globals),
        Command::Profiles(args) => profiles::profiles(session, args),
        Command::Doctor(args) => args.run(session),
    }
}

/// Hands a command to Compose; what comes back is only ever a failure.
fn hand_on(session: &Session, line: &CommandLine, command: &str) -> Result<u8, Failure> {
    let mut line = line.clone();
    let mut session = session.clone();
    session.force |= unsaved::forced(command, &mut line.tail);
    let session = &session;
    let verify = match command {
        "up" => up::asked(&mut line.tail).map_err(usage)?,
        _ => None,
    };
    misplaced::after(command, &line.tail)?;
    let invocation = Invocation {
        globals: line.globals.iter().map(Into::into).collect(),
        command: std::iter::once(command)
            .chain(line.tail.iter().map(String::as_str))
            .map(Into::into)
            .collect(),
    };
    match verify {
        Some(then) => up::verified(&invocation, session, then),
        None => Err(pass::hand_on(command, &invocation, session)),
    }
}

/// Judges the containers by the plan's claims; without a project that can be loaded, by what holds for any.
fn verify_project(session: &Session, args: &verify::Args) -> Result<u8, Failure> {
    let prepared = session.prepare(&PlanOptions::default());
    let (name, expected) = match (&session.settings.project_name, prepared) {
        (_, Ok((_, prepared))) => {
            let expected = verify::expected(&prepared)?;
            (prepared.project.name, expected)
        }
        (Some(name), Err(_)) => (name.clone(), verify::Expected::default()),
        (None, Err(failure)) => return Err(failure),
    };
    let engine = session.docker().map_err(|e| verify::told(&e.into()))?.kept();
    let mut out = Vec::new();
    let report = verify::verify(&engine, &name, &expected, args, &mut out);
    let text = String::from_utf8_lossy(&out);
    match args.format {
        verify::Format::Json => session.json(&text)?,
        verify::Format::Text => session.show(&text)?,
    }
    let report = report.map_err(|e| verify::told(&e))?;
    Ok(report.exit_code(args.allow_unchecked))
}

/// `--nr-policy` and the other flags that decide on a plan.
fn plan_options(line: &CommandLine) -> Result<PlanOptions, Failure> {
    fn word<T: ValueEnum>(name: &str, text: &str) -> Result<T, Failure> {
        let known: Vec<String> = T::value_variants()
            .iter()
            .filter_map(|v| Some(v.to_possible_value()?.get_name().to_owned()))
            .collect();
        T::from_str(text, false)
            .map_err(|_| usage(format!("--nr-{name} is {}, not {text:?}", known.join(", "))))
    }
    Ok(PlanOptions {
        policy: line
            .own("policy")
            .map(|t| word::<PolicyWord>("policy", t))
            .transpose()?,
        ports: line
            .own("ports")
            .map(|t| word::<PortWord>("ports", t))
            .transpose()?,
        user: line
            .own("user")
            .map(|t| t.parse().map_err(|why| usage(format!("--nr-user: {why}"))))
            .transpose()?,
        random_uid: line.own_switch("random-uid"),
        policy_file: line.own("policy-file").map(Into::into),
        assume: line
            .own("assume")
            .map(|t| word::<AssumeWord>("assume", t))
            .transpose()?,
        engine_timeout: line
            .own("engine-timeout")
            .map(|t| options::duration(t).map_err(|why| usage(format!("--nr-engine-timeout: {why}"))))
            .transpose()?,
    })
}

fn usage(why: String) -> Failure {
    Failure::new(
        code::USAGE,
        Diagnostic::error(why).help("`nrcompose --help` lists commands and flags"),
    )
}

fn color(wish: Option<&str>) -> bool {
    match wish {
        Some("always") => true,
        Some("never") => false,
        _ => std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    }
}
