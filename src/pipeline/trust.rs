//! What earlier starts found out about a plan, and what of it may be carried out without that.

use super::fingerprint;
use crate::act::receipts::{Receipt, Receipts};
use crate::engine::Engine;
use crate::load::Project;
use crate::model::{self, image_of};
use crate::plan::confidence::Confidence;
use crate::plan::{Fall, Plan, ServicePlan, Verdict};
use crate::tree::Node;
use indexmap::{IndexMap, IndexSet};

/// How often a service may fall: to a root start, to as written but for one change, to as written.
pub(super) const STEPS: usize = 4;

/// What was found out before, of images as they are now.
pub(super) struct Trust<'t> {
    receipts: &'t Receipts,
    /// By service, the id of its image here.
    images: IndexMap<String, String>,
    /// Where a guess may not be tried, the words for that.
    no_guesses: Option<&'t str>,
}

impl<'t> Trust<'t> {
    /// Asks the engine for the images of services of which something is known.
    pub(super) fn new(
        project: &Project,
        receipts: &'t Receipts,
        no_guesses: Option<&'t str>,
        ask: &dyn Fn(&[String]) -> Vec<Option<String>>,
    ) -> Trust<'t> {
        let known: IndexSet<&str> = receipts.all().map(|r| r.service.as_str()).collect();
        let services = known.into_iter().filter_map(|name| model::service(project, name));
        let named: Vec<(String, String)> = services
            .map(|service| (service.name.to_owned(), image_of(project, service)))
            .collect();
        let names: Vec<String> = named.iter().map(|(_, image)| image.clone()).collect();
        let ids = if names.is_empty() { Vec::new() } else { ask(&names) };
        let images = named
            .into_iter()
            .zip(ids)
            .filter_map(|((service, _), id)| Some((service, id?)));
        Trust {
            receipts,
            images: images.collect(),
            no_guesses,
        }
    }

    /// Marks what was tried here, and gives what falls.
    pub(super) fn judge(&self, project: &Project, plan: &mut Plan, hardened: &Node) -> Vec<Fall> {
        let mut falls = Vec::new();
        for (name, service) in &mut plan.services {
            if !changes(service) {
                continue;
            }
            match self.receipt(project, hardened, name).map(|r| (&r.failed, r)) {
                Some((None, _)) => service.is_tried_here = true,
                Some((Some(why), receipt)) => falls.push(Fall {
                    service: name.clone(),
                    blocker: match receipt.alike {
                        true => format!("it worked neither way here on {}: {why}", day(receipt)),
                        false => format!("it did not work here on {}: {why}", day(receipt)),
                    },
                    help: format!("`nrcompose up -d --nr-force {name}` tries it again"),
                }),
                None => falls.extend(
                    self.no_guesses
                        .filter(|_| is_risky_guess(service))
                        .map(|place| Fall {
                            service: name.clone(),
                            blocker: format!("what is known of its image is a guess, and {place}"),
                            help: "`nrcompose up -d` tries it, watched; `--nr-guess` takes the guess"
                                .to_owned(),
                        }),
                ),
            }
        }
        falls
    }

    fn receipt(&self, project: &Project, hardened: &Node, service: &str) -> Option<&'t Receipt> {
        let image = self.images.get(service)?;
        let plan = fingerprint::of_service(project, hardened, service);
        self.receipts.of(service, image, &plan)
    }
}

/// The ids of images, where some of them are known; the engine is asked for the others, if there are any.
pub(super) fn ids(engine: &dyn Engine, names: &[String], known: Vec<Option<String>>) -> Vec<Option<String>> {
    let named = || names.iter().zip(&known);
    let open: Vec<String> = named()
        .filter(|(_, id)| id.is_none())
        .map(|(name, _)| name.clone())
        .collect();
    if open.is_empty() {
        return known;
    }
    let found = engine.images(&open).unwrap_or_default();
    let found: IndexMap<&String, String> = open
        .iter()
        .zip(found)
        .filter_map(|(name, image)| Some((name, image?.id)))
        .collect();
    named()
        .map(|(name, id)| id.clone().or_else(|| found.get(name).cloned()))
        .collect()
}

/// Whether the plan wants it otherwise than its author wrote it.
pub(crate) fn changes(service: &ServicePlan) -> bool {
    !service.is_refused() && service.verdict != Verdict::ExplicitRoot
}

/// With no-new-privileges alone little is risked, and that is only added where it is known to be harmless.
fn is_risky_guess(service: &ServicePlan) -> bool {
    let is_small = matches!(service.verdict, Verdict::OnlyNoNewPrivileges { .. });
    !is_small && service.confidence() == Confidence::Guessed
}

fn day(receipt: &Receipt) -> &str {
    receipt.date.get(..10).unwrap_or(&receipt.date)
}
