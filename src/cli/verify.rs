//! `nrcompose verify`: prove it on the running containers.

use super::format::text_or_json;
use super::session::Session;
use crate::act::state::StateDirectory;
use crate::engine::{Composed, Engine};
use crate::load::Project;
use crate::locate::Location;
use crate::model::{self, INIT_PREFIX};
use crate::pipeline::Prepared;
use crate::pipeline::failure::Failure;
use crate::plan::decision::{Decision, Evidence, Outcome};
use crate::plan::{self, ServicePlan, claim::Claim};
use crate::render::Format;
use crate::tree::Node;
use crate::verify::answer::{self, ServiceAnswer};
use crate::verify::baseline_claims;
use crate::verify::observation::Way;
use crate::verify::observe::files::Cache;
use crate::verify::observe::helper;
use crate::verify::probe::Probe;
use crate::verify::report::Report;
use crate::verify::run::{ExpectedService, VerifyRequest, run};
use crate::verify::table;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Looks at every process of the running containers and judges what the plan claims of them.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct VerifyArgs {
    /// Only these services
    #[arg(value_name = "SERVICE")]
    pub services: Vec<String>,
    /// Watch for this long, so that processes that come and go are seen: 30s, 500ms, 2m
    #[arg(long = "for", value_name = "TIME", value_parser = super::options::duration)]
    pub window: Option<Duration>,
    /// Also run the probes of nrcompose.yaml
    #[arg(long)]
    pub probe: bool,
    /// How to write the report
    #[arg(long, default_value = "text", value_parser = text_or_json())]
    pub format: Format,
    /// Look at processes only in this way: proc, helper, top
    #[arg(long, value_name = "WAY", value_parser = way, hide = true)]
    pub by: Option<Way>,
    /// Write what was found to hold to this file, for `--nr-receipts` on another machine
    #[arg(long, value_name = "FILE")]
    pub export_receipts: Option<PathBuf>,
    /// Wait for so long, at most, until everything that just started is healthy and answers: 60s, 2m; 0s waits for nothing
    #[arg(long, value_name = "TIME", value_parser = super::options::duration, num_args = 0..=1, default_missing_value = "120s")]
    pub wait: Option<Duration>,
    /// Succeed although some claims could not be checked
    #[arg(long)]
    pub allow_unchecked: bool,
}

/// What a plan claims of each service, and the probes. A service that stays as its author wrote it is held to
/// what must hold of any: that is how it shows.
///
/// # Errors
/// A probe that is not one.
pub fn expected(prepared: &Prepared) -> Result<Expected, Failure> {
    let mut expected = Expected {
        wanted: wanted(&prepared.project),
        ..Expected::default()
    };
    for (name, service) in &prepared.plan.services {
        let claims = match service.verdict {
            plan::Verdict::NoContainer => continue,
            plan::Verdict::Refused { .. }
            | plan::Verdict::OnlyNoNewPrivileges { .. }
            | plan::Verdict::ExplicitRoot => baseline_claims::without_plan(),
            _ => {
                let hindrances = hindrances(&prepared.project, name, service);
                [service.claims(), hindrances, baseline_claims::beside_plan()].concat()
            }
        };
        expected.claims.insert(name.clone(), claims);
        if let Some(probe) = &service.probe {
            let probe = Probe::read(name, probe).map_err(|d| Failure::load(d, &prepared.project.sources))?;
            expected.probes.insert(name.clone(), probe);
        }
    }
    Ok(expected)
}

/// What the plan says may fail, as something to look at: the service is not greener than the plan.
fn hindrances(project: &Project, name: &str, plan: &ServicePlan) -> Vec<Claim> {
    let mounts = model::service(project, name)
        .map(|s| s.mounts())
        .unwrap_or_default();
    let hinder = |d: &&Decision| matches!(d.outcome, Outcome::Finding { hinders: true, .. });
    let told = plan.decisions.iter().filter(hinder).flat_map(|d| &d.evidence);
    let mut claims = Vec::new();
    for evidence in told {
        let Evidence::File(origin) = evidence else {
            continue;
        };
        for mount in mounts.iter().filter(|m| m.node.origin == *origin) {
            let path = mount.target.clone();
            claims.push(match mount.read_only {
                true => Claim::Readable { path },
                false => Claim::Writable { path },
            });
        }
    }
    claims
}

/// The services that the project's profiles enable, and how many containers each has.
fn wanted(project: &Project) -> BTreeMap<String, ExpectedService> {
    let is_waited_for = |name: &str| {
        let ended = |service: model::Service| {
            let condition = service
                .get("depends_on")
                .and_then(|d| d.get(name)?.get("condition"));
            condition.and_then(Node::as_str) == Some("service_completed_successfully")
        };
        model::services(project).any(ended)
    };
    let count = |node: Option<&Node>| node.and_then(Node::as_int).and_then(|n| usize::try_from(n).ok());
    model::services(project)
        .filter(|s| s.has_container() && project.active.contains(s.name) && model::added_for(*s).is_none())
        .map(|service| {
            let deploy = service.get("deploy").and_then(|d| d.get("replicas"));
            let wanted = ExpectedService {
                replicas: count(deploy).or_else(|| count(service.get("scale"))).unwrap_or(1),
                is_job: is_waited_for(service.name),
            };
            (service.name.to_owned(), wanted)
        })
        .collect()
}

/// The services that are to be hardened, and the override by which a start of ours does it.
pub(crate) fn overrides(prepared: &Prepared, path: &std::path::Path) -> BTreeMap<String, String> {
    let is_hardened = |service: &&ServicePlan| {
        matches!(
            service.verdict,
            plan::Verdict::Nonroot | plan::Verdict::RootStart | plan::Verdict::Doubtful
        )
    };
    let hardened = prepared.plan.services.iter().filter(|(_, s)| is_hardened(s));
    match prepared.text {
        Some(_) => hardened
            .map(|(name, _)| (name.clone(), path.display().to_string()))
            .collect(),
        None => BTreeMap::new(),
    }
}

/// Whether containers of a project were started by plain Compose from a file of ours: they were given one that a start of ours
/// leaves out, or a service of it gave them their volumes. An engine that does not say is asked again by what follows.
pub(crate) fn is_started_by_file(engine: &dyn Engine, location: &Location, project: &str) -> bool {
    let ours: Vec<String> = location
        .left_out
        .iter()
        .map(|f| f.path.display().to_string())
        .collect();
    let by_file = |one: &Composed| {
        one.service.starts_with(INIT_PREFIX)
            || one.files.split(',').any(|file| ours.iter().any(|f| f == file))
    };
    engine
        .composed(Some(project))
        .is_ok_and(|there| there.iter().any(by_file))
}

/// Whether the last start of a project was by another override than that of this plan.
pub(crate) fn is_another(session: &Session, prepared: &Prepared) -> bool {
    let project = &prepared.project;
    let state = StateDirectory::find(&session.settings.environment);
    let kept =
        state.map(|state| state.read_override(&state.override_path(&project.name, &project.directory)));
    kept.is_ok_and(|kept| kept.is_some() && kept != prepared.text)
}

/// What is expected of the containers of a project, by service.
#[derive(Debug, Default)]
pub struct Expected {
    /// What must hold.
    pub claims: BTreeMap<String, Vec<Claim>>,
    /// How one knows that it works.
    pub probes: BTreeMap<String, Probe>,
    /// Which of them must be there, and how many containers of each.
    pub wanted: BTreeMap<String, ExpectedService>,
    /// The override that a start of ours hands on, for those that are to be hardened.
    pub overrides: BTreeMap<String, String>,
    /// What they answered as their authors wrote them, where that was seen.
    pub before: BTreeMap<String, ServiceAnswer>,
}

/// Verifies a project and writes the report.
///
/// # Errors
/// See [`run`]; or the report cannot be written.
pub fn verify(
    engine: &dyn Engine,
    project: &str,
    expected: &Expected,
    args: &VerifyArgs,
    out: &mut dyn Write,
) -> Result<Report> {
    let cache = Cache::of_user();
    let mut request = VerifyRequest {
        services: &args.services,
        window: args.window,
        wanted: &expected.wanted,
        before: &expected.before,
        overrides: &expected.overrides,
        wait: args.wait,
        way: args.by,
        ..VerifyRequest::of(project, &expected.claims, &cache)
    };
    if args.probe {
        request.probes = &expected.probes;
    }
    let report = run(engine, &request)?;
    let text = match args.format {
        Format::Text | Format::Yaml => table::render(&report),
        Format::Json => serde_json::to_string_pretty(&report)? + "\n",
    };
    out.write_all(text.as_bytes()).context("writing the report")?;
    Ok(report)
}

/// What the program does in a helper container: looks around for so many milliseconds, and tells.
///
/// # Errors
/// A number that is none; nobody listens.
pub fn observe(window_ms: &str, out: &mut dyn Write) -> Result<()> {
    let window = window_ms.parse().context("reading how long to watch")?;
    let told = helper::observe(Duration::from_millis(window));
    serde_json::to_writer(out, &told).context("telling what was seen")
}

/// What the program does in a helper container on a network: asks the doors it is told of, and tells.
///
/// # Errors
/// What it is told is not understood; nobody listens.
pub fn ask(doors: &str, out: &mut dyn Write) -> Result<()> {
    out.write_all(answer::serve(doors)?.as_bytes())
        .context("telling what was said")
}

fn way(text: &str) -> Result<Way, String> {
    match text {
        "proc" => Ok(Way::Proc),
        "helper" => Ok(Way::Helper),
        "top" => Ok(Way::Top),
        _ => Err("it is one of proc, helper, top".to_owned()),
    }
}
