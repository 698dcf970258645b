//! What one call lists of the containers that Compose made.

/// A container of Compose's, by what one call lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// The full id.
    pub id: String,
    /// As `docker ps` shows it.
    pub name: String,
    /// From Compose's label, as the service below.
    pub project: String,
    /// The service that it is one container of.
    pub service: String,
    /// The files that Compose was given, separated by commas.
    pub files: String,
    /// Whether it was made for `run`.
    pub oneoff: bool,
    /// What it is doing, in the engine's words: `Up 2 hours`, `Exited (1) 3 seconds ago`, `Restarting (1) …`.
    pub status: String,
}

impl Composed {
    /// Whether it should run and does not: it ended, and not well.
    pub fn is_down(&self) -> bool {
        let ended = self.status.starts_with("Exited (") && !self.status.starts_with("Exited (0)");
        ended
            || ["Restarting", "Dead"]
                .iter()
                .any(|word| self.status.starts_with(word))
    }
}
