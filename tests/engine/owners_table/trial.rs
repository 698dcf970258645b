//! One stand-in over one kind of data: as written, by the wrapper, and by a written override under plain Compose.

use super::data::{self, Kind, STATES};
use super::stand_ins::StandIn;
use super::table::{Cell, Row, WAYS};
use crate::procs::{self, Process};
use crate::run::{Out, docker};
use crate::stack::{Stack, Tool};
use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

const OVERRIDE: &str = "compose.override.yaml";

/// A plain run as root, and what it left, in a directory that is gone with it.
pub(super) fn fill(stand_in: &StandIn) -> tempfile::TempDir {
    let stack = Stack::of("fill", &data::compose(stand_in, Kind::Volume, &["used"]));
    stack.ok(Tool::Plain, &["up", "-d"]);
    if let Err(why) = answers(stand_in, &stack, "used", 1) {
        panic!("{} does not answer as its author wrote it: {why}", stand_in.name);
    }
    stack.ok(Tool::Plain, &["stop", "-t", "30"]);
    let saved = tempfile::tempdir().unwrap();
    data::save(stand_in, &stack, saved.path().to_str().unwrap());
    saved
}

pub(super) fn row(stand_in: &StandIn, kind: Kind, saved: &tempfile::TempDir) -> Row {
    let cells = WAYS.map(|way| {
        let stack = Stack::of(way, &data::compose(stand_in, kind, &STATES));
        data::prepare(stand_in, &stack, kind, saved.path().to_str().unwrap());
        // Of several directories a start names one command for all; the plan has those for each, until a start as root
        // has set them right.
        let planned = stack.run(Tool::Nrcompose, &["explain"]).stdout;
        let mut said = start(&stack, way);
        let given = match way {
            "plain" => BTreeSet::new(),
            _ => give(&stack, &format!("{}{planned}", said.all)),
        };
        if !given.is_empty() {
            said = start(&stack, way);
        }
        let mut cells = probed(stand_in, &stack, &said);
        for (state, cell) in STATES.iter().zip(&mut cells) {
            cell.given = given.iter().any(|words| words.contains(&format!("{state}-")));
        }
        if way != "plain" {
            again(stand_in, &stack, kind, way, &mut cells);
        }
        let _ = stack.run(Tool::Nrcompose, &["down", "-v", "--remove-orphans", "-t", "1"]);
        cells
    });
    Row {
        name: stand_in.name,
        kind,
        cells: cells.into(),
    }
}

/// `up -d` by one of the ways, with everything that was said.
fn start(stack: &Stack, way: &str) -> Out {
    let up = ["up", "-d"];
    match way {
        "plain" => stack.run(Tool::Plain, &up),
        "wrapper" => stack.run(Tool::Nrcompose, &up),
        _ => {
            let written = stack.run(Tool::Nrcompose, &["harden", "-o", OVERRIDE]);
            let out = stack.run(Tool::Plain, &up);
            Out {
                all: format!("{}{}", written.all, out.all),
                ..out
            }
        }
    }
}

/// Does what the plan tells a person to do: every `nrcompose ownership give …` in backquotes, once.
fn give(stack: &Stack, said: &str) -> BTreeSet<String> {
    const VERB: &str = "`nrcompose ownership give ";
    let told = said.split(VERB).skip(1).filter_map(|rest| rest.split('`').next());
    let told: BTreeSet<String> = told.map(str::to_owned).collect();
    // What runs has read its data, or found that it cannot: it is started anew on what is given.
    let is_given = |state: &&str| told.iter().any(|words| words.contains(&format!("{state}-")));
    let given: Vec<&str> = STATES.into_iter().filter(is_given).collect();
    if !given.is_empty() {
        stack.run(Tool::Nrcompose, &[&["stop", "-t", "10"], &given[..]].concat());
    }
    for words in &told {
        let words: Vec<&str> = words.split_whitespace().map(|w| w.trim_matches('\'')).collect();
        // Of one that is not there the plan says: make it first.
        for path in words.iter().filter(|w| w.starts_with(['.', '/'])) {
            std::fs::create_dir_all(stack.path(path)).unwrap();
        }
        let give: Vec<&str> = ["ownership", "give"].into_iter().chain(words).collect();
        let out = stack.run(Tool::Nrcompose, &give);
        if out.code != 0 {
            println!("{give:?}: {}", out.all);
        }
    }
    told
}

/// All services at a time.
fn probed(stand_in: &StandIn, stack: &Stack, said: &Out) -> Vec<Cell> {
    let probe = |state: &'static str| {
        let answers = answers(stand_in, stack, state, data::notes(state) + 1);
        let root = answers.is_ok() && procs::of(&stack.container(state)).iter().any(Process::is_root);
        Cell {
            answers: answers.map_err(|why| format!("{why}\nsaid:\n{}", tail(&said.all, 12))),
            root,
            changed: None,
            given: false,
        }
    };
    thread::scope(|scope| {
        let probes = STATES.map(|state| scope.spawn(move || probe(state)));
        probes.into_iter().map(|p| p.join().unwrap()).collect()
    })
}

/// The container of a service, and whether it runs.
fn container(stack: &Stack, service: &str) -> Option<(String, bool)> {
    let all = stack.run(
        Tool::Plain,
        &[
            "ps",
            "-a",
            "--no-trunc",
            "--format",
            "{{.ID}} {{.State}}",
            service,
        ],
    );
    let (id, state) = all.stdout.trim().split_once(' ')?;
    Some((id.to_owned(), state == "running"))
}

/// Whether a client is content; else the last it said and the end of the log. What has ended will not answer.
fn answers(stand_in: &StandIn, stack: &Stack, state: &str, notes: u32) -> Result<(), String> {
    let end = Instant::now() + Duration::from_secs(stand_in.within);
    let mut ended = 0;
    loop {
        let found = container(stack, state);
        let said = match &found {
            Some((id, true)) => ask(stand_in, id, notes),
            Some((_, false)) => Err("it does not run".to_owned()),
            None => Err("it has no container".to_owned()),
        };
        let Err(said) = said else { return Ok(()) };
        ended += u32::from(!matches!(found, Some((_, true))));
        if ended == 3 || Instant::now() > end {
            let log = found.map(|(id, _)| docker(&["logs", "--tail", "6", &id]).all);
            return Err(format!("{}\n{}", tail(&said, 3), log.unwrap_or_default()));
        }
        thread::sleep(Duration::from_millis(700));
    }
}

fn ask(stand_in: &StandIn, id: &str, notes: u32) -> Result<(), String> {
    let notes = notes.to_string();
    let script = ["sh", "-c", stand_in.probe, "sh", &notes];
    let network = format!("--network=container:{id}");
    let out = match stand_in.client {
        None => docker(&[&["exec", id], &script[..]].concat()),
        Some(image) => crate::container::once(&[&network], image, &script),
    };
    match out.code {
        0 => Ok(()),
        code => Err(format!("exit {code}: {}", out.all)),
    }
}

/// A second `up -d`: the containers stay, run on, and own what they owned; the wrapper starts nothing beside them.
fn again(stand_in: &StandIn, stack: &Stack, kind: Kind, way: &str, cells: &mut [Cell]) {
    let seen = |state: &str| {
        let id = container(stack, state).map(|(id, _)| id).unwrap_or_default();
        let since = docker(&["inspect", "-f", "{{.Id}} since {{.State.StartedAt}}", &id]).stdout;
        (since, data::owners(stand_in, stack, kind, state))
    };
    let before = STATES.map(seen);
    let begin = docker(&["info", "-f", "{{.SystemTime}}"]).ok();
    let up = match way {
        "wrapper" => stack.run(Tool::Nrcompose, &["up", "-d"]),
        _ => stack.run(Tool::Plain, &["up", "-d"]),
    };
    let end = docker(&["info", "-f", "{{.SystemTime}}"]).ok();
    let by = format!("label=com.docker.compose.project={}", stack.project);
    let told = docker(&[
        "events",
        "--since",
        &begin,
        "--until",
        &end,
        "--filter",
        &by,
        "--filter",
        "event=create",
        "--filter",
        "event=start",
        "--format",
        "{{.Action}} {{index .Actor.Attributes \"com.docker.compose.service\"}}",
    ]);
    for (index, (state, cell)) in STATES.iter().zip(cells).enumerate() {
        let after = seen(state);
        let beside = format!("nrcompose-init-{state}");
        let started = told
            .stdout
            .lines()
            .find(|l| way == "wrapper" && l.ends_with(&beside));
        cell.changed = match started {
            // What has ended is started again.
            _ if cell.answers.is_err() => None,
            _ if up.code != 0 => Some(format!("a second up fails: {}", tail(&up.all, 6))),
            _ if after != before[index] => {
                Some(format!("a second up changes {:?} to {after:?}", before[index]))
            }
            Some(event) => Some(format!("a second up has a container of ours: {event}")),
            None => None,
        };
    }
}

/// The last lines, without Compose's own of what it starts.
fn tail(text: &str, lines: usize) -> String {
    let says = |l: &&str| !l.trim().is_empty() && !l.starts_with(" Container") && !l.starts_with(" Network");
    let all: Vec<&str> = text.lines().filter(says).collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
