//! From a project's files to a plan that is proven to be what its override says: the one way that every command, test and
//! benchmark takes. Nothing is written and nothing is started.
//!
//! - [`configuration`]: what the person says beside the project
//! - [`adopted`]: what of it became volumes when it was taken over
//! - [`engine`]: the engine that it is for, reached once
//! - [`fingerprint`], [`mod@trust`]: what earlier starts found out about the same plan
//! - [`images`], [`volumes`]: what that engine has of it
//! - [`wishes`]: what the person asked for this time

mod adopted;
pub(crate) mod configuration;
pub mod engine;
pub(crate) mod failure;
pub(crate) mod fingerprint;
mod images;
#[cfg(test)]
mod tests;
pub(crate) mod trust;
mod volumes;
pub mod wishes;

use crate::act::adopted::AdoptedVolume;
use crate::act::home::Home;
use crate::act::receipt_source::ReceiptSource;
use crate::controls::CONTROLS;
use crate::diagnostic::Diagnostic;
use crate::facts::engine::{EngineFacts, Mapped};
use crate::facts::host::{Elsewhere, Host, ThisHost};
use crate::facts::recipes::Recipes;
use crate::facts::settings::Giver;
use crate::facts::{Catalog, folders};
use crate::load::{self, Memo, Options, Project};
use crate::locate::Location;
use crate::lower::Edit;
use crate::lower::apply::{apply, effective};
use crate::lower::compose::{Lowered, lower};
use crate::model;
use crate::plan::service_facts::FactSources;
use crate::plan::{Fall, Plan, ServicePlan};
use crate::render::{PlanView, override_file};
use crate::tree::{Map, Node};
use engine::{EngineAnswer, EnginePort};
use failure::Failure;
use indexmap::IndexMap;
use std::cell::OnceCell;
use std::path::PathBuf;
use trust::Trust;
use wishes::Wishes;

/// What to do about a change that an override cannot say.
const UNSAID: &str = "write the value itself, or set the attribute yourself";

/// All that a plan is made from.
pub struct Request<'r> {
    /// Where the project is.
    pub location: &'r Location,
    /// How it is loaded.
    pub options: Options,
    /// The variables of the process.
    pub environment: &'r IndexMap<String, String>,
    /// What the person asked for.
    pub wishes: Wishes,
    /// Whose project it is, which decides what counts beside it.
    pub whose: Whose<'r>,
    /// The engine that it is for.
    pub engine: &'r dyn EnginePort,
    /// Whether containers will be made of it: then an engine that does not say what it is is an error.
    pub starts: bool,
    /// What earlier starts found out.
    pub receipts: ReceiptSource,
    /// How a person is told what takes its time.
    pub tell: fn(&str),
}

/// Whose project it is.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'r> {
    /// The person's: their profiles count, and the `nrcompose.yaml` that is nearest.
    Persons,
    /// One of ours, in a folder of ours, above which all is somebody else's: these profiles count alone.
    Ours(&'r Catalog),
}

/// A project, its plan, and what comes of it.
#[derive(Debug)]
pub struct Prepared {
    /// The project as its author wrote it.
    pub project: Project,
    /// What becomes of it.
    pub plan: Plan,
    /// What each decision comes to in Compose's words.
    pub lowered: Lowered,
    /// All edits that change something.
    pub edits: Vec<Edit>,
    /// The project's tree with the edits.
    pub hardened: Node,
    /// The override that says so; none when nothing changes.
    pub text: Option<String>,
    /// Services about which their image would say more, were it on this machine.
    pub missing: Vec<String>,
    /// The engine it is for.
    pub engine: EngineAnswer,
    /// Its directories that were adopted, whether or not something of them is in the plan.
    pub(crate) adopted: Vec<AdoptedVolume>,
}

impl<'r> Request<'r> {
    /// For a project with all that lies around it; nothing is started.
    pub fn new(
        location: &'r Location,
        environment: &'r IndexMap<String, String>,
        engine: &'r dyn EnginePort,
    ) -> Request<'r> {
        Request {
            location,
            options: Options::default(),
            environment,
            wishes: Wishes::default(),
            whose: Whose::Persons,
            engine,
            starts: false,
            receipts: ReceiptSource::default(),
            tell: |_| {},
        }
    }

    /// Loads, plans, renders and proves. The engine is asked when the project is known to be one, since asking may take its
    /// time.
    ///
    /// # Errors
    /// A project that cannot be loaded or planned (2), an override that does not say what was planned (4).
    pub fn prepare(&self) -> Result<Prepared, Failure> {
        if self.options.by_compose {
            let why = "planning: what `docker compose config` gives has its variables filled in, and an override that \
                       repeats it would hold their values";
            let help =
                "`--nr-loader compose` serves `model`; leave it out, and correct what this loader refuses";
            return Err(Diagnostic::error(why).help(help).into());
        }
        let options = &Options {
            memo: Some(Memo::default()),
            ..self.options.clone()
        };
        let mut project = load::load(self.location, options)?;
        let catalog = self.catalog(&project)?;
        let policy_file = self.wishes.policy_file.as_deref();
        let config = match self.whose {
            Whose::Persons => configuration::read(&mut project, policy_file),
            Whose::Ours(_) => configuration::read_with(&mut project, None, policy_file),
        }?;
        let catalog = catalog.with_mirrors(config.registries.as_deref().unwrap_or_default());
        let adopted = match self.whose {
            Whose::Persons => adopted::of(&project, self.environment)?,
            Whose::Ours(_) => Vec::new(),
        };
        let left = |one: &&AdoptedVolume| !self.wishes.left.contains_key(&one.service);
        // A service that stays exactly as it runs gets no mount either.
        let (planned, taken_over) = adopted::with_volumes(&project, adopted.iter().filter(left));
        let limit = self.wishes.engine_limit;
        let known = match &self.wishes.assume {
            Some(facts) => EngineAnswer::Assumed(facts.clone()),
            None => self.engine.known(limit),
        };
        if self.starts {
            engine::must_be_known(&known)?;
        }
        let mut settings = self
            .wishes
            .settings(&config, self.environment, &project, known.facts());
        // A whole file of ours goes on as it is; and to make the containers of a project first would start its providers.
        let is_ours =
            |s: &model::Service| model::added_for(*s).is_some_and(|of| s.name == model::init_name(of));
        if model::services(&project).any(|s| is_ours(&s) || !s.has_container()) {
            settings.giver = Giver::InitService;
        }
        // One that did not answer is not waited for again.
        let reached = OnceCell::new();
        let ask = || self.engine.reached(limit);
        let asked = || reached.get_or_init(ask).as_deref();
        let home = Home::find(self.environment);
        let recipes = Recipes::read(&project);
        // Where nobody can answer, what to ask is not worked out.
        let (found, volumes) = match known.may_be_asked() {
            true => (
                images::find(&project, &catalog, &config, &recipes, &home, &asked, self.tell),
                match volumes::find(&planned, &asked) {
                    Err(error) if self.starts => return Err(engine::told(&error).into()),
                    found => found.unwrap_or_default(),
                },
            ),
            false => Default::default(),
        };
        let sources = FactSources {
            catalog,
            recipes,
            images: found.images,
            volumes,
            engine: settings.engine.clone(),
        };
        let facts = settings.engine.clone();
        let here = this_host(&project, self.environment);
        let host = host(&facts, &here);
        let mut plan = Plan::by(CONTROLS, &planned, &sources, &config, settings, &*host)
            .map_err(|d| Failure::load(d, &project.sources))?;
        let Rendered {
            lowered,
            edits,
            hardened,
            text,
        } = self.trusted(&project, (&planned, &taken_over), (&mut plan, &*host), &|names| {
            let ids = names.iter().map(|name| found.ids.get(name).cloned()).collect();
            match known.may_be_asked().then(asked).flatten() {
                Some(engine) => trust::ids(engine, names, ids),
                None => ids,
            }
        })?;
        // What it made for these answers is removed before anything is started.
        drop(reached);
        drop(planned);
        let prepared = Prepared {
            project,
            plan,
            lowered,
            edits,
            hardened,
            text,
            missing: found.missing,
            engine: known,
            adopted,
        };
        prepared.prove(self.location, options)?;
        Ok(prepared)
    }

    /// The plan, without what did not work here, and without guesses where none may be tried.
    fn trusted(
        &self,
        project: &Project,
        over: (&Project, &[Edit]),
        (plan, host): (&mut Plan, &dyn Host),
        ask: &dyn Fn(&[String]) -> Vec<Option<String>>,
    ) -> Result<Rendered, Failure> {
        let mut rendered = render_over(project, over, plan, host)?;
        let (receipts, unread) = self.receipts.of(project, &plan.settings.engine.id);
        plan.warnings.extend(unread.map(|unread| unread.told()));
        let trust = Trust::new(project, &receipts, self.wishes.no_guesses, ask);
        for _ in 0..trust::STEPS {
            let falls = trust.judge(project, plan, &rendered.hardened);
            if falls.is_empty() {
                break;
            }
            plan.fall_back(over.0, host, falls)
                .map_err(|d| Failure::load(d, &project.sources))?;
            rendered = render_over(project, over, plan, host)?;
        }
        Ok(rendered)
    }

    fn catalog(&self, project: &Project) -> Result<Catalog, Failure> {
        match self.whose {
            Whose::Persons => {
                let folders = folders(&project.directory, config_home(self.environment).as_deref());
                Catalog::open(&folders).map_err(Failure::profiles)
            }
            Whose::Ours(catalog) => Ok(catalog.clone()),
        }
    }
}

/// This machine, and where on it directories may be made.
pub fn this_host(project: &Project, environment: &IndexMap<String, String>) -> ThisHost {
    let home = Home::find(environment).directory;
    ThisHost::making_below([project.directory.as_path()].into_iter().chain(home.as_deref()))
}

/// The host as the engine's containers see it.
fn host<'h>(engine: &'h EngineFacts, here: &'h ThisHost) -> Box<dyn Host + 'h> {
    match &engine.maps {
        _ if !engine.shows_owners() => Box::new(Elsewhere),
        Some(maps) => Box::new(Mapped { host: here, maps }),
        None => Box::new(here.clone()),
    }
}

/// Where the person keeps configuration.
pub fn config_home(environment: &IndexMap<String, String>) -> Option<PathBuf> {
    Home::find(environment).folder("XDG_CONFIG_HOME", ".config")
}

/// What a plan comes to.
#[derive(Debug)]
pub struct Rendered {
    /// What each decision comes to in Compose's words.
    pub lowered: Lowered,
    /// All edits that change something.
    pub edits: Vec<Edit>,
    /// The tree that they make.
    pub hardened: Node,
    /// The override that says them; none when nothing changes.
    pub text: Option<String>,
}

/// The override, the edits it says and the tree they make. A service whose edits cannot be said falls back, until
/// there is nothing to say of it.
///
/// # Errors
/// An override that cannot be written, whatever falls back.
pub fn render(project: &Project, plan: &mut Plan, host: &dyn Host) -> Result<Rendered, Failure> {
    render_over(project, (project, &[]), plan, host)
}

/// The same for a plan of the project with some edits, which are said, too.
fn render_over(
    project: &Project,
    (planned, before): (&Project, &[Edit]),
    plan: &mut Plan,
    host: &dyn Host,
) -> Result<Rendered, Failure> {
    loop {
        let mut lowered = lower(planned, plan);
        let mut edits = before.to_vec();
        edits.extend(lowered.edits(plan));
        let edits = effective(&project.tree, edits);
        let hardened = apply(&project.tree, &edits);
        match override_file::render(&project.tree, &hardened, &edits) {
            Ok(text) => {
                #[cfg(test)]
                let text = text.map(tests::miswritten);
                return Ok(Rendered {
                    lowered,
                    edits,
                    hardened,
                    text,
                });
            }
            Err(unsayable) => {
                for (service, why) in &unsayable {
                    if plan.services.get(service).is_none_or(ServicePlan::is_refused) {
                        return Err(Failure::internal(format!("writing the override: {why}")));
                    }
                }
                let falls = unsayable.into_iter().map(|(service, blocker)| Fall {
                    service,
                    blocker,
                    help: UNSAID.to_owned(),
                });
                plan.fall_back(planned, host, falls.collect())
                    .map_err(|d| Failure::load(d, &project.sources))?;
            }
        }
    }
}

impl Prepared {
    /// What pages show.
    pub fn view(&self) -> PlanView<'_> {
        PlanView {
            plan: &self.plan,
            lowered: &self.lowered,
            sources: &self.project.sources,
        }
    }

    /// Loads the project with the override and compares: what Compose will run must be what was planned.
    fn prove(&self, location: &Location, options: &Options) -> Result<(), Failure> {
        let Some(text) = &self.text else { return Ok(()) };
        let mut options = options.clone();
        options.extra.push((PathBuf::from("the override"), text.clone()));
        let merged = load::load(location, &options)
            .map_err(|e| Failure::internal(format!("the override is refused: {}", e)))?;
        match difference("", &self.hardened, &merged.tree) {
            None => {
                // The process ends soon: to give back a large tree node by node takes a twentieth of all its time.
                std::mem::forget(merged);
                Ok(())
            }
            Some(path) => Err(Failure::internal(format!(
                "the override does not say what was planned at {path}"
            ))),
        }
    }
}

/// Where two trees differ first, order of keys aside; extensions do not count.
pub fn difference(at: &str, a: &Node, b: &Node) -> Option<String> {
    use crate::tree::Value::{Map as M, Seq};
    match (&a.value, &b.value) {
        // Most of them are the same to the last; the place is only worth finding where they are not.
        (x, y) if x == y => None,
        (M(x), M(y)) => maps(at, x, y),
        (Seq(x), Seq(y)) if x.len() == y.len() => x
            .iter()
            .zip(y)
            .enumerate()
            .find_map(|(i, (x, y))| difference(&format!("{at}.{i}"), x, y)),
        _ => Some(at.trim_start_matches('.').to_owned()),
    }
}

fn maps(at: &str, a: &Map, b: &Map) -> Option<String> {
    let keys = a.keys().chain(b.keys().filter(|k| !a.contains_key(k)));
    keys.filter(|k| !k.starts_with("x-"))
        .find_map(|key| match (a.get(key), b.get(key)) {
            (Some(x), Some(y)) if x == y => None,
            (Some(x), Some(y)) => difference(&format!("{at}.{key}"), x, y),
            // The name of a resource that nobody names: Compose fills it in.
            (None, Some(_)) if key == "name" && at.matches('.').count() == 2 => None,
            _ => Some(format!("{at}.{key}").trim_start_matches('.').to_owned()),
        })
}
