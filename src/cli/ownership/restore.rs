//! `nrcompose ownership restore`: volumes and directories back to whom they belonged to.

use super::of_project::ProjectNames;
use crate::act::ownership::{Done, Ownership, Place, RecordList, Restored};
use crate::cli::format::text_or_json;
use crate::cli::session::Session;
use crate::diagnostic::{Diagnostic, HELP};
use crate::engine::Engine;
use crate::pipeline::failure::{Failure, code};
use crate::render::Format;
use crate::tree::Sources;
use anyhow::Error;
use serde_json::{Value, json};

/// Put back owners, modes and setuid bits as they were before nrcompose changed owners, also after `down`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Restore {
    /// Volumes, as the project's files or the engine call them, and directories, written with a slash or a dot; all of
    /// this project if there is none
    #[arg(value_name = "VOLUME|PATH")]
    pub words: Vec<String>,
    /// Put back, too, what nothing tells to be of the volume that is there now and not of an earlier one of its name
    #[arg(long)]
    pub unproven: bool,
    /// How to write it
    #[arg(long, default_value = "text", value_parser = text_or_json())]
    pub format: Format,
}

impl Restore {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// A name of nothing that is recorded; of one that is named alone, why it is not put back.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        let docker = session.docker()?.kept();
        let ownership = super::open(session, &docker)?;
        let asked = self.asked(session, &docker, &ownership)?;
        let mut restored = ownership.restore_each(&asked.places, self.unproven)?;
        if self.words.len() == 1
            && let [Restored::Gone(..) | Restored::Left(..)] = restored.as_slice()
            && let Some(Restored::Gone(_, error) | Restored::Left(_, error)) = restored.pop()
        {
            return Err(error.into());
        }
        let text = match self.format {
            Format::Json => format!("{:#}\n", restored.iter().map(as_json).collect::<Value>()),
            _ => as_text(&restored, &asked.left),
        };
        session.show_as(self.format, &text)?;
        for error in &asked.damaged {
            session.tell(&Diagnostic::from(error), &Sources::default());
        }
        let is_well = |one: &Restored| match one {
            Restored::Done(done) => done.problems.is_empty(),
            Restored::Gone(..) => self.words.is_empty(),
            Restored::Left(..) => false,
        };
        Ok(match restored.iter().all(is_well) && asked.damaged.is_empty() {
            true => 0,
            false => code::FINDINGS,
        })
    }

    fn asked(
        &self,
        session: &Session,
        engine: &dyn Engine,
        ownership: &Ownership,
    ) -> Result<AskedBack, Failure> {
        let RecordList { recorded, damaged } = ownership.list()?;
        let names = ProjectNames::find(session, engine, &recorded)?;
        let of_damaged = damaged.iter().filter_map(|(place, _)| place.clone());
        let mut all: Vec<Place> = recorded
            .iter()
            .map(|one| one.place.whole())
            .chain(of_damaged)
            .collect();
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
            return Ok(AskedBack {
                places,
                ..AskedBack::default()
            });
        }
        if names.project().is_none() {
            let message = "putting back owners: there is no project here, and nothing is named";
            let help = "name volumes or directories; `nrcompose ownership list` shows those that something is recorded of";
            return Err(Failure::new(code::USAGE, Diagnostic::error(message).help(help)));
        }
        let (places, others): (Vec<Place>, Vec<Place>) =
            all.into_iter().partition(|place| names.is_of_project(place));
        let left = others.into_iter().filter(|place| names.is_mounted(place));
        // Of a directory's record that cannot be read nobody knows whose it is.
        let damaged = damaged.into_iter().filter(|(place, _)| place.is_none());
        Ok(AskedBack {
            places,
            left: left.collect(),
            damaged: damaged.map(|(_, error)| error).collect(),
        })
    }
}

/// What is to be put back.
#[derive(Default)]
struct AskedBack {
    places: Vec<Place>,
    /// What the project mounts and is not its own: it is put back by its name.
    left: Vec<Place>,
    /// What cannot be read, and may be of the project.
    damaged: Vec<Error>,
}

/// All places of the project here that something is recorded of.
///
/// # Errors
/// The engine does not answer, a record that cannot be read.
pub(crate) fn of_project(
    session: &Session,
    engine: &dyn Engine,
    ownership: &Ownership,
) -> Result<Vec<Place>, Failure> {
    let every = Restore {
        words: Vec::new(),
        unproven: false,
        format: Format::Text,
    };
    Ok(every.asked(session, engine, ownership)?.places)
}

/// So many.
pub(super) fn entries(count: u64) -> String {
    match count {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}

fn as_text(restored: &[Restored], left: &[Place]) -> String {
    let mut text: String = restored.iter().map(told).collect();
    if restored.is_empty() {
        text.push_str("nrcompose has changed no owner of this project\n");
    }
    for place in left {
        let name = place.name();
        text.push_str(&format!(
            "left: {place}: it is not this project's own; `nrcompose ownership restore {name}` puts it back\n"
        ));
    }
    text
}

fn told(one: &Restored) -> String {
    let done = match one {
        Restored::Done(done) => done,
        Restored::Gone(_, error) | Restored::Left(_, error) => {
            let Diagnostic { message, help, .. } = Diagnostic::from(error);
            let help = help.map_or_else(String::new, |help| format!("  {HELP} {help}\n"));
            return format!("left: {message}\n{help}");
        }
    };
    let mut text = format!(
        "{}: {} of {} put back\n",
        done.place,
        done.changed,
        entries(done.entries)
    );
    if done.cleared > 0 {
        text.push_str(&format!(
            "  setuid or setgid bits that the service set taken from {} files: {}\n",
            done.cleared,
            done.cleared_paths.join(", ")
        ));
    }
    for problem in &done.problems {
        text.push_str(&format!("  left: {}: {}\n", problem.path, problem.why));
    }
    text
}

fn as_json(one: &Restored) -> Value {
    let (one, gone, error) = match one {
        Restored::Done(done) => (done.clone(), false, None),
        Restored::Gone(place, error) => (Done::nothing(place), true, Some(error)),
        Restored::Left(place, error) => (Done::nothing(place), false, Some(error)),
    };
    json!({
        "place": one.place.name(),
        "entries": one.entries,
        "changed": one.changed,
        "untouched": one.untouched,
        "cleared": one.cleared,
        "cleared_paths": one.cleared_paths,
        "left": one.problems.iter().map(|p| json!({"path": p.path, "why": p.why})).collect::<Vec<_>>(),
        "is_gone": gone,
        "error": error.map(|error| format!("{error:#}")),
    })
}
