//! The engine asked over its socket on this machine, without a program in between: a question costs a millisecond, not
//! the thirty of a start of the `docker` command.
//!
//! - [`transport`]: the HTTP library on a socket
//! - [`calls`]: what is asked, and what comes back

mod calls;
mod transport;

use super::EngineResult;
use super::docker::Input;
use super::endpoint::Endpoint;
use super::error::{Error, ErrorKind};
use serde::de::DeserializeOwned;
use std::fmt::Write as _;
use std::io::Read;
use std::sync::OnceLock;
use std::time::Duration;
use transport::{AtSocket, NoNames};
use ureq::http::Response;
use ureq::{Agent, Body, SendBody};

/// The newest version of the API whose answers are known to be understood; an older engine is asked in its own.
const NEWEST: (u32, u32) = (1, 51);
/// How much of an answer that is not a stream is read.
const MOST: u64 = 64 * 1024 * 1024;

/// An engine's socket.
#[derive(Debug)]
pub(super) struct Socket {
    agent: Agent,
    limit: Duration,
    /// What the path of every question begins with.
    version: OnceLock<String>,
}

/// What is asked for.
enum Question<'q> {
    Get,
    Delete,
    Put(&'q mut Input),
}

impl Socket {
    /// That of an endpoint on this machine; nobody is asked yet.
    pub(super) fn of(endpoint: &Endpoint, limit: Duration) -> Option<Socket> {
        endpoint.socket()?;
        let config = Agent::config_builder()
            // A status is judged by what is said beside it.
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .user_agent("nrcompose")
            .build();
        Some(Socket {
            agent: Agent::with_parts(config, AtSocket(endpoint.clone()), NoNames),
            limit,
            version: OnceLock::new(),
        })
    }

    /// The version that both sides speak, as a path.
    fn version(&self, doing: &str) -> EngineResult<&str> {
        if let Some(known) = self.version.get() {
            return Ok(known);
        }
        let mut answer = self.send(doing, Question::Get, "/_ping", self.limit)?;
        // Read to its end, the connection serves the next question, too.
        _ = answer.body_mut().with_config().limit(MOST).read_to_vec();
        let said = answer.headers().get("api-version").and_then(|v| v.to_str().ok());
        let number = |text: &str| {
            let (major, minor) = text.trim().split_once('.')?;
            Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
        };
        let asked = std::env::var("DOCKER_API_VERSION").ok();
        let version = match (asked.as_deref().and_then(number), said.and_then(number)) {
            (Some((major, minor)), _) => format!("/v{major}.{minor}"),
            (None, Some(theirs)) => {
                let (major, minor) = theirs.min(NEWEST);
                format!("/v{major}.{minor}")
            }
            (None, None) => {
                let why = "what listens names no version of the API: it is no engine's";
                return Err(Error::new(ErrorKind::Answer, doing, why));
            }
        };
        Ok(self.version.get_or_init(|| version))
    }

    /// An answer that is JSON.
    fn get<T: DeserializeOwned>(&self, doing: &str, path: &str) -> EngineResult<T> {
        let answer = self.ask(doing, Question::Get, path, self.limit)?;
        let reader = answer.into_body().into_with_config().limit(MOST).reader();
        let mut text = Vec::new();
        let read = std::io::BufReader::new(reader).read_to_end(&mut text);
        read.map_err(|error| self.failed(doing, self.limit, ureq::Error::from(error)))?;
        serde_json::from_slice(&text).map_err(|error| {
            let why = format!("the answer was not understood: {error}");
            Error::new(ErrorKind::Answer, doing, why)
        })
    }

    /// An answer that is read while it comes.
    fn stream(&self, doing: &str, path: &str, limit: Duration) -> EngineResult<Box<dyn Read + Send>> {
        let answer = self.ask(doing, Question::Get, path, limit)?;
        Ok(Box::new(
            answer.into_body().into_with_config().limit(u64::MAX).reader(),
        ))
    }

    /// A question that must be answered with a success.
    fn ask(
        &self,
        doing: &str,
        question: Question<'_>,
        path: &str,
        limit: Duration,
    ) -> EngineResult<Response<Body>> {
        let path = format!("{}{path}", self.version(doing)?);
        let mut answer = self.send(doing, question, &path, limit)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let said = answer.body_mut().with_config().limit(MOST).lossy_utf8(true);
        let said = said.read_to_string().unwrap_or_default();
        // Almost always `{"message": …}`.
        let json = serde_json::from_str::<serde_json::Value>(&said).ok();
        let message = json.as_ref().and_then(|j| j.get("message")?.as_str());
        let message = message.unwrap_or(said.trim());
        let error = Error::from_stderr(doing, i32::from(status.as_u16()), message);
        Err(match status.as_u16() {
            404 => Error {
                kind: ErrorKind::NotFound,
                ..error
            },
            _ => error,
        })
    }

    fn send(
        &self,
        doing: &str,
        question: Question<'_>,
        path: &str,
        limit: Duration,
    ) -> EngineResult<Response<Body>> {
        let address = format!("http://docker{path}");
        let agent = &self.agent;
        let sent = match question {
            Question::Get => agent
                .get(&address)
                .config()
                .timeout_global(Some(limit))
                .build()
                .call(),
            Question::Delete => agent
                .delete(&address)
                .config()
                .timeout_global(Some(limit))
                .build()
                .call(),
            Question::Put(archive) => agent
                .put(&address)
                .content_type("application/x-tar")
                .config()
                .timeout_global(Some(limit))
                .build()
                .send(SendBody::from_reader(archive)),
        };
        sent.map_err(|error| self.failed(doing, limit, error))
    }

    fn failed(&self, doing: &str, limit: Duration, error: ureq::Error) -> Error {
        // What fails while an answer is read comes wrapped.
        let error = match error {
            ureq::Error::Io(io) => ureq::Error::from(io),
            other => other,
        };
        match error {
            ureq::Error::Timeout(_) => {
                let why = format!("no answer within {} s", limit.as_secs_f32());
                Error::new(ErrorKind::Timeout, doing, why)
            }
            ureq::Error::Io(io) => Error::new(ErrorKind::Unreachable, doing, io.to_string()),
            other => Error::new(ErrorKind::Answer, doing, other.to_string()),
        }
    }
}

/// A text as one part of a path, or a value of a query.
fn said(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' | b'@' => {
                said.push(byte.into());
            }
            byte => _ = write!(said, "%{byte:02X}"),
        }
    }
    said
}
