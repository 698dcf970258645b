//! The one honest word for a container.

use super::claims::is_root;
use super::observation::{Observation, Process};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who a container runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWord {
    /// No process is root, and none enters as root.
    NonRoot,
    /// It was started as root, and some or all of its processes are somebody else now.
    StartsAsRootThenDrops,
    /// All are root.
    Root,
    /// No process was seen.
    Unknown,
}

impl fmt::Display for VerdictWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            VerdictWord::NonRoot => "non-root",
            VerdictWord::StartsAsRootThenDrops => "starts as root, then drops",
            VerdictWord::Root => "root",
            VerdictWord::Unknown => "unknown",
        })
    }
}

/// The word for what was seen.
pub(crate) fn class(seen: &Observation) -> VerdictWord {
    // Who comes in from outside is told, and makes the service no other.
    let own = || seen.processes.iter().filter(|p| !p.entered);
    let roots = own().filter(|p| is_root_process(p)).count();
    let always_root = |p: &Process| p.credentials.iter().all(|c| c.uid.iter().all(|id| *id == 0));
    match own().count() {
        0 => VerdictWord::Unknown,
        _ if own().all(always_root) => VerdictWord::Root,
        _ if roots == 0 && !is_root(&seen.engine.user) => VerdictWord::NonRoot,
        _ => VerdictWord::StartsAsRootThenDrops,
    }
}

/// Whether any thread had uid 0 in any place at any time.
pub(crate) fn is_root_process(process: &Process) -> bool {
    process.credentials.iter().any(|c| c.uid.contains(&0))
}
