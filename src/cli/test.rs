//! `nrcompose test`: a service, or a command in it, as its author wrote it and hardened.

mod service;

use super::format::text_or_json;
use super::handed::as_written;
use super::passthrough;
use super::session::Session;
use crate::act::compose::{self, Invocation, Pass};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::docker::Program;
use crate::engine::cleanup_guard::Keeper;
use crate::engine::{Engine, ErrorKind};
use crate::locate;
use crate::pipeline::failure::{Failure, code};
use crate::render::Format;
use crate::tree::Sources;
use crate::verify::trial::{Copies, isolate};
use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use std::ffi::OsString;
use std::io::Write;
use std::process::{Output, Stdio};
use std::time::Instant;

/// Try a service, or a command in it, as written and hardened, each on its own copy of the data, and compare
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TestArgs {
    /// The service
    pub service: String,
    /// The command, after `--`; without one, the service itself is started both ways and asked
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    /// How to write the comparison
    #[arg(long, default_value = "text", value_parser = text_or_json())]
    pub format: Format,
}

/// A service on its own, and what removes all of it.
struct TrialStage<'e> {
    project: String,
    /// A Compose file.
    file: String,
    keeper: Keeper,
    _copies: Copies<'e>,
}

impl TrialStage<'_> {
    /// Nothing of it is left.
    fn gone(self) -> Result<()> {
        self.keeper.let_go().gone()
    }
}

/// How the command fared both ways.
#[derive(Debug, Serialize)]
struct Comparison {
    service: String,
    as_written: Fared,
    hardened: Fared,
    same: bool,
}

/// How the command fared once.
#[derive(Debug, Serialize)]
struct Fared {
    code: i32,
    /// Whether the command ran; else the engine could not start it, and the code is the engine's.
    started: bool,
    ms: u128,
    said: String,
}

impl TestArgs {
    /// Runs both, one after the other; 1 when the exit codes differ.
    ///
    /// # Errors
    /// A project that cannot be loaded or planned, an engine that refuses, a command that cannot be started as its author
    /// wrote it: there is nothing to compare with.
    pub(crate) fn run(&self, session: &Session, globals: &[String]) -> Result<u8, Failure> {
        // Without an engine, everything below would wait for one.
        let is_assumed = session.plan.assume.is_some();
        session
            .this_engine()
            .must_answer(is_assumed, session.plan.engine_limit())?;
        // It is the plan that is tried, whatever became of it here before.
        session.finding_out.retries.set(true);
        let hardened = passthrough::ready("config", &Invocation::default(), session)?.pass;
        let plain = as_written(&locate::locate(&session.settings)?);
        let mut without = Vec::new();
        if self.command.is_empty() {
            return self.service(session, globals, [&plain, &hardened]);
        }
        let as_written = self
            .once("as written", session, globals, &plain, &mut without)
            .and_then(|fared| match fared.started {
                true => Ok(fared),
                false => Err(did_not_start(
                    "as written",
                    &self.service,
                    fared.code,
                    &fared.said,
                )),
            })?;
        let hardened = self.once("hardened", session, globals, &hardened, &mut without)?;
        let same = hardened.started && as_written.code == hardened.code;
        let comparison = Comparison {
            service: self.service.clone(),
            as_written,
            hardened,
            same,
        };
        let text = match self.format {
            Format::Json => serde_json::to_string_pretty(&comparison).map_err(anyhow::Error::from)? + "\n",
            _ => comparison.text(),
        };
        session.show_as(self.format, &text)?;
        Ok(if same { 0 } else { code::FINDINGS })
    }

    /// The service on its own, with copies of its data. The person is told once of what it goes without, whichever of the
    /// two services had it.
    fn stage<'e>(
        &self,
        kind: &str,
        session: &Session,
        globals: &[String],
        pass: &Pass,
        without: &mut Vec<String>,
        engine: &'e dyn Engine,
    ) -> Result<TrialStage<'e>> {
        let invocation = Invocation {
            globals: globals.iter().map(OsString::from).collect(),
            command: ["--profile", "*", "config", "--format", "json"]
                .map(OsString::from)
                .to_vec(),
        };
        let config = compose::command(&invocation, pass, session.settings.stdin.taken())?
            .output()
            .context("starting docker compose")?;
        if !config.status.success() {
            let said = String::from_utf8_lossy(&config.stderr);
            return Err(anyhow!("reading the project: {}", said.trim()));
        }
        let config =
            serde_json::from_slice(&config.stdout).context("reading the project as Compose sees it")?;
        let of = kind.rsplit(' ').next().unwrap_or(kind);
        let project = format!("nrcompose-test-{of}-{}", std::process::id());
        let socket = session.this_engine().endpoint().socket();
        let mut alone = isolate(&config, &project, &self.service, socket)?;
        for what in std::mem::take(&mut alone.without) {
            if !without.contains(&what) {
                let text = format!("the trial of {} is without {what}: that is live", self.service);
                session.tell(&Diagnostic::new(Topic::Without, text), &Sources::default());
                without.push(what);
            }
        }
        let keeper = Keeper::start()?.of_project()?;
        keeper.run().mark(&mut alone.file);
        let copies = Copies::make(engine, &alone.image, &alone.copies)?;
        // The file holds what was interpolated, secrets too; so it is never written anywhere.
        let file = alone.file.to_string();
        Ok(TrialStage {
            project,
            file,
            keeper,
            _copies: copies,
        })
    }

    /// One trial of a command. The person is told once of what it goes without, whichever of the two services had it.
    fn once(
        &self,
        kind: &str,
        session: &Session,
        globals: &[String],
        pass: &Pass,
        without: &mut Vec<String>,
    ) -> Result<Fared> {
        let engine = session.docker()?.kept();
        let stage = self.stage(kind, session, globals, pass, without, &engine)?;
        let TrialStage {
            project,
            file,
            keeper,
            ..
        } = &stage;
        let container = format!("{project}-trial");
        let compose = || -> Result<Output> {
            let mut command = Program::find()?.compose();
            command
                .args([
                    "-p",
                    project,
                    "-f",
                    "-",
                    "run",
                    "--name",
                    &container,
                    "-T",
                    &self.service,
                ])
                .args(&self.command);
            command
                .current_dir(&session.settings.cwd)
                .env_remove("COMPOSE_FILE");
            command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let lent = keeper.lend()?;
            let mut child = command.spawn().context("starting docker compose")?;
            drop(lent);
            if let Some(mut stdin) = child.stdin.take() {
                stdin
                    .write_all(file.as_bytes())
                    .context("handing docker compose the service")?;
            }
            child.wait_with_output().context("waiting for docker compose")
        };
        let start = Instant::now();
        let ran = compose();
        let ms = start.elapsed().as_millis();
        // The exit code does not tell whether it is the command's: the container does.
        let found = engine.inspect(std::slice::from_ref(&container));
        // Whatever became of it, nothing is left.
        let gone = stage.gone();
        let ran = ran?;
        gone?;
        let code = ran.status.code().unwrap_or(1);
        let found = match found {
            Err(error) if error.kind == ErrorKind::NotFound => Vec::new(),
            found => found?,
        };
        let Some(container) = found.first() else {
            let said = String::from_utf8_lossy(&ran.stderr);
            return Err(did_not_start(kind, &self.service, code, &said));
        };
        let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        Ok(Fared {
            code,
            started: !container.state.started_at.starts_with("0001-"),
            ms,
            said,
        })
    }
}

/// A trial in which the command never ran.
fn did_not_start(kind: &str, service: &str, code: i32, said: &str) -> anyhow::Error {
    let lines = said.lines().map(str::trim).filter(|l| !l.is_empty());
    let said = lines.collect::<Vec<_>>().join("; ");
    anyhow!(
        "trying the command in {service} ({kind}): it was not started; docker compose ended with {code}: {said}"
    )
}

impl Comparison {
    fn text(&self) -> String {
        let line = |name: &str, f: &Fared| {
            let not = if f.started { "" } else { "  (not started)" };
            format!(
                "{name:10}  exit {:3}  {:.1} s{not}\n",
                f.code,
                f.ms as f64 / 1000.0
            )
        };
        let mut text = line("as written", &self.as_written) + &line("hardened", &self.hardened);
        if !self.same {
            text += &format!("\nhardened, it said:\n{}\n", self.hardened.said.trim_end());
        }
        text
    }
}
