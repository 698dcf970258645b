//! A command that is Compose's own, to its end: this process becomes Compose, or watches what it started.

use super::compose_line::runs_a_command;
use super::passthrough::{find_docker, ready};
use super::session::Session;
use super::start::{self, Next};
use super::transaction;
use crate::act::compose::{self, Invocation, Pass};
use crate::pipeline::failure::Failure;
use std::ffi::OsString;

/// Hands a command on. Returns only if it could not be started, or if it is done already: then with Compose's exit code.
///
/// # Errors
/// No docker, a project that cannot be loaded (for verbs that plan), a refusal under policy strict, volumes that cannot be
/// looked at or set right.
pub(crate) fn hand_on(verb: &str, invocation: &Invocation, session: &Session) -> Result<u8, Failure> {
    if asks_help(verb, &invocation.command) {
        find_docker()?;
        return Err(compose::exec(invocation, &Pass::Nothing, session.settings.stdin.taken()).into());
    }
    let ready = ready(verb, invocation, session)?;
    if transaction::is_one(verb, invocation, &ready, session) {
        return transaction::run(invocation, ready, session);
    }
    match start::before(verb, invocation, &ready, session)? {
        Next::HandOn(rest) => Err(compose::exec(&rest, &ready.pass, session.settings.stdin.taken()).into()),
        Next::Ended(code) => Ok(code),
    }
}

/// Whether Compose will only show its help. Behind a service, `-h` belongs to the command that is run in it.
fn asks_help(verb: &str, command: &[OsString]) -> bool {
    let runs_a_command = runs_a_command(verb);
    let words = command.iter().skip(1);
    words
        .take_while(|w| !runs_a_command || w.as_encoded_bytes().starts_with(b"-"))
        .any(|word| word == "--help" || word == "-h")
}
