//! What a person is told of a plan on standard error; of all that could be said, the table of
//! [`crate::diagnostic::audience`] lets through what the command is to say.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::{Moment, Topic};
use crate::pipeline::{Prepared, engine};
use crate::render::{notices, together};
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
    let services: Vec<_> = services.filter(|(name, _)| takes_part(name)).collect();
    // Those that are left running are told as that, and nothing of their plan is carried out.
    let planned = services.iter().filter(|(name, _)| left(name).is_none());
    let planned: Vec<_> = planned.map(|(name, service)| (name.as_str(), *service)).collect();
    let of_all = together::of(&planned).filter(|of_all| of_all.topic.is_told_at(moment));
    if let Some(of_all) = &of_all {
        tell(of_all, sources);
    }
    for (name, service) in services {
        let topic = |topic| left(name).unwrap_or(topic);
        let is_told = |of: Topic| topic(of).is_told_at(moment);
        let said_of_all = of_all.is_some() && left(name).is_none();
        for notice in notices::of(name, service, sources, &is_told, said_of_all) {
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
