//! Which engine a plan is for: the one that was assumed, else the one that answers, else none.

use super::failure::Failure;
use crate::act::engine_info_cache::Surveys;
use crate::act::home::Home;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::docker::Program;
use crate::engine::docker::Docker;
use crate::engine::{Direct, Endpoint, Engine, Error, ErrorKind, Info, Line, Survey};
use crate::facts::engine::EngineFacts;
use indexmap::IndexMap;
use std::cell::OnceCell;
use std::fmt;
use std::time::Duration;

/// What is known of the engine.
#[derive(Debug, Clone)]
pub enum EngineAnswer {
    /// The person said what to assume.
    Assumed(EngineFacts),
    /// It answered, now or lately.
    Asked(EngineFacts),
    /// There is no client, or nobody listens: a plan is for the usual engine.
    Absent,
    /// Somebody listens, and does not say what they are.
    Unclear(Error),
}

impl EngineAnswer {
    /// What a plan takes for granted.
    pub fn facts(&self) -> EngineFacts {
        match self {
            EngineAnswer::Assumed(facts) | EngineAnswer::Asked(facts) => facts.clone(),
            EngineAnswer::Absent | EngineAnswer::Unclear(_) => EngineFacts::default(),
        }
    }

    /// Whether it can be asked about images: one that did not answer is not waited for again.
    pub fn may_be_asked(&self) -> bool {
        matches!(self, EngineAnswer::Assumed(_) | EngineAnswer::Asked(_))
    }
}

/// The engine as a plan asks for it. It is reached once, and what came of that holds for the whole run: one that does not
/// answer is waited for once.
pub trait EnginePort {
    /// Which engine it is; the answer of a short time ago will do.
    fn known(&self, limit: Duration) -> EngineAnswer;

    /// The engine itself, for the ordinary questions of one plan, if somebody listens. What is made to answer them is gone when
    /// it goes out of scope.
    fn reached(&self, limit: Duration) -> Option<Box<dyn Engine>>;
}

/// How the engine is handed to who may have a question: it is reached when there is one.
pub type Handed<'e> = &'e dyn Fn() -> Option<&'e dyn Engine>;

/// No engine: a plan is for the usual one, and nobody is asked about images and volumes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl EnginePort for Nobody {
    fn known(&self, _: Duration) -> EngineAnswer {
        EngineAnswer::Absent
    }

    fn reached(&self, _: Duration) -> Option<Box<dyn Engine>> {
        None
    }
}

/// The engine that the person's `docker` command talks to.
pub struct ThisEngine {
    endpoint: Endpoint,
    surveys: Option<Surveys>,
    known: OnceCell<EngineAnswer>,
    recent: OnceCell<Result<Survey, Error>>,
    reached: OnceCell<Result<(), Error>>,
    line: OnceCell<Line>,
}

impl ThisEngine {
    /// The one of these variables. Nobody is asked yet.
    pub fn of(environment: &IndexMap<String, String>) -> ThisEngine {
        ThisEngine {
            endpoint: Endpoint::of(environment),
            surveys: Surveys::find(&Home::find(environment)),
            known: OnceCell::new(),
            recent: OnceCell::new(),
            reached: OnceCell::new(),
            line: OnceCell::new(),
        }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether somebody accepts at its socket; tried once.
    ///
    /// # Errors
    /// Nobody listens, or whoever listens has accepted nobody within the limit.
    pub fn reach(&self, limit: Duration) -> Result<(), Error> {
        self.reached.get_or_init(|| self.endpoint.reach(limit)).clone()
    }

    /// The engine, for ordinary questions of at most `limit`, which is that of the whole run. All share one connection.
    ///
    /// # Errors
    /// No client.
    pub fn direct(&self, limit: Duration) -> Result<Direct, Error> {
        Direct::on(self.line.get_or_init(|| Line::to(&self.endpoint, limit)), limit)
    }

    /// The answer of a short time ago will do.
    fn find_out(&self, limit: Duration) -> EngineAnswer {
        match self.reach(limit) {
            Ok(()) => {}
            Err(error) if error.kind == ErrorKind::Timeout => return EngineAnswer::Unclear(error),
            Err(_) => return EngineAnswer::Absent,
        }
        match self.recent(limit) {
            Err(error) if error.kind == ErrorKind::NoClient => EngineAnswer::Absent,
            Ok(survey) => EngineAnswer::Asked(EngineFacts::of(&survey, &self.endpoint)),
            Err(error) => EngineAnswer::Unclear(error),
        }
    }

    /// What it said a short time ago, or says now; found out once.
    fn recent(&self, limit: Duration) -> Result<Survey, Error> {
        self.recent.get_or_init(|| self.read_or_ask(limit)).clone()
    }

    fn read_or_ask(&self, limit: Duration) -> Result<Survey, Error> {
        let is_same = |survey: &Survey| self.direct(limit).is_ok_and(|direct| direct.confirms(survey));
        let kept = self.surveys.as_ref().zip(Program::find().ok());
        let kept = kept.and_then(|(surveys, program)| surveys.get(&self.endpoint, program.path(), is_same));
        kept.map_or_else(|| self.survey(limit), Ok)
    }

    /// What it says of itself; the answer of a short time ago will do.
    ///
    /// # Errors
    /// As for [`ThisEngine::survey`].
    pub fn info(&self, limit: Duration) -> Result<Info, Error> {
        Ok(self.recent(limit)?.info)
    }

    /// Asks, and keeps the answer.
    ///
    /// # Errors
    /// No client; an engine that is not there, hangs, or answers something else.
    pub fn survey(&self, limit: Duration) -> Result<Survey, Error> {
        let survey = Survey::ask(&docker(limit)?)?;
        if let (Some(surveys), Ok(program)) = (&self.surveys, Program::find()) {
            // Without it, it is only slower the next time.
            let _ = surveys.put(&self.endpoint, program.path(), &survey);
        }
        Ok(survey)
    }

    /// Before something is started on it, the engine has to answer.
    ///
    /// # Errors
    /// Nobody listens, or nobody says within the limit what they are.
    pub fn must_answer(&self, is_assumed: bool, limit: Duration) -> Result<(), Failure> {
        self.reach(limit).map_err(|error| told(&error))?;
        let answer = match is_assumed {
            true => docker(limit).and_then(|docker| Survey::ask(&docker)).map(drop),
            false => match self.known(limit) {
                EngineAnswer::Unclear(error) => Err(error),
                EngineAnswer::Assumed(_) | EngineAnswer::Asked(_) | EngineAnswer::Absent => Ok(()),
            },
        };
        answer.map_err(|error| told(&error).into())
    }
}

/// The person's `docker` command, for questions of at most `limit`.
fn docker(limit: Duration) -> Result<Docker, Error> {
    Ok(Docker::find()?.limit(limit))
}

impl EnginePort for ThisEngine {
    fn known(&self, limit: Duration) -> EngineAnswer {
        self.known.get_or_init(|| self.find_out(limit)).clone()
    }

    fn reached(&self, limit: Duration) -> Option<Box<dyn Engine>> {
        self.reach(limit).ok()?;
        Some(Box::new(self.direct(limit).ok()?.kept()))
    }
}

impl fmt::Debug for ThisEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ThisEngine({})", self.endpoint)
    }
}

/// Before containers are made, the engine has to be known: a plan for another would be a guess.
///
/// # Errors
/// Somebody listens and does not say what they are.
pub fn must_be_known(known: &EngineAnswer) -> Result<(), Failure> {
    match known {
        EngineAnswer::Unclear(error) => Err(told(error).into()),
        EngineAnswer::Assumed(_) | EngineAnswer::Asked(_) | EngineAnswer::Absent => Ok(()),
    }
}

/// The same for commands that only look: they go on, for the usual engine.
pub fn doubt(known: &EngineAnswer) -> Option<Diagnostic> {
    let EngineAnswer::Unclear(error) = known else {
        return None;
    };
    let text = format!("{error}; planned as for a rootful engine of a current version");
    Some(
        Diagnostic::new(Topic::EngineDoubt, text)
            .help("`nrcompose doctor` looks closer; `--nr-assume KIND` says what it is"),
    )
}

/// The message about an error of the engine, from commands that cannot go on without an answer.
pub fn told(error: &Error) -> Diagnostic {
    let told = Diagnostic::from(error);
    match error.kind {
        ErrorKind::Timeout => told.help("see whether `docker ps` answers; `--nr-engine-timeout 2m` waits longer"),
        _ if told.help.is_some() => told,
        _ => told.help(
            "see what `docker info` says; `nrcompose doctor` looks closer, and `--nr-assume KIND` plans without asking",
        ),
    }
}

/// An override with a tag that this Compose does not know would only confuse it.
///
/// # Errors
/// Such an override, such a Compose.
pub fn must_know_tags(facts: &EngineFacts, text: &str) -> Result<(), Failure> {
    let uses = text.lines().any(|line| line.contains(": !override"));
    match facts.compose {
        Some((major, minor, patch)) if uses && facts.lacks_override() => {
            let message = format!(
                "writing the override: it needs the `!override` tag, which Compose has since 2.24.4; this is \
                 {major}.{minor}.{patch}"
            );
            let help = "update the docker-compose-plugin; or write one whole file, which needs no tag: \
                        `nrcompose harden --full -o FILE`";
            Err(Diagnostic::error(message).help(help).into())
        }
        _ => Ok(()),
    }
}
