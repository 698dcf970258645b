//! From the command line to a plan that is proven to be what its override says.

use super::engine::Known;
use super::failure::Failure;
use super::options::PlanOptions;
use super::{configuration, images, volumes};
use crate::act::home::Home;
use crate::diagnostic::Diagnostic;
use crate::facts::config::Config;
use crate::facts::engine::{EngineFacts, Mapped};
use crate::facts::host::{Elsewhere, Host, ThisHost};
use crate::facts::{Catalog, folders};
use crate::load::{self, Memo, Options, Project};
use crate::locate::{Location, Settings as Process};
use crate::lower::Edit;
use crate::lower::apply::{apply, effective};
use crate::lower::compose::{Lowered, lower};
use crate::plan::known::Sources;
use crate::plan::{Plan, ServicePlan};
use crate::render::{View, override_file};
use crate::tree::{Map, Node};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

/// A project, its plan, and what comes of it.
#[derive(Debug)]
pub struct Prepared {
    /// The project as its author wrote it.
    pub project: Project,
    /// What becomes of it.
    pub plan: Plan,
    /// What Compose is told of each decision.
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
    pub engine: Known,
}

/// Loads, plans, renders and proves. Nothing is written. `ask` says which engine it is for; it is called when the
/// project is known to be one, since asking may take its time.
///
/// # Errors
/// A project that cannot be loaded or planned (2), an override that does not say what was planned (4).
pub fn prepare(
    location: &Location,
    options: &Options,
    plan: &PlanOptions,
    process: &Process,
    ask: &dyn Fn() -> Result<Known, Failure>,
) -> Result<Prepared, Failure> {
    let folders =
        |project: &Project| folders(&project.directory, config_home(&process.environment).as_deref());
    let catalog = |project: &Project| Catalog::open(&folders(project)).map_err(Failure::profiles);
    prepare_with(
        catalog,
        configuration::read,
        location,
        options,
        plan,
        process,
        ask,
    )
}

/// A project of our own, in a folder of our own, with these profiles: what lies above that folder is somebody else's.
///
/// # Errors
/// As above.
pub fn prepare_alone(
    catalog: &Catalog,
    location: &Location,
    options: &Options,
    plan: &PlanOptions,
    process: &Process,
    ask: &dyn Fn() -> Result<Known, Failure>,
) -> Result<Prepared, Failure> {
    let catalog = |_: &Project| Ok(catalog.clone());
    let alone =
        |project: &mut Project, policy: Option<&Path>| configuration::read_with(project, None, policy);
    prepare_with(catalog, alone, location, options, plan, process, ask)
}

fn prepare_with(
    catalog: impl FnOnce(&Project) -> Result<Catalog, Failure>,
    configuration: impl FnOnce(&mut Project, Option<&Path>) -> Result<Config, Failure>,
    location: &Location,
    options: &Options,
    plan: &PlanOptions,
    process: &Process,
    ask: &dyn Fn() -> Result<Known, Failure>,
) -> Result<Prepared, Failure> {
    if options.by_compose {
        let why = "planning: what `docker compose config` gives has its variables filled in, and an override that \
                   repeats it would hold their values";
        let help = "`--nr-loader compose` serves `model`; leave it out, and correct what this loader refuses";
        return Err(Diagnostic::error(why).help(help).into());
    }
    let options = &Options {
        memo: Some(Memo::default()),
        ..options.clone()
    };
    let mut project = load::load(location, options)?;
    let catalog = catalog(&project)?;
    let config = configuration(&mut project, plan.policy_file.as_deref())?;
    let engine = ask()?;
    let settings = plan.settings(&config, process, &project, engine.facts());
    let images::Found { images, missing } = match engine.may_be_asked() {
        true => images::find(
            &project,
            &catalog,
            &config,
            &process.environment,
            plan.engine_limit(),
        ),
        false => images::Found::default(),
    };
    let volumes = match engine.may_be_asked() {
        true => volumes::find(&project, &process.environment, plan.engine_limit()),
        false => IndexMap::new(),
    };
    let sources = Sources {
        catalog,
        images,
        volumes,
    };
    let facts = settings.engine.clone();
    let here = this_host(&project, process);
    let mut plan = Plan::new(&project, &sources, &config, settings, &*host(&facts, &here))
        .map_err(|d| Failure::load(d, &project.sources))?;
    let Rendered {
        lowered,
        edits,
        hardened,
        text,
    } = render(&project, &mut plan, &*host(&facts, &here))?;
    let prepared = Prepared {
        project,
        plan,
        lowered,
        edits,
        hardened,
        text,
        missing,
        engine,
    };
    prepared.prove(location, options)?;
    Ok(prepared)
}

/// This machine, and where on it directories may be made.
pub fn this_host(project: &Project, process: &Process) -> ThisHost {
    let home = Home::find(&process.environment).directory;
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

/// A plan in Compose's words.
struct Rendered {
    lowered: Lowered,
    edits: Vec<Edit>,
    hardened: Node,
    text: Option<String>,
}

/// The override, the edits it says and the tree they make. A service whose edits cannot be said falls back, until
/// there is nothing to say of it.
fn render(project: &Project, plan: &mut Plan, host: &dyn Host) -> Result<Rendered, Failure> {
    loop {
        let lowered = lower(project, plan);
        let edits = effective(&project.tree, lowered.edits(plan));
        let hardened = apply(&project.tree, &edits);
        match override_file::render(&project.tree, &hardened, &edits) {
            Ok(text) => {
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
                plan.fall_back(project, host, unsayable)
                    .map_err(|d| Failure::load(d, &project.sources))?;
            }
        }
    }
}

impl Prepared {
    /// What pages show.
    pub fn view(&self) -> View<'_> {
        View {
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
