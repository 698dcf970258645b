//! The one way in which a profile's file is written: the order of keys, what stands on one line, what is quoted.

mod comments;

use super::yaml::{Out, scalar};
use comments::comments;
use serde_json::{Map, Value};

/// Keys of a profile, in the order of its type.
const KEYS: [&str; 27] = [
    "images",
    "programs",
    "any_program",
    "extends",
    "about",
    "upstream",
    "evidence",
    "class",
    "start",
    "user",
    "ids",
    "init",
    "environment",
    "files",
    "shell",
    "needs_passwd",
    "writable",
    "ports",
    "file_capabilities",
    "capabilities",
    "root_start",
    "no_new_privileges",
    "read_only",
    "blockers",
    "gotchas",
    "alternatives",
    "docker_api",
];
/// What stands at its end.
const LAST: [&str; 2] = ["conditions", "test"];

/// Keys of a source.
const SOURCE: [&str; 9] = [
    "kind", "repo", "path", "commit", "page", "digest", "run", "date", "says",
];

/// Keys of everything else that is in a profile; one that is not here stands where it was written, before the last.
const INNER: [&str; 31] = [
    "when",
    "set",
    "name",
    "path",
    "kind",
    "says",
    "link",
    "value",
    "note",
    "uid",
    "gid",
    "groups",
    "others",
    "default",
    "under_user",
    "image",
    "moves",
    "capabilities",
    "content",
    "owner",
    "mode",
    "tmpfs",
    "exec",
    "volume",
    "optional",
    "port",
    "protocol",
    "move",
    "to",
    "sections",
    "endpoint",
];

/// Below these a person's own keys stand, in their own order.
const FREE: [&str; 4] = ["service", "files", "neighbours", "when"];

/// A value longer than this is written over several lines.
const WIDTH: usize = 140;

/// A profile's text, formatted.
///
/// # Errors
/// It is no mapping of YAML; a comment stands where it would be lost, with its line.
pub(crate) fn format(text: &str) -> Result<String, (usize, String)> {
    let profile = parse(text).ok_or_else(|| (1, "it is no profile".to_owned()))?;
    let (head, above) = comments(text, &profile)?;
    let mut out = head;
    for (key, value) in ordered(profile, &top()) {
        for (_, comment) in above.iter().filter(|(of, _)| *of == key) {
            out.push_str(comment);
            out.push('\n');
        }
        entry(&mut out, &key, &value, 0);
    }
    Ok(out)
}

fn parse(text: &str) -> Option<Map<String, Value>> {
    serde_yaml::from_str(text).ok()
}

fn top() -> Vec<&'static str> {
    KEYS.into_iter().chain(LAST).collect()
}

/// Entries in the order of `keys`; those that are not there stand before the evidence, else at the end.
fn ordered(map: Map<String, Value>, keys: &[&str]) -> Vec<(String, Value)> {
    let rank = |key: &str| keys.iter().position(|k| *k == key).unwrap_or(keys.len());
    let mut entries: Vec<(String, Value)> = map.into_iter().collect();
    entries.sort_by_key(|(key, _)| rank(key));
    entries
}

fn inner(map: Map<String, Value>) -> Vec<(String, Value)> {
    let is_source = map.contains_key("kind")
        && SOURCE[3..]
            .iter()
            .chain(&["repo"])
            .any(|key| map.contains_key(*key));
    let mut entries = match is_source {
        true => ordered(map, &SOURCE),
        false => ordered(map, &INNER),
    };
    // What a value rests on stands behind it.
    entries.sort_by_key(|(key, _)| key == "evidence");
    entries
}

/// `key: value` on one line or more.
fn entry(out: &mut String, key: &str, value: &Value, level: usize) {
    let indent = "  ".repeat(level);
    out.push_str(&format!("{indent}{}:", scalar(key)));
    match value {
        Value::String(text) if text.contains('\n') => block(out, text, level + 1),
        Value::Object(map) if key == "evidence" && !map.is_empty() => {
            out.push('\n');
            for (name, source) in map {
                entry(out, name, source, level + 1);
            }
        }
        Value::Object(map) if FREE.contains(&key) || key == "set" => {
            let entries = match key {
                "set" => ordered(map.clone(), &top()),
                _ => map.clone().into_iter().collect(),
            };
            free(out, value, entries, level, key == "set");
        }
        Value::Object(map) if is_flat(value) && line(value).len() <= WIDTH => {
            out.push_str(&format!(" {}\n", line(&Value::Object(map.clone()))));
        }
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            for (key, value) in inner(map.clone()) {
                entry(out, &key, &value, level + 1);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            out.push('\n');
            items.iter().for_each(|one| item(out, one, level + 1));
        }
        _ => out.push_str(&format!(" {}\n", line(value))),
    }
}

/// A mapping whose keys keep their order.
fn free(out: &mut String, whole: &Value, entries: Vec<(String, Value)>, level: usize, is_part: bool) {
    if !is_part && is_flat(whole) && flow(whole, false).len() <= WIDTH {
        out.push_str(&format!(" {}\n", flow(whole, false)));
        return;
    }
    out.push('\n');
    for (key, value) in entries {
        match value {
            Value::Object(map) if !is_part => {
                out.push_str(&format!("{}{}:", "  ".repeat(level + 1), scalar(&key)));
                free(
                    out,
                    &Value::Object(map.clone()),
                    map.into_iter().collect(),
                    level + 1,
                    false,
                );
            }
            value => entry(out, &key, &value, level + 1),
        }
    }
}

/// An item of a list of mappings.
fn item(out: &mut String, value: &Value, level: usize) {
    let indent = "  ".repeat(level);
    match value {
        Value::Object(map) if !is_flat(value) || line(value).len() > WIDTH && !is_note(map) => {
            let mut text = String::new();
            for (key, value) in inner(map.clone()) {
                entry(&mut text, &key, &value, level + 1);
            }
            out.push_str(&format!("{indent}- {}", text.trim_start()));
        }
        _ => out.push_str(&format!("{indent}- {}\n", line(value))),
    }
}

/// A sentence and what it rests on.
fn is_note(map: &Map<String, Value>) -> bool {
    map.contains_key("note")
}

/// Whether a mapping holds only scalars and lists of them, each of one line.
fn is_flat(value: &Value) -> bool {
    let is_scalar = |v: &Value| match v {
        Value::String(text) => !text.contains('\n'),
        other => !other.is_object() && !other.is_array(),
    };
    match value {
        Value::Object(map) => map.values().all(|v| match v {
            Value::Array(items) => items.iter().all(is_scalar),
            Value::Object(inner) => inner.values().all(is_scalar),
            other => is_scalar(other),
        }),
        _ => false,
    }
}

fn line(value: &Value) -> String {
    flow(value, true)
}

/// A value on one line, its keys in our order or in their own.
fn flow(value: &Value, sorts: bool) -> String {
    super::yaml::inline(&out(value, sorts))
}

fn out(value: &Value, sorts: bool) -> Out {
    match value {
        Value::Null => Out::Null,
        Value::Bool(b) => Out::Bool(*b),
        Value::Number(n) => Out::Number(n.to_string()),
        Value::String(text) => Out::Text(text.clone()),
        Value::Array(items) => Out::List(items.iter().map(|item| out(item, sorts)).collect()),
        Value::Object(map) => {
            let entries = if sorts {
                inner(map.clone())
            } else {
                map.clone().into_iter().collect()
            };
            let one = |value: Value| match value {
                Value::Array(items) if items.len() == 1 && items[0].is_string() => items[0].clone(),
                other => other,
            };
            let entries = entries.into_iter().map(|(key, value)| {
                let value = if key == "evidence" { one(value) } else { value };
                (key, out(&value, sorts))
            });
            Out::Map(entries.collect())
        }
    }
}

/// A text of several lines, as it is where YAML allows it.
fn block(out: &mut String, text: &str, level: usize) {
    let is_plain = text
        .lines()
        .all(|l| !l.ends_with(' ') && !l.contains(|c: char| c.is_control()));
    let starts_well = !text.starts_with([' ', '\n']);
    let mark = match text.strip_suffix('\n') {
        Some(rest) if !rest.ends_with('\n') => "|",
        None => "|-",
        Some(_) => "",
    };
    if !is_plain || !starts_well || mark.is_empty() {
        out.push_str(&format!(" {}\n", scalar(text)));
        return;
    }
    out.push_str(&format!(" {mark}\n"));
    let indent = "  ".repeat(level);
    for line in text.lines() {
        match line {
            "" => out.push('\n'),
            line => out.push_str(&format!("{indent}{line}\n")),
        }
    }
}
