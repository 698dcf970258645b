//! `nrcompose adopt`: a stack that runs under plain Compose, taken over in one step that can be taken back.
//!
//! - [`scene`]: the project, its engine, and plain Compose for it
//! - [`survey`]: what each service would need, and what cannot be
//! - [`layers`]: what of it is in the layers of containers
//! - [`table`]: how that is shown
//! - [`carry_out`]: copies, owners, start, and back where a service does not answer
//! - [`start`]: the start, and its proof
//! - [`back`]: services as their author wrote them, with their data and the owners of before
//! - [`undo`]: that for all of a project, and nothing kept of it

mod back;
mod carry_out;
mod layers;
mod rebuilt;
mod scene;
mod start;
mod survey;
mod table;
mod undo;
mod yes;

use super::format::text_or_json;
use super::session::Session;
use crate::act::ownership::helper_program;
use crate::diagnostic::Diagnostic;
use crate::facts::settings::{Giver, Policy};
use crate::load::Project;
use crate::model;
use crate::nearest::nearest;
use crate::pipeline::Prepared;
use crate::pipeline::failure::{Failure, code};
use crate::render::Format;
use scene::AdoptScene;
use serde_json::json;

/// Take over a stack that runs under plain Compose, with its data; `--undo` gives it back
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Adopt {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub services: Vec<String>,
    /// Back to plain Compose, with the owners of before, and nothing of the project is kept
    #[arg(long, conflicts_with = "services")]
    pub undo: bool,
    /// Do it without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Say what would be done, and change nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// How to write it
    #[arg(long, default_value = "text", value_parser = text_or_json())]
    pub format: Format,
}

impl Adopt {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// A service that there is not; an engine that does not answer; what cannot be copied, given or started.
    pub(crate) fn run(&self, session: &Session, globals: &[String]) -> Result<u8, Failure> {
        // What it starts is watched.
        let session = &Session {
            watches: true,
            ..session.clone()
        };
        let scene = AdoptScene::open(session, globals)?;
        if self.undo {
            return undo::run(self, &scene);
        }
        for name in &self.services {
            must_be_there(&scene.project, name)?;
        }
        let record = rebuilt::record(&scene, self.dry_run)?;
        let prepared = scene.prepare()?;
        must_be_on_record(&prepared)?;
        let survey = survey::look(&scene, &prepared, &record, &self.services)?;
        if prepared.plan.settings.policy == Policy::Strict {
            survey.must_be_whole()?;
        }
        if survey.rows.iter().all(survey::AdoptRow::is_idle) {
            let stays: Vec<String> = survey.rows.iter().filter_map(survey::AdoptRow::stays).collect();
            let text = match self.format {
                Format::Json => table::as_json(&scene, &survey, self.dry_run, None),
                _ => format!("{}nothing to adopt in {}\n", stays.concat(), scene.project.name),
            };
            scene.session.show_as(self.format, &text)?;
            return Ok(0);
        }
        if self.format != Format::Json {
            scene.session.show(&table::as_text(&survey))?;
        }
        if self.dry_run {
            if self.format == Format::Json {
                scene.session.json(&table::as_json(&scene, &survey, true, None))?;
            }
            return Ok(0);
        }
        if !yes::is_said(self.yes, "take it over", "nrcompose adopt --yes")? {
            return Ok(code::FINDINGS);
        }
        let came = carry_out::run(&scene, &survey, record)?;
        match self.format {
            Format::Json => {
                let came_of = json!({"adopted": came.adopted, "failed": came.failed, "as_written": came.as_written, "told": came.told});
                scene
                    .session
                    .json(&table::as_json(&scene, &survey, false, Some(came_of)))?;
            }
            _ => scene.session.show(&came.text())?,
        }
        Ok(if came.failed.is_empty() { 0 } else { code::FINDINGS })
    }
}

/// Whether owners are changed by this program itself, which writes down whose everything was: what is not on record could
/// not be given back.
///
/// # Errors
/// They are not.
fn must_be_on_record(prepared: &Prepared) -> Result<(), Diagnostic> {
    if prepared.plan.settings.giver == Giver::Helper {
        return Ok(());
    }
    let (why, help) = match helper_program("") {
        Err(why) => (format!("{why:#}"), "`nrcompose doctor` says what to do about it"),
        Ok(()) => (
            "a provider, or a whole file of ours, has its volumes given by a service".to_owned(),
            "have what a provider runs in a project of its own",
        ),
    };
    let text = format!(
        "adopting {}: {why}; owners would be changed without a record, and could not be put back; nothing was changed",
        prepared.project.name
    );
    Err(Diagnostic::error(text).help(help))
}

/// Whether there is such a service.
///
/// # Errors
/// There is none.
fn must_be_there(project: &Project, name: &str) -> Result<(), Diagnostic> {
    if model::service(project, name).is_some() {
        return Ok(());
    }
    let text = format!(
        "adopting {name}: the project {} has no such service",
        project.name
    );
    let mut known = model::services(project).map(|s| s.name);
    let help = match nearest(name, model::services(project).map(|s| s.name)) {
        Some(near) => format!("did you mean {near}?"),
        None => match known.next() {
            Some(first) => std::iter::once(first)
                .chain(known)
                .fold("it has ".to_owned(), |all, one| {
                    let comma = if all.ends_with("has ") { "" } else { ", " };
                    format!("{all}{comma}{one}")
                }),
            None => "it has none".to_owned(),
        },
    };
    Err(Diagnostic::error(text).help(help))
}
