//! `nrcompose diff`: what would change, with reasons.

use super::format::text_or_json;
use super::options::PlanOptions;
use super::session::Session;
use crate::pipeline::Prepared;
use crate::pipeline::failure::Failure;
use crate::render::{Format, diff, json};
use clap::Args;
use std::path::PathBuf;

/// Show what would change in each service, why, and where that is known from
#[derive(Debug, Clone, Args)]
pub(crate) struct Diff {
    /// Compose files, or folders that have one; none is what Compose itself would take
    pub paths: Vec<PathBuf>,
    /// `text`, or the plan as `json`
    #[arg(long, default_value = "text", value_parser = text_or_json())]
    pub format: Format,
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap shows a doc comment of a flattened struct as its own"
    )]
    pub plan: PlanOptions,
}

impl Diff {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// A project that cannot be planned.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        let here = self.paths.is_empty().then(|| session.clone());
        for session in here
            .into_iter()
            .chain(self.paths.iter().map(|path| session.at(path)))
        {
            let (_, prepared) = session.prepare(&self.plan)?;
            let text = self.text(&prepared);
            session.show_as(self.format, &text)?;
        }
        Ok(0)
    }

    /// What to print.
    pub(crate) fn text(&self, prepared: &Prepared) -> String {
        let view = prepared.view();
        if self.format == Format::Json {
            return format!("{:#}\n", json::plan(&view, &[]));
        }
        diff::diff(&view, &prepared.project.tree, &prepared.hardened, &[])
    }
}
