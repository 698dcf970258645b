//! As whom every process of a container runs, and with which rights: read from the host's /proc, since a
//! container's own first process hides its workers.

use crate::run::docker;

#[derive(Debug)]
pub(crate) struct Process {
    pub command: String,
    /// Real, effective, saved, file system.
    pub uids: Vec<u32>,
    /// The same four, then the supplementary groups.
    pub gids: Vec<u32>,
    pub effective: u64,
    pub bounding: u64,
    pub no_new_privileges: bool,
}

impl Process {
    pub(crate) fn is_root(&self) -> bool {
        self.uids.contains(&0)
    }
}

/// All processes of a running container.
#[track_caller]
pub(crate) fn of(container: &str) -> Vec<Process> {
    let listing = docker(&["top", container, "-eo", "pid"]).ok();
    let found: Vec<Process> = listing
        .lines()
        .skip(1)
        .filter_map(|pid| read(pid.trim()))
        .collect();
    assert!(
        !found.is_empty(),
        "no process of {container} can be read in /proc: is the engine remote?"
    );
    found
}

/// None when the process ended meanwhile.
fn read(pid: &str) -> Option<Process> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
    };
    let numbers = |name| {
        field(name)?
            .split_whitespace()
            .map(|n| n.parse().ok())
            .collect::<Option<Vec<u32>>>()
    };
    let mask = |name| u64::from_str_radix(field(name)?, 16).ok();
    let mut gids = numbers("Gid:")?;
    gids.extend(numbers("Groups:")?);
    Some(Process {
        command: field("Name:")?.to_owned(),
        uids: numbers("Uid:")?,
        gids,
        effective: mask("CapEff:")?,
        bounding: mask("CapBnd:")?,
        no_new_privileges: field("NoNewPrivs:")? == "1",
    })
}

/// Capabilities as a mask of that kind.
pub(crate) fn mask(names: &[&str]) -> u64 {
    let bit = |name: &str| match name {
        "CHOWN" => 1 << 0,
        "DAC_OVERRIDE" => 1 << 1,
        "FOWNER" => 1 << 3,
        "KILL" => 1 << 5,
        "SETGID" => 1 << 6,
        "SETUID" => 1 << 7,
        "NET_BIND_SERVICE" => 1 << 10,
        _ => panic!("no bit known for {name}"),
    };
    names.iter().map(|name| bit(name)).sum()
}
