//! Every service is decided about with what becomes of its neighbours: whom a volume may be given to depends on who else
//! has it, and that on whether those could be given a user. So all are decided about until nobody falls back any more.

use super::around::Around;
use super::context::Surroundings;
use super::decision::Decision;
use super::identity::Start;
use super::shares::{self, Shares};
use super::{Plan, ServicePlan, Verdict, idle_suppressions, resolve};
use crate::controls::{CONTROLS, Control, user};
use crate::diagnostic::Diagnostic;
use crate::facts::host::Host;
use crate::load::Project;
use crate::model;
use indexmap::IndexMap;

/// What to do about a change that an override cannot say.
const UNSAID: &str = "write the value itself, or set the attribute yourself";

impl Plan {
    /// Decides about all services. Each falls twice at most, to a start as root, then to what its author wrote, so this
    /// comes to an end.
    ///
    /// # Errors
    /// A suppression of a control which does not exist.
    pub(super) fn decide(
        &mut self,
        controls: &[Control],
        project: &Project,
        host: &dyn Host,
    ) -> Result<(), Diagnostic> {
        let mut is_first = self.services.is_empty();
        loop {
            let falling = self.round(controls, project, host, is_first)?;
            is_first = false;
            let is_settled = falling.is_empty();
            for (name, start, refusals) in falling {
                if let Some(known) = self.known.get_mut(&name) {
                    known.start = start;
                }
                self.refused.entry(name).or_default().extend(refusals);
            }
            if is_settled && !self.loses_users(project) {
                return Ok(());
            }
        }
    }

    /// Decides about all services once. Gives those that fall back, to which start, and for which refusals.
    fn round(
        &mut self,
        controls: &[Control],
        project: &Project,
        host: &dyn Host,
        is_first: bool,
    ) -> Result<Vec<(String, Start, Vec<Decision>)>, Diagnostic> {
        let shares = Shares::of(project, &self.known, &self.without_user);
        let around = Around::default();
        let surroundings = Surroundings {
            project,
            all: &self.known,
            shares: &shares,
            around: &around,
            settings: &self.settings,
            host,
        };
        let mut services = IndexMap::new();
        let mut falling = Vec::new();
        for service in model::services(project) {
            let Some(known) = self.known.get(service.name) else {
                services.insert(service.name.to_owned(), ServicePlan::without_container());
                continue;
            };
            let cx = surroundings.of(service, known);
            let decisions: Vec<Decision> = controls.iter().flat_map(|c| (c.decide)(&cx)).collect();
            if is_first {
                self.warnings.extend(known.facts.unread.clone());
                self.warnings
                    .extend(idle_suppressions(known, &decisions, service.name)?);
            }
            let decisions = resolve::settle(&cx, decisions);
            if let Some(start) = resolve::falls_back(&cx, &decisions) {
                let refusals = decisions.into_iter().filter(Decision::refuses_service).collect();
                falling.push((service.name.to_owned(), start, refusals));
                continue;
            }
            let before = self
                .refused
                .get(service.name)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let mut planned = resolve::resolve(&cx, decisions, before);
            if let Some((blocker, help)) = self.left.get(service.name) {
                planned.leave(blocker, help);
            }
            services.insert(service.name.to_owned(), planned);
        }
        self.services = services;
        Ok(falling)
    }

    /// Whether services that share a volume turned out to have no user after all, by the person's word for example.
    fn loses_users(&mut self, project: &Project) -> bool {
        let lost: Vec<String> = model::services(project)
            .filter(|s| !self.without_user.contains(s.name))
            .filter(|s| {
                let user = self.known.get(s.name).and_then(|k| k.start.user());
                user.is_some() && self.services.get(s.name).is_some_and(|p| p.user().is_none())
            })
            .filter(|s| !shares::uses(project, *s).is_empty())
            .map(|s| s.name.to_owned())
            .collect();
        let is_new = !lost.is_empty();
        self.without_user.extend(lost);
        is_new
    }

    /// Lets services fall back like those that a control refuses, each for its reason: what was planned for them cannot be
    /// said.
    ///
    /// # Errors
    /// None that the first planning did not have.
    pub fn fall_back(
        &mut self,
        project: &Project,
        host: &dyn Host,
        unsayable: Vec<(String, String)>,
    ) -> Result<(), Diagnostic> {
        let shares = Shares::of(project, &self.known, &self.without_user);
        let around = Around::default();
        let surroundings = Surroundings {
            project,
            all: &self.known,
            shares: &shares,
            around: &around,
            settings: &self.settings,
            host,
        };
        let mut falling = Vec::new();
        for (name, blocker) in unsayable {
            let Some((service, known)) = model::service(project, &name).zip(self.known.get(&name)) else {
                continue;
            };
            let planned = self.services.get(&name).map(|s| &s.verdict);
            if matches!(planned, Some(Verdict::OnlyNoNewPrivileges { .. })) {
                falling.push((name, Start::as_written(&blocker, UNSAID), None));
                continue;
            }
            let cx = surroundings.of(service, known);
            let refusal = cx.refusal(user::ID, blocker, Vec::new(), UNSAID);
            if let Some(start) = resolve::falls_back(&cx, std::slice::from_ref(&refusal)) {
                falling.push((name, start, Some(refusal)));
            }
        }
        for (name, start, refusal) in falling {
            match (&start, refusal) {
                (Start::AsWritten { blocker, help }, None) => {
                    self.left.insert(name.clone(), (blocker.clone(), help.clone()));
                }
                (_, refusal) => self.refused.entry(name.clone()).or_default().extend(refusal),
            }
            if let Some(known) = self.known.get_mut(&name) {
                known.start = start;
            }
        }
        self.decide(CONTROLS, project, host)
    }
}
