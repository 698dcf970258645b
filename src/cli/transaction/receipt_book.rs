//! What a start found out, kept for the next one.

use crate::act::date;
use crate::act::receipts::{Receipt, Receipts};
use crate::cli::session::Session;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::engine::Engine;
use crate::pipeline::{Prepared, fingerprint};
use crate::tree::Sources;
use crate::watch::outcome::{NOT_HELD, ServiceOutcome};

/// Writes receipts of one project.
pub(crate) struct ReceiptBook<'n> {
    session: &'n Session,
    engine: &'n dyn Engine,
    receipts: Receipts,
    name: String,
    directory: std::path::PathBuf,
}

impl<'n> ReceiptBook<'n> {
    /// With what is known of the project.
    pub(crate) fn of(session: &'n Session, engine: &'n dyn Engine, prepared: &Prepared) -> ReceiptBook<'n> {
        let project = &prepared.project;
        let state = session.state();
        let receipts = state.map(|s| s.read_receipts(&project.name, &project.directory).0);
        ReceiptBook {
            session,
            engine,
            receipts: receipts.unwrap_or_default(),
            name: project.name.clone(),
            directory: project.directory.clone(),
        }
    }

    /// What came of a service, started as this plan has it from the image with this id.
    pub(crate) fn receipt(
        &self,
        prepared: &Prepared,
        service: &str,
        image: &str,
        outcome: &ServiceOutcome,
    ) -> Option<Receipt> {
        let (probe, claims, failed) = match outcome {
            ServiceOutcome::Passed { broken: Some(_), .. } | ServiceOutcome::Open { .. } => return None,
            ServiceOutcome::Passed { probe, claims, .. } => (probe.clone(), claims.clone(), None),
            ServiceOutcome::Failed { why, .. } => (String::new(), Vec::new(), Some(why.clone())),
        };
        let found = self.engine.images(&[image.to_owned()]).ok();
        let found = found.and_then(|mut images| images.pop().flatten());
        Some(Receipt {
            service: service.to_owned(),
            image: image.to_owned(),
            digests: found.as_ref().map(|i| i.repo_digests.clone()).unwrap_or_default(),
            architecture: found.map(|i| i.architecture).unwrap_or_default(),
            plan: fingerprint::of_service(&prepared.project, &prepared.hardened, service),
            engine: prepared.plan.settings.engine.id.clone(),
            claims,
            probe,
            date: date::now(),
            failed,
            alike: false,
        })
    }

    /// What came of a service from this image by this plan, if that was found out.
    pub(crate) fn known(&self, service: &str, image: &str, plan: &str) -> Option<&Receipt> {
        self.receipts.of(service, image, plan)
    }

    /// Those of a service that passed.
    pub(crate) fn of_service(&self, service: &str) -> impl Iterator<Item = &Receipt> {
        self.receipts
            .all()
            .filter(move |r| r.service == service && r.failed.is_none())
    }

    /// Keeps it.
    pub(crate) fn add(&mut self, receipt: Option<Receipt>) {
        if let Some(receipt) = receipt {
            self.receipts.add(receipt);
        }
    }

    /// Whether a service that runs as its author wrote it lacks just what it lacked by its plan, and runs: then its plan has no
    /// part in that, and counts as tried.
    pub(crate) fn is_same_as_planned(&mut self, service: &str, since: &str, why: &str) -> bool {
        why.starts_with(NOT_HELD) && self.receipts.works_as_written(service, since, why)
    }

    /// Notes that a service does not work as its author wrote it, either.
    pub(crate) fn fails_alike(&mut self, service: &str) {
        self.receipts.fails_alike(service);
    }

    /// Writes all of them down. Where that cannot be, the person is told that the next start finds out once more.
    pub(crate) fn write(&self) {
        let Some(state) = self.session.state() else {
            return;
        };
        if let Err(error) = state.write_receipts(&self.name, &self.directory, &self.receipts) {
            let text = format!("what was found out is not kept: {error:#}");
            let help = "the next `nrcompose up -d` watches the same services again";
            let told = Diagnostic::new(Topic::Watched, text).help(help);
            self.session.tell(&told, &Sources::default());
        }
    }
}
