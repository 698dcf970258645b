//! The project that is taken over or given back, its engine, and plain Compose for it.

use crate::act::adopt::CopiedWith;
use crate::act::compose::{self, Invocation};
use crate::act::ownership::Ownership;
use crate::act::state::StateDirectory;
use crate::cli::handed::as_written;
use crate::cli::session::{Session, progress};
use crate::diagnostic::Diagnostic;
use crate::engine::{Container, Direct, Engine, Info};
use crate::load::{self, Options, Project};
use crate::locate::{self, Location};
use crate::model::Volume;
use crate::pipeline::failure::Failure;
use crate::pipeline::{Prepared, engine};
use std::ffi::OsString;

/// All that adopting works with.
pub(super) struct AdoptScene<'s> {
    pub(super) session: &'s Session,
    pub(super) location: Location,
    pub(super) project: Project,
    pub(super) state: StateDirectory,
    pub(super) engine: Direct,
    pub(super) info: Info,
    globals: Vec<OsString>,
}

impl<'s> AdoptScene<'s> {
    /// Loads the project and reaches the engine.
    ///
    /// # Errors
    /// No project, no engine.
    pub(super) fn open(session: &'s Session, globals: &[String]) -> Result<AdoptScene<'s>, Failure> {
        let location = locate::locate(&session.settings)?;
        let project = load::load(&location, &Options::default())?;
        let limit = session.plan.engine_limit();
        let reached = session.this_engine().reach(limit);
        reached.map_err(|error| engine::told(&error))?;
        let info = session.this_engine().info(limit);
        Ok(AdoptScene {
            state: StateDirectory::find(&session.settings.environment)?,
            engine: session.docker()?.kept(),
            info: info.map_err(|error| engine::told(&error))?,
            globals: globals.iter().map(Into::into).collect(),
            session,
            location,
            project,
        })
    }

    /// The plan for a start, by what is adopted by now: also of services that do not start so yet for want of what is
    /// given to them.
    ///
    /// # Errors
    /// See [`crate::pipeline::Request::prepare`].
    pub(super) fn prepare(&self) -> Result<Prepared, Failure> {
        let session = Session {
            force: true,
            ..self.session.clone()
        };
        let mut request = session.request(&self.location);
        request.starts = true;
        request.wishes.giver = self.session.giver();
        request.prepare()
    }

    /// What works on owners.
    pub(super) fn ownership(&self) -> Ownership<'_> {
        Ownership::new(&self.engine, &self.info, self.state.clone(), &progress)
    }

    /// What copies.
    pub(super) fn copied_with(&self) -> CopiedWith<'_> {
        CopiedWith {
            engine: &self.engine,
            info: &self.info,
        }
    }

    /// The containers of the project that stay: not those of `run`.
    ///
    /// # Errors
    /// The engine does not say.
    pub(super) fn containers(&self) -> Result<Vec<Container>, Failure> {
        let all = self.engine.composed(Some(&self.project.name))?;
        let ids: Vec<String> = all.into_iter().filter(|c| !c.oneoff).map(|c| c.id).collect();
        Ok(self.engine.still_there(&ids)?)
    }

    /// What the engine calls a volume of the project.
    pub(super) fn volume(&self, key: &str) -> String {
        Volume::of(&self.project, key).name(&self.project)
    }

    /// The invocation of Compose with these words, then services.
    pub(super) fn invocation(&self, words: &[&str], services: &[String]) -> Invocation {
        let end = (!services.is_empty()).then(|| OsString::from("--"));
        let command = words.iter().map(OsString::from).chain(end);
        Invocation {
            globals: self.globals.clone(),
            command: command.chain(services.iter().map(OsString::from)).collect(),
        }
    }

    /// Runs Compose on the author's files alone.
    ///
    /// # Errors
    /// It cannot be started, or fails.
    pub(super) fn plain(&self, words: &[&str], services: &[String]) -> Result<(), Failure> {
        let invocation = self.invocation(words, services);
        let stdin = self.session.settings.stdin.taken();
        let code = compose::run(&invocation, &as_written(&self.location), stdin)?;
        if code == 0 {
            return Ok(());
        }
        let text = format!(
            "docker compose {} {}: it ended with code {code}",
            words.join(" "),
            services.join(" ")
        );
        Err(Diagnostic::error(text).into())
    }
}
