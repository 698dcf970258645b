//! Checks a person's own profiles.

use super::{Format, lines};
use crate::facts::library::{Library, Problem, stem};
use crate::facts::{Catalog, builtin};
use anyhow::Result;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// Prints every problem with its place; exit code 1 if there is any.
pub fn check(files: &[PathBuf], folders: &[PathBuf], format: Format, out: &mut dyn Write) -> Result<u8> {
    let mut problems = Vec::new();
    let mut texts = Vec::new();
    for file in files {
        match std::fs::read_to_string(file) {
            Ok(text) => texts.push((file.clone(), text)),
            Err(error) => problems.push(Problem {
                file: file.clone(),
                line: 1,
                message: format!("cannot be read: {error}"),
            }),
        }
    }
    // What the person already has may be extended; if it is broken, that is told when it is used.
    let below = Catalog::open(folders).unwrap_or_default();
    let library = Library::read(texts, &mut problems);
    library.check(
        &|name| match files.iter().any(|f| stem(f) == name) {
            true => builtin::resolve(name),
            false => below.resolve(name),
        },
        &mut problems,
    );
    match format {
        Format::Json => {
            let all: Vec<_> = problems
                .iter()
                .map(|p| json!({"file": p.file, "line": p.line, "message": p.message}))
                .collect();
            serde_json::to_writer_pretty(&mut *out, &all)?;
            writeln!(out)?;
        }
        Format::Text if problems.is_empty() => {
            let count = files.len();
            let s = if count == 1 { "" } else { "s" };
            writeln!(out, "{count} profile{s} checked, nothing is wrong")?;
        }
        Format::Text => writeln!(out, "{}", lines(&problems))?,
    }
    Ok(u8::from(!problems.is_empty()))
}
