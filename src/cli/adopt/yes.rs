//! A person's yes.

use crate::diagnostic::Diagnostic;
use crate::pipeline::failure::{Failure, code};
use std::io::{BufRead, IsTerminal, Write};

/// Whether it is said: by a flag, or at the terminal.
///
/// # Errors
/// Nobody is there to be asked.
pub(super) fn is_said(by_flag: bool, what: &str, command: &str) -> Result<bool, Failure> {
    if by_flag {
        return Ok(true);
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || !std::io::stderr().is_terminal() {
        let text = format!("nobody is at a terminal to say whether to {what}; nothing was changed");
        return Err(Failure::new(
            code::USAGE,
            Diagnostic::error(text).help(format!("`{command}` does it; `--dry-run` only shows it")),
        ));
    }
    let mut out = std::io::stderr();
    _ = write!(out, "{what}? [y/N] ").and_then(|()| out.flush());
    let mut answer = String::new();
    _ = stdin.lock().read_line(&mut answer);
    let is_yes = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
    if !is_yes {
        _ = writeln!(out, "nothing was changed");
    }
    Ok(is_yes)
}
