//! `nrcompose profiles`: what is known of images, and from where.

mod check;
mod coverage;
mod list;
mod show;

use super::verify::Format;
use crate::facts::{Catalog, Problem};
use anyhow::{Result, bail};
use std::io::Write;
use std::path::PathBuf;

/// What is known of the images that people run, how it is known, and what it leads to.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// What to do; the list otherwise
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// How to write it
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
}

/// What to do with profiles.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Verb {
    /// Every profile: its class, its user, its images
    List,
    /// Everything that is known of an image, each value with its source
    Show {
        /// An image as in a compose file, or the name of a profile
        image: String,
    },
    /// Check profiles of your own
    Check {
        /// Files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Over all compose files below a folder: how many services get an informed decision
    #[command(hide = true)]
    Coverage {
        /// The folder
        folder: PathBuf,
        /// Also name the images that nothing is known of, the most used first
        #[arg(long, value_name = "COUNT", default_value_t = 0)]
        unknown: usize,
    },
}

/// Runs it and gives the exit code. `folders` hold the person's own profiles, strongest first.
///
/// # Errors
/// A profile of the person's that is none; an unknown name; a folder that cannot be read.
pub fn profiles(folders: &[PathBuf], args: &Args, out: &mut dyn Write) -> Result<u8> {
    // A file that is being checked need not be valid.
    if let Some(Verb::Check { files }) = &args.verb {
        return check::check(files, folders, args.format, out);
    }
    let catalog = match Catalog::open(folders) {
        Ok(catalog) => catalog,
        Err(problems) => bail!("{}", lines(&problems)),
    };
    match &args.verb {
        None | Some(Verb::List) => list::list(&catalog, args.format, out)?,
        Some(Verb::Show { image }) => show::show(&catalog, image, args.format, out)?,
        Some(Verb::Coverage { folder, unknown }) => {
            coverage::coverage(&catalog, folder, *unknown, args.format, out)?;
        }
        Some(Verb::Check { .. }) => {}
    }
    Ok(0)
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
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
