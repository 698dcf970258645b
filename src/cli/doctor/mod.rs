//! `nrcompose doctor`: what nrcompose finds on this machine, and what follows from each.

mod engine;
mod leftovers;
mod machine;
mod made_anew;

use super::format::text_or_json;
use super::session::Session;
use crate::diagnostic::HELP;
use crate::pipeline::failure::{Failure, code};
use crate::render::Format;
use crate::visible::line;
use serde::Serialize;

/// Tell what is found of docker, the engine and nrcompose's own files, and what follows from it
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DoctorArgs {
    /// How to write it
    #[arg(long, default_value = "text", value_parser = text_or_json())]
    pub format: Format,
    /// The kind of engine to assume, instead of asking the one that is here
    #[arg(long, value_name = "KIND")]
    pub assume: Option<super::options::AssumeWord>,
    /// Remove what runs of yours that ended early, or a plain `docker compose down`, left behind
    #[arg(long)]
    pub clean: bool,
}

/// Everything that was looked at.
#[derive(Debug, Serialize)]
pub(crate) struct DoctorReport {
    /// Whether nothing stands in the way of a start.
    pub well: bool,
    /// The engine, where it is known.
    pub engine: Option<engine::ShownEngine>,
    /// One for each thing, in the order in which they build on each other.
    pub findings: Vec<Checkup>,
    /// What earlier runs left behind.
    pub leftovers: Vec<leftovers::ShownLeftover>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Checkup {
    /// What: `docker`, `compose`, `engine` …
    pub what: &'static str,
    /// How it is.
    pub state: CheckState,
    /// What was found.
    pub found: String,
    /// What that means for a plan or a start.
    pub follows: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CheckState {
    /// As it should be.
    Well,
    /// It works, and something should be known.
    Note,
    /// Nothing can be started with it.
    Wrong,
}

impl Checkup {
    fn new(what: &'static str, state: CheckState, found: impl Into<String>) -> Checkup {
        Checkup {
            what,
            state,
            found: found.into(),
            follows: Vec::new(),
            help: None,
        }
    }

    fn well(what: &'static str, found: impl Into<String>) -> Checkup {
        Checkup::new(what, CheckState::Well, found)
    }

    fn note(what: &'static str, found: impl Into<String>) -> Checkup {
        Checkup::new(what, CheckState::Note, found)
    }

    fn wrong(what: &'static str, found: impl Into<String>, help: impl Into<String>) -> Checkup {
        Checkup::new(what, CheckState::Wrong, found).help(help)
    }

    fn follows(mut self, text: impl Into<String>) -> Checkup {
        self.follows.push(text.into());
        self
    }

    fn help(mut self, text: impl Into<String>) -> Checkup {
        self.help = Some(text.into());
        self
    }
}

impl DoctorArgs {
    /// Looks and tells. Nothing but the cache is written, and nothing but leftovers is removed.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        let assumed = self.assume.or(session.plan.assume);
        let (engine, mut findings) = engine::look(session, assumed);
        findings.extend(machine::look(session));
        findings.extend(made_anew::look(session));
        let (leftovers, finding) = leftovers::look(session, self.clean);
        findings.extend(finding);
        let is_clean = leftovers.iter().all(|l| l.removed);
        let report = DoctorReport {
            well: findings.iter().all(|f| f.state != CheckState::Wrong),
            engine,
            findings,
            leftovers,
        };
        let text = match self.format {
            Format::Json => serde_json::to_string_pretty(&report).map_err(anyhow::Error::from)? + "\n",
            _ => report.text(),
        };
        session.show_as(self.format, &text)?;
        Ok(match report.well {
            true if self.clean && !is_clean => code::FINDINGS,
            true => 0,
            false => code::USAGE,
        })
    }
}

impl DoctorReport {
    fn text(&self) -> String {
        let width = self.findings.iter().map(|f| f.what.len()).max().unwrap_or(0);
        let mut text = String::new();
        for finding in &self.findings {
            let mark = match finding.state {
                CheckState::Well => "ok   ",
                CheckState::Note => "note ",
                CheckState::Wrong => "wrong",
            };
            let indent = " ".repeat(width + 8);
            text.push_str(&format!(
                "{mark}  {:width$} {}\n",
                finding.what,
                line(&finding.found)
            ));
            for follows in &finding.follows {
                text.push_str(&format!("{indent}{}\n", line(follows)));
            }
            if let Some(help) = &finding.help {
                text.push_str(&format!("{indent}{HELP} {}\n", line(help)));
            }
        }
        let wrong: Vec<&str> = self
            .findings
            .iter()
            .filter(|f| f.state == CheckState::Wrong)
            .map(|f| f.what)
            .collect();
        text.push_str(&match wrong.as_slice() {
            [] => "\nnothing stands in the way of `nrcompose up`\n".to_owned(),
            wrong => format!(
                "\nnothing can be started before this is right: {}\n",
                wrong.join(", ")
            ),
        });
        text
    }
}
