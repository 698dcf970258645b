//! The command line: one file a command.

pub mod model;
pub mod profiles;
pub mod split;
pub mod verify;

use crate::diagnostic::{Diagnostic, LoadError};
use crate::engine::docker::Docker;
use crate::load::{self, Options};
use crate::locate::{self, Settings};
use crate::tree::Sources;
use clap::Parser;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

/// A wrong call, or a project that cannot be loaded.
const USAGE: u8 = 2;

/// What every command works with.
#[derive(Debug)]
pub struct Session {
    /// Compose's global flags and the process they were given to.
    pub settings: Settings,
    /// Whether messages are coloured.
    pub color: bool,
    /// `--nr-loader compose`.
    pub by_compose: bool,
    /// Whether nobody listens to standard output any more.
    closed: bool,
}

impl Session {
    /// Writes to standard output, the one place that does. Nobody reading on is no error.
    pub fn print(&mut self, text: &str) {
        let mut out = std::io::stdout().lock();
        self.closed |= out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err();
    }

    /// Tells the person something.
    pub fn warn(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        let mut err = std::io::stderr().lock();
        for diagnostic in diagnostics {
            _ = writeln!(err, "{}", diagnostic.render(sources, self.color));
        }
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub struct Stop {
    code: u8,
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Self {
        Stop {
            code: USAGE,
            diagnostics: vec![diagnostic],
            sources: Sources::default(),
        }
    }
}

impl From<LoadError> for Stop {
    fn from(error: LoadError) -> Self {
        Stop {
            code: USAGE,
            diagnostics: error.diagnostics,
            sources: error.sources,
        }
    }
}

#[derive(Parser, Debug)]
#[command(name = "nrcompose", no_binary_name = true, disable_help_subcommand = true)]
enum Command {
    Model(model::Args),
    /// Proves on the running containers what was claimed of them
    Verify(verify::Args),
}

/// Runs a command line (without the program's name) and gives the exit code.
pub fn run(words: impl IntoIterator<Item = String>) -> u8 {
    let mut session = Session {
        settings: Settings::default(),
        color: color(None),
        by_compose: false,
        closed: false,
    };
    match dispatch(&mut session, words) {
        Ok(code) => code,
        Err(stop) => {
            session.warn(&stop.diagnostics, &stop.sources);
            stop.code
        }
    }
}

fn dispatch(session: &mut Session, words: impl IntoIterator<Item = String>) -> Result<u8, Stop> {
    let usage = |why: String| Diagnostic::error(why).help("nrcompose --help lists commands and flags");
    let line = split::split(words).map_err(usage)?;
    session.color = color(line.own("color"));
    session.by_compose = match line.own("loader") {
        None | Some("own") => false,
        Some("compose") => true,
        Some(other) => return Err(usage(format!("--nr-loader is own or compose, not {other:?}")).into()),
    };
    session.settings = line
        .settings()
        .map_err(|e| Diagnostic::error(format!("finding the working directory: {e}")))?;
    let words = line.command.iter().chain(&line.tail);
    match Command::try_parse_from(words) {
        Ok(Command::Model(args)) => model::model(session, &args),
        Ok(Command::Verify(args)) => verify_project(session, &args),
        Err(error) => {
            _ = error.print();
            Ok(u8::try_from(error.exit_code()).unwrap_or(USAGE))
        }
    }
}

fn verify_project(session: &mut Session, args: &verify::Args) -> Result<u8, Stop> {
    let name = match session.settings.project_name.clone() {
        Some(name) => name,
        None => load::load(&locate::locate(&session.settings)?, &Options::default())?.name,
    };
    let engine = Docker::find().map_err(|e| verify::told(&e.into()))?;
    let mut out = Vec::new();
    let code = verify::verify(&engine, &name, &BTreeMap::new(), &BTreeMap::new(), args, &mut out);
    session.print(&String::from_utf8_lossy(&out));
    code.map_err(|e| verify::told(&e).into())
}

fn color(wish: Option<&str>) -> bool {
    match wish {
        Some("always") => true,
        Some("never") => false,
        _ => std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    }
}
