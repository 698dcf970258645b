//! Whether what is known of an image is enough for a decision that counts as proven.

use super::catalog::{ImageFacts, Provenance};
use super::profile::Class;

impl ImageFacts {
    /// Whether any of these pieces of evidence proves something.
    pub fn proves(&self, names: &[String]) -> bool {
        self.strongest(names).is_some_and(|e| e.kind.proves())
    }

    /// Whether the class, the user and every path that it must write are documented, from a Dockerfile, or
    /// measured. An image that sets a non-root user itself needs no more than that.
    pub fn informed(&self) -> bool {
        let profile = &self.profile;
        if !self.proves(&profile.class.evidence) {
            return false;
        }
        match (profile.class.value, &profile.user) {
            (Class::Unknown, _) => false,
            (Class::Cannot, _) => true,
            (Class::Nonroot, None) => matches!(self.origin, Provenance::Dockerfile(_) | Provenance::Image(_)),
            (_, None) => false,
            (_, Some(user)) => {
                let mut needed = profile.writable.iter().filter(|w| !w.optional);
                self.proves(&user.evidence) && needed.all(|w| self.proves(&w.evidence))
            }
        }
    }
}
