//! Flags where nobody reads them. A flag before a command of our own that is dropped in silence is dangerous: what it asks
//! for does not happen, and the exit code is 0 all the same.

use super::compose_line::{FLAGS, runs_a_command};
use super::own_flags::{self, takes_value};
use super::split::CommandLine;
use crate::diagnostic::Diagnostic;
use crate::nearest::nearest;
use crate::pipeline::failure::Failure;
use clap::{Arg, Command};

/// Refuses what stands before `verb`, a command of our own, and would have no effect.
///
/// # Errors
/// A flag that nobody knows, that belongs after the command, or that the command cannot follow.
pub(crate) fn before(line: &CommandLine, verb: &Command) -> Result<(), Failure> {
    let name = verb.get_name();
    if let Some((flag, value)) = line.unknown.first() {
        let (word, value) = match (flag.split_once('='), value) {
            (Some((word, value)), _) => (word, Some(value)),
            (None, value) => (flag.as_str(), value.as_deref()),
        };
        let error = Diagnostic::error(format!("{word} before {name}: nrcompose has no such global flag"));
        return Err(error.help(cure(word, value, verb)).into());
    }
    for flag in FLAGS.iter().filter(|flag| line.has(flag.name)) {
        if let Some(instead) = flag.instead {
            let message = format!("--{} before {name}: {name} knows nothing of it", flag.name);
            return Err(Diagnostic::error(message).help(instead).into());
        }
    }
    Ok(())
}

/// Refuses `--nr-X` after a command of Compose's. Behind a service, a word belongs to the command that is run in it.
///
/// # Errors
/// Such a flag.
pub(crate) fn after(verb: &str, words: &[String]) -> Result<(), Failure> {
    let runs_a_command = runs_a_command(verb);
    let flag = words
        .iter()
        .take_while(|w| *w != "--" && (!runs_a_command || w.starts_with('-')))
        .find(|w| w.starts_with("--nr-"));
    let Some(flag) = flag else { return Ok(()) };
    let name = flag.split('=').next().unwrap_or(flag);
    let is_known = name.strip_prefix("--nr-").and_then(takes_value).is_some();
    let help = match name {
        "--nr-verify" => {
            "it goes with a start in the background, once: `nrcompose up -d --nr-verify`".to_owned()
        }
        _ if is_known => format!("it stands before the command: `nrcompose {name} … {verb}`"),
        _ => "`nrcompose --help` lists commands and flags".to_owned(),
    };
    let error = Diagnostic::error(format!("{name} after {verb}: nrcompose reads no such flag there"));
    Err(error.help(help).into())
}

/// What was probably meant.
fn cure(word: &str, value: Option<&str>, verb: &Command) -> String {
    let name = verb.get_name();
    let bare = word.trim_start_matches('-');
    let is_long = word.starts_with("--");
    let is_meant = |a: &&Arg| match is_long {
        true => a.get_long() == Some(bare),
        false => a.get_short().is_some_and(|s| bare.starts_with(s)),
    };
    if let Some(argument) = verb.get_arguments().find(is_meant) {
        let value = value.filter(|_| argument.get_action().takes_values());
        let said = value.map_or_else(|| word.to_owned(), |v| format!("{word} {v}"));
        return match is_long && takes_value(bare).is_some() {
            true => format!(
                "`nrcompose --nr-{} {name}`, or `nrcompose {name} {said}`",
                &said[2..]
            ),
            false => format!("it stands after the command: `nrcompose {name} {said}`"),
        };
    }
    let globals = FLAGS.iter().map(|g| (g.name, format!("--{}", g.name)));
    let after = verb.get_arguments().filter_map(Arg::get_long);
    let after = after.map(|a| (a, format!("nrcompose {name} --{a}")));
    let own = own_flags::names();
    let own = own.iter().map(|own| (own.as_str(), format!("--nr-{own}")));
    let known: Vec<(&str, String)> = globals.chain(after).chain(own).collect();
    let near = nearest(bare, known.iter().map(|(k, _)| *k).filter(|_| is_long));
    match near.and_then(|near| known.iter().find(|(k, _)| *k == near)) {
        Some((_, meant)) => format!("did you mean `{meant}`?"),
        None => format!(
            "`nrcompose --help` lists the flags before a command, `nrcompose {name} --help` those after it"
        ),
    }
}
