//! Where the engine listens, as the `docker` command works it out: `DOCKER_HOST`, else the context, else the usual
//! socket. Known without starting a program, since it decides whether one has to be started.

use super::EngineResult;
use super::error::{Error, ErrorKind};
use crate::input;
use indexmap::IndexMap;
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use serde::{Deserialize, Serialize};
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// The socket that is taken when nothing is said.
const USUAL: &str = "unix:///var/run/docker.sock";

/// Where the engine listens, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// `unix:///var/run/docker.sock`, `ssh://me@machine`; empty for a context that does not exist.
    pub host: String,
    /// Who says so.
    pub from: From,
}

/// Who says where the engine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// `DOCKER_HOST`.
    Variable,
    /// A context (`DOCKER_CONTEXT`, `docker context use`), by its name.
    Context(String),
    /// Nobody.
    Default,
}

impl Endpoint {
    /// The endpoint of this environment.
    pub fn of(environment: &IndexMap<String, String>) -> Endpoint {
        let set = |name: &str| environment.get(name).filter(|v| !v.is_empty());
        if let Some(host) = set("DOCKER_HOST") {
            return Endpoint {
                host: host.clone(),
                from: From::Variable,
            };
        }
        let folder = set("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| set("HOME").map(|h| Path::new(h).join(".docker")))
            .unwrap_or_default();
        let chosen = set("DOCKER_CONTEXT").cloned().or_else(|| {
            let config = json(&folder.join("config.json"))?;
            config.get("currentContext")?.as_str().map(str::to_owned)
        });
        match chosen.filter(|name| name != "default" && !name.is_empty()) {
            Some(name) => Endpoint {
                host: host_of(&folder, &name).unwrap_or_default(),
                from: From::Context(name),
            },
            None => Endpoint {
                host: USUAL.to_owned(),
                from: From::Default,
            },
        }
    }

    /// The socket on this machine.
    pub fn socket(&self) -> Option<&Path> {
        self.host.strip_prefix("unix://").map(Path::new)
    }

    /// Whether somebody accepts at its socket on this machine, which is cheap to know; remote engines are left to the
    /// command itself.
    ///
    /// # Errors
    /// Nobody listens, or whoever listens has accepted nobody within `limit`.
    pub fn reach(&self, limit: Duration) -> EngineResult<()> {
        let Some(socket) = self.socket() else {
            return Ok(());
        };
        let doing = || format!("reaching the engine at {}", socket.display());
        match connect(socket, Instant::now() + limit) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                let detail = format!("it listens, and accepted nobody within {} s", limit.as_secs_f32());
                Err(Error::new(ErrorKind::Timeout, doing(), detail))
            }
            Err(error) => Err(Error::new(ErrorKind::Unreachable, doing(), error.to_string())),
        }
    }

    /// Whether it is reached over a network, so that what stands on this machine is not what the engine mounts.
    pub fn is_remote(&self) -> bool {
        self.socket().is_none() && !self.host.is_empty()
    }

    /// The file with the engine's process id: beside its socket, where dockerd and its rootless script put it.
    pub fn pid_file(&self) -> Option<PathBuf> {
        self.socket().map(|s| s.with_extension("pid"))
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = if self.host.is_empty() {
            "nowhere"
        } else {
            &self.host
        };
        match &self.from {
            From::Variable => write!(f, "{host}, as DOCKER_HOST says"),
            From::Context(name) => write!(f, "{host}, as the context {name} says"),
            From::Default => write!(f, "{host}, the usual place"),
        }
    }
}

/// A connection to a socket, unless nobody accepts it in time.
pub(super) fn connect(socket: &Path, deadline: Instant) -> io::Result<UnixStream> {
    loop {
        match attempt(socket) {
            // The queue of those who wait is full.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if Instant::now() >= deadline {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                thread::sleep(Duration::from_millis(10));
            }
            other => return other,
        }
    }
}

/// One attempt that does not wait.
fn attempt(socket: &Path) -> io::Result<UnixStream> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let end = net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    net::connect(&end, &SocketAddrUnix::new(socket)?)?;
    let stream = UnixStream::from(end);
    stream.set_nonblocking(false)?;
    Ok(stream)
}

/// The host of a context. Its folder is named by a hash of its name, which the file repeats.
fn host_of(folder: &Path, context: &str) -> Option<String> {
    let contexts = std::fs::read_dir(folder.join("contexts/meta")).ok()?;
    contexts.flatten().find_map(|entry| {
        let meta = json(&entry.path().join("meta.json"))?;
        let is_it = meta.get("Name")?.as_str() == Some(context);
        let host = meta.get("Endpoints")?.get("docker")?.get("Host")?.as_str()?;
        is_it.then(|| host.to_owned())
    })
}

fn json(file: &Path) -> Option<serde_json::Value> {
    serde_json::from_slice(&input::bytes(file).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Endpoint {
        let environment = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Endpoint::of(&environment.collect())
    }

    #[test]
    fn the_variable_is_stronger_than_the_context_and_that_than_nothing() {
        let folder = std::env::temp_dir().join(format!("nrcompose-endpoint-{}", std::process::id()));
        let meta = folder.join("contexts/meta/abc");
        std::fs::create_dir_all(&meta).unwrap();
        std::fs::write(
            meta.join("meta.json"),
            r#"{"Name":"far","Metadata":{},"Endpoints":{"docker":{"Host":"ssh://me@far","SkipTLSVerify":false}}}"#,
        )
        .unwrap();
        std::fs::write(folder.join("config.json"), r#"{"currentContext":"far"}"#).unwrap();
        let config = ("DOCKER_CONFIG", folder.to_str().unwrap());
        let used = of(&[config]);
        assert_eq!((used.host.as_str(), used.is_remote()), ("ssh://me@far", true));
        let named = of(&[config, ("DOCKER_CONTEXT", "default")]);
        assert_eq!((named.host.as_str(), named.from), (USUAL, From::Default));
        let gone = of(&[config, ("DOCKER_CONTEXT", "gone")]);
        assert_eq!((gone.host.as_str(), gone.is_remote()), ("", false));
        let said = of(&[config, ("DOCKER_HOST", "unix:///run/user/1000/docker.sock")]);
        assert_eq!(said.from, From::Variable);
        assert_eq!(said.pid_file(), Some("/run/user/1000/docker.pid".into()));
        assert_eq!(of(&[("DOCKER_HOST", "")]).host, USUAL);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
