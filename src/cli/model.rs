//! `nrcompose model`: the loaded project in the shape of `docker compose config`, without Docker.

use super::format::yaml_or_json;
use super::session::Session;
use crate::diagnostic::Diagnostic;
use crate::load::{self, Options};
use crate::locate::{self, ProcessSettings};
use crate::pipeline::failure::Failure;
use crate::render::{Format, model};
use std::path::PathBuf;

/// Shows the loaded project in the shape of `docker compose config`, without Docker.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ModelArgs {
    /// Only these services, and what they depend on
    #[arg(value_name = "SERVICE")]
    pub services: Vec<String>,
    /// How to write it
    #[arg(long, default_value = "yaml", value_parser = yaml_or_json())]
    pub format: Format,
    /// Leave variables as they are
    #[arg(long)]
    pub no_interpolate: bool,
    /// Do not fill in names, networks and implicit dependencies
    #[arg(long)]
    pub no_normalize: bool,
    /// Do not make paths absolute
    #[arg(long)]
    pub no_path_resolution: bool,
    /// Has no effect, as in Docker Compose 2.40
    #[arg(long, hide = true)]
    pub no_env_resolution: bool,
    /// Do not check that services and resources fit together
    #[arg(long)]
    pub no_consistency: bool,
    /// Also take keys that only versions of Compose after 2.40.3 know
    #[arg(long)]
    pub newest: bool,
    /// Only check, and print nothing
    #[arg(short, long)]
    pub quiet: bool,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Loads the project and writes it.
///
/// # Errors
/// It cannot be loaded or shown.
pub(crate) fn model(session: &Session, args: &ModelArgs) -> Result<u8, Failure> {
    // As Compose would show it, which knows nothing of overrides of ours.
    let settings = ProcessSettings {
        keep_overrides: true,
        ..session.settings.clone()
    };
    let location = locate::locate(&settings)?;
    let options = Options {
        interpolate: !args.no_interpolate,
        normalize: !args.no_normalize && !session.settings.compatibility,
        resolve_paths: !args.no_path_resolution,
        consistency: !args.no_consistency,
        newest: args.newest,
        services: args.services.clone(),
        by_compose: session.by_compose,
        ..Options::default()
    };
    let project = load::load(&location, &options)?;
    for warning in &project.warnings {
        session.tell(warning, &project.sources);
    }
    let all = location.all_resources;
    let mut kept = String::new();
    let mut printed = Ok(());
    let mut sink = |part: &str| match &args.output {
        _ if args.quiet || printed.is_err() => {}
        Some(_) => kept.push_str(part),
        None => printed = session.print(part),
    };
    model::write(&project, all, &args.services, args.format, &mut sink).map_err(|why| {
        Diagnostic::error(format!("showing the model: {why}"))
            .help("name services that are active, or choose the other --format")
    })?;
    printed?;
    if let Some(path) = args.output.as_ref().filter(|_| !args.quiet) {
        // As Compose does: whatever file stands there.
        session.write(path, &kept, &|_| true)?;
    }
    // the process ends here, and giving back a large tree node by node takes a tenth of its time
    std::mem::forget((project, location));
    Ok(0)
}
