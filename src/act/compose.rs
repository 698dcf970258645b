//! Handing over to `docker compose`: this process becomes that one, so that terminal, signals and exit code are
//! Compose's own.

use crate::docker::Program;
use anyhow::{Context, Result, anyhow};
use rustix::fs::{MemfdFlags, memfd_create};
use std::ffi::OsString;
use std::fs::File;
use std::io::{Seek, Write};
use std::os::fd::IntoRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A Compose command line, taken apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Invocation {
    /// Compose's global flags, as given.
    pub globals: Vec<OsString>,
    /// The verb and everything after it, as given.
    pub command: Vec<OsString>,
}

/// How the override reaches Compose: last, in the way the other files did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pass {
    /// There is none.
    Nothing,
    /// The person gave `-f`: one more.
    Flag(PathBuf),
    /// The only file is standard input: the project's directory has to be said, since Compose would take the
    /// override's, the first file that is in one.
    Piped {
        /// The project directory.
        directory: PathBuf,
        /// The override.
        path: PathBuf,
        /// Whether standard input was named by `-f`, which is handed on, and not by `COMPOSE_FILE`.
        by_flag: bool,
    },
    /// The files were found without `-f`: all of them, the override last, through `COMPOSE_FILE`, since a `-f` would
    /// change where Compose looks for `.env`.
    Variable(Vec<PathBuf>),
}

/// Becomes `docker compose` with the override. Returns only if that failed.
pub(crate) fn exec(invocation: &Invocation, pass: &Pass, stdin: Option<&[u8]>) -> anyhow::Error {
    match command(invocation, pass, stdin) {
        Ok(mut command) => anyhow!(command.exec()).context("starting docker compose"),
        Err(error) => error,
    }
}

/// Starts it, waits for its end and gives its exit code.
///
/// # Errors
/// It cannot be started.
pub(crate) fn run(invocation: &Invocation, pass: &Pass, stdin: Option<&[u8]>) -> Result<u8> {
    code_of(&mut command(invocation, pass, stdin)?)
}

/// The same without its standard output: what it says there is nobody's answer.
///
/// # Errors
/// It cannot be started.
pub(crate) fn run_silent(invocation: &Invocation, pass: &Pass, stdin: Option<&[u8]>) -> Result<u8> {
    code_of(command(invocation, pass, stdin)?.stdout(Stdio::null()))
}

fn code_of(command: &mut Command) -> Result<u8> {
    let status = command.status().context("starting docker compose")?;
    Ok(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1))
}

/// A file in memory with this text, for a standard input since a pipe holds little and nobody is left to fill it.
fn again(text: &[u8]) -> Result<File> {
    let memory = memfd_create("nrcompose", MemfdFlags::empty()).context("keeping a text")?;
    let mut file = File::from(memory);
    let written = file.write_all(text).and_then(|()| file.rewind());
    written.context("keeping a text")?;
    Ok(file)
}

/// A path at which `docker compose` can read a text that stands in no folder. It is good for what this process starts or
/// becomes, as often as it is opened.
///
/// # Errors
/// No memory.
pub(crate) fn in_memory(text: &str) -> Result<PathBuf> {
    // It has to be open for as long as this process is there, whatever that becomes.
    let kept = again(text.as_bytes())?.into_raw_fd();
    Ok(format!("/proc/self/fd/{kept}").into())
}

/// The child that would be started; `stdin` is what was read of standard input already, and is given again.
///
/// # Errors
/// No `docker` on PATH.
pub(crate) fn command(invocation: &Invocation, pass: &Pass, stdin: Option<&[u8]>) -> Result<Command> {
    let mut command = Program::find()?.compose();
    if let Some(text) = stdin {
        command.stdin(again(text)?);
    }
    command.args(&invocation.globals);
    match pass {
        Pass::Nothing => {}
        Pass::Flag(path) => {
            command.arg("-f").arg(path);
        }
        Pass::Piped {
            directory,
            path,
            by_flag,
        } => {
            command.arg("--project-directory").arg(directory);
            if !by_flag {
                command.args(["-f", "-"]);
            }
            command.arg("-f").arg(path);
        }
        Pass::Variable(files) => {
            let (value, separator) = joined(files.iter())?;
            command
                .env("COMPOSE_FILE", value)
                .env("COMPOSE_PATH_SEPARATOR", separator);
        }
    }
    command.args(&invocation.command);
    Ok(command)
}

/// The paths in one variable, and a separator that none of them has.
fn joined<'p>(paths: impl Iterator<Item = &'p PathBuf> + Clone) -> Result<(OsString, &'static str)> {
    let bytes = |p: &Path| p.as_os_str().as_encoded_bytes().to_vec();
    let separator = [":", ";", "|", "\u{1f}"]
        .into_iter()
        .find(|s| paths.clone().all(|p| !bytes(p).contains(&s.as_bytes()[0])))
        .ok_or_else(|| {
            anyhow!("passing the files to docker compose: their names use every separator there is")
        })?;
    let mut value = OsString::new();
    for (index, path) in paths.enumerate() {
        if index > 0 {
            value.push(separator);
        }
        value.push(path);
    }
    Ok((value, separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_is_chosen_that_no_path_has() {
        let paths = [PathBuf::from("/a:b/compose.yaml"), PathBuf::from("/o.yaml")];
        assert_eq!(
            joined(paths.iter()).unwrap(),
            ("/a:b/compose.yaml;/o.yaml".into(), ";")
        );
    }
}
