//! Our own flags around a command of Compose's: the one definition of them, from which they are read, and which help,
//! completions and the manual page show.

use super::compose_line::runs_a_command;
use super::options::PlanOptions;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Args, ColorChoice, ValueEnum};
use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;

/// Before any command, as `--nr-X`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct OwnFlags {
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap shows a doc comment of a flattened struct as its own"
    )]
    pub plan: PlanOptions,
    /// Start hardened what is known to fail so, and make containers anew although data in their own layers is lost (see
    /// `docker diff`)
    #[arg(long)]
    pub force: bool,
    /// How long a service that nobody knows is watched after its first start: 60s where nothing is said
    #[arg(long, value_name = "TIME", value_parser = super::options::duration)]
    pub watch: Option<Duration>,
    /// Do not watch what is started
    #[arg(long)]
    pub trust: bool,
    /// Say only what went wrong
    #[arg(long)]
    pub quiet: bool,
    /// Neither read nor keep what earlier starts found out, watch nothing, guess nothing: the same on every machine, as
    /// with CI=true
    #[arg(long)]
    pub no_state: bool,
    /// Take over what another machine found out: a file that `verify --export-receipts` wrote
    #[arg(long, value_name = "FILE")]
    pub receipts: Option<PathBuf>,
    /// Start nothing unless all that take part start hardened
    #[arg(long)]
    pub no_fallback: bool,
    /// Who reads the project: `compose` lets `docker compose config` do it (for `model`)
    #[arg(long, value_name = "WHO", value_enum)]
    pub loader: Option<Loader>,
    /// When messages are coloured
    #[arg(long, value_name = "WHEN", value_enum)]
    pub color: Option<ColorChoice>,
}

/// Who reads the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Loader {
    /// Our own reader.
    Own,
    /// `docker compose config`.
    Compose,
}

/// After a command of Compose's, as `--nr-X`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct StartFlags {
    /// The same as before the command
    #[arg(long)]
    pub force: bool,
    /// The same as before the command
    #[arg(long, value_name = "TIME", value_parser = super::options::duration)]
    pub watch: Option<Duration>,
    /// The same as before the command
    #[arg(long)]
    pub trust: bool,
    /// The same as before the command
    #[arg(long)]
    pub quiet: bool,
    #[arg(long)]
    pub no_fallback: bool,
    /// With `up` in the background: prove what was started; with `=rollback`, what is not proven starts again as its
    /// author wrote it
    #[arg(long, value_name = "THEN", num_args = 0..=1, require_equals = true, default_missing_value = "report")]
    pub verify: Option<Then>,
}

/// Those that only `up` takes.
const OF_UP: [&str; 3] = ["verify", "watch", "trust"];

/// What follows a broken claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Then {
    /// The person is told.
    Report,
    /// The service starts again as its author wrote it.
    Rollback,
}

impl OwnFlags {
    /// What was split off a command line: names without `--nr-`, each with its value.
    ///
    /// # Errors
    /// A value that is none.
    pub(crate) fn read(given: &[(String, Option<String>)]) -> Result<OwnFlags, String> {
        let words = given.iter().filter_map(|(name, value)| match value {
            // A switch that is turned off is not given.
            Some(value) if !takes_value(name)? => crate::locate::truth(value)?.then(|| format!("--{name}")),
            Some(value) => Some(format!("--{name}={value}")),
            None => Some(format!("--{name}")),
        });
        parse(words)
    }
}

impl StartFlags {
    /// Takes them out of the words after a command. Behind a service, a word belongs to the command that is run in it.
    ///
    /// # Errors
    /// A value that is none.
    pub(crate) fn take(verb: &str, words: &mut Vec<String>) -> Result<StartFlags, String> {
        let runs_a_command = runs_a_command(verb);
        let ends = |w: &String| w == "--" || runs_a_command && !w.starts_with('-');
        let end = words.iter().position(ends).unwrap_or(words.len());
        let (mut taken, mut gone) = (Vec::new(), 0);
        for arg in command::<StartFlags>().get_arguments() {
            let Some(name) = arg
                .get_long()
                .filter(|name| !OF_UP.contains(name) || verb == "up")
            else {
                continue;
            };
            let flag = format!("--nr-{name}");
            let is_it = |w: &String| match w.strip_prefix(&flag) {
                Some(rest) => rest.is_empty() || rest.starts_with('=') && arg.get_action().takes_values(),
                None => false,
            };
            // A second one is refused with those that do not belong here.
            if let Some(at) = words[..end - gone].iter().position(is_it) {
                taken.push(words.remove(at).replacen("nr-", "", 1));
                gone += 1;
                // Its value may be a word of its own.
                let waits = !arg.is_require_equals_set() && arg.get_action().takes_values();
                if waits && !taken.last().is_some_and(|t| t.contains('=')) && at < end - gone {
                    taken.push(words.remove(at));
                    gone += 1;
                }
            }
        }
        parse(taken.into_iter())
    }
}

/// Those that stand before any command, by their names without `--nr-`.
pub(crate) fn names() -> Vec<String> {
    let command = command::<OwnFlags>();
    let names = command.get_arguments().filter_map(Arg::get_long);
    names.map(str::to_owned).collect()
}

/// Whether one that stands before any command takes a value; none if there is no such flag.
pub(crate) fn takes_value(name: &str) -> Option<bool> {
    let command = command::<OwnFlags>();
    let arg = command.get_arguments().find(|a| a.get_long() == Some(name))?;
    Some(arg.get_action().takes_values())
}

/// As they are typed, `--nr-X`, for help, completions and the manual page.
pub(crate) fn shown<F: Args>(heading: &'static str) -> Vec<Arg> {
    let command = command::<F>();
    let named = command.get_arguments().filter_map(|arg| {
        let long = format!("nr-{}", arg.get_long()?);
        Some(arg.clone().id(long.clone()).long(long).help_heading(heading))
    });
    named.collect()
}

fn command<F: Args>() -> clap::Command {
    let command = clap::Command::new("nrcompose").no_binary_name(true);
    F::augment_args(command.disable_help_flag(true))
}

fn parse<F: Args + Default>(words: impl Iterator<Item = String>) -> Result<F, String> {
    let mut words = words.peekable();
    if words.peek().is_none() {
        return Ok(F::default());
    }
    let matches = command::<F>().try_get_matches_from(words);
    let flags = matches.and_then(|matches| F::from_arg_matches(&matches));
    flags.map_err(|error| said(&error))
}

/// What clap says, with the flag as it was typed.
fn said(error: &clap::Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    let flag = text(ContextKind::InvalidArg).split([' ', '[', '=']).next();
    let flag = flag.unwrap_or_default().replacen("--", "--nr-", 1);
    if let Some(why) = error.source() {
        return format!("{flag}: {why}");
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(known)) if !known.is_empty() => {
            format!(
                "{flag} is {}, not {:?}",
                known.join(", "),
                text(ContextKind::InvalidValue)
            )
        }
        _ => format!("{flag} needs a value"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_after_a_command_are_taken_out_and_only_before_the_end_of_options() {
        let of = |verb: &str, text: &str| {
            let mut words: Vec<String> = text.split(' ').map(String::from).collect();
            let flags = StartFlags::take(verb, &mut words).map(|f| (f.force, f.verify));
            (flags, words.join(" "))
        };
        let report = Some(Then::Report);
        for (verb, words, wanted, left) in [
            ("up", "-d --nr-verify web", (false, report), "-d web"),
            (
                "up",
                "--nr-verify=rollback -d",
                (false, Some(Then::Rollback)),
                "-d",
            ),
            ("up", "-d -- --nr-verify", (false, None), "-d -- --nr-verify"),
            ("up", "--nr-force --nr-verify -d", (true, report), "-d"),
            (
                "up",
                "-d --nr-verify --nr-verify",
                (false, report),
                "-d --nr-verify",
            ),
            ("up", "-d --nr-verifying", (false, None), "-d --nr-verifying"),
            ("start", "--nr-verify", (false, None), "--nr-verify"),
            ("up", "-d --nr-force web", (true, None), "-d web"),
            ("up", "web --nr-force", (true, None), "web"),
            (
                "run",
                "--rm web x --nr-force",
                (false, None),
                "--rm web x --nr-force",
            ),
            ("run", "--nr-force --rm web x", (true, None), "--rm web x"),
            ("up", "-- --nr-force", (false, None), "-- --nr-force"),
            ("up", "-d --nr-watch 5s web", (false, None), "-d web"),
            ("up", "--nr-watch=5s --nr-force web", (true, None), "web"),
        ] {
            assert_eq!(of(verb, words), (Ok(wanted), left.to_owned()), "{verb} {words}");
        }
        let wrong = of("up", "--nr-verify=often").0.unwrap_err();
        assert_eq!(wrong, "--nr-verify is report, rollback, not \"often\"");
    }

    #[test]
    fn values_are_read_by_the_one_definition() {
        let read =
            |name: &str, value: Option<&str>| OwnFlags::read(&[(name.to_owned(), value.map(str::to_owned))]);
        assert_eq!(
            read("loader", Some("compose")).unwrap().loader,
            Some(Loader::Compose)
        );
        assert!(read("random-uid", None).unwrap().plan.random_uid);
        assert!(!read("force", Some("false")).unwrap().force);
        for (name, value, said) in [
            (
                "policy",
                "so",
                "--nr-policy is strict, standard, cautious, not \"so\"",
            ),
            (
                "policy",
                "",
                "--nr-policy is strict, standard, cautious, not \"\"",
            ),
            ("policy-file", "", "--nr-policy-file needs a value"),
            (
                "engine-timeout",
                "x",
                "--nr-engine-timeout: write it as 30s, 500ms or 2m",
            ),
        ] {
            assert_eq!(read(name, Some(value)).unwrap_err(), said);
        }
        assert!(read("user", Some("x")).unwrap_err().starts_with("--nr-user: "));
    }
}
