//! What a project is called.

use super::error::Fault;
use super::interpolate::{self, Environment};
use super::{Loaded, Options, Parsed};
use crate::diagnostic::Diagnostic;
use crate::locate::{Location, invalid_name, normalize_name};
use crate::tree::Node;

/// `-p`, else `COMPOSE_PROJECT_NAME`, else the last `name:`, else the directory's name.
pub(super) fn of(files: &[Parsed], location: &Location, options: &Options) -> Loaded<String> {
    if let Some(given) = &location.name {
        return match normalize_name(given) == *given {
            true => Ok(given.clone()),
            false => Err(invalid_name(given)),
        };
    }
    let mut written: Option<&Node> = None;
    let mut is_named = false;
    for file in files {
        for (position, document) in file.documents.iter().enumerate() {
            let name = document
                .root
                .get("name")
                .filter(|n| n.scalar_text().is_some_and(|t| !t.is_empty()));
            is_named |= name.is_some() && position == 0;
            written = name.or(written);
        }
    }
    let directory = location
        .directory
        .file_name()
        .map(|n| normalize_name(&n.to_string_lossy()));
    let fallback = if is_named {
        String::new()
    } else {
        directory.unwrap_or_default()
    };
    let Some(node) = written else {
        return Ok(fallback);
    };
    let text = node.scalar_text().unwrap_or_default();
    let filled = if options.interpolate {
        let mut environment = Environment::new(&location.environment);
        let filled = interpolate::fill(&text, node.origin, &mut environment);
        filled
            .map_err(|f: Box<Fault>| -> Diagnostic { f.under("name").diagnostic("interpolating") })?
            .into_owned()
    } else {
        text
    };
    let name = normalize_name(&filled);
    Ok(if name.is_empty() { fallback } else { name })
}
