//! What of nrcompose's configuration has no effect on the plan.

use super::control::Control;
use super::decision::Decision;
use super::identified::IdentifiedService;
use super::{Plan, ServicePlan, Verdict};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::nearest::nearest;

/// Suppressions of controls that have nothing to say about the service: nobody would notice a wrong one.
pub(super) fn idle_suppressions(
    controls: &[Control],
    known: &IdentifiedService,
    decisions: &[Decision],
    service: &str,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let ids = || controls.iter().map(|c| c.id);
    let mut idle = Vec::new();
    for (control, reason) in &known.config.suppress {
        if !ids().any(|id| id == control) {
            let help = match nearest(control, ids()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are: {}", ids().collect::<Vec<_>>().join(", ")),
            };
            let error = Diagnostic::error(format!(
                "service {service} suppresses {control}, which is no control"
            ));
            return Err(error.at(reason.origin).help(help));
        }
        if !decisions.iter().any(|d| d.control == control) {
            let text = format!("service {service} suppresses {control}, which has nothing to say about it");
            idle.push(
                Diagnostic::new(Topic::Configuration, text)
                    .at(reason.origin)
                    .help("remove the entry"),
            );
        }
    }
    Ok(idle)
}

impl Plan {
    /// Directories and volumes that are to be given to a service's user, of services that have none after all.
    pub fn idle_gifts(&self) -> Vec<Diagnostic> {
        self.idle_gifts_of(&|_| true)
    }

    /// The same, of some services.
    pub fn idle_gifts_of(&self, is_meant: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
        let mut idle = Vec::new();
        for (name, planned) in self.services.iter().filter(|(name, _)| is_meant(name)) {
            let (Some(known), Some(why)) = (self.known.get(name), without_user(planned)) else {
                continue;
            };
            for (place, origin) in &known.config.volumes {
                let text = format!("service {name} asks for {place}, which is given to nobody: {why}");
                let said = Diagnostic::new(Topic::Configuration, text).at(*origin);
                idle.push(said.help(format!(
                    "remove the entry; `nrcompose explain {name}` says more of how it starts"
                )));
            }
        }
        idle
    }
}

/// Why a service has no user that anything could be given to.
fn without_user(planned: &ServicePlan) -> Option<&'static str> {
    match planned.verdict {
        Verdict::RootStart => Some("it starts as root, and that start sets owners right by itself"),
        Verdict::ExplicitRoot => Some("it runs as root, which writes everything"),
        _ => None,
    }
}
