//! Whether what is recorded of a tree is of the one that is there now under its name.
//!
//! A tree that was looked at has an identity in its record. The root of an empty volume is set without a look: there the
//! record must not be older than what is there now, by the clock of one machine.

use crate::act::date;
use crate::engine::Info;
use crate::owners::seen::made;

/// How sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Same {
    /// It is the one.
    Yes,
    /// It is another one.
    No,
    /// Nothing tells.
    Unknown,
}

/// What tells it, of a record.
#[derive(Debug, Clone)]
pub(super) struct SameProof {
    /// What tells the tree from others; empty where nobody looked at it.
    pub(super) identity: String,
    /// When the record was begun: RFC 3339, UTC.
    pub(super) date: String,
    /// When its file was named as it is, which nobody can set: it may be later than what it says, never earlier.
    pub(super) named: (i64, i64),
}

impl SameProof {
    /// Whether it is of the tree that has this identity now.
    pub(super) fn judge(&self, now: &str) -> Same {
        if now.is_empty() {
            return Same::Unknown;
        }
        if !self.identity.is_empty() {
            return if self.identity == now { Same::Yes } else { Same::No };
        }
        let Some(made) = made(now) else {
            return Same::Unknown;
        };
        let (second, part) = self.named;
        // Some file systems count whole seconds.
        let named = if part == 0 { (second + 1, 0) } else { self.named };
        // Dates of one length are in the order of their letters.
        let is_younger = made > named || date::text(made.0.unsigned_abs()) > self.date;
        if is_younger { Same::No } else { Same::Yes }
    }
}

/// Whether the engine has this machine's clock: it is on it, by its name, and not in a virtual machine of its own.
pub(super) fn has_our_clock(info: &Info) -> bool {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    !info.is_desktop() && name.is_ok_and(|name| !info.name.is_empty() && name.trim_end() == info.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(identity: &str, named: (i64, i64)) -> SameProof {
        SameProof {
            identity: identity.to_owned(),
            date: "2026-12-01T00:00:00Z".to_owned(),
            named,
        }
    }

    /// The moment of that date.
    const BEGUN: i64 = 1_796_083_200;

    #[test]
    fn a_tree_with_an_identity_is_told_by_it() {
        let one = proof("7-5.000000001", (BEGUN, 1));
        assert_eq!(one.judge("7-5.000000001"), Same::Yes);
        assert_eq!(one.judge("7-5.000000002"), Same::No);
        assert_eq!(one.judge("7"), Same::No);
        assert_eq!(one.judge(""), Same::Unknown);
    }

    #[test]
    fn one_without_is_not_older_than_what_is_there() {
        let one = proof("", (BEGUN, 500));
        let at = |second: i64, part: i64| one.judge(&format!("7-{second}.{part:09}"));
        assert_eq!(at(BEGUN - 9, 0), Same::Yes);
        assert_eq!(at(BEGUN, 500), Same::Yes);
        assert_eq!(at(BEGUN, 501), Same::No);
        assert_eq!(at(BEGUN + 1, 0), Same::No);
        // Its file was copied since.
        let copied = proof("", (BEGUN + 100, 0));
        assert_eq!(copied.judge(&format!("7-{}.000000000", BEGUN + 1)), Same::No);
        assert_eq!(copied.judge(&format!("7-{BEGUN}.900000000")), Same::Yes);
        // A file system that tells no date, and one that is not to be seen.
        assert_eq!(one.judge("7"), Same::Unknown);
        assert_eq!(one.judge(""), Same::Unknown);
    }
}
