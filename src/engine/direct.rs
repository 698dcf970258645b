//! The engine as this program asks it: over its socket where it has one on this machine, which costs no process; and
//! through the `docker` command where it is elsewhere, and for what makes or runs something.

use super::docker::{Docker, STREAM_LIMIT};
use super::endpoint::Endpoint;
use super::socket::Socket;
use super::{
    Composed, Container, Engine, EngineResult, EngineVolume, Helper, Image, Info, Mounting, Output, Survey,
};
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

/// The engine that the person's `docker` command talks to.
pub struct Direct {
    /// Where the engine listens on this machine.
    socket: Option<Arc<Socket>>,
    docker: Docker,
}

/// A connection to the engine that several [`Direct`]s may share.
#[derive(Debug, Clone)]
pub struct Line(Option<Arc<Socket>>);

impl Line {
    /// To the engine at an endpoint, for ordinary questions of at most `limit`; nobody is asked yet.
    pub fn to(endpoint: &Endpoint, limit: Duration) -> Line {
        Line(Socket::of(endpoint, limit).map(Arc::new))
    }
}

impl Direct {
    /// The engine at an endpoint, for ordinary questions of at most `limit`.
    ///
    /// # Errors
    /// There is no `docker` on `PATH`.
    pub fn find(endpoint: &Endpoint, limit: Duration) -> EngineResult<Direct> {
        Direct::on(&Line::to(endpoint, limit), limit)
    }

    /// The same on a connection that is there.
    ///
    /// # Errors
    /// There is no `docker` on `PATH`.
    pub fn on(line: &Line, limit: Duration) -> EngineResult<Direct> {
        Ok(Direct {
            docker: Docker::find()?.limit(limit),
            socket: line.0.clone(),
        })
    }

    /// The same for this program itself: what is made is gone in the end, whatever becomes of this process.
    #[must_use]
    pub fn kept(self) -> Direct {
        Direct {
            docker: self.docker.kept(),
            ..self
        }
    }

    /// Whether the engine says of itself, without a program being started for that, what it said before.
    pub fn confirms(&self, before: &Survey) -> bool {
        let said = self.socket.as_ref().and_then(|socket| socket.info().ok());
        said.is_some_and(|said| {
            // It does not know the client.
            let client_info = before.info.client_info.clone();
            Info { client_info, ..said } == before.info
        })
    }

    /// The command, for what only that is asked.
    pub fn command(&self) -> &Docker {
        &self.docker
    }

    /// The engine through the command alone.
    #[must_use]
    pub fn by_command(self) -> Docker {
        self.docker
    }
}

/// Asks the socket, or else the command the same.
macro_rules! either {
    ($self:ident . $call:ident ( $($argument:expr),* ) $(+ $limit:expr)?) => {
        match &$self.socket {
            Some(socket) => socket.$call($($argument),* $(, $limit)?),
            None => $self.docker.$call($($argument),*),
        }
    };
}

impl Engine for Direct {
    fn info(&self) -> EngineResult<Info> {
        self.docker.info()
    }

    fn project(&self, project: &str) -> EngineResult<Vec<String>> {
        either!(self.project(project))
    }

    fn composed(&self, project: Option<&str>) -> EngineResult<Vec<Composed>> {
        either!(self.composed(project))
    }

    fn inspect(&self, ids: &[String]) -> EngineResult<Vec<Container>> {
        either!(self.inspect(ids))
    }

    fn images(&self, references: &[String]) -> EngineResult<Vec<Option<Image>>> {
        either!(self.images(references))
    }

    fn tags(&self, repository: &str) -> EngineResult<Vec<String>> {
        self.docker.tags(repository)
    }

    fn top(&self, id: &str, columns: &[&str]) -> EngineResult<Vec<Vec<String>>> {
        self.docker.top(id, columns)
    }

    fn logs(&self, id: &str, since: &str, until: &str, tail: usize) -> EngineResult<String> {
        self.docker.logs(id, since, until, tail)
    }

    fn diff(&self, id: &str) -> EngineResult<Vec<String>> {
        either!(self.diff(id))
    }

    fn archive(&self, id: &str, path: &str) -> EngineResult<Box<dyn Read + Send>> {
        either!(self.archive(id, path) + STREAM_LIMIT)
    }

    fn export(&self, id: &str) -> EngineResult<Box<dyn Read + Send>> {
        either!(self.export(id) + STREAM_LIMIT)
    }

    fn put(&self, id: &str, directory: &str, archive: Box<dyn Read + Send>) -> EngineResult<()> {
        either!(self.put(id, directory, archive) + STREAM_LIMIT)
    }

    fn create(&self, helper: &Helper) -> EngineResult<String> {
        self.docker.create(helper)
    }

    fn start(&self, id: &str, limit: Duration) -> EngineResult<Output> {
        self.docker.start(id, limit)
    }

    fn converse(
        &self,
        id: &str,
        input: Box<dyn Read + Send>,
        silence: Duration,
    ) -> EngineResult<Box<dyn Read + Send>> {
        self.docker.converse(id, input, silence)
    }

    fn load(&self, archive: Box<dyn Read + Send>) -> EngineResult<()> {
        self.docker.load(archive)
    }

    fn running_with(&self, mounted: &str) -> EngineResult<Vec<String>> {
        self.docker.running_with(mounted)
    }

    fn remove(&self, id: &str) -> EngineResult<()> {
        match &self.socket {
            Some(socket) => socket.remove(id).map(|()| self.docker.unmade()),
            None => self.docker.remove(id),
        }
    }

    fn create_volume(&self, name: &str) -> EngineResult<()> {
        self.docker.create_volume(name)
    }

    fn create_lasting_volume(&self, name: &str, labels: &[(&str, String)]) -> EngineResult<()> {
        self.docker.create_lasting_volume(name, labels)
    }

    fn labelled_volumes(&self, label: &str, project: &str) -> EngineResult<Vec<EngineVolume>> {
        self.docker.labelled_volumes(label, project)
    }

    fn volumes(&self, names: &[String]) -> EngineResult<Vec<EngineVolume>> {
        either!(self.volumes(names))
    }

    fn mounting(&self) -> EngineResult<Vec<Mounting>> {
        either!(self.mounting())
    }

    fn volume_exists(&self, name: &str) -> EngineResult<bool> {
        either!(self.volume_exists(name))
    }

    fn remove_volume(&self, name: &str) -> EngineResult<()> {
        match &self.socket {
            Some(socket) => socket.remove_volume(name).map(|()| self.docker.unmade()),
            None => self.docker.remove_volume(name),
        }
    }

    fn exec(&self, id: &str, command: &[String], limit: Duration) -> EngineResult<Output> {
        self.docker.exec(id, command, limit)
    }
}
