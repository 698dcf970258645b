//! Which engine a plan is for: the one that was assumed, else the one that answers, else none.

use super::failure::Failure;
use super::options::PlanOptions;
use super::session::Session;
use crate::act::home::Home;
use crate::act::surveys::Surveys;
use crate::diagnostic::Diagnostic;
use crate::docker::Program;
use crate::engine::docker::Docker;
use crate::engine::{Endpoint, Error, Kind, Survey};
use crate::facts::engine::EngineFacts;
use std::time::Duration;

/// What is known of the engine.
#[derive(Debug, Clone)]
pub enum Known {
    /// The person said what to assume.
    Assumed(EngineFacts),
    /// It answered, now or lately.
    Asked(EngineFacts),
    /// There is no client, or nobody listens: a plan is for the usual engine.
    Absent,
    /// Somebody listens, and does not say what they are.
    Unclear(Error),
}

impl Known {
    /// What a plan takes for granted.
    pub fn facts(&self) -> EngineFacts {
        match self {
            Known::Assumed(facts) | Known::Asked(facts) => facts.clone(),
            Known::Absent | Known::Unclear(_) => EngineFacts::default(),
        }
    }

    /// Whether it can be asked about images: one that did not answer is not waited for again.
    pub fn may_be_asked(&self) -> bool {
        matches!(self, Known::Assumed(_) | Known::Asked(_))
    }
}

impl Session {
    /// Works out which engine it is, once a run.
    pub fn engine(&self, options: &PlanOptions) -> Known {
        match options.assume {
            Some(assumed) => Known::Assumed(assumed.facts()),
            None => self
                .known
                .get_or_init(|| self.find_out(options.engine_limit()))
                .clone(),
        }
    }

    /// The engine, for ordinary questions of at most `--nr-engine-timeout`.
    ///
    /// # Errors
    /// No client.
    pub fn docker(&self) -> Result<Docker, Error> {
        Ok(Docker::find()?.limit(self.plan.engine_limit()))
    }

    /// The answer of a short time ago will do.
    fn find_out(&self, limit: Duration) -> Known {
        let endpoint = Endpoint::of(&self.settings.environment);
        match endpoint.reach(limit) {
            Ok(()) => {}
            Err(error) if error.kind == Kind::Timeout => return Known::Unclear(error),
            Err(_) => return Known::Absent,
        }
        let Ok(program) = Program::find() else {
            return Known::Absent;
        };
        let surveys = Surveys::find(&Home::find(&self.settings.environment));
        if let Some(survey) = surveys.as_ref().and_then(|s| s.get(&endpoint, program.path())) {
            return Known::Asked(EngineFacts::of(&survey, &endpoint));
        }
        match self.survey(&endpoint, limit) {
            Ok(survey) => Known::Asked(EngineFacts::of(&survey, &endpoint)),
            Err(error) => Known::Unclear(error),
        }
    }

    /// Asks, and keeps the answer.
    ///
    /// # Errors
    /// No client; an engine that is not there, hangs, or answers something else.
    pub fn survey(&self, endpoint: &Endpoint, limit: Duration) -> Result<Survey, Error> {
        let docker = Docker::find()?.limit(limit);
        let survey = Survey::ask(&docker)?;
        if let (Some(surveys), Ok(program)) = (
            Surveys::find(&Home::find(&self.settings.environment)),
            Program::find(),
        ) {
            // Without it, it is only slower the next time.
            let _ = surveys.put(endpoint, program.path(), &survey);
        }
        Ok(survey)
    }
}

/// Before containers are made, the engine has to be known: a plan for another would be a guess.
///
/// # Errors
/// Somebody listens and does not say what they are.
pub fn must_be_known(known: &Known) -> Result<(), Failure> {
    match known {
        Known::Unclear(error) => Err(told(error).into()),
        Known::Assumed(_) | Known::Asked(_) | Known::Absent => Ok(()),
    }
}

/// Before something is started on it, the engine has to answer.
///
/// # Errors
/// Nobody listens, or nobody says within the limit what they are.
pub fn must_answer(session: &Session) -> Result<(), Failure> {
    let endpoint = Endpoint::of(&session.settings.environment);
    endpoint
        .reach(session.plan.engine_limit())
        .map_err(|error| told(&error))?;
    match session.engine(&session.plan) {
        Known::Assumed(_) => session.docker().and_then(|docker| Survey::ask(&docker)).map(drop),
        Known::Unclear(error) => Err(error),
        Known::Asked(_) | Known::Absent => Ok(()),
    }
    .map_err(|error| told(&error).into())
}

/// The same for commands that only look: they go on, for the usual engine.
pub fn doubt(known: &Known) -> Option<Diagnostic> {
    let Known::Unclear(error) = known else { return None };
    let text = format!(
        "{}: {}; planned as for a rootful engine of a current version",
        error.doing, error.detail
    );
    Some(
        Diagnostic::warning(text).help("`nrcompose doctor` looks closer; `--nr-assume KIND` says what it is"),
    )
}

/// An error of the engine as it is told.
pub fn told(error: &Error) -> Diagnostic {
    let help = match error.kind {
        Kind::Timeout => "see whether `docker ps` answers; `--nr-engine-timeout 2m` waits longer",
        _ => error.help().unwrap_or(
            "see what `docker info` says; `nrcompose doctor` looks closer, and `--nr-assume KIND` plans without asking",
        ),
    };
    Diagnostic::error(format!("{}: {}", error.doing, error.detail)).help(help)
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
