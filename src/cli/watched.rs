//! What is watched after a start, by its plan: for how long, and what must hold.

use super::session::Session;
use super::verify::{self, Expected};
use crate::model;
use crate::pipeline::Prepared;
use crate::pipeline::failure::Failure;
use crate::plan::confidence::Confidence;
use crate::plan::{ServicePlan, Verdict};
use crate::watch::WatchedService;
use crate::watch::patience::Patience;

/// These services, as long as the plan's confidence and the person's word have it.
pub(super) fn services<'n>(
    prepared: &Prepared,
    names: impl IntoIterator<Item = &'n String>,
    session: &Session,
) -> Vec<WatchedService> {
    let longest = session.finding_out.longest();
    let watched = names.into_iter().filter_map(|name| {
        let planned = prepared.plan.services.get(name)?;
        let service = model::service(&prepared.project, name)?;
        Some(WatchedService {
            name: name.clone(),
            patience: Patience::of(sureness(planned), longest),
            serves: !service.ports().is_empty(),
        })
    });
    watched.collect()
}

/// What must hold. What starts as its author wrote it but for one thing is root as that has it: only that thing is planned.
///
/// # Errors
/// A probe that is none.
pub(super) fn expected(prepared: &Prepared) -> Result<Expected, Failure> {
    let mut expected = verify::expected(prepared)?;
    for (name, planned) in &prepared.plan.services {
        if matches!(planned.verdict, Verdict::OnlyNoNewPrivileges { .. }) {
            expected.claims.insert(name.clone(), planned.claims());
        }
    }
    Ok(expected)
}

/// How sure one may be that a fault shows soon: with fewer capabilities a start as root fails when it starts, if it does.
fn sureness(planned: &ServicePlan) -> Confidence {
    match planned.verdict {
        Verdict::RootStart => planned.confidence().max(Confidence::Read),
        _ => planned.confidence(),
    }
}
