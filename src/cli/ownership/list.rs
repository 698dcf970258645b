//! `nrcompose ownership list`: whose volumes and directories are, and what nrcompose did about that.

use super::of_project::ProjectNames;
use super::restore::entries;
use crate::act::ownership::{Look, Ownership, Place, RecordList, Recorded, Wanted};
use crate::cli::format::text_or_json;
use crate::cli::session::Session;
use crate::diagnostic::Diagnostic;
use crate::engine::leftovers;
use crate::pipeline::failure::{Failure, code};
use crate::render::Format;
use crate::tree::Sources;
use indexmap::IndexMap;
use serde::Serialize;

/// Show the volumes and directories whose owners nrcompose changed, on this engine, and the project's other volumes
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct List {
    /// Name volumes that are gone, too, of which something is still recorded; JSON always does
    #[arg(short, long)]
    pub all: bool,
    /// How to write it
    #[arg(long, default_value = "text", value_parser = text_or_json())]
    pub format: Format,
}

/// What a volume is called.
const VOLUME: &str = "volume";

/// One volume or directory.
#[derive(Debug, Serialize)]
struct ShownPlace {
    /// `volume` or `directory`.
    kind: &'static str,
    /// On the engine; a directory's path.
    name: String,
    /// Whether it is there.
    is_there: bool,
    /// Whose its root is now, where that could be seen.
    owner: Option<String>,
    /// The permission bits of its root.
    mode: Option<String>,
    /// What was done, the oldest first.
    changes: Vec<ShownChange>,
}

/// One change.
#[derive(Debug, Serialize)]
struct ShownChange {
    date: String,
    given_to: String,
    services: Vec<String>,
    /// How many entries.
    entries: u64,
    /// The directory of the volume that was meant, if not all.
    subpath: Option<String>,
    /// Whether it came to its end.
    is_whole: bool,
    /// Whether it is of another one of that name, which is gone.
    is_of_another: bool,
}

impl List {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// No engine; records that cannot be listed.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        let docker = session.docker()?.kept();
        let ownership = super::open(session, &docker)?;
        let RecordList { recorded, damaged } = ownership.list()?;
        let names = ProjectNames::find(session, &docker, &recorded)?;
        let mut places: IndexMap<Place, Vec<&Recorded>> = IndexMap::new();
        for one in &recorded {
            places.entry(one.place.whole()).or_default().push(one);
        }
        let volumes = names
            .project()
            .map(|project| leftovers::volumes_of(docker.command(), project));
        for name in volumes.transpose()?.unwrap_or_default() {
            places.entry(Place::Volume { name, subpath: None }).or_default();
        }
        let is_there: Vec<bool> = places
            .iter()
            .map(|(place, own)| is_there(place, own, &names))
            .collect();
        let there = places
            .keys()
            .zip(&is_there)
            .filter(|(_, is)| **is)
            .map(|(place, _)| place);
        let owners = owners(&ownership, there);
        let shown: Vec<ShownPlace> = places
            .iter()
            .zip(is_there)
            .map(|((place, own), is_there)| shown(place, own, is_there, owners.get(place)))
            .collect();
        let text = match self.format {
            Format::Json => serde_json::to_string_pretty(&shown).map_err(anyhow::Error::from)? + "\n",
            _ => text(&shown, self.all),
        };
        session.show_as(self.format, &text)?;
        for (_, error) in &damaged {
            session.tell(&Diagnostic::from(error), &Sources::default());
        }
        Ok(if damaged.is_empty() { 0 } else { code::FINDINGS })
    }
}

/// A volume of the project without a record was just listed.
fn is_there(place: &Place, own: &[&Recorded], names: &ProjectNames) -> bool {
    match place {
        Place::Volume { name, .. } => own.is_empty() || names.volume(name).is_some(),
        Place::Directory(path) => path.is_dir(),
    }
}

/// Whose the roots are now; of none where this program cannot look.
fn owners<'p>(ownership: &Ownership, places: impl Iterator<Item = &'p Place>) -> IndexMap<Place, Look> {
    let wanted = places.cloned().map(Wanted::look_at_root);
    let looks = ownership.look(&wanted.collect::<Vec<_>>()).unwrap_or_default();
    looks.into_iter().map(|look| (look.place.clone(), look)).collect()
}

fn shown(place: &Place, own: &[&Recorded], is_there: bool, now: Option<&Look>) -> ShownPlace {
    let owner = now.and_then(|look| look.root);
    let identity = now.map_or("", |look| look.identity.as_str());
    let changes = own.iter().map(|one| ShownChange {
        date: one.date.clone(),
        given_to: one.ids.to_string(),
        services: one.services.clone(),
        entries: one.changed,
        subpath: match &one.place {
            Place::Volume { subpath, .. } => subpath.clone(),
            Place::Directory(_) => None,
        },
        is_whole: !one.is_pending,
        is_of_another: one.is_of_another(identity),
    });
    ShownPlace {
        kind: match place {
            Place::Volume { .. } => VOLUME,
            Place::Directory(_) => "directory",
        },
        name: place.name(),
        is_there,
        owner: owner.map(|owner| format!("{}:{}", owner.uid, owner.gid)),
        mode: owner.map(|owner| format!("{:04o}", owner.mode)),
        changes: changes.collect(),
    }
}

fn text(all: &[ShownPlace], with_gone: bool) -> String {
    // A directory may be on a disk that is not there now: it is named always.
    let is_left_out = |place: &&ShownPlace| !with_gone && !place.is_there && place.kind == VOLUME;
    let (gone, places): (Vec<&ShownPlace>, Vec<&ShownPlace>) = all.iter().partition(is_left_out);
    let left_out = |what: &str| {
        format!(
            "{what}: `nrcompose ownership -a` names what is recorded of it, `nrcompose doctor --clean` forgets that\n"
        )
    };
    let left_out = match gone.len() {
        0 => String::new(),
        1 => left_out("1 volume more is gone"),
        count => left_out(&format!("{count} volumes more are gone")),
    };
    if places.is_empty() {
        return format!(
            "nrcompose has changed no owner of what is on this engine, and there is no volume of this project\n{left_out}"
        );
    }
    let width = places
        .iter()
        .map(|place| place.name.chars().count())
        .max()
        .unwrap_or(0);
    let mut lines = Vec::new();
    for place in places {
        let now = match (&place.owner, &place.mode) {
            _ if !place.is_there => "is gone".to_owned(),
            (Some(owner), Some(mode)) => format!("{owner} {mode}"),
            _ => "owner not known".to_owned(),
        };
        let as_made = if place.changes.is_empty() {
            "  owners never changed"
        } else {
            ""
        };
        lines.push(format!("{:9}  {:width$}  {now}{as_made}", place.kind, place.name));
        for change in &place.changes {
            let services = match change.services.is_empty() {
                true => String::new(),
                false => format!(" for {}", change.services.join(", ")),
            };
            let part = change
                .subpath
                .as_ref()
                .map_or_else(String::new, |path| format!(", in {path}"));
            let early = if change.is_whole {
                ""
            } else {
                "; ended early, the next start goes on"
            };
            let other = if change.is_of_another {
                "; of one of that name that is gone"
            } else {
                ""
            };
            lines.push(format!(
                "           {}  {} given to {}{services}{part}{early}{other}",
                change.date,
                entries(change.entries),
                change.given_to
            ));
        }
    }
    let lines: String = lines
        .iter()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    lines + &left_out
}
