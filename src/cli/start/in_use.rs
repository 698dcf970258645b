//! Directories of the host that are asked for while somebody else runs on them.

use super::Starting;
use crate::act::ownership::{Ownership, Wanted};
use crate::cli::ownership::runs_on::{self, RunsOn};
use crate::diagnostic::Diagnostic;
use crate::pipeline::failure::Failure;

impl Starting<'_> {
    /// Whoever else runs on a directory would find it given away. Who runs on what is right already goes on.
    ///
    /// # Errors
    /// A running container of another user, and what is not the service's user's yet.
    pub(super) fn must_be_unused(
        &self,
        ownership: &Ownership<'_>,
        directories: &[Wanted],
    ) -> Result<(), Failure> {
        if directories.is_empty() {
            return Ok(());
        }
        let running = runs_on::find(&self.engine, directories)?;
        for (want, running) in directories.iter().zip(&running) {
            let others: Vec<&RunsOn> = running.iter().filter(|one| self.is_other(one, want)).collect();
            let Some(first) = others.first() else { continue };
            let looks = ownership.look(std::slice::from_ref(want))?;
            if looks.iter().all(|look| look.wrong == 0) {
                continue;
            }
            let message = format!(
                "giving {} to {} for {}: it is in use by the running container {}, whose user is {}; nothing was started",
                want.place,
                want.ids,
                want.services.join(", "),
                first.container,
                first.user(),
            );
            let names: Vec<&str> = others.iter().map(|one| one.container.as_str()).collect();
            let help = format!(
                "give both one user, or each a directory of its own; or stop it first: `docker stop {}`",
                names.join(" ")
            );
            let mut error = Diagnostic::error(message).help(help);
            let mut services = want.services.iter();
            let planned = services.find_map(|name| self.prepared.plan.services.get(name));
            if let (Some(planned), Some(path)) = (planned, want.place.directory()) {
                error = error.at(planned.asks_for(path));
            }
            return Err(Failure::load(error, &self.prepared.project.sources));
        }
        Ok(())
    }

    /// Whether it is another user that cannot do without the directory: not a container of these services, and not one that
    /// the same project runs as root, which writes whatever its owner is.
    fn is_other(&self, one: &RunsOn, want: &Wanted) -> bool {
        let is_ours = one.project() == self.prepared.project.name;
        let is_same = is_ours && want.services.iter().any(|name| name == one.service());
        one.is_another(want.ids) && !is_same && !(is_ours && one.is_root())
    }
}
