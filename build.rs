//! Refuses to build with an invalid profile, and puts the valid ones into the binary: as JSON, one text per
//! file, so that only the few that a stack needs are ever parsed, and an index from image to profile. And the Compose
//! schema, without what has no part in a verdict.

// The very modules that judge a person's own profiles at run time.
#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "src/capability.rs"]
mod capability;
#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "src/facts/check.rs"]
mod check;
#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "src/facts/image_ref.rs"]
mod image_ref;
#[allow(unreachable_pub)]
#[path = "src/load/schema/keywords.rs"]
mod keywords;
#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "src/facts/library.rs"]
mod library;
#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "src/facts/merge.rs"]
mod merge;
#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "src/facts/profile.rs"]
mod profile;

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=profiles");
    println!("cargo::rerun-if-changed=src/facts");
    println!("cargo::rerun-if-changed=src/capability.rs");
    println!("cargo::rerun-if-changed=src/load/schema");
    let mut files = Vec::new();
    for item in std::fs::read_dir("profiles")? {
        let path = item?.path();
        if path.extension().is_some_and(|e| e == "yaml") {
            files.push((path.clone(), std::fs::read_to_string(&path)?));
        }
    }
    files.sort();
    let mut problems = Vec::new();
    let library = library::Library::read(files, &mut problems);
    library.check(&|_| None, &mut problems);
    if !problems.is_empty() {
        for problem in &problems {
            println!("cargo::error={problem}");
        }
        return Err(format!("{} errors in profiles/", problems.len()).into());
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    std::fs::write(out.join("profiles.rs"), tables(&library)?)?;
    let schema = serde_json::from_str(&std::fs::read_to_string("src/load/schema/compose-spec.json")?)?;
    std::fs::write(out.join("compose-spec.json"), judged(schema, false).to_string())?;
    Ok(())
}

/// Three sorted tables: name → JSON, image or pattern → name, and the names of those whose image looks its own uid up.
fn tables(library: &library::Library) -> Result<String, Box<dyn Error>> {
    let mut code = String::from("static PROFILES: &[(&str, &str)] = &[\n");
    for (name, entry) in library.entries() {
        // Its own test is run from its file.
        let mut part = entry.part.clone();
        part.shift_remove("test");
        let json = serde_json::to_string(&part)?;
        writeln!(code, "    ({name:?}, {json:?}),")?;
    }
    code.push_str("];\nstatic IMAGES: &[(&str, &str)] = &[\n");
    for (image, name) in library.images() {
        writeln!(code, "    ({image:?}, {name:?}),")?;
    }
    code.push_str("];\nstatic LOOK_THEMSELVES_UP: &[&str] = &[");
    for (name, _) in library.entries() {
        let whole = library
            .resolve(name, &|_| None)
            .map_err(|problem| problem.to_string())?;
        if merge::looks_itself_up(&whole) {
            write!(code, "{name:?}, ")?;
        }
    }
    code.push_str("];\n");
    Ok(code)
}

/// A schema with the keywords that are judged by; below some of them stand names instead.
fn judged(schema: serde_json::Value, names: bool) -> serde_json::Value {
    match schema {
        serde_json::Value::Object(map) => map
            .into_iter()
            .filter(|(key, _)| names || keywords::KEYWORDS.contains(&key.as_str()))
            .map(|(key, value)| {
                let below = !names && keywords::holds_names(&key);
                (key, judged(value, below))
            })
            .collect(),
        serde_json::Value::Array(items) => items.into_iter().map(|item| judged(item, names)).collect(),
        other => other,
    }
}
