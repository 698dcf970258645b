//! `/proc/PID/status`.

use crate::verify::observation::{Credentials, Powers};

/// What one thread's status says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    pub name: String,
    /// The parent, as the reader counts; 0 when it is outside the reader's view.
    pub parent: u32,
    /// Whether it has ended and waits to be collected.
    pub zombie: bool,
    /// Whether a signal stopped it.
    pub stopped: bool,
    /// Threads of its process.
    pub threads: u32,
    /// Who it is, as the reader counts.
    pub credentials: Credentials,
    /// Its pid in its own, innermost namespace.
    pub inner_pid: Option<u32>,
}

/// Reads a status. `None` when it is not one.
pub(crate) fn parse(text: &str) -> Option<Status> {
    let field = |name: &str| {
        text.lines()
            .find_map(|l| l.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
    };
    let mask = |name: &str| u64::from_str_radix(field(name)?, 16).ok();
    let numbers = |name: &str| -> Option<Vec<u32>> {
        field(name)?.split_whitespace().map(|n| n.parse().ok()).collect()
    };
    let four = |name: &str| -> Option<[u32; 4]> { numbers(name)?.try_into().ok() };
    Some(Status {
        name: field("Name")?.to_owned(),
        parent: field("PPid")?.parse().ok()?,
        zombie: field("State")?.starts_with(['Z', 'X']),
        // In lower case a debugger holds it.
        stopped: field("State")?.starts_with('T'),
        threads: field("Threads").and_then(|t| t.parse().ok()).unwrap_or(1),
        credentials: Credentials {
            uid: four("Uid")?,
            gid: four("Gid")?,
            groups: numbers("Groups")?,
            powers: Some(Powers {
                inheritable: mask("CapInh")?,
                permitted: mask("CapPrm")?,
                effective: mask("CapEff")?,
                bounding: mask("CapBnd")?,
                // Before Linux 4.3 there was none.
                ambient: mask("CapAmb").unwrap_or(0),
                // Before Linux 4.10 it was not shown; then it counts as not set.
                no_new_privileges: field("NoNewPrivs") == Some("1"),
                seccomp: field("Seccomp").and_then(|s| s.parse().ok()),
            }),
        },
        inner_pid: numbers("NSpid").and_then(|n| n.last().copied()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Name:\tnginx\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t7\nNgid:\t0\nPid:\t7\nPPid:\t1\n\
        Uid:\t101\t101\t0\t101\nGid:\t101\t101\t101\t101\nGroups:\t0 999 \nNSpid:\t4007\t7\nThreads:\t3\n\
        CapInh:\t0000000000000000\nCapPrm:\t0000000000000400\nCapEff:\t0000000000000400\n\
        CapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n";

    #[test]
    fn a_status_is_read() {
        let status = parse(STATUS).unwrap();
        assert_eq!(
            (status.name.as_str(), status.parent, status.threads),
            ("nginx", 1, 3)
        );
        assert_eq!(status.credentials.uid, [101, 101, 0, 101]);
        assert_eq!(status.credentials.groups, [0, 999]);
        assert_eq!(status.inner_pid, Some(7));
        let powers = status.credentials.powers.unwrap();
        assert_eq!((powers.effective, powers.bounding), (0x400, 0xa804_25fb));
        assert!(powers.no_new_privileges);
        assert_eq!(powers.seccomp, Some(2));
        assert_eq!(parse("Name:\tx\n"), None);
    }
}
