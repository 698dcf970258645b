//! The way out: `docker compose config` reads the project, for whatever this loader refuses.

use super::{Loaded, Options, Project, decode, parse};
use super::{TABLES, profiles, service_files::FileValues};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::docker::Program;
use crate::locate::Location;
use crate::tree::{FileId, Node, Sources, Value};
use indexmap::IndexMap;
use std::fmt::Display;
use std::path::Path;
use std::process::Stdio;

/// The project as the Compose on PATH sees it. Places and texts of its author are lost, and services of
/// inactive profiles are in it only because all profiles are asked for.
pub(super) fn project(location: &Location, options: &Options) -> Loaded<Project> {
    let mut sources = Sources::default();
    let text = ask(location, options, &["--profile", "*"])?;
    let file = sources.add("docker compose config", text.as_str());
    let mut tree = read(&text, file)?;
    decode::bind(&mut tree, &TABLES.shapes).map_err(|f| f.diagnostic("reading what docker compose says"))?;
    let name = tree
        .get("name")
        .and_then(Node::as_str)
        .unwrap_or_default()
        .to_owned();
    let active = profiles::active(&tree, &location.profiles, &options.services);
    Ok(Project {
        name,
        directory: location.directory.clone(),
        files: location.files.iter().map(|f| f.path.clone()).collect(),
        tree,
        active,
        environment: location.environment.clone(),
        sources,
        warnings: vec![Diagnostic::new(
            Topic::Loader,
            "the project was read by docker compose: its variables are filled in, and places in files are unknown",
        )],
        interpolated: true,
        env_files: IndexMap::<String, FileValues>::new(),
        label_files: IndexMap::new(),
    })
}

fn ask(location: &Location, options: &Options, flags: &[&str]) -> Loaded<String> {
    let help = "install Docker Compose, or leave out --nr-loader compose";
    let failed =
        |why: &dyn Display| Diagnostic::error(format!("running docker compose config: {why}")).help(help);
    let mut command = Program::find().map_err(|missing| failed(&missing))?.compose();
    command
        .args(flags)
        .arg("--project-directory")
        .arg(&location.directory);
    if let Some(name) = &location.name {
        command.args(["--project-name", name]);
    }
    if location.files.iter().any(|f| f.path == Path::new("-")) || !options.extra.is_empty() {
        return Err(
            Diagnostic::error("docker compose can read a project only from its files")
                .help("name the files with -f, and leave out --nr-loader compose with `-f -`"),
        );
    }
    for file in &location.files {
        command.arg("--file").arg(&file.path);
    }
    command.args(["config", "--format", "yaml", "--no-env-resolution"]);
    command
        .env_clear()
        .envs(&location.environment)
        .stdin(Stdio::null());
    let output = command.output().map_err(|error| failed(&error))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(
            Diagnostic::error(format!("docker compose config: {}", message.trim()))
                .help("Compose itself refuses this project"),
        );
    }
    String::from_utf8(output.stdout)
        .map_err(|_| Diagnostic::error("docker compose config: its output is no text"))
}

/// The tree that Compose printed, every `$$` one `$` again.
fn read(text: &str, file: FileId) -> Loaded<Node> {
    let mut documents = parse::documents(text, file)?;
    let mut tree = documents
        .pop()
        .map(|d| d.root)
        .unwrap_or_else(|| Node::synthetic(Value::Null));
    single_dollars(&mut tree);
    Ok(tree)
}

fn single_dollars(node: &mut Node) {
    match &mut node.value {
        Value::Str(text) if text.contains('$') => *text = text.replace("$$", "$"),
        Value::Seq(items) => items.iter_mut().for_each(single_dollars),
        Value::Map(map) => map.values_mut().for_each(single_dollars),
        _ => {}
    }
}
