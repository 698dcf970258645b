//! One start, and what came of it.

use super::child::Stop;
use super::failed::{FailedService, ServiceOutcomes, is_clear};
use super::lived::LastRun;
use super::receipt_book::ReceiptBook;
use super::said;
use crate::act::compose::Invocation;
use crate::cli::session::Session;
use crate::cli::start::{self, Next, Ready, words};
use crate::cli::unsaved;
use crate::cli::watched;
use crate::engine::{Container, Direct, Engine};
use crate::facts::settings::Giver;
use crate::pipeline::failure::Failure;
use crate::pipeline::trust::changes;
use crate::pipeline::{Prepared, engine, fingerprint};
use crate::watch::outcome::ServiceOutcome;
use crate::watch::{ServiceWatch, StandingsSeen};
use indexmap::{IndexMap, IndexSet};
use std::ffi::OsString;
use std::thread;
use std::time::Duration;

/// How long whoever stops a container may take until it is gone, and where it seems that somebody did.
const A_MOMENT: Duration = Duration::from_secs(1);
const A_WHILE: Duration = Duration::from_secs(4);

/// A start of services, some of which are to be watched.
pub(super) struct Attempt<'a> {
    /// As the person gave it.
    pub invocation: &'a Invocation,
    pub session: &'a Session,
    pub engine: &'a Direct,
    pub stop: &'a Stop,
    /// The plan, and how it reaches Compose.
    pub ready: Ready,
    /// Services of which nobody knows yet whether they work.
    pub open: IndexSet<String>,
    /// Those that were started once more as they were planned.
    pub tried: IndexSet<String>,
    /// Those that are to be started by the next start, whatever became of their containers; none before the first one.
    pub fallen: IndexSet<String>,
    /// When it began, RFC 3339.
    pub began: String,
    /// Of those that were down before: their last runs.
    pub last_runs: IndexMap<String, LastRun>,
    /// What was seen of containers.
    pub stands: StandingsSeen,
}

impl Attempt<'_> {
    /// Starts; gives the exit code of Compose.
    ///
    /// # Errors
    /// As for any start.
    pub(super) fn start(&self) -> Result<u8, Failure> {
        let stdin = self.session.settings.stdin.taken();
        let invocation = match self.fallen.is_empty() {
            true => self.invocation.clone(),
            false => self.again()?,
        };
        match start::before("up", &invocation, &self.ready, self.session)? {
            Next::HandOn(rest) => Ok(self.stop.run(&rest, &self.ready.pass, stdin)?),
            Next::Ended(code) => Ok(code),
        }
    }

    /// The same start once more, of those that it is about: what ended has done its work, and plain Compose does it once.
    /// Where services of ours give volumes away, they are needed, too, and all is started again.
    fn again(&self) -> Result<Invocation, Failure> {
        let all = || Ok(self.invocation.clone());
        let Some(prepared) = self.prepared() else {
            return all();
        };
        let words = match prepared.plan.settings.giver {
            Giver::Helper => words::apart(&self.invocation.command[1..]),
            Giver::InitService => None,
        };
        let Some(words) = words else { return all() };
        let containers = self.containers()?;
        let is_ended = |name: &String| {
            let mut own = containers.iter().filter(|c| c.service() == name).peekable();
            own.peek().is_some() && own.all(|c| ["exited", "dead"].contains(&c.state.status.as_str()))
        };
        let mut names = unsaved::meant(&prepared.project, &self.invocation.command);
        names.retain(|name| self.fallen.contains(name) || !is_ended(name));
        let keeps = words
            .makes
            .iter()
            .filter(|word| *word == "--no-recreate")
            .cloned();
        let no_deps = words.starts.iter().all(|word| word != "--no-deps");
        let mut command: Vec<OsString> = vec!["up".into()];
        command.extend(words.starts.iter().cloned().chain(keeps));
        command.extend(no_deps.then(|| "--no-deps".into()));
        command.push("--".into());
        command.extend(names.into_iter().map(OsString::from));
        Ok(Invocation {
            command,
            ..self.invocation.clone()
        })
    }

    /// Whether a service is started otherwise than its author wrote it.
    pub(super) fn is_planned(&self, name: &str) -> bool {
        let planned = self.prepared().and_then(|p| p.plan.services.get(name));
        planned.is_some_and(changes)
    }

    /// Whether a service worked here as it is planned.
    pub(super) fn is_tried_here(&self, name: &str) -> bool {
        let planned = self.prepared().and_then(|p| p.plan.services.get(name));
        planned.is_some_and(|s| s.is_tried_here)
    }

    /// Whether that it worked was seen too early: it ended soon after that.
    pub(super) fn is_refuted(&self, name: &str) -> bool {
        let (Some(run), Some(prepared)) = (self.last_runs.get(name), self.prepared()) else {
            return false;
        };
        let notes = ReceiptBook::of(self.session, self.engine, prepared);
        notes.of_service(name).any(|receipt| run.refutes(receipt))
    }

    /// The plan.
    pub(super) fn prepared(&self) -> Option<&Prepared> {
        self.ready.prepared.as_ref()
    }

    /// Watches those that are open.
    ///
    /// # Errors
    /// The engine does not say which containers there are; a probe that is none.
    pub(super) fn watch(&mut self) -> Result<ServiceOutcomes, Failure> {
        let images = self.images()?;
        self.skip_known(&images);
        let Some(prepared) = self.ready.prepared.as_ref().filter(|_| !self.open.is_empty()) else {
            return Ok(ServiceOutcomes::new());
        };
        let expected = watched::expected(prepared)?;
        let longest = self.session.finding_out.longest();
        let mut services = watched::services(prepared, &self.open, self.session);
        for watched in &mut services {
            if let Some(run) = self.last_runs.get(&watched.name) {
                watched.patience = run.outlived(watched.patience, longest);
            }
        }
        let progress = said::WatchProgress::of(self.session, self.open.len());
        let watch = ServiceWatch {
            engine: self.engine,
            project: &prepared.project.name,
            services,
            claims: &expected.claims,
            probes: &expected.probes,
            lacks: self.lacks(prepared, &images),
            stop: &|| self.stop.is_wanted(),
            is_enough: &|known| is_clear(&prepared.project, &self.open, known),
            progress: &|known, open| progress.tell(known, open),
        };
        let outcomes = watch.run(&mut self.stands);
        progress.end();
        outcomes.map_err(|error| said::engine_gone(&error).into())
    }

    /// Whether Compose made no container of a service that was to be started.
    fn lacks(&self, prepared: &Prepared, images: &IndexMap<String, String>) -> bool {
        let meant = unsaved::meant(&prepared.project, &self.invocation.command);
        meant.iter().any(|name| !images.contains_key(name))
    }

    /// Those that are known to work from the image that they were just made of need not be watched, nor those that Compose made
    /// no container of, for which it said why.
    fn skip_known(&mut self, images: &IndexMap<String, String>) {
        let Some(prepared) = &self.ready.prepared else {
            return;
        };
        let notes = ReceiptBook::of(self.session, self.engine, prepared);
        let was_down = self
            .session
            .there
            .get()
            .into_iter()
            .flatten()
            .filter(|c| c.is_down());
        let down: IndexSet<String> = was_down.map(|c| c.service.clone()).collect();
        self.open.retain(|name| {
            let Some(image) = images.get(name) else {
                return false;
            };
            let plan = fingerprint::of_service(&prepared.project, &prepared.hardened, name);
            let receipt = notes.known(name, image, &plan);
            let is_known = receipt.is_some_and(|receipt| receipt.failed.is_none());
            !is_known || down.contains(name)
        });
    }

    /// Those that somebody did not take away meanwhile: a `down` in another terminal first stops a container, then removes it.
    ///
    /// # Errors
    /// The engine does not say which containers there are.
    pub(super) fn still_there(&self, mut failed: Vec<FailedService>) -> Result<Vec<FailedService>, Failure> {
        if !failed.is_empty() {
            // By SIGTERM, or by SIGKILL after that, it was stopped, perhaps by nobody but itself.
            let is_stopped =
                |one: &FailedService| ["143", "137"].iter().any(|code| one.why().ends_with(code));
            let moment = if failed.iter().any(is_stopped) {
                A_WHILE
            } else {
                A_MOMENT
            };
            thread::sleep(moment);
            let images = self.images()?;
            failed.retain(|one| images.contains_key(&one.name));
        }
        Ok(failed)
    }

    /// Keeps what came of them.
    ///
    /// # Errors
    /// The engine does not say which containers there are.
    pub(super) fn note(&self, outcomes: &ServiceOutcomes) -> Result<(), Failure> {
        let Some(prepared) = &self.ready.prepared else {
            return Ok(());
        };
        let images = self.images()?;
        let mut notes = ReceiptBook::of(self.session, self.engine, prepared);
        for (name, outcome) in outcomes
            .iter()
            .filter(|(_, o)| matches!(o, ServiceOutcome::Passed { .. }))
        {
            if !self.is_planned(name) {
                continue;
            }
            if let Some(image) = images.get(name) {
                notes.add(notes.receipt(prepared, name, image, outcome));
            }
        }
        notes.write();
        Ok(())
    }

    /// The ids of the images that services run from, by service.
    ///
    /// # Errors
    /// The engine does not say which containers there are.
    pub(super) fn images(&self) -> Result<IndexMap<String, String>, Failure> {
        let of = |c: Container| (c.service().to_owned(), c.image.clone());
        Ok(self.containers()?.into_iter().map(of).collect())
    }

    /// The containers of the project, but those of `run`.
    ///
    /// # Errors
    /// The engine does not say which there are.
    pub(super) fn containers(&self) -> Result<Vec<Container>, Failure> {
        let Some(prepared) = &self.ready.prepared else {
            return Ok(Vec::new());
        };
        let all = self.engine.of_project(&prepared.project.name);
        let mut all = all.map_err(|error| engine::told(&error))?;
        all.retain(|container| !container.oneoff());
        Ok(all)
    }
}
