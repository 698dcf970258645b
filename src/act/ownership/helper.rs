//! The one helper container that works on the trees of a command, and what is said between it and us.

use super::outcome::{DoneInTree, Untouched};
use super::place::Place;
use crate::engine::helper::{HelperTree, Rights, TreeSource};
use crate::engine::{Engine, Helper, Info, own_image};
use crate::facts::settings::Ids;
use crate::owners::frame::{self, Act, Answer, Orders, RecordOrder, TreeOrder};
use crate::owners::{self, Owner};
use anyhow::{Context, Result, bail};
use std::io::{Cursor, Read};
use std::mem::take;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// How long the helper may say nothing: a disk that is asleep, a network that is slow. It says how far it is otherwise.
const SILENCE: Duration = Duration::from_secs(300);
/// How often a person is told how far it is, and how long they wait for the first time.
const PAUSE: Duration = Duration::from_secs(1);

/// One tree to be worked on.
pub(super) struct Job<'p> {
    pub(super) place: &'p Place,
    /// What tells it from another one of that name; empty where nobody saw it yet.
    pub(super) identity: String,
    pub(super) give_to: Owner,
    pub(super) recursive: bool,
    /// Records of it, the newest first, with their entries.
    pub(super) records: Vec<(RecordOrder, Box<dyn Read + Send>)>,
}

/// What became of it, or why it could not be worked on.
pub(super) type ToldOfTree = Result<DoneInTree, Hindrance>;

/// Why a tree could not be worked on.
pub(super) struct Hindrance {
    pub(super) why: String,
    /// Whether certainly nothing was changed.
    pub(super) is_unchanged: bool,
}

/// Does it on the engine. `record` is given what the records of the trees hold, by their number.
///
/// # Errors
/// The program cannot run there, or did not come to an end; what `record` says.
pub(super) fn run(
    (engine, info): (&dyn Engine, &Info),
    (act, rights): (Act, Rights),
    jobs: Vec<Job<'_>>,
    progress: &dyn Fn(&str),
    record: &mut dyn FnMut(usize, &[u8]) -> Result<()>,
) -> Result<Vec<ToldOfTree>> {
    let places: Vec<&Place> = jobs.iter().map(|job| job.place).collect();
    let helper = Helper {
        user: "0:0".into(),
        read_only: true,
        command: vec![own_image::PROGRAM.into(), owners::VERB.into()],
        trees: places
            .iter()
            .enumerate()
            .map(|(at, place)| tree(at, place))
            .collect::<Result<_>>()?,
        rights,
        has_input: true,
        ..Helper::default()
    };
    let (input, hold) = input(act, jobs)?;
    let doing = || {
        let names: Vec<String> = places.iter().map(ToString::to_string).collect();
        let what = match act {
            Act::Scan => "looking at the owners of",
            Act::Set => "setting the owners of",
            Act::Restore => "putting back the owners of",
        };
        format!("{what} {}", names.join(", "))
    };
    let helper = own_image::create(engine, &info.architecture, helper).with_context(doing)?;
    let mut answers = engine.converse(&helper.id, input, SILENCE).with_context(doing)?;
    let mut pace = Pace::new(act, progress);
    let mut told = Vec::new();
    let (mut problems, mut cleared) = (Vec::new(), Vec::new());
    let memory = loop {
        let answer = Answer::take(&mut answers).with_context(doing)?;
        let place = || {
            places
                .get(told.len())
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        match answer {
            Some(Answer::Record(entries)) => record(told.len(), &entries)?,
            Some(Answer::Untouched(path, why)) => problems.push(Untouched { path, why }),
            Some(Answer::Progress(seen, changed)) => pace.tell(&place(), seen, changed),
            Some(Answer::Cleared(path)) => cleared.push(path),
            Some(Answer::Tree(summary)) => told.push(Ok((summary, take(&mut problems), take(&mut cleared)))),
            Some(ref ended @ (Answer::Refused(ref why) | Answer::Broken(ref why))) => {
                problems.clear();
                cleared.clear();
                told.push(Err(Hindrance {
                    why: why.clone(),
                    is_unchanged: matches!(ended, Answer::Refused(_)),
                }));
            }
            Some(Answer::End(memory)) => break memory,
            None => bail!("{}: the helper container ended early", doing()),
        }
    };
    drop(hold);
    if told.len() != places.len() {
        bail!("{}: the helper container left something out", doing());
    }
    let whole = |(summary, problems, cleared)| DoneInTree {
        summary,
        problems,
        cleared,
        memory,
    };
    Ok(told
        .into_iter()
        .map(|told: Result<_, Hindrance>| told.map(whole))
        .collect())
}

/// Where the tree of this number is mounted.
fn at(number: usize) -> String {
    format!("/trees/{number}")
}

fn tree(number: usize, place: &Place) -> Result<HelperTree> {
    let source = match place {
        Place::Volume { name, .. } => TreeSource::Volume(name.clone()),
        Place::Directory(path) => match path.to_str() {
            Some(text) => TreeSource::Directory(text.to_owned()),
            None => bail!("{place}: the engine's command line takes no path that is not UTF-8"),
        },
    };
    Ok(HelperTree {
        source,
        target: at(number),
    })
}

/// What is given to the helper to read; it ends when what comes with it is dropped.
fn input(act: Act, jobs: Vec<Job<'_>>) -> Result<(Box<dyn Read + Send>, Sender<()>)> {
    let mut trees = Vec::new();
    let mut records: Box<dyn Read + Send> = Box::new(std::io::empty());
    for (number, job) in jobs.into_iter().enumerate() {
        let subpath = match job.place {
            Place::Volume { subpath, .. } => subpath.clone(),
            Place::Directory(_) => None,
        };
        let mut orders = Vec::new();
        for (order, entries) in job.records {
            orders.push(order);
            records = Box::new(records.chain(entries));
        }
        trees.push(TreeOrder {
            at: at(number),
            subpath,
            identity: job.identity,
            give_to: job.give_to,
            recursive: job.recursive,
            keeps_bits: job.place.keeps_bits(),
            records: orders,
        });
    }
    let orders = serde_json::to_vec(&Orders { act, trees }).context("writing orders")?;
    let mut head = Vec::new();
    frame::send(&mut head, frame::ORDERS, &orders).context("writing orders")?;
    let (hold, until) = channel();
    let input = Cursor::new(head).chain(records).chain(Until(until));
    Ok((Box::new(input), hold))
}

/// Nothing, and that only after somebody has let go.
struct Until(Receiver<()>);

impl Read for Until {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        // Nothing is ever sent.
        let _ = self.0.recv();
        Ok(0)
    }
}

/// How far it is, for a person.
struct Pace<'p> {
    act: Act,
    began: Instant,
    told: Instant,
    progress: &'p dyn Fn(&str),
}

impl Pace<'_> {
    fn new(act: Act, progress: &dyn Fn(&str)) -> Pace<'_> {
        let now = Instant::now();
        Pace {
            act,
            began: now,
            told: now,
            progress,
        }
    }

    fn tell(&mut self, place: &str, seen: u64, changed: u64) {
        if self.told.elapsed() < PAUSE {
            return;
        }
        self.told = Instant::now();
        let seconds = self.began.elapsed().as_secs().max(1);
        let rate = seen / seconds;
        (self.progress)(&match self.act {
            Act::Scan => format!("{place}: looked at {seen} entries, {rate} a second"),
            _ => format!("{place}: {seen} entries, {changed} of them changed, {rate} a second"),
        });
    }
}

impl From<Ids> for Owner {
    fn from(ids: Ids) -> Owner {
        Owner {
            uid: ids.uid,
            gid: ids.gid,
        }
    }
}

impl From<Owner> for Ids {
    fn from(owner: Owner) -> Ids {
        Ids {
            uid: owner.uid,
            gid: owner.gid,
        }
    }
}
