//! What the person is told of services that are watched. All of it is on standard error.

use super::failed::{FailedService, ServiceOutcomes};
use crate::cli::session::Session;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::engine::Error;
use crate::pipeline::{Prepared, engine};
use crate::render::human;
use crate::tree::Sources;
use crate::visible::line;
use crate::watch::outcome::ServiceOutcome;
use indexmap::IndexSet;
use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often a terminal is told how far it is, and after how long anybody else is told that it takes its time.
const OFTEN: Duration = Duration::from_millis(500);
const LATE: Duration = Duration::from_secs(4);

/// How far the watching is: a line that changes on a terminal, one plain line elsewhere.
pub(super) struct WatchProgress {
    is_quiet: bool,
    is_terminal: bool,
    all: usize,
    start: Instant,
    told: Cell<Option<Instant>>,
}

impl WatchProgress {
    /// For so many services.
    pub(super) fn of(session: &Session, all: usize) -> WatchProgress {
        WatchProgress {
            is_quiet: session.finding_out.is_quiet,
            is_terminal: std::io::stderr().is_terminal(),
            all,
            start: Instant::now(),
            told: Cell::new(None),
        }
    }

    /// So many are known, and these are not.
    pub(super) fn tell(&self, known: usize, open: &[&str]) {
        let pause = if self.is_terminal { OFTEN } else { LATE };
        let since = self.told.get().unwrap_or(self.start);
        let is_due = since.elapsed() >= pause && (self.is_terminal || self.told.get().is_none());
        if self.is_quiet || !is_due {
            return;
        }
        self.told.set(Some(Instant::now()));
        let text = format!(
            "watching {} ({known} of {} done; {} s; Ctrl-C leaves everything running)",
            names(open),
            self.all,
            self.start.elapsed().as_secs()
        );
        let mut out = std::io::stderr().lock();
        _ = match self.is_terminal {
            true => write!(out, "\r\x1b[K{}", line(&text)),
            false => writeln!(out, "{}", line(&text)),
        };
    }

    /// Nothing more is told.
    pub(super) fn end(&self) {
        if self.is_terminal && self.told.get().is_some() {
            _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// The first few, and how many more.
fn names(all: &[&str]) -> String {
    const FEW: usize = 4;
    let few = all.iter().take(FEW).copied().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(FEW) {
        0 => few,
        more => format!("{few} and {more} more"),
    }
}

/// What is to be known of those that did not fail.
pub(super) fn outcomes(session: &Session, outcomes: &ServiceOutcomes, is_planned: &dyn Fn(&str) -> bool) {
    let (mut works, mut as_written): (Vec<&str>, Vec<&str>) = Default::default();
    for (name, outcome) in outcomes {
        match outcome {
            ServiceOutcome::Passed { .. } if !is_planned(name) => as_written.push(name),
            ServiceOutcome::Passed { broken: None, .. } => works.push(name),
            ServiceOutcome::Passed {
                broken: Some(broken), ..
            } => {
                let text = format!("service {name} works, but not all is as planned: {broken}");
                let help = format!("`nrcompose verify {name}` shows it");
                tell(session, Diagnostic::new(Topic::Watched, text).help(help));
            }
            ServiceOutcome::Open { why } => {
                let text = format!("service {name}: nobody knows yet whether it works: {why}");
                let help = format!(
                    "it goes on; the next `up` watches it again, and `nrcompose verify {name}` looks now"
                );
                tell(session, Diagnostic::new(Topic::Watched, text).help(help));
            }
            ServiceOutcome::Failed { .. } => {}
        }
    }
    if !works.is_empty() {
        session.say(&format!("tried here, and working: {}", names(&works)));
    }
    if !as_written.is_empty() {
        session.say(&format!(
            "working as their author wrote them: {}",
            names(&as_written)
        ));
    }
}

/// The person wants no more of it.
pub(super) fn stopped(session: &Session, open: &IndexSet<String>) {
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    let text = format!(
        "nobody watches any more; what was started goes on as it is, and nobody knows yet whether these work: {}",
        names(&open)
    );
    let help = "the next `nrcompose up -d` watches them again; `nrcompose verify` looks now";
    tell(session, Diagnostic::new(Topic::Watched, text).help(help));
}

/// Compose came to its end before it started these, or somebody took them away.
pub(super) fn not_started(session: &Session, open: &IndexSet<String>) {
    if open.is_empty() {
        return;
    }
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    let text = format!("not started, or taken away meanwhile: {}", names(&open));
    let help = "what docker compose said above is the reason; `nrcompose up -d` starts and watches them";
    tell(session, Diagnostic::new(Topic::Watched, text).help(help));
}

/// A service fell one step.
pub(super) fn fell(session: &Session, one: &FailedService, prepared: Option<&Prepared>) {
    let ServiceOutcome::Failed { why, log, cure } = &one.outcome else {
        return;
    };
    let now = prepared.and_then(|p| p.plan.services.get(&one.name));
    let now = now.map_or_else(|| "is started as its author wrote it".to_owned(), human::becomes);
    let name = &one.name;
    let text = format!(
        "service {name} did not work as it was planned: {why}; it {now}{}",
        shown(log)
    );
    let cure = cure.as_ref().map(|cure| format!("{cure}; then "));
    let help = format!(
        "{}`nrcompose up -d --nr-force {name}` tries the plan again",
        cure.unwrap_or_default()
    );
    tell(session, Diagnostic::new(Topic::RolledBack, text).help(help));
}

/// A service that worked here as it is planned does not any more.
pub(super) fn outage(session: &Session, one: &FailedService) {
    let ServiceOutcome::Failed { why, log, .. } = &one.outcome else {
        return;
    };
    let name = &one.name;
    let text = format!(
        "service {name} worked here as it is planned, and does not any more: {why}; it stays without what it need not have{}",
        shown(log)
    );
    let help = format!("`nrcompose logs {name}` has all that it said; what changed since is not its plan");
    tell(session, Diagnostic::new(Topic::Watched, text).help(help));
}

/// A service does not work, and does not go back.
pub(super) fn stays(session: &Session, one: &FailedService) {
    let ServiceOutcome::Failed { why, log, cure } = &one.outcome else {
        return;
    };
    let text = format!(
        "service {} does not work as it is planned: {why}; it stays so, since none may fall back{}",
        one.name,
        shown(log)
    );
    let none = || format!("`nrcompose logs {}` has all that it said", one.name);
    let help = cure.clone().unwrap_or_else(none);
    tell(session, Diagnostic::new(Topic::RolledBack, text).help(help));
}

/// A service does not work as its author wrote it, either.
pub(super) fn fails_as_written(session: &Session, one: &FailedService) {
    let ServiceOutcome::Failed { why, log, .. } = &one.outcome else {
        return;
    };
    let name = &one.name;
    let text = format!(
        "service {name} does not work as its author wrote it, either: {why}{}",
        shown(log)
    );
    let help = format!(
        "`nrcompose logs {name}` has all that it said; `nrcompose up -d --nr-force {name}` tries the plan again, as does a \
         start on another day"
    );
    tell(session, Diagnostic::new(Topic::RolledBack, text).help(help));
}

/// A service runs as its author wrote it, and lacks what it lacked by its plan.
pub(super) fn is_as_written(session: &Session, one: &FailedService) {
    let name = &one.name;
    let text = format!(
        "service {name} does no more as its author wrote it ({}): that is not for its plan, by which it is started again",
        one.why()
    );
    let help = format!("`nrcompose logs {name}` has all that it said; `nrcompose verify {name}` looks again");
    tell(session, Diagnostic::new(Topic::RolledBack, text).help(help));
}

/// The engine went away while services were watched.
pub(super) fn engine_gone(error: &Error) -> Diagnostic {
    let mut told = engine::told(error);
    told.message = format!("watching what was started: {}", told.message);
    told.help("what was started goes on as it is; the next `nrcompose up -d` watches it again")
}

fn shown(log: &[String]) -> String {
    let lines = log.iter().map(|text| format!("\n    | {}", line(text)));
    lines.collect()
}

fn tell(session: &Session, what: Diagnostic) {
    session.tell(&what, &Sources::default());
}
