//! The directory that may be given, held fast by what the file system says of it: the engine mounts whatever is at its
//! path later.

use crate::diagnostic::Diagnostic;
use crate::facts::giving::Giving;
use crate::owners::here::identity_at;
use std::path::Path;

/// What tells the directory that a path leads to from another one; empty where it cannot be seen from here.
///
/// # Errors
/// What is there now is never given.
pub(crate) fn identity(giving: Giving, path: &Path) -> Result<String, Diagnostic> {
    let real = giving.host.real(path);
    match giving.why_not(&real) {
        Some(why) => Err(refused(path, why)),
        None => identity_of_real(&real),
    }
}

/// The same of one that was found to be given, by its real path.
///
/// # Errors
/// A link is there by now, or leads there.
pub(crate) fn identity_of_real(path: &Path) -> Result<String, Diagnostic> {
    identity_at(path).map_err(|error| refused(path, &error.to_string()))
}

fn refused(path: &Path, why: &str) -> Diagnostic {
    let text = format!("giving {}: {why}", path.display());
    Diagnostic::error(text).help("see what is there now, and who put it there; then run it again")
}
