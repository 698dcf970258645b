//! Which receipts count for a project: those of this engine, and those that the person hands in.

use super::date;
use super::receipts::{Receipt, Receipts, UnreadReceipts};
use super::state::StateDirectory;
use crate::load::Project;

/// Where receipts are looked for.
#[derive(Debug, Clone, Default)]
pub struct ReceiptSource {
    /// Where those of this machine are kept; none where they are not to be read.
    pub(crate) state: Option<StateDirectory>,
    /// Those of a file: of a team, or of the run before. They count on any engine.
    pub(crate) handed_in: Receipts,
    /// Whether what failed is tried again.
    pub(crate) retries: bool,
}

impl ReceiptSource {
    /// Those that count for a project on an engine, by its id and version; and a file of which none do.
    pub(crate) fn of(&self, project: &Project, engine: &str) -> (Receipts, Option<UnreadReceipts>) {
        let kept = self.state.as_ref();
        let kept = kept.map(|state| state.read_receipts(&project.name, &project.directory));
        let (kept, unread) = kept.unwrap_or_default();
        let mut receipts = kept.only(|r| !engine.is_empty() && r.engine == engine);
        receipts.extend(self.handed_in.clone());
        let now = date::now();
        let counts = |r: &Receipt| r.counts_at(&now) && (!self.retries || r.failed.is_none());
        (receipts.only(counts), unread)
    }
}
