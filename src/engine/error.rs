//! What goes wrong with an engine, in kinds that callers treat differently; and the one way from there, and from any
//! error that has come up from the engine, to what a person is told.

use crate::diagnostic::Diagnostic;
use std::fmt;

/// Why a call gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no client program.
    NoClient,
    /// Nobody answers, or not to this person.
    Unreachable,
    /// The call was given up after its time limit.
    Timeout,
    /// The container, image or path does not exist (any more).
    NotFound,
    /// Anything else that the engine refused.
    Refused,
    /// The answer was not understood.
    Answer,
}

/// A failed engine call: what was being done, what is wrong, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// In what way.
    pub kind: ErrorKind,
    /// What was being done: `listing the containers of project web`.
    pub doing: String,
    /// What is wrong.
    pub detail: String,
}

impl Error {
    /// Made by the callers inside this module.
    pub(crate) fn new(kind: ErrorKind, doing: impl Into<String>, detail: impl Into<String>) -> Self {
        Error {
            kind,
            doing: doing.into(),
            detail: detail.into(),
        }
    }

    /// Judges what a client program wrote to standard error.
    pub(crate) fn from_stderr(doing: &str, code: i32, stderr: &str) -> Self {
        let text = stderr.trim();
        let kind = kind_of(text);
        let text = text.strip_prefix("Error response from daemon: ").unwrap_or(text);
        let text = text.strip_prefix("Error: ").unwrap_or(text);
        let detail = if text.is_empty() {
            format!("exit code {code}")
        } else {
            text.to_owned()
        };
        Error::new(kind, doing, detail)
    }

    /// What the person can do.
    pub fn help(&self) -> Option<&'static str> {
        match self.kind {
            ErrorKind::NoClient => Some("install the docker command line and put it on PATH"),
            ErrorKind::Unreachable if self.detail.to_lowercase().contains("permission denied") => {
                Some("this user may not talk to the engine: use sudo, the docker group, or rootless Docker")
            }
            ErrorKind::Unreachable => Some(
                "start the engine (`sudo systemctl start docker`), or check DOCKER_HOST and `docker context show`",
            ),
            ErrorKind::Timeout => Some("the engine or the container hangs: see whether `docker ps` answers"),
            ErrorKind::NotFound | ErrorKind::Refused | ErrorKind::Answer => None,
        }
    }
}

fn kind_of(stderr: &str) -> ErrorKind {
    let text = stderr.to_ascii_lowercase();
    let any = |words: &[&str]| words.iter().any(|w| text.contains(w));
    if any(&[
        "cannot connect to the docker daemon",
        "error during connect",
        "failed to connect to the docker api",
        "permission denied while trying to connect",
        "unable to resolve docker endpoint",
        "connection refused",
        "cannot connect to podman",
    ]) {
        ErrorKind::Unreachable
    } else if any(&[
        "no such",
        "could not find the file",
        "does not exist",
        "not found",
    ]) {
        ErrorKind::NotFound
    } else {
        ErrorKind::Refused
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.detail)
    }
}

impl std::error::Error for Error {}

impl From<&Error> for Diagnostic {
    fn from(error: &Error) -> Self {
        Diagnostic {
            help: error.help().map(str::to_owned),
            ..Diagnostic::error(error.to_string())
        }
    }
}

/// An error that was wrapped on its way up: every cause in one line, and what helps against the outermost that knows.
impl From<&anyhow::Error> for Diagnostic {
    fn from(error: &anyhow::Error) -> Self {
        let help = error.chain().find_map(|cause| {
            let told = cause.downcast_ref::<Diagnostic>().cloned();
            let of_engine = || cause.downcast_ref::<Error>().map(Diagnostic::from);
            told.or_else(of_engine)?.help
        });
        Diagnostic {
            help,
            ..Diagnostic::error(format!("{error:#}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_client_tell_the_kind() {
        let kind = |text| Error::from_stderr("asking", 1, text).kind;
        assert_eq!(
            kind(
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
            ),
            ErrorKind::Unreachable
        );
        assert_eq!(
            kind("Error response from daemon: No such container: x"),
            ErrorKind::NotFound
        );
        assert_eq!(
            kind("Error response from daemon: Could not find the file /x in container y"),
            ErrorKind::NotFound
        );
        assert_eq!(
            kind("Error response from daemon: Container x is paused"),
            ErrorKind::Refused
        );
    }

    #[test]
    fn an_error_says_what_was_done_and_what_helps_however_it_is_wrapped() {
        let error = Error::from_stderr(
            "asking the engine",
            1,
            "Cannot connect to the Docker daemon at x.",
        );
        let told = Diagnostic::from(&error);
        let message = "asking the engine: Cannot connect to the Docker daemon at x.";
        let help = "start the engine (`sudo systemctl start docker`), or check DOCKER_HOST and `docker context show`";
        assert_eq!(
            (told.message.as_str(), told.help.as_deref()),
            (message, Some(help))
        );
        let wrapped = anyhow::Error::from(error).context("copying a").context("trying");
        let told = Diagnostic::from(&wrapped);
        assert_eq!(told.message, format!("trying: copying a: {message}"));
        assert_eq!(told.help.as_deref(), Some(help));
    }

    #[test]
    fn what_a_stage_says_keeps_its_help_too() {
        let inner = Diagnostic::error("there are three").help("name one");
        let wrapped = anyhow::Error::from(inner).context("looking");
        let told = Diagnostic::from(&wrapped);
        assert_eq!(told.message, "looking: there are three");
        assert_eq!(told.help.as_deref(), Some("name one"));
    }
}
