//! What every command works with, and the one place that writes to standard output and standard error.

use super::finding_out::FindingOut;
use super::notices;
use super::options::PlanOptions;
use crate::act::home::who_ran_sudo;
use crate::act::output::{self, MayReplace};
use crate::act::ownership::helper_program;
use crate::act::receipt_source::ReceiptSource;
use crate::act::state::StateDirectory;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::{Moment, Topic};
use crate::engine::{Composed, Direct, Error};
use crate::facts::settings::{Giver, Left};
use crate::load::Options;
use crate::locate::{self, Location, ProcessSettings, Stdin};
use crate::pipeline::engine::ThisEngine;
use crate::pipeline::failure::Failure;
use crate::pipeline::wishes::Wishes;
use crate::pipeline::{Prepared, Request};
use crate::tree::Sources;
use crate::visible;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashSet;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A command line and the process it was given to.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Compose's global flags, and where they were said.
    pub settings: ProcessSettings,
    /// Whether messages are coloured.
    pub color: bool,
    /// `--nr-loader compose`.
    pub by_compose: bool,
    /// The engine, once somebody asks for it.
    pub this_engine: Rc<OnceCell<ThisEngine>>,
    /// What is found out of services that start.
    pub finding_out: FindingOut,
    /// Whether what runs was started where nobody watched, so that nothing was guessed.
    pub was_unwatched: bool,
    /// Whether what starts is watched, or the person said that it need not be.
    pub watches: bool,
    /// `--nr-force`: what did not work here is tried again, what is known to fail starts hardened, and containers are made
    /// anew whatever is in their own layers.
    pub force: bool,
    /// `--nr-no-fallback`: nothing starts where a service that takes part would not start hardened.
    pub no_fallback: bool,
    /// Whether what runs was started by plain Compose from a file of ours, which cannot say all that a start of ours can.
    pub by_file: bool,
    /// What of the places of services is of this start alone.
    pub fresh: Rc<RefCell<FreshPlaces>>,
    /// The containers of the project, as a start found them.
    pub there: Rc<OnceCell<Vec<Composed>>>,
    /// Services that a start leaves exactly as they run, once that was found out.
    pub left: Rc<OnceCell<Left>>,
    /// Services that go on as root since their containers have data of their own, once that was found out.
    pub stays: Rc<RefCell<Left>>,
    /// `--nr-policy` and what else decides on a plan.
    pub plan: PlanOptions,
    /// What the command does, which decides on what a person is told.
    pub moment: Moment,
    /// What they were told, and of which project.
    pub said: Rc<RefCell<HashSet<Said>>>,
}

/// Places in which nothing was before a start: what stands there was written since.
#[derive(Debug, Clone, Default)]
pub(crate) struct FreshPlaces {
    /// Volumes that were empty, by their names on the engine.
    pub volumes: HashSet<String>,
    /// Directories of this machine that were missing.
    pub directories: HashSet<PathBuf>,
}

/// A message, and the directory and files of the project that it is about.
type Said = (Option<(PathBuf, Vec<String>)>, String);

impl Session {
    /// Writes text for a person to standard output: what a terminal would obey is written out.
    ///
    /// # Errors
    /// As for data.
    pub(crate) fn show(&self, text: &str) -> Result<(), Failure> {
        self.print(&visible::text(text))
    }

    /// Writes JSON to standard output.
    ///
    /// # Errors
    /// As for data.
    pub(crate) fn json(&self, text: &str) -> Result<(), Failure> {
        self.print(&visible::json(text))
    }

    /// Writes data to standard output as it is. Nobody reading on is no error; half a file is.
    ///
    /// # Errors
    /// A full disk, and what else keeps text from being written.
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                let message = format!("writing to standard output: {error}");
                Err(Diagnostic::error(message)
                    .help("what was written so far is not whole; make room and run it again")
                    .into())
            }
            _ => Ok(()),
        }
    }

    /// Writes to where the person asked for it. `may_replace` says of what a file holds whether it can be replaced.
    ///
    /// # Errors
    /// Something that must not be replaced, and what keeps it from being written.
    pub(crate) fn write(&self, path: &Path, text: &str, may_replace: MayReplace<'_>) -> Result<(), Failure> {
        if output::is_stdout(path) {
            return self.print(text);
        }
        let owner = who_ran_sudo(&self.settings.environment);
        output::write(path, text, owner, may_replace).map_err(|error| {
            let help = "give a name in a directory that you may write, where nothing of somebody else stands";
            Diagnostic::from(&error).help(help).into()
        })
    }

    /// Tells the person something, if that is for them at this command, and once.
    pub(crate) fn tell(&self, diagnostic: &Diagnostic, sources: &Sources) {
        if !diagnostic.is_told_at(self.moment) {
            return;
        }
        let text = diagnostic.render(sources, self.color);
        // What is said of one project may be true of the next one, too; there is one engine.
        let project = (diagnostic.topic != Topic::EngineDoubt)
            .then(|| (self.settings.cwd.clone(), self.settings.files.clone()));
        if self.said.borrow_mut().insert((project, text.clone())) {
            _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Says what a person may like to know, where they do not want it quiet.
    pub(crate) fn say(&self, text: &str) {
        if !self.finding_out.is_quiet {
            _ = writeln!(std::io::stderr(), "nrcompose: {}", visible::line(text));
        }
    }

    /// The same at another moment.
    #[must_use]
    pub(crate) fn in_moment(&self, moment: Moment) -> Session {
        Session {
            moment,
            ..self.clone()
        }
    }

    /// The same where whom services are to be counts, also those that do not start so yet: `--nr-force`.
    #[must_use]
    pub(crate) fn forced(&self) -> Session {
        let mut forced = self.clone();
        forced.force = true;
        forced.finding_out.retries = Rc::new(Cell::new(true));
        forced
    }

    /// How to load.
    pub(crate) fn options(&self) -> Options {
        Options {
            by_compose: self.by_compose,
            ..Options::default()
        }
    }

    /// The engine that the person's `docker` command talks to; the same for the whole run.
    pub(crate) fn this_engine(&self) -> &ThisEngine {
        self.this_engine
            .get_or_init(|| ThisEngine::of(&self.settings.environment))
    }

    /// The engine, for what follows a plan: ordinary questions of at most `--nr-engine-timeout`.
    ///
    /// # Errors
    /// No client.
    pub(crate) fn docker(&self) -> Result<Direct, Error> {
        self.this_engine().direct(self.plan.engine_limit())
    }

    /// Who gives volumes to their users: this process, where it starts the services and brings a program for that.
    pub(crate) fn giver(&self) -> Giver {
        let architecture = match self.moment {
            // Whoever starts something has to ask what the engine is.
            Moment::Start => self
                .this_engine()
                .info(self.plan.engine_limit())
                .map(|info| info.architecture),
            _ => Ok(String::new()),
        };
        match (self.moment, helper_program(&architecture.unwrap_or_default())) {
            // What comes of it is a file, which plain Compose starts.
            (Moment::Harden | Moment::Trial | Moment::Model, _) | (_, Err(_)) => Giver::InitService,
            _ if self.by_file => Giver::InitService,
            (_, Ok(_)) => Giver::Helper,
        }
    }

    /// What is asked of the pipeline for the project at `location`, by what was said before the command.
    pub(crate) fn request<'r>(&'r self, location: &'r Location) -> Request<'r> {
        let mut wishes = self.wishes(&self.plan);
        wishes.no_guesses = self.no_guesses(&self.plan);
        Request {
            options: self.options(),
            wishes,
            receipts: ReceiptSource {
                state: self.state(),
                handed_in: self.finding_out.handed_in.clone(),
                retries: self.finding_out.retries.get(),
            },
            tell: progress,
            ..Request::new(location, &self.settings.environment, self.this_engine())
        }
    }

    /// Where what earlier starts found out is kept; none where it does not count.
    pub(crate) fn state(&self) -> Option<StateDirectory> {
        let state = StateDirectory::find(&self.settings.environment).ok();
        state.filter(|_| !self.finding_out.is_off)
    }

    /// What a plan takes of these options and of this command line.
    fn wishes(&self, options: &PlanOptions) -> Wishes {
        Wishes {
            force: self.force,
            stays: self.stays.borrow().clone(),
            ..options.wishes()
        }
    }

    /// Why a guess may not be tried. What `up` starts in the background is watched: [`Self::watches`] says so.
    pub(crate) fn no_guesses(&self, options: &PlanOptions) -> Option<&'static str> {
        match self.moment {
            _ if options.guess || self.plan.guess => None,
            _ if self.finding_out.is_off => Some("with CI=true or --nr-no-state none is taken"),
            _ if self.was_unwatched => Some("where nobody watches none is taken"),
            Moment::Harden => Some("in a written file none is taken"),
            Moment::Start if !self.watches => Some("where nobody watches none is taken"),
            _ => None,
        }
    }

    /// Tells what there is to be said of a plan; see [`notices::plan`].
    pub(crate) fn tell_plan(
        &self,
        prepared: &Prepared,
        left: &dyn Fn(&str) -> Option<Topic>,
        takes_part: &dyn Fn(&str) -> bool,
    ) {
        notices::plan(self.moment, prepared, left, takes_part, &|diagnostic, sources| {
            self.tell(diagnostic, sources)
        });
    }

    /// Locates, loads, plans and proves; tells what there is to be said of the plan.
    ///
    /// # Errors
    /// See [`Request::prepare`].
    pub(crate) fn prepare(&self, options: &PlanOptions) -> Result<(Location, Prepared), Failure> {
        let location = locate::locate(&self.settings)?;
        options.must_agree(&self.plan)?;
        let mut request = self.request(&location);
        request.wishes = self.wishes(&options.over(&self.plan));
        request.wishes.no_guesses = self.no_guesses(options);
        request.wishes.giver = self.giver();
        if let Some(left) = self.left.get() {
            request.wishes.left.clone_from(left);
        }
        let prepared = request.prepare()?;
        self.tell_plan(&prepared, &|_| None, &|_| true);
        Ok((location, prepared))
    }

    /// The same command line for the project at `path`: a Compose file, or a folder that has one.
    #[must_use]
    pub(crate) fn at(&self, path: &Path) -> Session {
        let mut session = self.clone();
        if path.is_dir() {
            session.settings.cwd = locate::absolute(&self.settings.cwd, path);
        } else {
            session.settings.files = vec![path.display().to_string()];
        }
        session
    }

    /// The same process with no project but the file at `path`, or the text of one, in a directory of its own: what the
    /// person said about theirs is about theirs, and a `.env` that others may write is nobody's.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn only(
        &self,
        file: File<'_>,
        directory: &Path,
    ) -> Result<(ProcessSettings, Location), Failure> {
        let (name, stdin) = match file {
            File::Path(path) => (path.display().to_string(), Stdin::default()),
            File::Text(text) => ("-".to_owned(), Stdin::with(text)),
        };
        let mut environment = self.settings.environment.clone();
        environment.retain(|name, _| !name.starts_with("COMPOSE_"));
        let settings = ProcessSettings {
            files: vec![name],
            cwd: directory.to_owned(),
            environment,
            stdin,
            ..ProcessSettings::default()
        };
        let location = locate::locate(&settings)?;
        Ok((settings, location))
    }
}

/// Tells what takes its time, and how far it is.
pub(crate) fn progress(text: &str) {
    _ = writeln!(std::io::stderr(), "{}", visible::text(text));
}

/// The one file of a project.
#[derive(Debug, Clone, Copy)]
pub(crate) enum File<'f> {
    /// By its path.
    Path(&'f Path),
    /// By what stands in it.
    Text(&'f str),
}
