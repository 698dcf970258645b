//! Before services start, their volumes belong to them: containers are made, what they mount is looked at and set right, and
//! then they are started. Nothing of it is in the project, so Compose's own words mean what they always mean.
//!
//! - [`words`]: one command line as two
//! - [`places`]: which volumes and directories must belong to whom
//! - [`in_use`]: what is not taken from others
//! - [`mod@run`], [`take_back`]: what `run` needs, and what is undone
//! - [`warm`]: when nothing of it is needed, since everything keeps running

mod in_use;
mod places;
mod run;
mod take_back;
mod warm;
pub(crate) mod words;

pub(super) use places::gives_nameless;
pub(super) use run::run_in;
pub(super) use take_back::VolumesBefore;

use super::session::{self, Session};
use super::unsaved;
use crate::act::compose::{self, Invocation, Pass};
use crate::act::ownership::{Ownership, Place};
use crate::act::state::StateDirectory;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::engine::{Container, Direct, Engine};
use crate::facts::settings::Giver;
use crate::model::{self, INIT_PREFIX};
use crate::pipeline::failure::Failure;
use crate::pipeline::fingerprint::of_project;
use crate::pipeline::{Prepared, engine};
use indexmap::IndexSet;
use std::ffi::OsString;

/// What a command is handed on with.
pub(super) struct Ready {
    /// Which override it gets.
    pub pass: Pass,
    /// The plan, where something is started by it.
    pub prepared: Option<Prepared>,
}

impl From<Pass> for Ready {
    fn from(pass: Pass) -> Ready {
        Ready { pass, prepared: None }
    }
}

/// Whether `up` with these words starts nothing.
pub(super) fn makes_only(command: &[OsString]) -> bool {
    command.iter().any(|word| word == "--no-start")
}

/// Whether `up` with these words goes on without the person's terminal.
pub(super) fn is_detached(command: &[OsString]) -> bool {
    let detached = ["-d", "--detach", "--wait"];
    words::apart(command.get(1..).unwrap_or_default())
        .is_some_and(|words| words.starts.iter().any(|w| detached.iter().any(|d| w == d)))
}

/// Whether services may run from other images after `up` with these words than from those that are here.
pub(super) fn may_change_images(prepared: &Prepared, command: &[OsString]) -> bool {
    let words = words::apart(command.get(1..).unwrap_or_default());
    let says = |words: words::Words| words.remakes.iter().any(|name| ["build", "pull"].contains(name));
    places::pulls_again(prepared) || words.is_none_or(says)
}

/// What is left of a command when its volumes are right.
pub(super) enum Next {
    /// This is still to be handed to Compose.
    HandOn(Invocation),
    /// Compose was started for it, and ended with this code.
    Ended(u8),
}

/// A start, and what came of it so far.
pub(super) struct Starting<'s> {
    invocation: &'s Invocation,
    prepared: &'s Prepared,
    pass: &'s Pass,
    session: &'s Session,
    engine: Direct,
}

/// Makes the containers of a start, and gives their volumes to them.
///
/// # Errors
/// Volumes that cannot be looked at or set right; then nothing is started.
pub(super) fn before(
    verb: &str,
    invocation: &Invocation,
    ready: &Ready,
    session: &Session,
) -> Result<Next, Failure> {
    let as_it_is = || Ok(Next::HandOn(invocation.clone()));
    let Some(prepared) = &ready.prepared else {
        return as_it_is();
    };
    let meant = unsaved::meant(&prepared.project, &invocation.command);
    let is_asked = prepared.plan.settings.giver == Giver::Helper;
    let mut services: IndexSet<String> = meant;
    if verb == "run" {
        services.extend(run_in(&prepared.project, invocation));
    }
    services.retain(|name| places::has_any(prepared, name));
    if !is_asked || services.is_empty() {
        return as_it_is();
    }
    let start = Starting::new(invocation, prepared, &ready.pass, session)?;
    match verb {
        "up" | "watch" => start.up(&services),
        "create" | "scale" => start.made(&services, verb),
        "run" => start.run(&services),
        "start" | "restart" => {
            start.set_right(&start.of(&services)?)?;
            as_it_is()
        }
        _ => as_it_is(),
    }
}

/// Notes which containers a start is about, for what comes after it.
///
/// # Errors
/// The engine does not say which there are.
pub(super) fn note(
    invocation: &Invocation,
    prepared: &Prepared,
    pass: &Pass,
    session: &Session,
) -> Result<(), Failure> {
    let start = Starting::new(invocation, prepared, pass, session)?;
    let meant = unsaved::meant(&prepared.project, &invocation.command);
    let project = of_project(&prepared.project, &prepared.hardened);
    warm::note(&start, &start.of(&meant)?, project)
}

impl<'s> Starting<'s> {
    /// With this plan and this override.
    ///
    /// # Errors
    /// No client.
    pub(super) fn new(
        invocation: &'s Invocation,
        prepared: &'s Prepared,
        pass: &'s Pass,
        session: &'s Session,
    ) -> Result<Starting<'s>, Failure> {
        Ok(Starting {
            invocation,
            prepared,
            pass,
            session,
            engine: session.docker()?.kept(),
        })
    }

    /// `up`, and `watch`, which begins with one.
    fn up(&self, services: &IndexSet<String>) -> Result<Next, Failure> {
        let Some(words) = words::apart(&self.invocation.command[1..]) else {
            return self.up_with_unknown_words(services);
        };
        // `watch` is told to start nothing.
        if words.starts.iter().any(|w| w == "--no-up") {
            return Ok(Next::HandOn(self.invocation.clone()));
        }
        let project = of_project(&self.prepared.project, &self.prepared.hardened);
        if words.remakes.is_empty() && warm::keeps_running(self, services, &project)? {
            return Ok(Next::HandOn(self.invocation.clone()));
        }
        self.clear_init_services()?;
        let is_up = self.invocation.command.first().is_some_and(|v| v == "up");
        let mut make: Vec<OsString> = vec!["up".into(), "--no-start".into()];
        make.extend(words.makes.iter().cloned());
        make.extend(after_flags(&words.services));
        let code = self.compose(make)?;
        if code != 0 {
            return Ok(Next::Ended(code));
        }
        let containers = self.of(services)?;
        self.set_right(&containers)?;
        warm::note(self, &containers, project)?;
        if words.starts.iter().any(|w| w == "--no-start") {
            return Ok(Next::Ended(0));
        }
        let mut command = vec![self.invocation.command[0].clone()];
        if is_up && places::pulls_again(self.prepared) {
            // It was pulled and built just now.
            command.extend(["--pull", "missing", "--no-build"].map(Into::into));
        }
        command.extend(words.starts);
        command.extend(after_flags(&words.services));
        Ok(Next::HandOn(self.with(command)))
    }

    /// A Compose that is newer than our list: what a word of it means for making containers is not known, so they are made as
    /// the project has them, and the command is handed on as it is. Where that makes them anew, their volumes keep what they got.
    fn up_with_unknown_words(&self, services: &IndexSet<String>) -> Result<Next, Failure> {
        let mut make: Vec<OsString> = vec!["up".into(), "--no-start".into(), "--no-recreate".into()];
        let meant: Vec<OsString> = services.iter().map(OsString::from).collect();
        make.extend(after_flags(&meant));
        match self.compose(make)? {
            0 => self.set_right(&self.of(services)?)?,
            code => return Ok(Next::Ended(code)),
        }
        Ok(Next::HandOn(self.invocation.clone()))
    }

    /// `create` does all that it does before anything is looked at; `scale` makes the new ones first.
    fn made(&self, services: &IndexSet<String>, verb: &str) -> Result<Next, Failure> {
        let rest = &self.invocation.command[1..];
        let make = match verb {
            "create" => self.invocation.command.clone(),
            _ => {
                let mut make: Vec<OsString> = ["up", "--no-start", "--no-recreate"].map(Into::into).into();
                for word in rest {
                    let text = word.to_string_lossy();
                    match text.split_once('=') {
                        Some((service, _)) if !text.starts_with('-') => {
                            make.extend(["--scale".into(), word.clone(), service.into()]);
                        }
                        _ => make.push(word.clone()),
                    }
                }
                make
            }
        };
        let code = self.compose(make)?;
        if code != 0 {
            return Ok(Next::Ended(code));
        }
        self.set_right(&self.of(services)?)?;
        match verb {
            "create" => Ok(Next::Ended(0)),
            _ => Ok(Next::HandOn(self.invocation.clone())),
        }
    }

    /// Takes away what gave volumes to their users when plain Compose started a file of ours: it has ended, and would be a
    /// stranger to Compose.
    fn clear_init_services(&self) -> Result<(), Failure> {
        let project = &self.prepared.project;
        let is_gone = |name: &str| name.starts_with(INIT_PREFIX) && model::service(project, name).is_none();
        for one in self.containers(is_gone)? {
            if !one.state.is_up() {
                self.engine
                    .remove(&one.id)
                    .map_err(|error| engine::told(&error))?;
            }
        }
        Ok(())
    }

    /// The containers of these services that stay: not those of `run`.
    fn containers(&self, is_meant: impl Fn(&str) -> bool) -> Result<Vec<Container>, Failure> {
        let project = &self.prepared.project.name;
        let all = self.engine.composed(Some(project));
        let all = all.map_err(|error| engine::told(&error))?.into_iter();
        let ids: Vec<String> = all
            .filter(|c| !c.oneoff && is_meant(&c.service))
            .map(|c| c.id)
            .collect();
        Ok(self
            .engine
            .still_there(&ids)
            .map_err(|error| engine::told(&error))?)
    }

    /// The same, of services by their names.
    fn of(&self, services: &IndexSet<String>) -> Result<Vec<Container>, Failure> {
        self.containers(|service| services.contains(service))
    }

    /// Looks at what these containers mount, and sets right what is wrong.
    fn set_right(&self, containers: &[Container]) -> Result<(), Failure> {
        let is_restart = self
            .invocation
            .command
            .first()
            .is_some_and(|verb| verb == "restart");
        // What a running one has in its volumes is its own business.
        let starts = containers.iter().filter(|c| is_restart || !c.state.is_up());
        let mut wanted = places::wanted(self.prepared, starts.clone());
        let environment = &self.session.settings.environment;
        let directories = places::directories(self.prepared, starts, environment)
            .map_err(|error| Failure::load(error, &self.prepared.project.sources))?;
        if wanted.is_empty() && directories.is_empty() {
            return Ok(());
        }
        let ownership = self.ownership()?;
        self.must_be_unused(&ownership, &directories)?;
        wanted.extend(directories);
        let done = ownership.set_right(&wanted).map_err(|error| {
            let help = "nothing was started; `nrcompose ownership` shows what was changed, and `ownership restore` takes it back";
            let own = Diagnostic::from(&error).help;
            Diagnostic::from(&error).help(own.as_deref().unwrap_or(help))
        })?;
        let empty = done.iter().filter(|one| one.was_empty);
        let empty = empty.filter_map(|one| match &one.place {
            Place::Volume { name, subpath: None } => Some(name.clone()),
            _ => None,
        });
        self.session.fresh.borrow_mut().volumes.extend(empty);
        let given: Vec<String> = done
            .iter()
            .filter(|one| one.changed > 0)
            .map(|one| one.place.to_string())
            .collect();
        if !given.is_empty() {
            let entries: u64 = done.iter().map(|one| one.changed).sum();
            let entries = if entries == 1 {
                "1 entry".to_owned()
            } else {
                format!("{entries} entries")
            };
            self.session.say(&format!(
                "given to who runs there: {} ({entries}); `nrcompose ownership restore` puts back whose it was",
                given.join(", ")
            ));
        }
        for one in done {
            let left = one.problems.iter();
            let left = left.map(|p| format!("{}: {} is left as it is: {}", one.place, p.path, p.why));
            let cleared = one.told_of_cleared().map(|text| format!("{}: {text}", one.place));
            for text in left.chain(cleared) {
                let said = Diagnostic::new(Topic::Owner, text);
                self.session.tell(&said, &self.prepared.project.sources);
            }
        }
        Ok(())
    }

    fn ownership(&self) -> Result<Ownership<'_>, Failure> {
        let state = StateDirectory::find(&self.session.settings.environment)?;
        let limit = self.session.plan.engine_limit();
        let info = self
            .session
            .this_engine()
            .info(limit)
            .map_err(|error| engine::told(&error))?;
        Ok(Ownership::new(&self.engine, &info, state, &session::progress))
    }

    /// Runs Compose with these words instead of the person's, to its end.
    fn compose(&self, command: Vec<OsString>) -> Result<u8, Failure> {
        let stdin = self.session.settings.stdin.taken();
        Ok(compose::run(&self.with(command), self.pass, stdin)?)
    }

    fn with(&self, command: Vec<OsString>) -> Invocation {
        Invocation {
            globals: self.invocation.globals.clone(),
            command,
        }
    }
}

/// Services behind all flags, whatever they are called.
fn after_flags(services: &[OsString]) -> impl Iterator<Item = OsString> {
    let end = (!services.is_empty()).then(|| OsString::from("--"));
    end.into_iter().chain(services.iter().cloned())
}
