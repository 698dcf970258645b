//! What goes wrong with an engine, in kinds that callers treat differently.

use std::fmt;

/// Why a call gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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
    pub kind: Kind,
    /// What was being done: `listing the containers of project web`.
    pub doing: String,
    /// What is wrong.
    pub detail: String,
}

impl Error {
    /// Made by the callers inside this module.
    pub(crate) fn new(kind: Kind, doing: impl Into<String>, detail: impl Into<String>) -> Self {
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
            Kind::NoClient => Some("install the docker command line and put it on PATH"),
            Kind::Unreachable if self.detail.to_lowercase().contains("permission denied") => {
                Some("this user may not talk to the engine: use sudo, the docker group, or rootless Docker")
            }
            Kind::Unreachable => Some(
                "start the engine (`sudo systemctl start docker`), or check DOCKER_HOST and `docker context show`",
            ),
            Kind::Timeout => Some("the engine or the container hangs: see whether `docker ps` answers"),
            Kind::NotFound | Kind::Refused | Kind::Answer => None,
        }
    }
}

fn kind_of(stderr: &str) -> Kind {
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
        Kind::Unreachable
    } else if any(&[
        "no such",
        "could not find the file",
        "does not exist",
        "not found",
    ]) {
        Kind::NotFound
    } else {
        Kind::Refused
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.detail)?;
        match self.help() {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

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
            Kind::Unreachable
        );
        assert_eq!(
            kind("Error response from daemon: No such container: x"),
            Kind::NotFound
        );
        assert_eq!(
            kind("Error response from daemon: Could not find the file /x in container y"),
            Kind::NotFound
        );
        assert_eq!(
            kind("Error response from daemon: Container x is paused"),
            Kind::Refused
        );
    }

    #[test]
    fn an_error_says_what_was_done_and_what_helps() {
        let error = Error::from_stderr(
            "asking the engine",
            1,
            "Cannot connect to the Docker daemon at x.",
        );
        assert_eq!(
            error.to_string(),
            "asking the engine: Cannot connect to the Docker daemon at x.\n\
             help: start the engine (`sudo systemctl start docker`), or check DOCKER_HOST and `docker context show`"
        );
    }
}
