//! Checks profiles: their form, and with an engine and an image their own test.

use super::rehearse::{Images, engine, has_test, rehearse};
use super::{Format, lines};
use crate::cli::session::Session;
use crate::diagnostic::Diagnostic;
use crate::facts::catalog::files::text_of;
use crate::facts::library::{Library, Problem, name_of};
use crate::facts::{Catalog, builtin};
use crate::pipeline::failure::Failure;
use crate::verify::rehearsal::{Rehearsal, RoundOutcome};
use anyhow::Result;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// What to check, and on what.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct CheckArgs {
    /// Files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The image to run the test on; one of the profile's own that is on this machine otherwise. For a service
    /// beside it: NAME=REF
    #[arg(long = "image", value_name = "REF")]
    pub images: Vec<String>,
    /// Check the form alone
    #[arg(long)]
    pub no_test: bool,
}

/// Prints every problem with its place and what came of the tests; exit code 1 if anything is wrong.
pub(super) fn check(
    session: &Session,
    args: &CheckArgs,
    folders: &[PathBuf],
    format: Format,
    out: &mut dyn Write,
) -> Result<u8, Failure> {
    let files = &args.files;
    if !args.images.is_empty() && files.len() > 1 {
        let error = Diagnostic::error("`--image` is about one profile, and there are several files");
        return Err(error.help("check them one by one").into());
    }
    let mut problems = Vec::new();
    let mut texts = Vec::new();
    for file in files {
        match text_of(file) {
            Ok(text) => texts.push((file.clone(), text)),
            Err(problem) => problems.push(problem),
        }
    }
    // What the person already has may be extended; if it is broken, that is told when it is used.
    let below = Catalog::open(folders).unwrap_or_default();
    let library = Library::read(texts, &mut problems);
    library.check(
        &|name| match files.iter().any(|f| name_of(f) == name) {
            true => builtin::resolve(name),
            false => below.resolve(name),
        },
        &mut problems,
    );
    let mut tests = Vec::new();
    if problems.is_empty() && !args.no_test {
        tests = run(session, &library, below, &args.images, &mut problems);
    }
    let text = match format {
        Format::Json => as_json(&problems, &tests)?,
        _ => as_text(files.len(), &problems, &tests),
    };
    out.write_all(text.as_bytes()).map_err(anyhow::Error::from)?;
    Ok(u8::from(!is_fine(&problems, &tests)))
}

/// The tests of all profiles that have one.
fn run(
    session: &Session,
    library: &Library,
    below: Catalog,
    images: &[String],
    problems: &mut Vec<Problem>,
) -> Vec<Rehearsal> {
    let catalog = below.under(library.clone());
    let images = Images::read(images);
    let asked = images.tested.is_some();
    let mut tests = Vec::new();
    let mut with_test = library
        .entries()
        .filter(|(name, _)| asked || has_test(&catalog, name))
        .peekable();
    if with_test.peek().is_none() {
        return tests;
    }
    let engine = engine(session);
    for (name, entry) in with_test {
        match rehearse(session, &catalog, &engine, name, &images) {
            Ok(Some(test)) => tests.push(test),
            Ok(None) if !asked => {}
            Ok(None) => problems.push(entry.problem(
                "test",
                "",
                "it has no `test` for this image, so nothing was run on it".to_owned(),
            )),
            Err(failure) => {
                for told in failure.diagnostics {
                    problems.push(entry.problem("test", "", told.message));
                }
            }
        }
    }
    tests
}

fn is_fine(problems: &[Problem], tests: &[Rehearsal]) -> bool {
    problems.is_empty() && tests.iter().flat_map(|t| &t.rounds).all(RoundOutcome::works)
}

fn as_json(problems: &[Problem], tests: &[Rehearsal]) -> Result<String> {
    let problems: Vec<_> = problems
        .iter()
        .map(|p| json!({"file": p.file, "line": p.line, "message": p.message}))
        .collect();
    Ok(serde_json::to_string_pretty(&json!({"problems": problems, "tests": tests}))? + "\n")
}

fn as_text(files: usize, problems: &[Problem], tests: &[Rehearsal]) -> String {
    let mut text = String::new();
    for test in tests {
        text += &told(test);
    }
    if !problems.is_empty() {
        return text + &lines(problems) + "\n";
    }
    if is_fine(problems, tests) {
        let s = if files == 1 { "" } else { "s" };
        text += &format!("{files} profile{s} checked, nothing is wrong\n");
    }
    text
}

/// One test, a line for each start.
fn told(test: &Rehearsal) -> String {
    let name = &test.profile;
    if let Some(why) = &test.not_run {
        return format!("{name}: its test was not run: {why}\n");
    }
    let image = test.image.as_deref().unwrap_or_default();
    let mut text = format!("{name} on {image}\n");
    for outcome in &test.rounds {
        let how = match (&outcome.bounding, outcome.works()) {
            (_, false) => "FAILS".to_owned(),
            (bounding, true) => {
                let capabilities = match bounding {
                    Some(all) if all.is_empty() => "no capability".to_owned(),
                    Some(all) => format!("{} capabilities", all.len()),
                    None => "capabilities not seen".to_owned(),
                };
                let (roots, all) = (outcome.root_processes.len(), outcome.processes);
                format!("answers, {roots} of {all} processes uid 0, {capabilities}")
            }
        };
        text += &format!("  {:42}{how}\n", outcome.round.to_string());
        for wrong in outcome.wrong.iter().flat_map(|w| w.lines()) {
            text += &format!("      {wrong}\n");
        }
    }
    text
}
