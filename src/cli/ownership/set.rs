//! `nrcompose ownership set`: one volume, by hand, in the way in which a start does it. It is in no help: whom a volume
//! is given to is the plan's matter. Tests come here, and who has to repair something.

use crate::act::ownership::{Place, Wanted};
use crate::cli::session::Session;
use crate::facts::settings::Ids;
use crate::pipeline::failure::{Failure, code};
use serde_json::json;

/// Give a volume to a user, with its former owners on record
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Set {
    /// The volume, as the engine calls it
    pub volume: String,
    /// Whom it is given to
    pub to: Ids,
    /// A created container that mounts it, and where
    #[arg(long, value_name = "CONTAINER:PATH")]
    pub seen_in: Option<String>,
    /// The directory in it that is meant
    #[arg(long)]
    pub subpath: Option<String>,
    /// Only say what is so
    #[arg(long)]
    pub look: bool,
}

impl Set {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// What cannot be looked at or changed.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        let docker = session.docker()?.kept();
        let ownership = super::open(session, &docker)?;
        let seen_in = self.seen_in.as_ref().and_then(|seen| seen.split_once(':'));
        let wanted = [Wanted {
            place: Place::Volume {
                name: self.volume.clone(),
                subpath: self.subpath.clone(),
            },
            identity: String::new(),
            ids: self.to,
            services: Vec::new(),
            seen_in: seen_in.map(|(id, path)| (id.to_owned(), path.to_owned())),
            recursive: true,
        }];
        let (said, is_whole) = match self.look {
            true => {
                let looks = ownership.look(&wanted)?;
                let all = looks.iter().map(|look| {
                    json!({
                        "entries": look.entries, "wrong": look.wrong, "untouched": look.untouched,
                        "memory": look.memory,
                        "samples": look.samples.iter().map(|(path, ids)| format!("{ids} {path}")).collect::<Vec<_>>(),
                    })
                });
                (all.collect::<Vec<_>>(), looks.iter().all(|look| look.wrong == 0))
            }
            false => {
                let done = ownership.set_right(&wanted)?;
                let all = done.iter().map(|done| {
                    json!({
                        "entries": done.entries, "changed": done.changed, "untouched": done.untouched,
                        "left": done.problems.iter().map(|p| format!("{}: {}", p.path, p.why)).collect::<Vec<_>>(),
                    })
                });
                (all.collect(), done.iter().all(|done| done.untouched == 0))
            }
        };
        for one in said {
            session.json(&format!("{one}\n"))?;
        }
        Ok(if is_whole { 0 } else { code::FINDINGS })
    }
}
