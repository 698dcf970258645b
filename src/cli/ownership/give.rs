//! `nrcompose ownership give`: directories of this machine to the users of services, with their former owners on record.

use super::given::{Given, as_json, as_text};
use super::may_give;
use super::named::{GiftWords, Gifts, is_path};
use super::runs_on;
use crate::act::ownership::{Done, Ownership, Place, Wanted};
use crate::cli::format::text_or_json;
use crate::cli::options::PlanOptions;
use crate::cli::session::Session;
use crate::diagnostic::Diagnostic;
use crate::engine::Engine;
use crate::facts::settings::Ids;
use crate::model;
use crate::pipeline::failure::{Failure, code};
use crate::pipeline::{Prepared, this_host};
use crate::render::Format;

/// Give directories of this machine to the user of the service that writes them; `ownership restore` puts back whose they
/// were
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Give {
    /// Directories, written with a slash or a dot (`./data`; beyond the project in full), and services: all that they
    /// write; none is what `volumes: {./data: own}` of nrcompose's configuration asks for
    #[arg(value_name = "PATH|SERVICE")]
    pub words: Vec<String>,
    /// Whom to give them to, instead of who the services run as
    #[arg(long, value_name = "UID:GID")]
    pub to: Option<Ids>,
    /// Give all that is in a library of films, music and the like, too, and not the directory alone
    #[arg(long)]
    pub recursive: bool,
    /// Say what would be given, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How to write it
    #[arg(long, default_value = "text", value_parser = text_or_json())]
    pub format: Format,
    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap shows a doc comment of a flattened struct as its own"
    )]
    pub plan: PlanOptions,
}

impl Give {
    /// Runs it and gives the exit code.
    ///
    /// # Errors
    /// A path that is not given, a service without a user, an engine on another machine, what cannot be changed.
    pub(crate) fn run(&self, session: &Session) -> Result<u8, Failure> {
        let prepared = self.prepared(session)?;
        let facts = prepared.as_ref().map(|p| p.engine.facts());
        let is_remote = match &facts {
            Some(facts) => facts.remote,
            None => session.this_engine().endpoint().is_remote(),
        };
        if is_remote {
            let text = "giving directories: the engine is on another machine, and so are they";
            return Err(Diagnostic::error(text).help("run nrcompose there").into());
        }
        let named = self.named(session, prepared.as_ref())?;
        let engine = session.docker()?.kept();
        let ownership = super::open(session, &engine)?;
        let given = self.give(&ownership, &engine, named.wanted)?;
        let next = self.next(session, prepared.as_ref(), &given);
        let text = match self.format {
            Format::Json => format!("{:#}\n", as_json(&given, &named.left, &next, self.dry_run)),
            _ => as_text(&given, &named.left, &next),
        };
        session.show_as(self.format, &text)?;
        let is_whole = |g: &Given| g.done.as_ref().is_none_or(|d| d.problems.is_empty());
        Ok(if given.iter().all(is_whole) {
            0
        } else {
            code::FINDINGS
        })
    }

    /// The plan, where the words need one: whom a directory is given to can be said.
    fn prepared(&self, session: &Session) -> Result<Option<Prepared>, Failure> {
        let is_in_words = !self.words.is_empty() && self.words.iter().all(|word| is_path(word));
        let needs_plan = self.to.is_none() || !is_in_words;
        // A service that does not start as its user for want of a directory is given it.
        match session.forced().prepare(&self.plan) {
            Ok((_, prepared)) => Ok(Some(prepared)),
            Err(failure) if needs_plan => Err(failure),
            Err(_) => Ok(None),
        }
    }

    /// The commands that what runs needs now: the plan may be another one.
    fn next(&self, session: &Session, before: Option<&Prepared>, given: &[Given]) -> Vec<String> {
        let changed = || given.iter().filter(|one| one.is_changed());
        let running = || changed().flat_map(|g| g.runs.iter().map(|one| (one, g.wanted.ids)));
        if running().next().is_none() {
            return Vec::new();
        }
        let now = before.and_then(|_| session.prepare(&self.plan).ok());
        let plans = before.zip(now.as_ref().map(|(_, now)| now));
        runs_on::next(plans, running())
    }

    fn named(&self, session: &Session, prepared: Option<&Prepared>) -> Result<Gifts, Diagnostic> {
        let settings = &session.settings;
        let words = GiftWords {
            host: prepared.map_or_else(Default::default, |p| this_host(&p.project, &settings.environment)),
            prepared,
            directory: prepared.map_or_else(|| settings.cwd.clone(), |p| p.project.directory.clone()),
            cwd: settings.cwd.clone(),
            to: self.to,
            recursive: self.recursive,
        };
        for word in &self.words {
            self.must_be_meant(word, session, prepared)?;
        }
        match self.words.as_slice() {
            [] => words.asked(),
            all => words.read(all),
        }
    }

    /// A word that can be neither a service nor a directory.
    fn must_be_meant(
        &self,
        word: &str,
        session: &Session,
        prepared: Option<&Prepared>,
    ) -> Result<(), Diagnostic> {
        let help = "name a directory (`./data`) or a service";
        if word.is_empty() {
            return Err(Diagnostic::error("giving directories: an empty word names none").help(help));
        }
        let is_service = prepared.is_some_and(|p| model::service(&p.project, word).is_some());
        if !is_path(word) && !is_service && session.settings.cwd.join(word).is_file() {
            let text = format!("giving {word}: it is a file, not a directory");
            return Err(Diagnostic::error(text).help(help));
        }
        Ok(())
    }

    fn give(
        &self,
        ownership: &Ownership,
        engine: &dyn Engine,
        wanted: Vec<Wanted>,
    ) -> Result<Vec<Given>, Failure> {
        let mut looks = ownership.look(&wanted)?;
        for (one, look) in wanted.iter().zip(&mut looks).filter(|(_, look)| look.wrong > 0) {
            if can_write_anyway(ownership, one)? {
                look.wrong = 0;
            }
        }
        // What is right, or need not be, is left out.
        let to_do: Vec<Wanted> = wanted
            .iter()
            .zip(&looks)
            .filter(|(_, look)| look.wrong > 0)
            .map(|(one, _)| one.clone())
            .collect();
        let running = runs_on::find(engine, &wanted)?;
        let mut set = match self.dry_run || to_do.is_empty() {
            true => Vec::new(),
            false => ownership.set_right(&to_do)?,
        };
        let mut done_with = |place: &Place| {
            let at = set.iter().position(|done| done.place == *place)?;
            Some(set.swap_remove(at))
        };
        let done: Vec<Option<Done>> = wanted.iter().map(|w| done_with(&w.place)).collect();
        let all = wanted.into_iter().zip(looks).zip(done).zip(running);
        Ok(all
            .map(|(((wanted, look), done), runs)| Given {
                wanted,
                look,
                done,
                runs,
            })
            .collect())
    }
}

/// Whether a directory need not be given, since it is on a file system where owners are decided on elsewhere and its user
/// can write there.
///
/// # Errors
/// The user cannot write there, and no owner is taken.
pub(super) fn can_write_anyway(ownership: &Ownership, wanted: &Wanted) -> Result<bool, Failure> {
    let Some((path, foreign)) = wanted
        .place
        .directory()
        .and_then(|p| Some((p, may_give::foreign(p)?)))
    else {
        return Ok(false);
    };
    let is_written = ownership.can_write(path, wanted.ids)?;
    if is_written || foreign.takes_owners {
        return Ok(is_written);
    }
    let (place, ids, name) = (&wanted.place, wanted.ids, foreign.name);
    let text = format!("giving {place}: it is on {name}, which takes no owners, and {ids} cannot write it");
    let help = format!(
        "mount it with `uid={},gid={}`, or let {ids} write where it comes from",
        ids.uid, ids.gid
    );
    Err(Diagnostic::error(text).help(help).into())
}
