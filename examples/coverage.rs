//! How many services of a folder of compose files get an informed decision, by class and by source:
//! `cargo run --release --example coverage -- FOLDER [--unknown COUNT] [--json]`
//!
//! For measuring, so a file that the loader refuses (because other files complete it) is read leniently: what
//! cannot be made out counts as not informed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "for measuring")]

use anyhow::{Context, Result};
use clap::Parser;
use nrcompose::facts::dockerfile::expand;
use nrcompose::facts::{Catalog, ImageRef, Lookup, Provenance, Recipe};
use nrcompose::load::{Options, load};
use nrcompose::locate::{ProcessSettings, locate};
use nrcompose::render::{Format, model};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Over all compose files below a folder: how many services get an informed decision
#[derive(Parser)]
struct Args {
    /// The folder
    folder: PathBuf,
    /// Also name the images that nothing is known of, the most used first
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    unknown: usize,
    /// For a program
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    coverage(&Catalog::default(), &Args::parse(), &mut std::io::stdout().lock())
}

#[derive(Default)]
struct Count {
    files: usize,
    services: usize,
    /// Services that name neither an image nor a build.
    parts: usize,
    /// By what informs the decision, else by why nothing does.
    informed: BTreeMap<String, usize>,
    uninformed: BTreeMap<String, usize>,
    unknown: BTreeMap<String, usize>,
}

/// Prints the share, by class and by source.
fn coverage(catalog: &Catalog, args: &Args, out: &mut dyn Write) -> Result<()> {
    let folder = &args.folder;
    let mut files = Vec::new();
    walk(folder, &mut files).with_context(|| format!("reading {}", folder.display()))?;
    files.sort();
    let mut count = Count::default();
    for file in &files {
        let value = loaded(file).or_else(|| read(file)).unwrap_or_default();
        let Some(services) = value.get("services").and_then(Value::as_object) else {
            continue;
        };
        count.files += 1;
        for service in services.values() {
            // A part of a service that another file completes; Compose refuses it alone.
            if ["image", "build"]
                .iter()
                .all(|key| service.get(key).is_none_or(Value::is_null))
            {
                count.parts += 1;
                continue;
            }
            count.services += 1;
            count.add(catalog, file, service);
        }
    }
    let informed: usize = count.informed.values().sum();
    let share = 100.0 * informed as f64 / count.services.max(1) as f64;
    let mut missing: Vec<(&String, &usize)> = count.unknown.iter().collect();
    missing.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    missing.truncate(args.unknown);
    if args.json {
        let all = json!({
            "files": count.files, "services": count.services, "parts": count.parts, "informed": informed, "share": share,
            "informed_by": count.informed, "uninformed_by": count.uninformed,
            "unknown": missing.iter().map(|(i, n)| json!([i, n])).collect::<Vec<_>>(),
        });
        serde_json::to_writer_pretty(&mut *out, &all)?;
        return Ok(writeln!(out)?);
    }
    let (files, services) = (count.files, count.services);
    writeln!(
        out,
        "{files} files, {services} services: {informed} with an informed decision ({share:.1} %)"
    )?;
    if count.parts > 0 {
        writeln!(
            out,
            "left out: {} parts of services that name neither image nor build",
            count.parts
        )?;
    }
    for (what, n) in &count.informed {
        writeln!(out, "  {n:5}  {what}")?;
    }
    writeln!(out, "{} without", services - informed)?;
    for (why, n) in &count.uninformed {
        writeln!(out, "  {n:5}  {why}")?;
    }
    for (image, n) in missing {
        writeln!(out, "  {n:5}    {image}")?;
    }
    Ok(())
}

impl Count {
    fn add(&mut self, catalog: &Catalog, file: &Path, service: &Value) {
        let variables = variables(file);
        let text = |key: &str| -> Option<String> {
            let raw = match service.get(key)? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            expand(&raw, &|name| variables.get(name).cloned())
        };
        let mut informed = |what: String| *self.informed.entry(what).or_default() += 1;
        let user = text("user").unwrap_or_default();
        if !user.is_empty() && !matches!(user.split(':').next(), Some("0" | "root" | "")) {
            return informed("the service names a non-root user".to_owned());
        }
        let image = service.get("image").and_then(Value::as_str);
        let reference = text("image")
            .and_then(|image| ImageRef::parse(&image))
            .or_else(|| untagged(image?));
        let recipe = service
            .get("build")
            .and_then(|build| recipe(file, build, &variables));
        let facts = catalog.facts(&Lookup {
            image: reference.as_ref(),
            recipe: recipe.as_ref(),
            ..Lookup::default()
        });
        if let Some(facts) = facts.as_ref().filter(|f| f.informed()) {
            let source = match facts.origin {
                Provenance::Dockerfile(_) => "Dockerfile",
                _ => "profile",
            };
            let class = serde_json::to_value(facts.profile.class.value).unwrap_or_default();
            return informed(format!("{source}: {}", class.as_str().unwrap_or_default()));
        }
        let why = match (&facts, &image, service.get("build")) {
            (Some(facts), ..) if matches!(facts.origin, Provenance::BuiltIn | Provenance::User(_)) => {
                format!("the profile of {} is not proven", facts.name)
            }
            (_, _, Some(_)) if recipe.is_none() => "its Dockerfile is not here".to_owned(),
            (_, _, Some(_)) => "its Dockerfile says too little".to_owned(),
            _ if reference.is_none() => "its image holds a variable".to_owned(),
            _ => {
                let name = reference.map(|r| r.name).unwrap_or_default();
                *self.unknown.entry(name).or_default() += 1;
                "nothing is known of its image".to_owned()
            }
        };
        *self.uninformed.entry(why).or_default() += 1;
    }
}

/// `postgres:${TAG}`, or `postgres:` where Compose put nothing in the place of an unset variable: the name is
/// known. No variant that needs a tag may count, and none does for a digest.
fn untagged(image: &str) -> Option<ImageRef> {
    let (name, rest) = image.split_at(image.find('$').unwrap_or(image.len()));
    let mut reference = ImageRef::parse(name.strip_suffix([':', '@'])?)?;
    reference.digest = Some(rest.to_owned());
    Some(reference)
}

/// The Dockerfile of a local `build:`.
fn recipe(file: &Path, build: &Value, variables: &BTreeMap<String, String>) -> Option<Recipe> {
    let expand = |text: &str| expand(text, &|name| variables.get(name).cloned());
    let text = |key: &str| build.get(key).and_then(Value::as_str).and_then(expand);
    let context = match build {
        Value::String(context) => expand(context)?,
        _ => text("context").unwrap_or_else(|| ".".to_owned()),
    };
    let mut args: Vec<(String, String)> = Vec::new();
    match build.get("args") {
        Some(Value::Object(map)) => args.extend(map.iter().filter_map(|(k, v)| {
            let value = v.as_str().map_or_else(|| Some(v.to_string()), expand)?;
            (!v.is_null()).then(|| (k.clone(), value))
        })),
        Some(Value::Array(items)) => args.extend(items.iter().filter_map(|item| {
            let (k, v) = item.as_str()?.split_once('=')?;
            Some((k.to_owned(), expand(v)?))
        })),
        _ => {}
    }
    let context = file.parent().unwrap_or(Path::new(".")).join(context);
    let mut recipe = match build.get("dockerfile_inline").and_then(Value::as_str) {
        Some(inline) => Recipe {
            name: file.to_owned(),
            text: inline.to_owned(),
            ..Recipe::default()
        },
        None => Recipe::read(&context, text("dockerfile").as_deref()).ok()??,
    };
    recipe.target = text("target");
    recipe.args = args.into_iter().collect();
    Some(recipe)
}

/// The variables of the `.env` beside a file; quotes are taken off.
fn variables(file: &Path) -> BTreeMap<String, String> {
    let env = file.parent().map(|folder| folder.join(".env"));
    let text = env
        .and_then(|env| std::fs::read_to_string(env).ok())
        .unwrap_or_default();
    text.lines()
        .filter_map(|line| line.trim().split_once('='))
        .filter(|(name, _)| !name.starts_with('#'))
        .map(|(name, value)| {
            let value = value.split(" #").next().unwrap_or("").trim();
            (name.trim().to_owned(), value.trim_matches(['"', '\'']).to_owned())
        })
        .collect()
}

/// The file as Compose would read it.
fn loaded(file: &Path) -> Option<Value> {
    let settings = ProcessSettings {
        files: vec![file.file_name()?.to_str()?.to_owned()],
        cwd: std::path::absolute(file.parent()?).ok()?,
        ..ProcessSettings::default()
    };
    let project = load(&locate(&settings).ok()?, &Options::default()).ok()?;
    let text = model::render(&project, true, &[], Format::Json).ok()?;
    serde_json::from_str(&text).ok()
}

/// The file as it stands.
fn read(file: &Path) -> Option<Value> {
    let mut document: serde_yaml::Value = serde_yaml::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
    document.apply_merge().ok()?;
    serde_json::to_value(document).ok()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for item in std::fs::read_dir(folder)? {
        let path = item?.path();
        if path.is_dir() && !path.is_symlink() {
            walk(&path, files)?;
        } else if is_compose(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// By the names that people give: with `compose` in it, and no override.
fn is_compose(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml") || name.ends_with(".json");
    yaml && (name.contains("compose") || name.contains("stack"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unresolved_tag_leaves_the_name_and_no_variant() {
        for text in [
            "postgres:$PG",
            "postgres:${PG}-alpine",
            "docker.io/postgres@${DIGEST}",
            "postgres:",
        ] {
            let reference = untagged(text).expect(text);
            assert_eq!(reference.name, "postgres");
            assert_eq!(reference.effective_tag(), None);
        }
        for text in [
            "${IMAGE}",
            "$REPO/postgres:16",
            "postgres:16-$VARIANT",
            "postgres",
        ] {
            assert_eq!(untagged(text), None, "{text}");
        }
    }

    #[test]
    fn services_are_counted_by_what_informs_them() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("app/Dockerfile", "FROM scratch\nUSER 7\n");
        write(
            "compose.yaml",
            "services:\n  a: {image: redis}\n  b: {build: app}\n  c: {image: no/body, user: '5'}\n  d: {image: no/body}\n",
        );
        let said = |json| {
            let mut out = Vec::new();
            let folder = folder.path().to_owned();
            let args = Args {
                folder,
                unknown: 1,
                json,
            };
            coverage(&Catalog::default(), &args, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let text = said(false);
        assert!(
            text.starts_with("1 files, 4 services: 3 with an informed decision (75.0 %)\n"),
            "{text}"
        );
        for line in [
            "1  Dockerfile: nonroot",
            "1  profile: user",
            "1  the service names a non-root user",
            "1    no/body",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        let json: Value = serde_json::from_str(&said(true)).unwrap();
        assert_eq!((&json["informed"], &json["services"]), (&3.into(), &4.into()));
    }
}
