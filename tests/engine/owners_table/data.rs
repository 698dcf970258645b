//! What a service finds where it keeps its data.

use super::stand_ins::StandIn;
use crate::container::once;
use crate::run::docker;
use crate::stack::Stack;

/// How its data comes to be there. Each is a service of the project.
pub(super) const STATES: [&str; 5] = ["missing", "root", "used", "other", "restored"];

/// Under whom it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Volume,
    Directory,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Volume => "volume",
            Kind::Directory => "directory",
        }
    }
}

/// How many notes a state has before the probe adds one.
pub(super) fn notes(state: &str) -> u32 {
    match state {
        "missing" | "root" => 0,
        _ => 1,
    }
}

/// The project: a service for each state.
pub(super) fn compose(stand_in: &StandIn, kind: Kind, states: &[&str]) -> String {
    let (mut text, mut volumes) = ("services:\n".to_owned(), String::new());
    for state in states {
        text += &format!(
            "  {state}:\n    image: nrcompose-test/{}\n    x-nrcompose: {{profile: {}}}\n    volumes:\n",
            stand_in.image, stand_in.profile
        );
        for (index, path) in stand_in.paths.iter().enumerate() {
            let name = place(state, index);
            let dot = if kind == Kind::Directory { "./" } else { "" };
            text += &format!("    - \"{dot}{name}:{path}\"\n");
            volumes += &format!("  {name}:\n");
        }
        for line in stand_in.more {
            text += &format!("    {line}\n");
        }
    }
    if kind == Kind::Volume {
        text += &format!("volumes:\n{volumes}");
    }
    text
}

/// A volume's key, a directory's name.
fn place(state: &str, index: usize) -> String {
    format!("{state}-{index}")
}

/// What to mount of a project to see the data of a state.
pub(super) fn source(stack: &Stack, kind: Kind, state: &str, index: usize) -> String {
    let name = place(state, index);
    match kind {
        Kind::Volume => stack.volume(&name),
        Kind::Directory => stack.path(&name).display().to_string(),
    }
}

/// An archive of each path of a filled project, owners and modes in it, into a directory of the machine.
pub(super) fn save(stand_in: &StandIn, filled: &Stack, into: &str) {
    for index in 0..stand_in.paths.len() {
        let from = format!("{}:/v:ro", source(filled, Kind::Volume, "used", index));
        let to = format!("{into}:/saved");
        let archive = format!("/saved/{index}.tar");
        let save = ["tar", "--numeric-owner", "-C", "/v", "-cf", &archive, "."];
        once(&["-v", &from, "-v", &to], "base", &save).ok();
    }
}

/// Makes what the services of a project will find.
pub(super) fn prepare(stand_in: &StandIn, stack: &Stack, kind: Kind, saved: &str) {
    let saved = format!("{saved}:/saved:ro");
    let mut options = vec!["-v".to_owned(), saved];
    let mut script = "set -e\n".to_owned();
    for state in STATES.into_iter().filter(|s| *s != "missing") {
        for index in 0..stand_in.paths.len() {
            let (from, inside) = (source(stack, kind, state, index), format!("/v/{state}-{index}"));
            if kind == Kind::Volume {
                create(stack, &place(state, index), &from);
            }
            options.extend(["-v".to_owned(), format!("{from}:{inside}")]);
            script += &match state {
                "used" => format!("tar --numeric-owner -C {inside} -xpf /saved/{index}.tar\n"),
                "other" => {
                    format!("tar -C {inside} -xpf /saved/{index}.tar; chown -hR 4000:4000 {inside}\n")
                }
                "restored" => format!("tar --no-same-owner -C {inside} -xpf /saved/{index}.tar\n"),
                _ => String::new(),
            };
        }
    }
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    once(&options, "base", &["sh", "-c", &script]).ok();
}

/// A volume of the project's, as Compose makes it.
fn create(stack: &Stack, key: &str, name: &str) {
    let label = |name: &str, value: &str| format!("--label=com.docker.compose.{name}={value}");
    let (project, volume) = (label("project", &stack.project), label("volume", key));
    let create = [
        "volume",
        "create",
        &project,
        &volume,
        "--label=nrcompose-test=1",
        name,
    ];
    docker(&create).ok();
}

/// Who owns the data of a state, by number of entries.
pub(super) fn owners(stand_in: &StandIn, stack: &Stack, kind: Kind, state: &str) -> String {
    let mut options = Vec::new();
    for index in 0..stand_in.paths.len() {
        options.push("-v".to_owned());
        options.push(format!("{}:/v/{index}:ro", source(stack, kind, state, index)));
    }
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let list = "find /v -mindepth 1 -printf '%U:%G\\n' | sort -u";
    once(&options, "base", &["sh", "-c", list])
        .ok()
        .replace('\n', " ")
}
