//! `nrcompose harden`: the override, or one whole file.

use super::format::yaml_or_json;
use super::gate;
use super::options::PlanOptions;
use super::session::Session;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::load::{self, Options};
use crate::locate::{self, Location};
use crate::mark;
use crate::pipeline::Prepared;
use crate::pipeline::engine;
use crate::pipeline::failure::{Failure, code};
use crate::render::{Format, full, json};
use clap::Args;
use std::path::{Path, PathBuf};

/// Write the override that hardens a project, or the whole hardened file
#[derive(Debug, Clone, Args)]
pub(crate) struct Harden {
    /// Compose files, or folders that have one; none is what Compose itself would take
    pub paths: Vec<PathBuf>,
    /// One whole file instead of an override: yours with its comments, or several merged
    #[arg(long)]
    pub full: bool,
    /// Write to this file; one that nrcompose did not write is never overwritten
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 1 if anything would change, or a policy file overrules the project
    #[arg(long)]
    pub check: bool,
    /// `yaml`, or the plan as `json`
    #[arg(long, default_value = "yaml", value_parser = yaml_or_json())]
    pub format: Format,
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap shows a doc comment of a flattened struct as its own"
    )]
    pub plan: PlanOptions,
}

impl Harden {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// A project that cannot be planned, a file that cannot be written.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        let session = match self.paths.as_slice() {
            [] => session.clone(),
            [path] => session.at(path),
            _ => {
                let help = "run it once for each, or give the files of one project with `-f`";
                return Err(Diagnostic::error("several projects cannot go into one output")
                    .help(help)
                    .into());
            }
        };
        let (location, prepared) = session.prepare(&self.plan)?;
        gate::pass(&prepared, &session, &|_| true)?;
        let text = self.text(&prepared, &location, &session.options())?;
        match &self.output {
            _ if self.check => {}
            Some(path) => self.write(path, &text, &prepared, &session)?,
            None => session.show_as(self.format, &text)?,
        }
        let is_overruled = prepared.plan.services.values().any(|s| s.is_overruled);
        let has_changes = prepared.text.is_some();
        // The process ends here: to give back every node of two trees would take as long as to plan a service.
        std::mem::forget(prepared);
        Ok(if self.check && (has_changes || is_overruled) {
            code::FINDINGS
        } else {
            0
        })
    }

    /// The text to give, and whether anything changes.
    ///
    /// # Errors
    /// A file that cannot be edited in place.
    pub(crate) fn text(
        &self,
        prepared: &Prepared,
        location: &Location,
        options: &Options,
    ) -> Result<String, Failure> {
        if self.format == Format::Json {
            let plan = json::plan(&prepared.view(), &[]);
            return Ok(format!("{plan:#}\n"));
        }
        if self.full {
            return whole(prepared, location, options);
        }
        if let Some(text) = &prepared.text {
            engine::must_know_tags(&prepared.plan.settings.engine, text)?;
        }
        Ok(prepared
            .text
            .clone()
            .unwrap_or_else(|| format!("{}\nservices: {{}}\n", mark::OVERRIDE)))
    }

    /// Writes the text where it was asked to be.
    ///
    /// # Errors
    /// A file of somebody else, a file that the plan was made from, or what the file system says.
    pub(crate) fn write(
        &self,
        path: &Path,
        text: &str,
        prepared: &Prepared,
        session: &Session,
    ) -> Result<(), Failure> {
        let real = path.canonicalize().ok().filter(|p| p.is_file());
        let is_output = |input: &Path| real.is_some() && input.canonicalize().ok() == real;
        let project = &prepared.project;
        // One whole file, written over itself, says the same again.
        let is_itself = self.full
            && self.format == Format::Yaml
            && matches!(project.files.as_slice(), [one] if is_output(one));
        if !is_itself
            && project
                .files
                .iter()
                .map(PathBuf::as_path)
                .chain(project.sources.names())
                .any(is_output)
        {
            let why = format!(
                "writing {}: it is a file of the project, which is planned from it",
                path.display()
            );
            let help = "give another name; with `--full`, a file that nrcompose wrote may be the only one and its own output";
            return Err(Diagnostic::error(why).help(help).into());
        }
        session.write(path, text, &|old| mark::is_ours(old) || json::is_plan(old))?;
        if let [first, _, ..] = locate::overrides_beside(path).as_slice() {
            let name = |path: &Path| path.file_name().unwrap_or_default().display().to_string();
            let why = format!(
                "of several override files plain `docker compose` takes one alone, {}",
                name(first)
            );
            let help = "keep one, or name them all: `-f compose.yaml -f …`";
            session.tell(
                &Diagnostic::new(Topic::OverridesBeside, why).help(help),
                &project.sources,
            );
        }
        Ok(())
    }
}

/// One whole file: the person's own edited in place, else all of them merged. Either is loaded again and
/// compared before anybody sees it; an edit below an anchor, which would be seen wherever it is used, is found so.
fn whole(prepared: &Prepared, location: &Location, options: &Options) -> Result<String, Failure> {
    let tree = &prepared.project.tree;
    let mut why = Vec::new();
    if let [file] = location.files.as_slice()
        && let Ok(text) = std::str::from_utf8(&file.text)
    {
        match full::edited(text, tree, &prepared.hardened, &prepared.edits) {
            Ok(text) => match differs(prepared, location, options, &text) {
                None => return Ok(text),
                Some(reason) => why.push(reason),
            },
            Err(reason) => why.push(reason),
        }
    }
    let text = full::merged(&prepared.hardened);
    match differs(prepared, location, options, &text) {
        None => Ok(text),
        Some(reason) => {
            why.push(reason);
            Err(Failure::new(
                code::USAGE,
                Diagnostic::error(format!("writing one hardened file: {}", why.join("; ")))
                    .help("use the override instead: leave out `--full`"),
            ))
        }
    }
}

/// Why a file is not what was planned.
fn differs(prepared: &Prepared, location: &Location, options: &Options, text: &str) -> Option<String> {
    let mut again = location.clone();
    again.files.truncate(1);
    again.files.first_mut()?.text = text.as_bytes().to_vec();
    match load::load(&again, options) {
        Ok(loaded) => crate::pipeline::difference("", &prepared.hardened, &loaded.tree)
            .map(|path| format!("it would change more than was planned, at {path}")),
        Err(error) => Some(error.to_string()),
    }
}
