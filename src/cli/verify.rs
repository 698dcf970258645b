//! `nrcompose verify`: prove it on the running containers.

use super::format::text_or_json;
use super::session::Session;
use crate::act::state::StateDirectory;
use crate::engine::{Composed, Engine};
use crate::locate::Location;
use crate::model::INIT_PREFIX;
use crate::pipeline::Prepared;
use crate::pipeline::failure::Failure;
use crate::plan::{self, claim::Claim};
use crate::render::Format;
use crate::verify::baseline_claims;
use crate::verify::observation::Way;
use crate::verify::observe::files::Cache;
use crate::verify::observe::helper;
use crate::verify::probe::Probe;
use crate::verify::report::Report;
use crate::verify::run::{VerifyRequest, run};
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
    let mut expected = Expected::default();
    for (name, service) in &prepared.plan.services {
        let claims = match service.verdict {
            plan::Verdict::NoContainer => continue,
            plan::Verdict::Refused { .. }
            | plan::Verdict::OnlyNoNewPrivileges { .. }
            | plan::Verdict::ExplicitRoot => baseline_claims::without_plan(),
            _ => [service.claims(), baseline_claims::beside_plan()].concat(),
        };
        expected.claims.insert(name.clone(), claims);
        if let Some(probe) = &service.probe {
            let probe = Probe::read(name, probe).map_err(|d| Failure::load(d, &prepared.project.sources))?;
            expected.probes.insert(name.clone(), probe);
        }
    }
    Ok(expected)
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
    let request = VerifyRequest {
        project,
        services: &args.services,
        window: args.window,
        claims: &expected.claims,
        probes: if args.probe {
            &expected.probes
        } else {
            &BTreeMap::new()
        },
        cache: &Cache::of_user(),
        way: args.by,
    };
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

fn way(text: &str) -> Result<Way, String> {
    match text {
        "proc" => Ok(Way::Proc),
        "helper" => Ok(Way::Helper),
        "top" => Ok(Way::Top),
        _ => Err("it is one of proc, helper, top".to_owned()),
    }
}
