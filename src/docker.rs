//! The person's `docker` command: the one place where it is found and started from.

use crate::diagnostic::Diagnostic;
use std::fmt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether what is begun is to be finished: see [`shield`].
static IS_SHIELDED: AtomicBool = AtomicBool::new(false);

/// From here on, or no longer, what is started stands in a process group of its own: a Ctrl-C of the person's ends this process
/// alone, which has something to finish that must not be left half done.
pub(crate) fn shield(is_on: bool) {
    IS_SHIELDED.store(is_on, Ordering::Relaxed);
}

/// Whether it is so now.
pub(crate) fn is_shielded() -> bool {
    IS_SHIELDED.load(Ordering::Relaxed)
}

/// Where it is.
#[derive(Debug, Clone)]
pub(crate) struct Program(PathBuf);

impl Program {
    /// The first `docker` on `PATH`, by its absolute path.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn find() -> Result<Program, Diagnostic> {
        which::which("docker").map(Program).map_err(|_| {
            let none = Diagnostic::error("looking for docker: it is not on PATH");
            none.help("install Docker with Compose v2; `nrcompose diff` and `nrcompose harden` need none")
        })
    }

    /// A program that is called as `docker` is.
    #[cfg(test)]
    pub(crate) fn at(path: &Path) -> Program {
        Program(path.to_owned())
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A call of it; arguments and all else are still to be said.
    #[allow(clippy::disallowed_methods, reason = "the one place")]
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.0);
        if is_shielded() {
            // Out of the terminal's group it could ask nothing: it would be stopped for that.
            command.process_group(0).stdin(Stdio::null());
        }
        command
    }

    /// A call of `docker compose`.
    pub(crate) fn compose(&self) -> Command {
        let mut command = self.command();
        command.arg("compose");
        command
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}
