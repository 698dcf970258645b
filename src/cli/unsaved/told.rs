//! What the person is told of files that would be lost.

use super::UnsavedContainer;
use crate::act::layers::Layer;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::engine::Error;

pub(super) fn failed_to_look(error: &Error, so: &str) -> Diagnostic {
    let message = format!("looking for what would be lost: {error}; {so}");
    let help = "see whether `docker ps` answers; `--nr-force` goes on without looking";
    Diagnostic::error(message).help(help)
}

/// Why a service stays, and what the person can do.
pub(super) fn told(one: &UnsavedContainer) -> (String, String) {
    let name = &one.name;
    match &one.layer {
        Layer::Data { files, more } => (
            format!(
                "its container {name} has files of its own, which would be lost if it were made anew: {}",
                listed(files, *more)
            ),
            format!(
                "`nrcompose adopt {}` copies them to a volume; `docker cp {name}:{} .` copies one out; `--nr-force` makes it \
                 anew without them",
                one.service,
                files.first().map_or("PATH", String::as_str)
            ),
        ),
        Layer::Unknown { why } => (
            format!(
                "whether its container {name} has files of its own, which would be lost if it were made anew, is not \
                 known ({why})"
            ),
            format!("see what `docker diff {name}` says; `--nr-force` makes it anew"),
        ),
        Layer::Harmless => Default::default(),
    }
}

/// What goes because the person has changed the service, too.
pub(super) fn lost(one: &UnsavedContainer) -> Diagnostic {
    let what = match &one.layer {
        Layer::Data { files, more } => listed(files, *more),
        _ => "what it wrote".to_owned(),
    };
    Diagnostic::new(Topic::Lost, format!(
        "service {} was changed since its container {} was made, so Compose makes that anew: {what} goes with it",
        one.service, one.name
    ))
    .help("mount a volume where it is to be kept")
}

fn listed(files: &[String], more: usize) -> String {
    let files = files.join(", ");
    match more {
        0 => files,
        more => format!("{files} and up to {more} more"),
    }
}
