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
#[path = "src/facts/condition.rs"]
mod condition;
#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "src/facts/evidence.rs"]
mod evidence;
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
#[path = "src/facts/one_or_many.rs"]
mod one_or_many;
#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "src/facts/profile.rs"]
mod profile;

use evidence::{EvidenceEntry, EvidenceKind};
use std::error::Error;
use std::fmt::Write as _;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=profiles");
    println!("cargo::rerun-if-changed=src/facts");
    println!("cargo::rerun-if-changed=src/capability.rs");
    println!("cargo::rerun-if-changed=src/load/schema");
    let mut files = Vec::new();
    collect(Path::new(library::FOLDER), &mut files)?;
    files.sort();
    let mut problems = Vec::new();
    let library = library::Library::read(files, &mut problems);
    library.check(&|_| None, &mut problems);
    for (_, entry) in library.entries() {
        for (name, _) in library::typed(&entry.part)?
            .evidence
            .iter()
            .filter(|(_, e)| !is_placed(e))
        {
            let message = format!("evidence `{name}` has no place and state that anybody could look up");
            problems.push(entry.problem("evidence", name, message));
        }
    }
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

/// Whether evidence of ours says, beyond its form, where anybody can look it up, and whether it is known of which state.
fn is_placed(source: &EvidenceEntry) -> bool {
    match source.kind {
        EvidenceKind::Documented | EvidenceKind::Dockerfile => {
            (source.repo.is_some() && source.commit.is_some())
                || (source.page.is_some() && source.date.is_some())
        }
        EvidenceKind::Measured => source.digest.is_some() && source.run.is_some() && source.date.is_some(),
        EvidenceKind::StandIn => source.run.is_some(),
        EvidenceKind::Inferred => source.says.is_some(),
    }
}

/// The profiles of a folder and of those in it.
fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) -> std::io::Result<()> {
    for item in std::fs::read_dir(folder)? {
        let path = item?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "yaml") {
            files.push((path.clone(), std::fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// Sorted tables: name → JSON, image or pattern → name, the names of those whose image looks its own uid up, and the files
/// that conditions ask for.
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
    let mut programs: Vec<(String, &str)> = Vec::new();
    for (name, entry) in library.entries() {
        let profile = library::typed(&entry.part)?;
        programs.extend(profile.programs.into_iter().map(|program| (program, name)));
    }
    programs.sort_unstable();
    if let Some(twice) = programs.windows(2).find(|two| two[0].0 == two[1].0) {
        return Err(format!(
            "{} and {} describe the program {}",
            twice[0].1, twice[1].1, twice[0].0
        )
        .into());
    }
    writeln!(code, "];\nstatic PROGRAMS: &[(&str, &str)] = &{programs:?};")?;
    code.push_str("static LOOK_THEMSELVES_UP: &[&str] = &[");
    for (name, _) in library.entries() {
        let whole = library
            .resolve(name, &|_| None)
            .map_err(|problem| problem.to_string())?;
        if merge::looks_itself_up(&whole) {
            write!(code, "{name:?}, ")?;
        }
    }
    code.push_str("];\n");
    let mut asked: Vec<&str> = Vec::new();
    let conditions = library
        .entries()
        .filter_map(|(_, entry)| entry.part.get("conditions")?.as_array());
    let whens: Vec<_> = conditions.flatten().filter_map(merge::when).collect();
    asked.extend(whens.iter().flat_map(files));
    asked.sort_unstable();
    asked.dedup();
    let mut hasher = std::hash::DefaultHasher::new();
    asked.hash(&mut hasher);
    writeln!(code, "static ASKED_FILES: &[&str] = &{asked:?};")?;
    writeln!(code, "const ASKED_KEY: &str = \"{:08x}\";", hasher.finish() >> 32)?;
    Ok(code)
}

/// The files of the image that a condition asks for.
fn files(when: &profile::When) -> Vec<&str> {
    let inner = when.not.iter().chain(&when.any).flat_map(files);
    when.file.iter().map(String::as_str).chain(inner).collect()
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
