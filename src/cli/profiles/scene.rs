//! A project of a profile's test on the engine: started, asked, judged, and taken away.

use super::folder;
use crate::act::compose::{self, Invocation, Pass};
use crate::cli::session::{File, Session};
use crate::cli::verify::{Expected, expected};
use crate::diagnostic::Diagnostic;
use crate::engine::cleanup_guard::Keeper;
use crate::engine::{Container, Engine, Leaving, run_within};
use crate::facts::Catalog;
use crate::facts::check::TESTED;
use crate::facts::profile::Test;
use crate::model::{INIT_PREFIX, SOCKET_PREFIX};
use crate::pipeline::failure::Failure;
use crate::pipeline::{self, Whose};
use crate::plan::Verdict;
use crate::tree::Node;
use crate::verify::observe::files::Cache;
use crate::verify::probe;
use crate::verify::rehearsal::{self, Round, RoundOutcome};
use crate::verify::run::{VerifyRequest, run};
use crate::whole_file::write_private;
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a start may take when the test does not say.
const WAIT: u16 = 60;
/// How long one call of `docker compose` may take beside that.
const LIMIT: Duration = Duration::from_secs(180);
/// The file with the label on what the override adds.
const MARKS: &str = "marks.json";
/// How often is asked.
const PAUSE: Duration = Duration::from_millis(500);
/// How much of a log is shown.
const LINES: usize = 5;

/// A project, and what removes it.
pub(super) struct Scene<'s> {
    engine: &'s dyn Engine,
    test: &'s Test,
    keeper: Keeper,
    project: String,
    directory: PathBuf,
    expected: Expected,
    /// Why the plan leaves the service as its author wrote it.
    refused: Option<String>,
}

impl<'s> Scene<'s> {
    /// Writes the project and its override; starts nothing.
    pub(super) fn set(
        session: &Session,
        catalog: &Catalog,
        engine: &'s dyn Engine,
        test: &'s Test,
        project: &Value,
    ) -> Result<Scene<'s>, String> {
        let failed = |e: anyhow::Error| Diagnostic::from(&e).lines();
        let name = project["name"].as_str().unwrap_or_default().to_owned();
        let keeper = Keeper::start().and_then(Keeper::of_project).map_err(failed)?;
        let directory = keeper.run().folder();
        let mut project = project.clone();
        keeper.run().mark(&mut project);
        folder::make(&directory).map_err(failed)?;
        let file = directory.join("compose.yaml");
        write(&file, &project.to_string()).map_err(failed)?;
        let told = |f: Failure| {
            f.diagnostics
                .iter()
                .map(Diagnostic::lines)
                .collect::<Vec<_>>()
                .join("\n")
        };
        let (settings, location) = session.only(File::Path(&file), &directory).map_err(told)?;
        let request = pipeline::Request {
            environment: &settings.environment,
            whose: Whose::Ours(catalog),
            ..session.request(&location)
        };
        let prepared = request.prepare().map_err(told)?;
        if let Some(text) = &prepared.text {
            write(&directory.join("override.yaml"), text).map_err(failed)?;
            let added = added(&prepared.hardened, &keeper);
            write(&directory.join(MARKS), &added.to_string()).map_err(failed)?;
        }
        let planned = prepared.plan.services.get(TESTED);
        let refused = match planned.map(|s| (s.refusals.first(), &s.verdict)) {
            Some((Some(refusal), _)) => Some(refusal.blocker.clone()),
            Some((None, Verdict::ExplicitRoot)) => Some("the test itself asks for root".to_owned()),
            _ => None,
        };
        Ok(Scene {
            engine,
            test,
            keeper,
            project: name,
            expected: expected(&prepared).map_err(told)?,
            directory,
            refused,
        })
    }

    /// One start, and what came of it.
    pub(super) fn play(&self, round: Round) -> RoundOutcome {
        if let (true, Some(why)) = (round.is_hardened(), &self.refused) {
            return RoundOutcome::failed(round, format!("the plan refuses it: {why}"));
        }
        match self.start(round).and_then(|()| self.ask(round)) {
            Ok(()) => {}
            Err(error) => return RoundOutcome::failed(round, Diagnostic::from(&error).lines()),
        }
        let probe = rehearsal::probe(self.test, &self.test.probe);
        let (services, cache) = ([TESTED.to_owned()], Cache::of_user());
        let as_written = BTreeMap::from([(TESTED.to_owned(), Vec::new())]);
        let claims = match round.is_hardened() {
            true => &self.expected.claims,
            false => &as_written,
        };
        let request = VerifyRequest {
            services: &services,
            probes: &BTreeMap::from([(TESTED.to_owned(), probe)]),
            ..VerifyRequest::of(&self.project, claims, &cache)
        };
        match run(self.engine, &request) {
            Ok(report) => RoundOutcome::judged(round, &report),
            Err(error) => RoundOutcome::failed(round, Diagnostic::from(&error).lines()),
        }
    }

    /// Lets go of it: it is removed.
    pub(super) fn leave(self) -> Leaving {
        self.keeper.let_go()
    }

    fn start(&self, round: Round) -> Result<()> {
        const UP: [&str; 4] = ["up", "-d", "--pull", "never"];
        match round {
            Round::AsWritten => self.compose(&UP, false),
            Round::OverRoot | Round::FirstStart => self.compose(&UP, true),
            Round::Restart => self.compose(&["restart"], true),
            Round::Recreated => {
                // With their anonymous volumes, which `down` would leave behind, nameless.
                self.compose(&["rm", "--stop", "--force", "--volumes"], true)?;
                self.compose(&UP, true)
            }
        }
    }

    /// Waits until it answers, then stores something or looks for what was stored.
    fn ask(&self, round: Round) -> Result<()> {
        let wait = Duration::from_secs(self.test.wait.unwrap_or(WAIT).into());
        let end = Instant::now() + wait;
        loop {
            let said = match self.run(&self.test.probe)? {
                None => break,
                Some(said) => said,
            };
            if Instant::now() > end {
                bail!("no answer within {} s: {said}\n{}", wait.as_secs(), self.log());
            }
            sleep(PAUSE);
        }
        let (command, what) = match round.is_fresh() {
            true => (&self.test.write, "storing something"),
            false => (&self.test.read, "looking for what was stored before"),
        };
        if command.is_empty() {
            return Ok(());
        }
        match self.run(command)? {
            None => Ok(()),
            Some(said) => bail!("{what}: {said}\n{}", self.log()),
        }
    }

    /// Runs a command of the test; what went wrong.
    fn run(&self, command: &[String]) -> Result<Option<String>> {
        let all = self.containers()?;
        let Some(tested) = all.iter().find(|c| c.service() == TESTED) else {
            bail!("there is no container of it");
        };
        match tested.state.status.as_str() {
            "exited" | "dead" => bail!("it ended with code {}\n{}", tested.state.exit_code, self.log()),
            "running" => {}
            other => return Ok(Some(format!("it is {other}"))),
        }
        let seen = rehearsal::probe(self.test, command).run(self.engine, tested, &all, probe::LIMIT);
        Ok((seen.code != Some(0)).then(|| match seen.code {
            Some(code) => format!("`{}` ended with code {code}: {}", seen.command, seen.said),
            None => format!("`{}` could not be run: {}", seen.command, seen.said),
        }))
    }

    fn containers(&self) -> Result<Vec<Container>> {
        let mut all = self.engine.of_project(&self.project)?;
        all.retain(|c| !c.oneoff());
        Ok(all)
    }

    /// The last words of the tested service.
    fn log(&self) -> String {
        let all = self.containers().unwrap_or_default();
        let log = all
            .iter()
            .find(|c| c.service() == TESTED)
            .and_then(|c| self.engine.logs(&c.id, "", "", LINES).ok());
        let lines: Vec<String> = log
            .iter()
            .flat_map(|l| l.lines())
            .map(|l| format!("| {}", l.chars().filter(|c| !c.is_control()).collect::<String>()))
            .collect();
        lines.join("\n")
    }

    /// `docker compose`, with the override or without; it never outlives its time.
    fn compose(&self, words: &[&str], hardened: bool) -> Result<()> {
        let doing = || format!("running docker compose {}", words.join(" "));
        let file = self.directory.join("compose.yaml");
        let mut globals: Vec<OsString> = vec![
            "-p".into(),
            self.project.as_str().into(),
            "-f".into(),
            file.into(),
        ];
        let path = self.directory.join("override.yaml");
        let pass = match hardened && path.exists() {
            true => {
                globals.extend(["-f".into(), self.directory.join(MARKS).into()]);
                Pass::Flag(path)
            }
            false => Pass::Nothing,
        };
        let invocation = Invocation {
            globals,
            command: words.iter().map(OsString::from).collect(),
        };
        let mut command = compose::command(&invocation, &pass, None)?;
        for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("COMPOSE_")) {
            command.env_remove(name);
        }
        command.current_dir(&self.directory);
        let _lent = self.keeper.lend()?;
        let run = run_within(command, &doing(), LIMIT)?;
        if run.code != 0 {
            let said: Vec<&str> = run.stderr.lines().collect();
            bail!(
                "{}: {}",
                doing(),
                said[said.len().saturating_sub(LINES)..].join("; ")
            );
        }
        Ok(())
    }
}

/// The label on what the override adds.
fn added(hardened: &Node, keeper: &Keeper) -> Value {
    let of = |section: &str| -> Map<String, Value> {
        let all = hardened.get(section).and_then(Node::as_map);
        let names = all.into_iter().flat_map(|all| all.keys());
        names
            .filter(|name| [INIT_PREFIX, SOCKET_PREFIX].iter().any(|p| name.starts_with(p)))
            .map(|name| (name.to_owned(), json!({})))
            .collect()
    };
    let mut added = json!({"services": of("services"), "networks": of("networks")});
    keeper.run().mark(&mut added);
    added
}

fn write(path: &Path, text: &str) -> Result<()> {
    write_private(path, text.as_bytes()).with_context(|| format!("writing {}", path.display()))
}
