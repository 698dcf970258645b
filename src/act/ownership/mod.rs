//! Who trees belong to that services write: looked at, set right with the former owners on disk first, and put back.
//!
//! On the engine only this program itself works on them, never a program of an image or a volume; the root of an empty
//! volume is set without any.

pub(crate) mod asked;
mod gone;
mod helper;
pub(crate) mod here;
mod in_use;
mod outcome;
mod own_state;
mod place;
mod record_file;
mod record_folder;
mod record_list;
mod restore;
mod restore_step;
mod root;
mod same;
mod set_right;
mod task;
mod write_test;

pub(crate) use gone::GoneVolume;
pub(crate) use outcome::{Done, Look};
pub(crate) use place::{Place, Recorded, Wanted};
pub(crate) use record_list::RecordList;
pub(crate) use restore::Restored;

use super::state::StateDirectory;
use crate::diagnostic::Diagnostic;
use crate::engine::helper::Rights;
use crate::engine::{Engine, Info};
use crate::owners::SWAPPED;
use crate::owners::frame::Act;
use anyhow::{Context, Result, anyhow, bail};
use helper::{Hindrance, Job, ToldOfTree};
use outcome::DoneInTree;
use record_folder::Records;
use root::SeenRoot;

/// Looks at owners, sets them right and puts them back.
pub(crate) struct Ownership<'e> {
    engine: &'e dyn Engine,
    info: Info,
    records: Records,
    progress: &'e dyn Fn(&str),
}

impl<'e> Ownership<'e> {
    /// For the engine that says `info` of itself. `progress` is told a line for whatever lasts longer than a second.
    pub(crate) fn new(
        engine: &'e dyn Engine,
        info: &Info,
        state: StateDirectory,
        progress: &'e dyn Fn(&str),
    ) -> Ownership<'e> {
        Ownership {
            engine,
            info: info.clone(),
            records: Records::of(&state, info),
            progress,
        }
    }

    /// Looks at each and changes nothing; gives what is so of each, in order.
    ///
    /// # Errors
    /// One that is not there or cannot be looked at, by its name.
    pub(crate) fn look(&self, wanted: &[Wanted]) -> Result<Vec<Look>> {
        self.must_not_be_ours(wanted)?;
        let roots = self.roots(wanted)?;
        let open = |(want, root): &(&Wanted, &Option<SeenRoot>)| look_at_root(want, root).is_none();
        let unclear: Vec<&Wanted> = wanted
            .iter()
            .zip(&roots)
            .filter(open)
            .map(|(want, _)| want)
            .collect();
        self.must_be_there(unclear.iter().map(|want| &want.place))?;
        let jobs = unclear.iter().map(|want| Job {
            place: &want.place,
            identity: self.identity(want),
            give_to: want.ids.into(),
            recursive: want.recursive,
            records: Vec::new(),
        });
        let told = self.run((Act::Scan, Rights::Look), jobs.collect(), &mut |_, _| Ok(()))?;
        let mut told = told.into_iter();
        let looks = wanted
            .iter()
            .zip(&roots)
            .map(|(want, root)| match look_at_root(want, root) {
                Some(look) => Ok(look),
                None => {
                    let told = told.next().context("looking at owners: an answer is missing")?;
                    Ok(Look::of(&want.place, whole(&want.place, told)?))
                }
            });
        looks.collect()
    }

    /// What tells a directory from another one, as this machine counts, if the engine counts so, too.
    fn identity(&self, want: &Wanted) -> String {
        match self.info.is_desktop() {
            true => String::new(),
            false => want.identity.clone(),
        }
    }

    /// The running containers that mount a place.
    ///
    /// # Errors
    /// The engine does not say.
    pub(crate) fn running_with(&self, place: &Place) -> Result<Vec<String>> {
        let name = match place {
            Place::Volume { name, .. } => name.clone(),
            Place::Directory(path) => path.display().to_string(),
        };
        Ok(self.engine.running_with(&name)?)
    }

    /// The roots of volumes as created containers have them, asked all at once.
    fn roots(&self, wanted: &[Wanted]) -> Result<Vec<Option<SeenRoot>>> {
        let engine = self.engine;
        std::thread::scope(|scope| {
            let asked: Vec<_> = wanted
                .iter()
                .map(|want| {
                    let is_whole = matches!(want.place, Place::Volume { subpath: None, .. });
                    let seen_in = want.seen_in.as_ref().filter(|_| is_whole);
                    seen_in.map(|(id, at)| scope.spawn(move || root::look(engine, id, at)))
                })
                .collect();
            let answers = asked.into_iter().zip(wanted).map(|(asked, want)| match asked {
                None => Ok(None),
                Some(asked) => asked
                    .join()
                    .unwrap_or_else(|_| Err(anyhow!("a thread of nrcompose ended early")))
                    .with_context(|| format!("looking at the owner of {}", want.place)),
            });
            answers.collect()
        })
    }

    /// Which volumes are not there.
    fn missing<'p>(&self, places: impl Iterator<Item = &'p Place>) -> Result<Vec<String>> {
        let names = places.filter_map(|place| match place {
            Place::Volume { name, .. } => Some(name.clone()),
            Place::Directory(_) => None,
        });
        let mut names: Vec<String> = names.collect();
        let volumes = self.engine.volumes(&names)?;
        names.retain(|name| volumes.iter().all(|volume| volume.name != *name));
        Ok(names)
    }

    /// Whether all volumes are there: an engine would make one that is not.
    ///
    /// # Errors
    /// One that is not.
    fn must_be_there<'p>(&self, places: impl Iterator<Item = &'p Place>) -> Result<()> {
        match self.missing(places)?.first() {
            None => Ok(()),
            Some(name) => {
                let message = format!("looking for the volume {name}: there is none of this name");
                bail!(Diagnostic::error(message).help("`docker volume ls` lists those that are there"))
            }
        }
    }

    fn run(
        &self,
        how: (Act, Rights),
        jobs: Vec<Job<'_>>,
        record: &mut dyn FnMut(usize, &[u8]) -> Result<()>,
    ) -> Result<Vec<ToldOfTree>> {
        match jobs.is_empty() {
            true => Ok(Vec::new()),
            false => helper::run((self.engine, &self.info), how, jobs, self.progress, record),
        }
    }
}

/// What the root alone says, if that is all there is to say.
fn look_at_root(want: &Wanted, root: &Option<SeenRoot>) -> Option<Look> {
    let root = root.as_ref().filter(|root| root.is_empty || !want.recursive)?;
    let is_right = root.is_of(want.ids);
    Some(Look {
        root: Some(root.owner),
        wrong: u64::from(!is_right),
        samples: match is_right {
            true => Vec::new(),
            false => vec![(String::new(), root.ids())],
        },
        ..Look::right(&want.place)
    })
}

/// What was told of a place that could be worked on.
fn whole(place: &Place, told: ToldOfTree) -> Result<DoneInTree> {
    told.map_err(|Hindrance { why, .. }| {
        let error = Diagnostic::error(format!("working on the owners of {place}: {why}"));
        match why == SWAPPED {
            true => anyhow!(error.help("see what is there now, and who put it there; then run it again")),
            false => anyhow!(error),
        }
    })
}

/// Whether this program can work on trees of an engine of this architecture (`x86_64`, `amd64`; empty: any).
///
/// # Errors
/// Why it cannot: owners are then set right by file mode's init services.
pub(crate) fn helper_program(architecture: &str) -> Result<()> {
    crate::engine::own_program::find(architecture).map(drop)
}
