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
}
