//! A decision about one service depends on what becomes of its neighbours: a volume may be given to a service only if the
//! others that mount it have the same user, and a neighbour that is refused does not get its user. So whoever is concerned
//! is decided about again, until nobody falls back any more.

use super::around::Around;
use super::context::Surroundings;
use super::control;
use super::decision::Decision;
use super::identity::Start;
use super::idle::idle_suppressions;
use super::shares::{self, Shares};
use super::{Plan, ServicePlan, Verdict, resolve};
use crate::diagnostic::Diagnostic;
use crate::facts::host::Host;
use crate::load::Project;
use crate::model::{self, Service};
use indexmap::IndexSet;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

/// A service for which what was planned is not carried out, though no control is against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fall {
    /// Its key in the project.
    pub service: String,
    /// Why not.
    pub blocker: String,
    /// What the person can do.
    pub help: String,
}

impl Plan {
    /// Decides about all services, then about those that something changed for. Each falls twice at most, to a start as
    /// root, then to what its author wrote, so this comes to an end.
    ///
    /// # Errors
    /// A suppression of a control which does not exist.
    pub(super) fn decide(&mut self, project: &Project, host: &dyn Host) -> Result<(), Diagnostic> {
        for service in model::services(project) {
            let undecided = ServicePlan::without_container();
            self.services.insert(service.name.to_owned(), undecided);
        }
        let waiting = model::services(project).filter(|s| self.known.contains_key(s.name));
        let waiting: Vec<Service> = waiting.collect();
        for service in &waiting {
            self.warnings
                .extend(self.known.get(service.name).and_then(|k| k.facts.unread.clone()));
        }
        self.go_on(project, host, waiting, true)
    }

    /// Decides about `waiting`, then about whom that changes something for.
    fn go_on<'p>(
        &mut self,
        project: &'p Project,
        host: &dyn Host,
        mut waiting: Vec<Service<'p>>,
        mut is_first: bool,
    ) -> Result<(), Diagnostic> {
        let mut shares = Shares::of(project, &self.known, &self.without_user);
        let neighbours = OnceCell::new();
        loop {
            let falling = self.round(project, host, &shares, &waiting, is_first)?;
            is_first = false;
            let mut changed: Vec<String> = Vec::new();
            for (name, start, refusals) in falling {
                if let Some(known) = self.known.get_mut(&name) {
                    known.start = start;
                }
                self.refused.entry(name.clone()).or_default().extend(refusals);
                changed.push(name);
            }
            if changed.is_empty() {
                changed = self.lose_users(project);
            }
            if changed.is_empty() {
                return Ok(());
            }
            let changed: Vec<Service> = changed
                .iter()
                .filter_map(|n| model::service(project, n))
                .collect();
            for service in &changed {
                shares.update(project, *service, &self.known, &self.without_user);
            }
            waiting = neighbours
                .get_or_init(|| Neighbours::of(project))
                .with(project, &changed);
        }
    }

    /// Decides about services once. Gives those that fall back, to which start, and for which refusals.
    fn round(
        &mut self,
        project: &Project,
        host: &dyn Host,
        shares: &Shares,
        waiting: &[Service],
        is_first: bool,
    ) -> Result<Vec<(String, Start, Vec<Decision>)>, Diagnostic> {
        let around = Around::default();
        let surroundings = Surroundings {
            project,
            shares,
            around: &around,
            volumes: &self.volumes,
            settings: &self.settings,
            host,
        };
        let mut falling = Vec::new();
        for service in waiting {
            let Some(known) = self.known.get(service.name) else {
                continue;
            };
            let cx = surroundings.of(*service, known);
            let decisions: Vec<Decision> = self.controls.iter().flat_map(|c| (c.decide)(&cx)).collect();
            if is_first {
                self.warnings.extend(idle_suppressions(
                    &self.controls,
                    known,
                    &decisions,
                    service.name,
                )?);
            }
            let decisions = resolve::settle(&cx, &self.controls, decisions);
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
            let mut planned = resolve::resolve(&cx, &self.controls, decisions, before);
            if let Some((blocker, help)) = self.left.get(service.name) {
                planned.leave(blocker, help);
            }
            self.services.insert(service.name.to_owned(), planned);
        }
        Ok(falling)
    }

    /// Those that share a volume and turned out to have no user after all, by the person's word for example.
    fn lose_users(&mut self, project: &Project) -> Vec<String> {
        let lost: Vec<String> = model::services(project)
            .filter(|s| !self.without_user.contains(s.name))
            .filter(|s| {
                let user = self.known.get(s.name).and_then(|k| k.start.user());
                user.is_some() && self.services.get(s.name).is_some_and(|p| p.user().is_none())
            })
            .filter(|s| !shares::uses(project, *s).is_empty())
            .map(|s| s.name.to_owned())
            .collect();
        self.without_user.extend(lost.iter().cloned());
        lost
    }

    /// Lets services fall back like those that a control refuses: what was planned for them cannot be said, did not work
    /// here, or may not be tried. Each falls one step: to the root start that is known for its image, else to what its author
    /// wrote with no-new-privileges, else to what its author wrote.
    ///
    /// # Errors
    /// None that the first planning did not have.
    pub fn fall_back(
        &mut self,
        project: &Project,
        host: &dyn Host,
        falls: Vec<Fall>,
    ) -> Result<(), Diagnostic> {
        let shares = Shares::of(project, &self.known, &self.without_user);
        let around = Around::default();
        let surroundings = Surroundings {
            project,
            shares: &shares,
            around: &around,
            volumes: &self.volumes,
            settings: &self.settings,
            host,
        };
        let mut falling = Vec::new();
        for Fall {
            service: name,
            blocker,
            help,
        } in falls
        {
            let Some((service, known)) = model::service(project, &name).zip(self.known.get(&name)) else {
                continue;
            };
            let planned = self.services.get(&name).map(|s| &s.verdict);
            if matches!(planned, Some(Verdict::OnlyNoNewPrivileges { .. })) {
                falling.push((name, Start::as_written(&blocker, &help), None));
                continue;
            }
            let cx = surroundings.of(service, known);
            let refusal = cx.refusal(control::USER, blocker, Vec::new(), help);
            if let Some(start) = resolve::falls_back(&cx, std::slice::from_ref(&refusal)) {
                falling.push((name, start, Some(refusal)));
            }
        }
        let mut fallen = Vec::new();
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
            fallen.extend(model::service(project, &name));
        }
        let waiting = Neighbours::of(project).with(project, &fallen);
        self.go_on(project, host, waiting, false)
    }
}

/// Which services mount which volume, by its name on the engine.
struct Neighbours<'p>(HashMap<String, Vec<&'p str>>);

impl<'p> Neighbours<'p> {
    fn of(project: &'p Project) -> Self {
        let mut volumes: HashMap<String, Vec<&str>> = HashMap::new();
        for service in model::services(project) {
            for used in shares::uses(project, service) {
                volumes.entry(used.volume).or_default().push(service.name);
            }
        }
        Neighbours(volumes)
    }

    /// These services and those that share a volume with one of them.
    fn with(&self, project: &'p Project, services: &[Service<'p>]) -> Vec<Service<'p>> {
        let mut names: IndexSet<&str> = services.iter().map(|s| s.name).collect();
        let volumes: HashSet<String> = services
            .iter()
            .flat_map(|s| shares::uses(project, *s))
            .map(|used| used.volume)
            .collect();
        for volume in &volumes {
            names.extend(self.0.get(volume).into_iter().flatten());
        }
        names
            .iter()
            .filter_map(|name| model::service(project, name))
            .collect()
    }
}
