//! What a person is told of a plan on standard error; of all that could be said, the table of
//! [`crate::diagnostic::audience`] lets through what the command is to say.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::{Moment, Topic};
use crate::pipeline::{Prepared, engine};
use crate::render::notices;
use crate::tree::{Origin, Sources};

/// Everything there is to be said of a plan: of the engine and the files that it is made for, of the configuration, of
/// each service that `takes_part`. `left` gives those that are left running as they are [`Topic::Left`] or
/// [`Topic::LeftAside`].
pub(crate) fn plan(
    moment: Moment,
    prepared: &Prepared,
    left: &dyn Fn(&str) -> Option<Topic>,
    takes_part: &dyn Fn(&str) -> bool,
    tell: &dyn Fn(&Diagnostic, &Sources),
) {
    let sources = &prepared.project.sources;
    let doubt = engine::doubt(&prepared.engine);
    let before = doubt.iter().chain(&prepared.project.warnings);
    let idle = prepared.plan.idle_gifts_of(takes_part);
    for warning in before.chain(&prepared.plan.warnings).chain(&idle) {
        tell(warning, sources);
    }
    let services = prepared.plan.services.iter();
    for (name, service) in services.filter(|(name, _)| takes_part(name)) {
        let topic = |topic| left(name).unwrap_or(topic);
        let is_told = |of: Topic| topic(of).is_told_at(moment);
        for notice in notices::of(name, service, sources, &is_told) {
            let topic = topic(notice.topic);
            // The words name their evidence, so the line of the file is not shown again.
            let place = Origin::NONE;
            tell(
                &Diagnostic {
                    topic,
                    place,
                    ..notice
                },
                sources,
            );
        }
    }
}
