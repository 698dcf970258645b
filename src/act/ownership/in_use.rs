//! Who runs on a volume while it is to be given to somebody else.

use super::Ownership;
use super::place::{Place, Wanted};
use crate::diagnostic::Diagnostic;
use crate::engine::Container;
use anyhow::{Result, bail};

impl Ownership<'_> {
    /// Whoever else runs on a volume would find it given away. Of a directory that was given to a service on purpose, the
    /// person is told who uses it.
    pub(super) fn must_be_unused(&self, want: &Wanted) -> Result<()> {
        if matches!(want.place, Place::Directory(_)) {
            return Ok(());
        }
        let running = self.running_with(&want.place)?;
        if running.is_empty() {
            return Ok(());
        }
        let asked = want.seen_in.iter().map(|(id, _)| id.clone());
        let own = self
            .engine
            .inspect(&asked.collect::<Vec<_>>())
            .unwrap_or_default();
        let own = own.first().map_or("", Container::project);
        let others: Vec<String> = self
            .engine
            .still_there(&running)?
            .into_iter()
            .filter(|one| {
                let is_same = !own.is_empty()
                    && one.project() == own
                    && want.services.iter().any(|s| s == one.service());
                let is_as_wanted = one.config.user == want.ids.to_string();
                !is_same && !is_as_wanted
            })
            .map(|one| one.name.trim_start_matches('/').to_owned())
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        let names = others.join(" ");
        let message = format!(
            "giving {} to {}: it is in use by the running container {}; nothing was changed",
            want.place,
            want.ids,
            others.join(", ")
        );
        bail!(Diagnostic::error(message).help(format!("stop it first: `docker stop {names}`")))
    }
}
