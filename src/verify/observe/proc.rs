//! A container's processes in a `/proc`: this machine's, or that of a helper beside the container.

use super::status::{Status, parse};
use crate::engine::IdMap;
use crate::verify::observation::Credentials;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a container's processes are found.
pub(crate) struct ProcView {
    /// The mounted `/proc`.
    pub proc: PathBuf,
    /// Which of its processes are the container's.
    pub members: Members,
    /// How the container counts users.
    pub uids: IdMap,
    /// How the container counts groups.
    pub gids: IdMap,
}

/// Which processes are the container's.
pub(crate) enum Members {
    /// Those in this control group and below.
    Cgroup(PathBuf),
    /// All that can be seen, but for the looker itself.
    AllBut(u32),
}

/// One process at one moment.
pub(crate) struct Sighting {
    pub pid: u32,
    /// When it was born, in ticks since the machine's start; tells a pid that was used again.
    pub born: u64,
    /// The page faults of the children it has collected: a number that grows with each of them.
    pub of_children: u64,
    /// Its main thread.
    pub status: Status,
    /// The credentials of all its threads, each once.
    pub credentials: Vec<Credentials>,
    /// Its command line; the name in brackets when it has none.
    pub command: String,
}

impl ProcView {
    /// The pids of the container, now.
    pub(crate) fn pids(&self) -> Vec<u32> {
        let mut pids = Vec::new();
        match &self.members {
            Members::Cgroup(directory) => cgroup(directory, &mut pids),
            Members::AllBut(own) => {
                let entries = fs::read_dir(&self.proc).into_iter().flatten().flatten();
                pids.extend(
                    entries
                        .filter_map(|e| e.file_name().to_str()?.parse().ok())
                        .filter(|p: &u32| p != own),
                );
            }
        }
        pids.sort_unstable();
        pids.dedup();
        pids
    }

    /// Looks at one process. `None` when it is gone, a zombie, or not yet the container's: an engine's own
    /// program on its way to become a process of the container.
    pub(crate) fn look(&self, pid: u32) -> Option<Sighting> {
        let directory = self.proc.join(pid.to_string());
        let read = |name: &str| fs::read_to_string(directory.join(name)).ok();
        let status = parse(&read("status")?)?;
        if status.zombie || self.engine_init(&directory, &status) {
            return None;
        }
        let stat = read("stat")?;
        let born = field(&stat, 22)?;
        let mut credentials = vec![self.inside(&status.credentials)];
        if status.threads > 1 {
            for thread in threads(&directory) {
                let Some(status) = fs::read_to_string(thread.join("status"))
                    .ok()
                    .and_then(|t| parse(&t))
                else {
                    continue;
                };
                let found = self.inside(&status.credentials);
                if !credentials.contains(&found) {
                    credentials.push(found);
                }
            }
        }
        let command = command(&directory).unwrap_or_else(|| format!("[{}]", status.name));
        Some(Sighting {
            pid,
            born,
            of_children: field(&stat, 11)?,
            status,
            credentials,
            command,
        })
    }

    /// How long ago something was born.
    pub(crate) fn age_ms(&self, born: u64) -> u64 {
        // Userland has been told hundredths of a second on every Linux there is.
        const TICK_MS: u64 = 10;
        let text = fs::read_to_string(self.proc.join("uptime")).unwrap_or_default();
        let seconds: f64 = text.split(' ').next().and_then(|s| s.parse().ok()).unwrap_or(0.0);
        let now = Duration::try_from_secs_f64(seconds)
            .unwrap_or_default()
            .as_millis();
        u64::try_from(now)
            .unwrap_or(u64::MAX)
            .saturating_sub(born * TICK_MS)
    }

    /// The runtime enters a container as root and becomes the process it was asked for only then. Its
    /// program is not the container's: it comes from outside (a parent that is no member), and bears this
    /// name. A program of the container that takes the name has a parent inside.
    fn engine_init(&self, directory: &Path, status: &Status) -> bool {
        let named = status.name.starts_with("runc:[") || status.name == "runc" || status.name == "crun";
        named && !self.is_member(directory, status.parent)
    }

    fn is_member(&self, directory: &Path, pid: u32) -> bool {
        match &self.members {
            Members::AllBut(_) => pid != 0,
            Members::Cgroup(_) => {
                let group = |d: &Path| fs::read_to_string(d.join("cgroup")).ok();
                pid != 0
                    && group(directory).is_some_and(|g| Some(g) == group(&self.proc.join(pid.to_string())))
            }
        }
    }

    fn inside(&self, found: &Credentials) -> Credentials {
        Credentials {
            uid: found.uid.map(|id| self.uids.inside(id)),
            gid: found.gid.map(|id| self.gids.inside(id)),
            groups: found.groups.iter().map(|id| self.gids.inside(*id)).collect(),
            powers: found.powers.clone(),
        }
    }
}

fn cgroup(directory: &Path, pids: &mut Vec<u32>) {
    let procs = fs::read_to_string(directory.join("cgroup.procs")).unwrap_or_default();
    pids.extend(procs.lines().filter_map(|l| l.parse::<u32>().ok()));
    let below = fs::read_dir(directory).into_iter().flatten().flatten();
    for entry in below.filter(|e| e.file_type().is_ok_and(|t| t.is_dir())) {
        cgroup(&entry.path(), pids);
    }
}

fn threads(directory: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(directory.join("task"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
}

/// A field of `stat`, as proc(5) counts. The name before them may hold anything, so they are counted from the
/// last parenthesis.
fn field(stat: &str, number: usize) -> Option<u64> {
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(number - 3)?
        .parse()
        .ok()
}

fn command(directory: &Path) -> Option<String> {
    let bytes = fs::read(directory.join("cmdline")).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let words: Vec<&str> = text.split('\0').filter(|w| !w.is_empty()).collect();
    // What an arbitrary program calls itself must not steer the terminal.
    let line: String = words
        .join(" ")
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(400)
        .collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birth_is_found_behind_any_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 98765 4096";
        assert_eq!((field(stat, 22), field(stat, 11)), (Some(98765), Some(2)));
    }

    #[test]
    fn one_sees_oneself() {
        let view = ProcView {
            proc: "/proc".into(),
            members: Members::AllBut(0),
            uids: IdMap::parse(""),
            gids: IdMap::parse(""),
        };
        let own = std::process::id();
        assert!(view.pids().contains(&own));
        let seen = view.look(own).unwrap();
        assert_eq!(seen.credentials.len(), 1);
        assert!(seen.command.contains("nrcompose"));
    }
}
