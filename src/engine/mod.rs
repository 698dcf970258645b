//! The container engine behind one trait: a port, not a stage. Stages are handed a `&dyn Engine`.
//!
//! [`docker`] speaks through the engine's own command line, so contexts, `DOCKER_HOST`, TLS and ssh mean here
//! what they mean to the person; [`direct`] asks an engine of this machine over its socket, as far as that goes. Every
//! call is bounded. `replay` answers tests from a recording.

mod binding;
pub mod cleanup_guard;
mod composed;
pub(crate) mod container;
pub mod direct;
pub mod docker;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod helper;
mod holders;
mod id_map;
pub(crate) mod image;
pub(crate) mod info;
pub mod keeping;
pub(crate) mod leftovers;
mod mark;
pub(crate) mod marked;
pub(crate) mod own_image;
pub(crate) mod own_program;
mod project_volumes;
#[cfg(test)]
pub(crate) mod replay;
pub(crate) mod run;
mod socket;
mod subprocess;
pub(crate) mod survey;
pub(crate) mod tar;
mod versions;
mod volume;

use std::io::Read;
use std::time::Duration;

pub use cleanup_guard::Leaving;
pub use composed::Composed;
pub use container::Container;
pub use direct::{Direct, Line};
pub use endpoint::Endpoint;
pub use error::{Error, ErrorKind};
pub use helper::Helper;
pub use id_map::{IdMap, OVERFLOW};
pub use image::Image;
pub use info::Info;
pub use subprocess::run_within;
pub use survey::Survey;
pub use volume::{EngineVolume, Mounting};

/// What an engine call gives.
pub type EngineResult<T> = std::result::Result<T, Error>;

/// What a program said and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit code.
    pub code: i32,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error, as text.
    pub stderr: String,
}

/// A container engine. Calls may be made from several threads.
pub trait Engine: Sync {
    /// Version, security options, cgroups.
    fn info(&self) -> EngineResult<Info>;

    /// The ids of all containers of a Compose project, also of those that do not run.
    fn project(&self, project: &str) -> EngineResult<Vec<String>>;

    /// The containers that Compose made, running or not; of one project or of all.
    fn composed(&self, project: Option<&str>) -> EngineResult<Vec<Composed>>;

    /// Several containers in one call, in the order asked for. One that is unknown is an error of kind
    /// [`ErrorKind::NotFound`].
    fn inspect(&self, ids: &[String]) -> EngineResult<Vec<Container>>;

    /// Those of several containers that are still there.
    fn still_there(&self, ids: &[String]) -> EngineResult<Vec<Container>> {
        match self.inspect(ids) {
            // The answer is about all of them or none.
            Err(error) if error.kind == ErrorKind::NotFound && ids.len() > 1 => {
                let each = ids.iter().map(|id| self.still_there(std::slice::from_ref(id)));
                Ok(each
                    .collect::<EngineResult<Vec<_>>>()?
                    .into_iter()
                    .flatten()
                    .collect())
            }
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
            answer => answer,
        }
    }

    /// The containers of a Compose project, running or not.
    fn of_project(&self, project: &str) -> EngineResult<Vec<Container>> {
        self.still_there(&self.project(project)?)
    }

    /// Several images in one call; `None` for those that are not here. Nothing is pulled.
    fn images(&self, references: &[String]) -> EngineResult<Vec<Option<Image>>>;

    /// The images of a repository that are here, as `name:tag`, the newest first.
    fn tags(&self, repository: &str) -> EngineResult<Vec<String>>;

    /// The processes of a container as `ps -eo COLUMNS` shows them; one row a process. `pid` must be among
    /// the columns, and only the last may hold spaces.
    fn top(&self, id: &str, columns: &[&str]) -> EngineResult<Vec<Vec<String>>>;

    /// The last lines of a container's log, both streams, from a time on (RFC 3339; empty is the beginning) to another
    /// (seconds since 1970; empty is now).
    fn logs(&self, id: &str, since: &str, until: &str, tail: usize) -> EngineResult<String>;

    /// The paths that the container added or changed in its root filesystem.
    fn diff(&self, id: &str) -> EngineResult<Vec<String>>;

    /// One path of a container as a tar stream: volumes are seen, a tmpfs is not. Dropping it ends the call,
    /// so that the header alone costs little.
    fn archive(&self, id: &str, path: &str) -> EngineResult<Box<dyn Read + Send>>;

    /// The whole root filesystem of a container as a tar stream, without its volumes.
    fn export(&self, id: &str) -> EngineResult<Box<dyn Read + Send>>;

    /// Unpacks a tar archive into a directory of a container that exists.
    fn put(&self, id: &str, directory: &str, archive: Box<dyn Read + Send>) -> EngineResult<()>;

    /// Creates a helper container, which is not started, and gives its id.
    fn create(&self, helper: &Helper) -> EngineResult<String>;

    /// Starts a created container, waits for its end and gives what it said.
    fn start(&self, id: &str, limit: Duration) -> EngineResult<Output>;

    /// Starts a created container that reads its standard input, gives it that, and gives what it says while it says it.
    /// It may take as long as it likes, but be silent no longer than `silence`.
    fn converse(
        &self,
        id: &str,
        input: Box<dyn Read + Send>,
        silence: Duration,
    ) -> EngineResult<Box<dyn Read + Send>>;

    /// Takes an archive with images.
    fn load(&self, archive: Box<dyn Read + Send>) -> EngineResult<()>;

    /// The names of the running containers that mount a volume, or a directory of the machine, by name or path.
    fn running_with(&self, mounted: &str) -> EngineResult<Vec<String>>;

    /// Removes a container and its anonymous volumes, running or not.
    fn remove(&self, id: &str) -> EngineResult<()>;

    /// Makes a volume, which bears the label of this run.
    fn create_volume(&self, name: &str) -> EngineResult<()>;

    /// Makes a volume that stays, with these labels.
    fn create_lasting_volume(&self, name: &str, labels: &[(&str, String)]) -> EngineResult<()>;

    /// The volumes that have a label, whatever its value; of one project.
    fn labelled_volumes(&self, label: &str, project: &str) -> EngineResult<Vec<EngineVolume>>;

    /// Those of these volumes that are there, in one call.
    fn volumes(&self, names: &[String]) -> EngineResult<Vec<EngineVolume>>;

    /// All containers that nobody made to be removed again, running or not, by what they mount.
    fn mounting(&self) -> EngineResult<Vec<Mounting>>;

    /// Whether there is such a volume.
    fn volume_exists(&self, name: &str) -> EngineResult<bool>;

    /// Removes a volume that nothing uses.
    fn remove_volume(&self, name: &str) -> EngineResult<()>;

    /// Runs a command in a running container, as the container's user.
    fn exec(&self, id: &str, command: &[String], limit: Duration) -> EngineResult<Output>;
}

/// A helper container that is removed when this goes out of scope, however that happens.
pub struct Temporary<'e> {
    engine: &'e dyn Engine,
    /// The container's full id.
    pub id: String,
}

impl<'e> Temporary<'e> {
    /// Creates it.
    pub fn create(engine: &'e dyn Engine, helper: &Helper) -> EngineResult<Self> {
        let id = engine.create(helper)?;
        Ok(Temporary { engine, id })
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure; the label lets `doctor` find what remained.
        let _ = self.engine.remove(&self.id);
    }
}
