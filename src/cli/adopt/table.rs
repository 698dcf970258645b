//! What would be done, and what cannot be: one table.

use super::scene::AdoptScene;
use super::survey::{AdoptRow, AdoptSurvey};
use serde_json::{Value, json};

/// The heads of the columns.
const HEADS: [&str; 4] = ["SERVICE", "NOW", "THEN", "WHAT IS DONE"];

/// For a person.
pub(super) fn as_text(survey: &AdoptSurvey) -> String {
    let cells = |row: &AdoptRow| [row.service.clone(), now(row), then(row)];
    let mut rows: Vec<([String; 3], Vec<String>)> = vec![(
        [HEADS[0], HEADS[1], HEADS[2]].map(str::to_owned),
        vec![HEADS[3].to_owned()],
    )];
    rows.extend(survey.rows.iter().map(|row| (cells(row), lines(row))));
    columns(&rows)
}

/// Cells of one width each, and lines beside them.
pub(super) fn columns(rows: &[([String; 3], Vec<String>)]) -> String {
    let width = |at: usize| {
        rows.iter()
            .map(|(cells, _)| cells[at].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for (cells, lines) in rows {
        let head: String = (0..3)
            .map(|at| format!("{:w$}  ", cells[at], w = widths[at]))
            .collect();
        let empty = " ".repeat(widths.iter().sum::<usize>() + 6);
        let lines = if lines.is_empty() {
            &[String::new()][..]
        } else {
            lines
        };
        for (at, line) in lines.iter().enumerate() {
            let before = if at == 0 { &head } else { &empty };
            text.push_str(format!("{before}{line}").trim_end());
            text.push('\n');
        }
    }
    text
}

fn now(row: &AdoptRow) -> String {
    match row.containers.is_empty() {
        true => "-".to_owned(),
        false => row.runs.clone(),
    }
}

fn then(row: &AdoptRow) -> String {
    match row.is_out {
        true => "as it is".to_owned(),
        false => row.becomes.clone(),
    }
}

/// What is done about a service, then what cannot be.
fn lines(row: &AdoptRow) -> Vec<String> {
    let mut lines = does(row);
    if lines.is_empty() && row.cannot.is_empty() {
        lines.push("nothing: it runs so already".to_owned());
    }
    lines.extend(row.cannot.iter().map(|why| format!("cannot: {why}")));
    lines
}

fn does(row: &AdoptRow) -> Vec<String> {
    if row.is_out {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for (place, one) in &row.layers {
        let own = if place.is_of_image {
            ", the image's files there among them"
        } else {
            ""
        };
        lines.push(format!(
            "{} of its container becomes the volume {} ({}, {}{own})",
            place.path,
            one.key,
            entries(place.contents.entries),
            size(place.contents.bytes)
        ));
    }
    for (want, look) in row.gifts.iter().chain(&row.volumes) {
        lines.push(format!(
            "{}: {} of {} given to {}",
            want.place,
            look.wrong,
            entries(look.entries),
            want.ids
        ));
    }
    lines.extend(row.reaches.iter().cloned());
    if row.is_new {
        lines.push(match row.containers.is_empty() {
            true => "its container is made".to_owned(),
            false => "its container is made anew".to_owned(),
        });
    }
    lines
}

/// For a program; `came_of` is what was done, if anything was.
pub(super) fn as_json(
    scene: &AdoptScene,
    survey: &AdoptSurvey,
    is_dry: bool,
    came_of: Option<Value>,
) -> String {
    let services: Vec<Value> = survey.rows.iter().map(row_as_json).collect();
    let said = json!({
        "project": scene.project.name,
        "dry_run": is_dry,
        "services": services,
        "done": came_of,
    });
    format!("{said:#}\n")
}

fn row_as_json(row: &AdoptRow) -> Value {
    let layers = row.layers.iter().map(|(place, one)| {
        json!({
            "path": place.path, "volume": one.key, "entries": place.contents.entries,
            "bytes": place.contents.bytes, "has_files_of_image": place.is_of_image,
        })
    });
    let owners = row.gifts.iter().chain(&row.volumes).map(|(want, look)| {
        json!({
            "place": want.place.name(), "to": want.ids.to_string(), "entries": look.entries, "wrong": look.wrong,
        })
    });
    json!({
        "service": row.service,
        "runs_as": (!row.containers.is_empty()).then_some(&row.runs),
        "becomes": then(row),
        "stays": row.is_out,
        "made_anew": row.is_new && !row.is_out,
        "layers": layers.collect::<Vec<_>>(),
        "owners": owners.collect::<Vec<_>>(),
        "reaches": row.reaches,
        "cannot": row.cannot,
    })
}

pub(super) fn entries(count: u64) -> String {
    match count {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}

/// In the unit that a person would take.
pub(super) fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_columns_are_for_a_person() {
        assert_eq!((size(0), size(1023)), ("0 B".into(), "1023 B".into()));
        assert_eq!((size(1536), size(5 << 30)), ("1.5 KiB".into(), "5.0 GiB".into()));
        let row = |a: &str, b: &str, c: &str, lines: &[&str]| {
            let lines = lines.iter().map(|l| (*l).to_owned()).collect();
            ([a.to_owned(), b.to_owned(), c.to_owned()], lines)
        };
        let text = columns(&[
            row("S", "NOW", "T", &["X"]),
            row("longer", "-", "", &["one", "two"]),
        ]);
        assert_eq!(
            text,
            "S       NOW  T  X\nlonger  -       one\n                two\n"
        );
    }
}
