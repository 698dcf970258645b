//! Every profile in a table.

use super::{Format, word};
use crate::facts::{Catalog, Provenance};
use crate::visible::line;
use anyhow::Result;
use serde_json::json;
use std::io::Write;

/// One row a profile, sorted by name.
pub(super) fn list(catalog: &Catalog, format: Format, out: &mut dyn Write) -> Result<()> {
    let mut rows = Vec::new();
    for name in catalog.names() {
        let Some(facts) = catalog.for_image(None, Some(name)) else {
            continue;
        };
        let images = catalog
            .resolve(name)
            .and_then(|part| part.get("images").cloned())
            .unwrap_or_else(|| json!([]));
        let user = facts.profile.user.as_ref();
        rows.push(json!({
            "name": name,
            "class": word(&facts.profile.class.value),
            "user": user.map(|u| format!("{}:{}", u.uid, u.gid)),
            "informed": facts.informed(),
            "from": from(&facts.origin),
            "images": images,
            "about": facts.profile.about,
        }));
    }
    if format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, &rows)?;
        writeln!(out)?;
        return Ok(());
    }
    let text = |row: &serde_json::Value, key: &str| line(row[key].as_str().unwrap_or("-")).into_owned();
    let width = rows.iter().map(|r| text(r, "name").len()).max().unwrap_or(0);
    for row in &rows {
        let proven = if row["informed"] == json!(true) {
            "proven"
        } else {
            "unproven"
        };
        writeln!(
            out,
            "{:width$}  {:14}  {:11}  {:8}  {}",
            text(row, "name"),
            text(row, "class"),
            text(row, "user"),
            proven,
            text(row, "about"),
        )?;
    }
    writeln!(out, "{} profiles", rows.len())?;
    Ok(())
}

/// Where a profile comes from, in words.
pub(super) fn from(origin: &Provenance) -> String {
    match origin {
        Provenance::User(file) | Provenance::Dockerfile(file) => file.display().to_string(),
        Provenance::BuiltIn => "built in".to_owned(),
        Provenance::Image(id) => format!("the local image {id}"),
        Provenance::Generic => "nothing is known of this image".to_owned(),
    }
}
