//! What Compose would make anew: only Compose knows, so it is asked, without anything being done.

use super::UnsavedContainer;
use super::told::lost;
use super::which::meant;
use crate::act::compose::{self, Invocation, Pass};
use crate::cli::session::Session;
use crate::pipeline::Prepared;
use indexmap::IndexSet;
use std::ffi::OsString;
use std::process::Stdio;

/// Those that Compose would not make anew by what `pass` hands it; of the others the person is told what goes.
pub(super) fn without_theirs(
    found: Vec<UnsavedContainer>,
    invocation: &Invocation,
    pass: &Pass,
    prepared: &Prepared,
    session: &Session,
) -> Vec<UnsavedContainer> {
    let theirs = anew(&found, invocation, pass, session).unwrap_or_default();
    let (gone, kept): (Vec<UnsavedContainer>, Vec<UnsavedContainer>) =
        found.into_iter().partition(|one| theirs.contains(&one.name));
    let meant = meant(&prepared.project, &invocation.command);
    for one in gone.iter().filter(|one| meant.contains(&one.service)) {
        session.tell(&lost(one), &prepared.project.sources);
    }
    kept
}

/// The names of the containers that Compose would make anew; none where it does not say so of each.
pub(super) fn anew(
    found: &[UnsavedContainer],
    invocation: &Invocation,
    pass: &Pass,
    session: &Session,
) -> Option<Vec<String>> {
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
}
