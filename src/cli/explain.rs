//! `nrcompose explain [SERVICE…]`.

use super::format::text_or_json;
use super::options::PlanOptions;
use super::session::Session;
use crate::diagnostic::Diagnostic;
use crate::nearest::nearest;
use crate::pipeline::Prepared;
use crate::pipeline::failure::{Failure, code};
use crate::render::{Format, explain, json};
use clap::Args;

/// Explain what becomes of services, and what is right already
#[derive(Debug, Clone, Args)]
pub(crate) struct Explain {
    /// Services; none is all of them
    pub services: Vec<String>,
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

impl Explain {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// A project that cannot be planned, a service that it does not have.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        let (_, prepared) = session.prepare(&self.plan)?;
        let text = self.text(&prepared)?;
        session.show_as(self.format, &text)?;
        Ok(0)
    }

    /// What to print.
    ///
    /// # Errors
    /// A service that the project does not have.
    pub(crate) fn text(&self, prepared: &Prepared) -> Result<String, Failure> {
        let plan = &prepared.plan;
        if let Some(unknown) = self.services.iter().find(|s| !plan.services.contains_key(*s)) {
            return Err(no_such_service(unknown, plan.services.keys()));
        }
        let view = prepared.view();
        Ok(match self.format {
            Format::Json => format!("{:#}\n", json::plan(&view, &self.services)),
            _ => explain::explain(&view, &self.services),
        })
    }
}

/// A service that does not exist: the one that was probably meant, else all there are.
pub(crate) fn no_such_service<'s>(name: &str, known: impl Iterator<Item = &'s String>) -> Failure {
    let known: Vec<&str> = known.map(String::as_str).collect();
    let help = match nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("its services are: {}", known.join(", ")),
    };
    Failure::new(
        code::USAGE,
        Diagnostic::error(format!("no such service: {name}")).help(help),
    )
}
