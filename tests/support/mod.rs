//! What the tests of the loader share: run it in this process, and compare models as Compose prints them.

#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod sets;

use nrcompose::load::{Options, load};
use nrcompose::locate::{ProcessSettings, Stdin, locate};
use nrcompose::render::{Format, model::render};
use serde_json::Value;

/// The project of these settings as JSON; the error is what a person would read.
pub(crate) fn model(settings: &ProcessSettings, options: &Options) -> Result<Value, String> {
    model_as(settings, options, Format::Json)
}

/// The same by way of a notation.
pub(crate) fn model_as(
    settings: &ProcessSettings,
    options: &Options,
    format: Format,
) -> Result<Value, String> {
    let location = locate(settings).map_err(|e| e.render(false))?;
    let project = load(&location, options).map_err(|e| e.render(false))?;
    let text = render(&project, location.all_resources, &options.services, format);
    let text = text.map_err(|why| format!("{why}\nhelp: YAML can show it"))?;
    match format {
        Format::Json => serde_json::from_str(&text).map_err(|e| format!("no JSON: {e}\n{text}")),
        Format::Text | Format::Yaml => {
            serde_yaml::from_str(&text).map_err(|e| format!("no YAML: {e}\n{text}"))
        }
    }
}

/// Settings for files in a directory, with these variables and nothing of this process.
pub(crate) fn settings(
    directory: &std::path::Path,
    files: &[&str],
    variables: &[(&str, &str)],
) -> ProcessSettings {
    let mut environment: indexmap::IndexMap<String, String> = variables
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    environment
        .entry("PWD".to_owned())
        .or_insert_with(|| directory.display().to_string());
    ProcessSettings {
        files: files.iter().map(|f| (*f).to_owned()).collect(),
        cwd: directory.to_owned(),
        environment,
        stdin: Stdin::with(""),
        ..ProcessSettings::default()
    }
}

/// Compares two models; what versions of Compose spell differently does not count. None if they are the same.
pub(crate) fn difference(wanted: &Value, got: &Value) -> Option<String> {
    let mut found = Vec::new();
    compare(&normal(wanted), &normal(got), "", &mut found);
    if found.is_empty() {
        None
    } else {
        Some(found.join("; "))
    }
}

fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(map) => {
            let mut map: serde_json::Map<String, Value> =
                map.iter().map(|(k, v)| (k.clone(), normal(v))).collect();
            if map.get("type").and_then(Value::as_str) == Some("bind") && map.contains_key("target") {
                let mut bind = match map.remove("bind") {
                    Some(Value::Object(bind)) => bind,
                    _ => serde_json::Map::new(),
                };
                bind.remove("create_host_path");
                if !bind.is_empty() {
                    map.insert("bind".to_owned(), Value::Object(bind));
                }
            }
            Value::Object(map)
        }
        other => other.clone(),
    }
}

fn compare(wanted: &Value, got: &Value, path: &str, found: &mut Vec<String>) {
    match (wanted, got) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) => compare(value, other, &format!("{path}.{key}"), found),
                    None => found.push(format!("{path}.{key}: missing (wanted {value})")),
                }
            }
            let more = b.keys().filter(|k| !a.contains_key(*k));
            found.extend(more.map(|key| format!("{path}.{key}: unexpected {}", b[key])));
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{path}: wanted {a}, got {b}")),
    }
}
