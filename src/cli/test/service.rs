//! The service itself: started as written and hardened, each alone on copies of its data, asked, and compared.

use super::{TestArgs, TrialStage};
use crate::act::compose::Pass;
use crate::cli::session::Session;
use crate::docker::Program;
use crate::engine::Engine;
use crate::pipeline::failure::{Failure, code};
use crate::render::Format;
use crate::verify::answer::ServiceAnswer;
use crate::verify::claims::Judgement;
use crate::verify::observe::files::Cache;
use crate::verify::report::{Report, ServiceReport, Works, says};
use crate::verify::run::{VerifyRequest, run};
use crate::verify::wait_until_stable::settle;
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

/// How long a service on its own may take until it answers.
const LIMIT: Duration = Duration::from_secs(35);

/// How the service fared both ways.
#[derive(Debug, Serialize)]
struct ServiceComparison {
    service: String,
    as_written: ServiceFared,
    hardened: ServiceFared,
    same: bool,
}

/// How the service fared once.
#[derive(Debug, Serialize)]
struct ServiceFared {
    /// Whether it ran, and answered where it listens.
    works: bool,
    /// What it answers, or why it does not work.
    said: String,
    answer: Option<ServiceAnswer>,
    /// The last lines of its log, where it does not work.
    log: Vec<String>,
}

impl TestArgs {
    /// Starts it both ways, one after the other; 1 when it works as written and does not, or answers less, hardened.
    pub(super) fn service(
        &self,
        session: &Session,
        globals: &[String],
        passes: [&Pass; 2],
    ) -> Result<u8, Failure> {
        let [plain, hardened] = passes;
        let mut without = Vec::new();
        let as_written = self.serve("as written", session, globals, plain, &mut without, None)?;
        let before = as_written.answer.clone();
        let hardened = self.serve("hardened", session, globals, hardened, &mut without, before)?;
        let same = hardened.works || !as_written.works;
        let comparison = ServiceComparison {
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

    fn serve(
        &self,
        kind: &str,
        session: &Session,
        globals: &[String],
        pass: &Pass,
        without: &mut Vec<String>,
        before: Option<ServiceAnswer>,
    ) -> Result<ServiceFared> {
        let engine = session.docker()?.kept();
        let stage = self.stage(kind, session, globals, pass, without, &engine)?;
        let fared = self.ask(session, &stage, &engine, before);
        // Whatever became of it, nothing is left.
        stage.gone()?;
        fared
    }

    fn ask(
        &self,
        session: &Session,
        stage: &TrialStage,
        engine: &dyn Engine,
        before: Option<ServiceAnswer>,
    ) -> Result<ServiceFared> {
        let mut command = Program::find()?.compose();
        command
            .args([
                "-p",
                &stage.project,
                "-f",
                "-",
                "up",
                "-d",
                "--no-build",
                &self.service,
            ])
            .current_dir(&session.settings.cwd)
            .env_remove("COMPOSE_FILE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let lent = stage.keeper.lend()?;
        let mut child = command.spawn().context("starting docker compose")?;
        drop(lent);
        if let Some(mut stdin) = child.stdin.take() {
            stdin
                .write_all(stage.file.as_bytes())
                .context("handing docker compose the service")?;
        }
        let started = child.wait_with_output().context("waiting for docker compose")?;
        if !started.status.success() {
            let said = String::from_utf8_lossy(&started.stderr);
            let last = said.lines().rfind(|l| !l.trim().is_empty()).unwrap_or_default();
            return Ok(ServiceFared {
                works: false,
                said: format!("docker compose did not start it: {}", last.trim()),
                answer: None,
                log: Vec::new(),
            });
        }
        // One that ends a moment later does not work.
        settle(engine, &stage.project, LIMIT)?;
        let services = [self.service.clone()];
        let before = before.map(|answer| (self.service.clone(), answer));
        let before = before.into_iter().collect();
        let claims = BTreeMap::from([(self.service.clone(), Vec::new())]);
        let cache = Cache::of_user();
        let request = VerifyRequest {
            services: &services,
            before: &before,
            wait: Some(LIMIT),
            ..VerifyRequest::of(&stage.project, &claims, &cache)
        };
        Ok(ServiceFared::of(&run(engine, &request)?))
    }
}

impl ServiceFared {
    fn of(report: &Report) -> ServiceFared {
        let Some(service) = report.services.first() else {
            return ServiceFared {
                // A job that did its work is in no report.
                works: report.unread.is_empty(),
                said: "ended with code 0".to_owned(),
                answer: None,
                log: Vec::new(),
            };
        };
        let works = service.works != Works::No && service.works != Works::Unknown;
        let said = match works {
            true => says(&service.seen).map_or_else(|| "runs".to_owned(), ToString::to_string),
            false => why(service),
        };
        let log = match works {
            true => Vec::new(),
            false => service.notes.clone(),
        };
        ServiceFared {
            works,
            said,
            answer: service.answer.clone(),
            log,
        }
    }
}

/// What of it is not so.
fn why(service: &ServiceReport) -> String {
    let found = service.claims.iter().filter_map(|judged| match &judged.verdict {
        Judgement::Broken { found } => Some(format!("not so: {} ({found})", judged.text)),
        Judgement::Pending { why } => Some(format!("not yet so: {} ({why})", judged.text)),
        Judgement::Held | Judgement::Unchecked { .. } => None,
    });
    found.collect::<Vec<_>>().join("; ")
}

impl ServiceComparison {
    fn text(&self) -> String {
        let line = |name: &str, f: &ServiceFared| {
            let works = if f.works { "works" } else { "does not work" };
            let log: String = f.log.iter().map(|l| format!("            {l}\n")).collect();
            format!("{name:10}  {works}: {}\n{log}", f.said)
        };
        let mut text = line("as written", &self.as_written) + &line("hardened", &self.hardened);
        text += match (self.as_written.works, self.hardened.works) {
            (true, true) => "\nit works both ways\n",
            (true, false) => "\nhardening breaks it\n",
            (false, true) => "\nit works hardened alone\n",
            (false, false) => {
                "\nit works neither way on its own: hardening is not why. What it needs of its neighbours is not here.\n"
            }
        };
        text
    }
}
