//! The person's `docker` command: the one place where it is found and started from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where it is.
#[derive(Debug, Clone)]
pub struct Program(PathBuf);

/// There is none on `PATH`.
#[derive(Debug, Clone, Copy)]
pub struct Missing;

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("looking for docker: it is not on PATH")
    }
}

impl std::error::Error for Missing {}

impl Program {
    /// The first `docker` on `PATH`, by its absolute path.
    ///
    /// # Errors
    /// There is none.
    pub fn find() -> Result<Program, Missing> {
        which::which("docker").map(Program).map_err(|_| Missing)
    }

    /// A program that is called as `docker` is.
    pub fn at(path: &Path) -> Program {
        Program(path.to_owned())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A call of it; arguments and all else are still to be said.
    #[allow(clippy::disallowed_methods, reason = "the one place")]
    pub fn command(&self) -> Command {
        Command::new(&self.0)
    }

    /// A call of `docker compose`.
    pub fn compose(&self) -> Command {
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
