//! `nrcompose profiles`: what is known of images, and from where.

mod check;
mod evidence;
mod fmt;
mod folder;
mod list;
mod refresh;
mod rehearse;
mod repository;
mod revised;
mod scene;
mod show;

use super::format::text_or_json;
use super::session::Session;
use crate::facts::{Catalog, Problem, folders};
use crate::pipeline::config_home;
use crate::pipeline::failure::Failure;
use crate::render::Format;
use crate::visible;

/// What is known of the images that people run, how it is known, and what it leads to.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ProfilesArgs {
    /// What to do; the list otherwise
    #[command(subcommand)]
    pub verb: Option<ProfilesVerb>,
    /// How to write it
    #[arg(long, default_value = "text", value_parser = text_or_json(), global = true)]
    pub format: Format,
}

/// What to do with profiles.
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum ProfilesVerb {
    /// Every profile: its class, its user, its images
    List,
    /// Everything that is known of an image, each value with its source
    Show {
        /// An image as in a compose file, or the name of a profile
        image: String,
    },
    /// Check profiles of your own; with an engine and the image their tests are run
    Check(check::CheckArgs),
    /// Write profiles in the one way: order of keys, quotes, lines
    Fmt(fmt::FmtArgs),
    /// How much of what is built in can be looked up again: evidence by kind, and what of it names its commit or day
    Evidence,
    /// Read pinned sources again in copies of their repositories, and say what changed; nothing is written
    Refresh(refresh::RefreshArgs),
}

/// Runs it and gives the exit code.
///
/// # Errors
/// A profile of the person's that is none; an unknown name; a folder that cannot be read.
pub(crate) fn profiles(session: &Session, args: &ProfilesArgs) -> Result<u8, Failure> {
    let settings = &session.settings;
    let project = settings.project_directory.clone().unwrap_or_default();
    let home = config_home(&settings.environment);
    let folders = folders(&settings.cwd.join(project), home.as_deref());
    let mut out = Vec::new();
    let code = match &args.verb {
        // A file that is being checked need not be valid.
        Some(ProfilesVerb::Check(check)) => check::check(session, check, &folders, args.format, &mut out)?,
        Some(ProfilesVerb::Fmt(fmt)) => fmt::fmt(session, fmt, &folders, &mut out)?,
        Some(ProfilesVerb::Evidence) => {
            evidence::evidence(args.format, &mut out)?;
            0
        }
        Some(ProfilesVerb::Refresh(refresh)) => {
            let catalog = Catalog::open(&folders).map_err(Failure::profiles)?;
            refresh::refresh(&catalog, refresh, args.format, &mut out)?
        }
        verb => {
            let catalog = Catalog::open(&folders).map_err(Failure::profiles)?;
            match verb {
                Some(ProfilesVerb::Show { image }) => {
                    show::show(session, &catalog, image, args.format, &mut out)?
                }
                _ => list::list(&catalog, args.format, &mut out)?,
            }
            0
        }
    };
    let text = String::from_utf8_lossy(&out);
    session.show_as(args.format, &text)?;
    Ok(code)
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|p| visible::line(&p.to_string()).into_owned())
        .collect();
    lines.join("\n")
}

/// A value as it is written in a profile.
fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}
