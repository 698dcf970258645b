//! Where this machine's docker has its plugins.

use std::path::PathBuf;

/// For a docker that gets no environment: Compose may be a plugin there.
pub(crate) fn folder() -> PathBuf {
    let own = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    own.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".docker"))
}
