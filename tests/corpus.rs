//! Every file of the shared corpus that Compose accepts, planned without an engine: the override says exactly the
//! plan, planning its result changes nothing, no key of the input is lost, and Compose accepts it.
//!
//! Compose itself, where there is one on PATH, is asked about every tenth file, with `NRCOMPOSE_TEST_ALL=1` about all:
//! `NRCOMPOSE_TEST_ALL=1 cargo test --test corpus -- --nocapture`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that reports its score"
)]

#[path = "support/docker_config.rs"]
mod docker_config;
#[path = "support/report.rs"]
mod report;
mod support;

use indexmap::IndexMap;
use nrcompose::load::Options;
use nrcompose::locate::{Location, ProcessSettings, locate};
use nrcompose::lower::compose::Change;
use nrcompose::lower::{Edit, Op};
use nrcompose::pipeline::engine::Nobody;
use nrcompose::pipeline::wishes::Wishes;
use nrcompose::pipeline::{Prepared, Request, difference};
use nrcompose::plan::{ServicePlan, Verdict};
use nrcompose::tree::{Map, Node, Path, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use support::sets::{Corpus, Input, settings_of};

/// At least this share of all services gets a numeric user that is not root: of the corpus, every image whose start is known to
/// insist on root is none of them.
const NONROOT: f64 = 69.5;
/// At most this share stays as its author wrote it.
const REFUSED: f64 = 5.0;
/// Without `NRCOMPOSE_TEST_ALL`, Compose is asked about one file of so many.
const SAMPLE: usize = 10;

/// What came of one file, or of several.
#[derive(Default)]
struct Score {
    files: usize,
    planned_again: usize,
    unchanged: usize,
    services: usize,
    changed: usize,
    verdicts: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

/// A call of Compose for a file and its override.
struct Call {
    name: String,
    words: Vec<String>,
    directory: PathBuf,
    environment: Vec<(String, String)>,
}

#[test]
fn every_accepted_file_is_hardened() {
    let Some(corpus) = Corpus::open() else {
        return;
    };
    let overrides = tempfile::tempdir().unwrap();
    let mut calls = Vec::new();
    for (set, inputs, has_bars) in [
        ("files by themselves", corpus.alone(), true),
        ("files among others", corpus.among_others(), false),
    ] {
        let inputs: Vec<Input> = inputs.into_iter().filter(|i| i.golden.exists()).collect();
        let mut score = Score::default();
        let judged = two_at_a_time(&inputs, judge);
        for (input, (text, own)) in inputs.into_iter().zip(judged) {
            score.add(own);
            let path = overrides.path().join(format!("{}.yaml", calls.len()));
            std::fs::write(&path, text.unwrap_or_default()).unwrap();
            let over = ["-f".to_owned(), path.display().to_string()];
            calls.push(Call {
                environment: input.environment(),
                words: [&input.arguments[..], &over].concat(),
                name: input.name,
                directory: input.directory,
            });
        }
        score.report(set, has_bars);
    }
    ask_compose(&calls);
}

/// What `work` makes of each, in their order.
fn two_at_a_time<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = Mutex::new(items.iter().enumerate());
    let done = Mutex::new(Vec::new());
    let run = || {
        while let Some((at, item)) = { next.lock().unwrap().next() } {
            let result = work(item);
            done.lock().unwrap().push((at, result));
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(run);
        run();
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

fn plan(location: &Location, options: &Options, settings: &ProcessSettings) -> Result<Prepared, String> {
    let request = Request {
        options: options.clone(),
        wishes: Wishes {
            user: Some("1000:1000".parse().unwrap()),
            ..Wishes::default()
        },
        ..Request::new(location, &settings.environment, &Nobody)
    };
    request.prepare().map_err(|failure| {
        let said: Vec<String> = failure.diagnostics.iter().map(|d| d.to_string()).collect();
        format!("exit code {}: {}", failure.code, said.join("; "))
    })
}

/// Plans, and plans the result; gives the override, where one is needed.
fn judge(input: &Input) -> (Option<String>, Score) {
    let mut score = Score {
        files: 1,
        ..Score::default()
    };
    let text = match planned_twice(input, &mut score) {
        Ok(text) => text,
        Err(why) => {
            score.wrong.push(format!("{}: {why}", input.name));
            None
        }
    };
    (text, score)
}

fn planned_twice(input: &Input, score: &mut Score) -> Result<Option<String>, String> {
    let mut environment: IndexMap<String, String> = input.environment().into_iter().collect();
    // No engine: what is planned must not depend on the images of this machine.
    environment.insert("DOCKER_HOST".to_owned(), "unix:///nowhere/docker.sock".to_owned());
    let settings = settings_of(&input.arguments, &input.directory, environment, "");
    let location = locate(&settings).map_err(|e| e.to_string())?;
    let first = plan(&location, &Options::default(), &settings)?;
    for (name, service) in &first.plan.services {
        score.count(service, first.lowered.changes(name));
    }
    let over = first
        .text
        .iter()
        .map(|t| (PathBuf::from("the override"), t.clone()));
    let options = Options {
        extra: over.collect(),
        ..Options::default()
    };
    let second = plan(&location, &options, &settings).map_err(|why| format!("planned again: {why}"))?;
    score.planned_again += 1;
    let mut wrong = Vec::new();
    let said = difference("", &first.hardened, &second.project.tree);
    wrong.extend(said.map(|at| format!("the override does not say what was planned at {at}")));
    let lost = lost(
        &first.project.tree,
        &second.project.tree,
        &Path::root(),
        &first.edits,
    );
    wrong.extend(lost.map(|at| format!("{at} is lost, or is another")));
    let again: Vec<String> = changes(&second).collect();
    if again.is_empty() && second.text.is_none() {
        score.unchanged += 1;
    } else {
        wrong.push(format!("planned again, it changes {}", again.join(", ")));
    }
    if wrong.is_empty() {
        Ok(first.text)
    } else {
        Err(wrong.join("; "))
    }
}

/// `service: control` of everything that would be changed.
fn changes(prepared: &Prepared) -> impl Iterator<Item = String> {
    let services = prepared.plan.services.iter().filter(|(_, s)| !s.is_refused());
    services.flat_map(|(name, s)| {
        let decisions = s.decisions.iter().zip(prepared.lowered.changes(name));
        let changes = decisions.filter(|(_, change)| change.is_done);
        changes.map(move |(d, _)| format!("{name}: {}", d.control))
    })
}

/// Where something of `base` is not as it was, though no edit is about it.
fn lost(base: &Node, now: &Node, at: &Path, edits: &[Edit]) -> Option<String> {
    let is = |path: &Path, removed: bool| {
        let mut edits = edits.iter().filter(|e| e.path == *path);
        edits.any(|e| matches!(e.op, Op::Remove) == removed && !matches!(e.op, Op::Add(_)))
    };
    if is(at, false) {
        return None;
    }
    let part = |path: Path, was: &Node, now: Option<&Node>| match now {
        Some(now) => lost(was, now, &path, edits),
        None => Some(path.to_string()),
    };
    match &base.value {
        Value::Map(map) => {
            let mut stay = map.iter().filter(|(key, _)| !is(&at.join(key), true));
            stay.find_map(|(key, value)| part(at.join(key), value, now.get(key)))
        }
        Value::Seq(items) => {
            // What is removed moves those behind it up.
            let stay = items.iter().enumerate().filter(|(i, _)| !is(&at.join(i), true));
            let mut moved = stay.enumerate();
            moved.find_map(|(place, (was, item))| part(at.join(was), item, now.items().get(place)))
        }
        _ => (base != now).then(|| at.to_string()),
    }
}

/// A check that never fails would prove nothing.
#[test]
fn what_is_lost_is_found() {
    let map = |pairs: &[(&str, Node)]| {
        let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
        Node::synthetic(Value::from(Map::from_iter(pairs)))
    };
    let list =
        |items: &[&str]| Node::synthetic(Value::Seq(items.iter().map(|i| Node::synthetic(*i)).collect()));
    let edit = |path: &[&str], op: Op| Edit {
        path: Path::of(path.iter().copied()),
        op,
    };
    let base = map(&[("a", Node::synthetic("1")), ("b", list(&["x", "y", "z"]))]);
    let seen = |now: &Node, edits: &[Edit]| lost(&base, now, &Path::root(), edits);
    assert_eq!(seen(&base, &[]), None);
    let other = map(&[("a", Node::synthetic("2")), ("b", list(&["x", "z", "more"]))]);
    assert_eq!(seen(&other, &[]).as_deref(), Some("a"));
    let set = edit(&["a"], Op::Set(Node::synthetic("2")));
    assert_eq!(seen(&other, std::slice::from_ref(&set)).as_deref(), Some("b.1"));
    let removed = edit(&["b", "1"], Op::Remove);
    assert_eq!(seen(&other, &[set, removed]), None);
    let added = edit(&["b"], Op::Add(Node::synthetic("more")));
    let shorter = map(&[("a", Node::synthetic("1")), ("b", list(&["x", "y"]))]);
    assert_eq!(seen(&shorter, &[added]).as_deref(), Some("b.2"));
}

impl Score {
    fn add(&mut self, other: Score) {
        self.files += other.files;
        self.planned_again += other.planned_again;
        self.unchanged += other.unchanged;
        self.services += other.services;
        self.changed += other.changed;
        for (verdict, count) in other.verdicts {
            *self.verdicts.entry(verdict).or_default() += count;
        }
        self.wrong.extend(other.wrong);
    }

    fn count(&mut self, service: &ServicePlan, changes: &[Change]) {
        let verdict = match &service.verdict {
            Verdict::NoContainer => return,
            Verdict::Nonroot => "numeric non-root",
            Verdict::Doubtful => "numeric non-root, doubtful",
            Verdict::RootStart => "root start with a reduced set",
            Verdict::ExplicitRoot => "root by its author",
            Verdict::OnlyNoNewPrivileges { .. } => "only no-new-privileges",
            Verdict::Refused { .. } => "refused by reason",
            Verdict::Skipped { .. } => "skipped",
        };
        self.services += 1;
        *self.verdicts.entry(verdict).or_default() += 1;
        if !service.is_refused() && changes.iter().any(|change| change.is_done) {
            self.changed += 1;
        }
    }

    fn report(&self, set: &str, has_bars: bool) {
        report::line(&format!(
            "{set}: {} accepted; {} planned again, {} of them without a change",
            self.files, self.planned_again, self.unchanged
        ));
        report::line(&format!(
            "  {} services; at least one change: {:.2} %",
            self.services,
            share(self.changed, self.services)
        ));
        let of = |verdict: &str| {
            share(
                self.verdicts.get(verdict).copied().unwrap_or_default(),
                self.services,
            )
        };
        for (verdict, count) in &self.verdicts {
            report::line(&format!("  {verdict}: {count} = {:.2} %", of(verdict)));
        }
        self.wrong
            .iter()
            .for_each(|w| report::line(&format!("  wrong: {w}")));
        assert!(
            self.wrong.is_empty() && self.files > 0,
            "{set}: {} wrong",
            self.wrong.len()
        );
        assert_eq!(
            self.planned_again, self.files,
            "{set}: not all were planned again"
        );
        assert!(
            !has_bars || of("numeric non-root") >= NONROOT && of("refused by reason") <= REFUSED,
            "{set}: below {NONROOT} % non-root or above {REFUSED} % refused"
        );
    }
}

fn share(part: usize, all: usize) -> f64 {
    let number = |n: usize| f64::from(u32::try_from(n).unwrap());
    100.0 * number(part) / number(all.max(1))
}

/// Whether Compose accepts what it is given.
fn ask_compose(calls: &[Call]) {
    let version = Command::new("docker").args(["compose", "version"]).output();
    if !version.is_ok_and(|v| v.status.success()) {
        report::line("left out: no docker compose on PATH to ask");
        return;
    }
    let all = std::env::var("NRCOMPOSE_TEST_ALL").is_ok_and(|v| !v.is_empty());
    let sample: Vec<&Call> = calls.iter().step_by(if all { 1 } else { SAMPLE }).collect();
    let refused: Vec<String> = two_at_a_time(&sample, |c| c.refusal())
        .into_iter()
        .flatten()
        .collect();
    report::line(&format!(
        "Compose accepts file and override: {} of {} asked, of {}",
        sample.len() - refused.len(),
        sample.len(),
        calls.len()
    ));
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

impl Call {
    /// What Compose has against it.
    fn refusal(&self) -> Option<String> {
        let out = Command::new("docker")
            .arg("compose")
            .args(&self.words)
            .args(["config", "--quiet"])
            .current_dir(&self.directory)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment.iter().map(|(k, v)| (k, v)))
            .env("DOCKER_CONFIG", docker_config::folder())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        (!out.status.success()).then(|| format!("{}: {}", self.name, said.trim()))
    }
}
