//! What every command works with, and the one place that writes to standard output and standard error.

use super::engine::{self, Known};
use super::failure::Failure;
use super::options::PlanOptions;
use super::prepare::{self, Prepared};
use crate::act::home::who_ran_sudo;
use crate::act::output::{self, MayReplace};
use crate::diagnostic::Diagnostic;
use crate::facts::settings::Left;
use crate::load::Options;
use crate::locate::{self, Location, Settings, Stdin};
use crate::tree::Sources;
use crate::visible;
use std::cell::OnceCell;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::rc::Rc;

/// A command line and the process it was given to.
#[derive(Debug, Clone)]
pub struct Session {
    /// Compose's global flags, and where they were said.
    pub settings: Settings,
    /// Whether messages are coloured.
    pub color: bool,
    /// `--nr-loader compose`.
    pub by_compose: bool,
    /// The engine, once it was asked: one that does not answer is waited for once.
    pub known: Rc<OnceCell<Known>>,
    /// `--nr-force`: containers are made anew whatever is in their own layers.
    pub force: bool,
    /// Services that a start leaves exactly as they run, once that was found out.
    pub left: Rc<OnceCell<Left>>,
    /// `--nr-policy` and what else decides on a plan.
    pub plan: PlanOptions,
}

impl Session {
    /// Writes text for a person to standard output: what a terminal would obey is written out.
    ///
    /// # Errors
    /// As for data.
    pub fn show(&self, text: &str) -> Result<(), Failure> {
        self.print(&visible::text(text))
    }

    /// Writes JSON to standard output.
    ///
    /// # Errors
    /// As for data.
    pub fn json(&self, text: &str) -> Result<(), Failure> {
        self.print(&visible::json(text))
    }

    /// Writes data to standard output as it is. Nobody reading on is no error; half a file is.
    ///
    /// # Errors
    /// A full disk, and what else keeps text from being written.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
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
    pub fn write(&self, path: &Path, text: &str, may_replace: MayReplace<'_>) -> Result<(), Failure> {
        if output::is_stdout(path) {
            return self.print(text);
        }
        let owner = who_ran_sudo(&self.settings.environment);
        output::write(path, text, owner, may_replace).map_err(|error| {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            let help = "give a name in a directory that you may write, where nothing of somebody else stands";
            Diagnostic::error(causes.join(": ")).help(help).into()
        })
    }

    /// Tells the person something.
    pub fn tell(&self, diagnostic: &Diagnostic, sources: &Sources) {
        _ = writeln!(std::io::stderr(), "{}", diagnostic.render(sources, self.color));
    }

    /// How to load.
    pub fn options(&self) -> Options {
        Options {
            by_compose: self.by_compose,
            ..Options::default()
        }
    }

    /// Locates, loads, plans and proves; tells what Compose would warn of.
    ///
    /// # Errors
    /// See [`prepare::prepare`].
    pub fn prepare(&self, options: &PlanOptions) -> Result<(Location, Prepared), Failure> {
        let location = locate::locate(&self.settings)?;
        options.must_agree(&self.plan)?;
        let mut plan = options.over(&self.plan);
        if let Some(left) = self.left.get() {
            plan.left.clone_from(left);
        }
        let ask = || Ok(self.engine(&plan));
        let prepared = prepare::prepare(&location, &self.options(), &plan, &self.settings, &ask)?;
        if let Some(doubt) = engine::doubt(&prepared.engine) {
            self.tell(&doubt, &prepared.project.sources);
        }
        for warning in &prepared.project.warnings {
            self.tell(warning, &prepared.project.sources);
        }
        self.tell_idle(&prepared);
        Ok((location, prepared))
    }

    /// Tells what of the configuration has no effect.
    pub fn tell_idle(&self, prepared: &Prepared) {
        for warning in &prepared.plan.warnings {
            self.tell(warning, &prepared.project.sources);
        }
    }

    /// The same command line for the project at `path`: a Compose file, or a folder that has one.
    #[must_use]
    pub fn at(&self, path: &Path) -> Session {
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
    pub fn only(&self, file: File<'_>, directory: &Path) -> Result<(Settings, Location), Failure> {
        let (name, stdin) = match file {
            File::Path(path) => (path.display().to_string(), Stdin::default()),
            File::Text(text) => ("-".to_owned(), Stdin::with(text)),
        };
        let mut environment = self.settings.environment.clone();
        environment.retain(|name, _| !name.starts_with("COMPOSE_"));
        let settings = Settings {
            files: vec![name],
            cwd: directory.to_owned(),
            environment,
            stdin,
            ..Settings::default()
        };
        let location = locate::locate(&settings)?;
        Ok((settings, location))
    }
}

/// The one file of a project.
#[derive(Debug, Clone, Copy)]
pub enum File<'f> {
    /// By its path.
    Path(&'f Path),
    /// By what stands in it.
    Text(&'f str),
}
