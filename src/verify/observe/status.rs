//! `/proc/PID/status`.

use crate::verify::observation::{Credentials, Powers};

/// What one thread's status says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its name.
    pub name: String,
    /// The parent, as the reader counts; 0 when it is outside the reader's view.
    pub parent: u32,
    /// Whether it has ended and waits to be collected.
    pub zombie: bool,
    /// Threads of its process.
    pub threads: u32,
    /// Who it is, as the reader counts.
    pub credentials: Credentials,
    /// Its pid in its own, innermost namespace.
    pub inner_pid: Option<u32>,
}

/// Reads a status. `None` when it is not one.
pub fn parse(text: &str) -> Option<Status> {
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

/// A `uid_map` or `gid_map`: from the ids of the reader to those of the namespace.
pub struct IdMap(Vec<(u32, u32, u32)>);

impl IdMap {
    /// Reads the map; one that cannot be read maps every id to itself.
    pub fn parse(text: &str) -> IdMap {
        let rows = text.lines().filter_map(|line| {
            let mut numbers = line.split_whitespace().map(|n| n.parse().ok());
            Some((numbers.next()??, numbers.next()??, numbers.next()??))
        });
        IdMap(rows.collect())
    }

    /// The id inside; one without a place there is what the kernel shows for it, the overflow id.
    pub fn inside(&self, id: u32) -> u32 {
        if self.0.is_empty() {
            return id;
        }
        let row = self
            .0
            .iter()
            .find(|(_, outside, count)| id >= *outside && id - outside < *count);
        row.map_or(65534, |(inside, outside, _)| inside + (id - outside))
    }

    /// Whether it changes nothing.
    pub fn is_identity(&self) -> bool {
        self.0.iter().all(|(inside, outside, _)| inside == outside)
    }
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

    #[test]
    fn ids_are_told_as_the_container_counts() {
        let map = IdMap::parse("         0     100000      65536\n");
        assert_eq!(
            (map.inside(100_000), map.inside(100_033), map.inside(0)),
            (0, 33, 65534)
        );
        assert!(IdMap::parse("0 0 4294967295").is_identity());
        assert_eq!(IdMap::parse("").inside(7), 7);
    }
}
