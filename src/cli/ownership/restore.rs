//! `nrcompose ownership restore`: volumes and directories back to whom they belonged to.

use super::of_project::ProjectNames;
use crate::act::ownership::{Done, Ownership, Place};
use crate::cli::format::text_or_json;
use crate::cli::session::Session;
use crate::diagnostic::Diagnostic;
use crate::engine::Engine;
use crate::pipeline::failure::{Failure, code};
use crate::render::Format;
use serde_json::{Value, json};

/// Put back owners, modes and setuid bits as they were before nrcompose changed owners, also after `down`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Restore {
    /// Volumes, as the project's files or the engine call them, and directories, written with a slash or a dot; all of
    /// this project if there is none
    #[arg(value_name = "VOLUME|PATH")]
    pub words: Vec<String>,
    /// How to write it
    #[arg(long, default_value = "text", value_parser = text_or_json())]
    pub format: Format,
}

impl Restore {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// A name of nothing that is recorded; what is in use; what cannot be put back.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        let docker = session.docker()?.kept();
        let ownership = super::open(session, &docker)?;
        let places = self.places(session, &docker, &ownership)?;
        let done = ownership.restore(&places)?;
        let text = match self.format {
            Format::Json => format!("{:#}\n", as_json(&done)),
            _ => as_text(&done),
        };
        session.show_as(self.format, &text)?;
        Ok(match done.iter().all(|one| one.problems.is_empty()) {
            true => 0,
            false => code::FINDINGS,
        })
    }

    fn places(
        &self,
        session: &Session,
        engine: &dyn Engine,
        ownership: &Ownership,
    ) -> Result<Vec<Place>, Failure> {
        let recorded = ownership.list()?;
        let names = ProjectNames::find(session, engine, &recorded)?;
        let mut all: Vec<Place> = recorded.iter().map(|one| one.place.whole()).collect();
        all.sort();
        all.dedup();
        if !self.words.is_empty() {
            let mut places = Vec::new();
            for word in &self.words {
                let place = names.read(word, &all)?;
                if !places.contains(&place) {
                    places.push(place);
                }
            }
            return Ok(places);
        }
        if names.project().is_none() {
            let message = "putting back owners: there is no project here, and nothing is named";
            let help = "name volumes or directories; `nrcompose ownership list` shows those that something is recorded of";
            return Err(Failure::new(code::USAGE, Diagnostic::error(message).help(help)));
        }
        all.retain(|place| names.is_of_project(place));
        Ok(all)
    }
}

fn as_text(done: &[Done]) -> String {
    if done.is_empty() {
        return "nrcompose has changed no owner of this project\n".to_owned();
    }
    let mut text = String::new();
    for one in done {
        text.push_str(&format!(
            "{}: {} of {} entries put back\n",
            one.place, one.changed, one.entries
        ));
        if one.cleared > 0 {
            text.push_str(&format!(
                "  setuid or setgid bits that the service set taken from {} files: {}\n",
                one.cleared,
                one.cleared_paths.join(", ")
            ));
        }
        for problem in &one.problems {
            text.push_str(&format!("  left: {}: {}\n", problem.path, problem.why));
        }
    }
    text
}

fn as_json(done: &[Done]) -> Value {
    let one = |one: &Done| {
        json!({
            "place": one.place.name(),
            "entries": one.entries,
            "changed": one.changed,
            "untouched": one.untouched,
            "cleared": one.cleared,
            "cleared_paths": one.cleared_paths,
            "left": one.problems.iter().map(|p| json!({"path": p.path, "why": p.why})).collect::<Vec<_>>(),
        })
    };
    done.iter().map(one).collect()
}
