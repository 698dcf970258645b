//! Whether what is known of an image is enough for a decision that counts as proven.

use super::catalog::ImageFacts;
use super::profile::Class;

impl ImageFacts {
    /// Whether any of these pieces of evidence proves something.
    pub fn proves(&self, names: &[String]) -> bool {
        self.doubt.is_none() && self.strongest(names).is_some_and(|e| e.kind.proves())
    }

    /// Whether the class, the user and every path that it must write are documented, from a Dockerfile, or
    /// measured. An image that sets a non-root user itself needs no more than that.
    pub fn informed(&self) -> bool {
        let profile = &self.profile;
        if !self.proves(&profile.class.evidence) {
            return false;
        }
        let mut needed = profile.writable.iter().filter(|w| !w.optional);
        let paths = needed.all(|w| self.proves(&w.evidence));
        match (profile.class.value, &profile.user) {
            (Class::Unknown, _) => false,
            (Class::Cannot, _) => true,
            // Its own user stays, whatever its number is.
            (Class::Nonroot, _) => paths,
            (_, None) => false,
            (_, Some(user)) => self.proves(&user.evidence) && paths,
        }
    }
}
