//! `nrcompose completions`: what a shell completes, from the same definition that is parsed.

use super::compose_line::{FLAGS, Treatment, VERBS};
use super::own_flags::{StartFlags, shown};
use super::session::Session;
use crate::pipeline::failure::Failure;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, Command, ValueHint};
use clap_complete::Shell;

/// Print what makes a shell complete commands and flags
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_parser = PossibleValuesParser::new(["bash", "zsh", "fish"]).try_map(|s| s.parse::<Shell>()))]
    pub shell: Shell,
}

impl Completions {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// The text cannot be written.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut everything(), "nrcompose", &mut text);
        session.print(&String::from_utf8_lossy(&text))?;
        Ok(0)
    }
}

/// Our own commands and flags, and those of Compose that are handed on; the flags of its commands are its own.
fn everything() -> Command {
    let flags = FLAGS.iter().filter(|f| !["help", "version"].contains(&f.name));
    let flags = flags.map(|flag| {
        let action = match flag.takes_value {
            true => ArgAction::Append,
            false => ArgAction::SetTrue,
        };
        let hint = match flag.name.ends_with("file") {
            true => ValueHint::FilePath,
            false => ValueHint::Unknown,
        };
        let arg = Arg::new(flag.name)
            .long(flag.name)
            .action(action)
            .value_hint(hint);
        let arg = arg.help("As docker compose has it");
        match flag.short {
            Some(letter) => arg.short(letter),
            None => arg,
        }
    });
    let verbs = VERBS.iter().map(|verb| {
        let command = Command::new(verb.name).about("As docker compose has it");
        match verb.treatment {
            Treatment::Start => command.args(shown::<StartFlags>("nrcompose")),
            _ => command,
        }
    });
    super::definition().args(flags).subcommands(verbs)
}
