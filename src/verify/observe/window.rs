//! Watches a container's processes over a while, so that those that come and go are seen.

use super::proc::{ProcView, Sighting};
use crate::verify::claims::supervises;
use crate::verify::observation::Process;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often the list of processes is read. A process shorter than this may be missed.
const TICK: Duration = Duration::from_millis(2);
/// How often a known process is looked at again, to see what it became.
const AGAIN: Duration = Duration::from_millis(50);

/// A container that is being watched.
pub(crate) struct Watch {
    view: ProcView,
    seen: BTreeMap<u32, Vec<Tracked>>,
}

struct Tracked {
    born: u64,
    looked: Instant,
    of_children: u64,
    process: Process,
}

impl Watch {
    /// Begins to watch.
    pub(crate) fn new(view: ProcView) -> Watch {
        Watch {
            view,
            seen: BTreeMap::new(),
        }
    }

    /// One look at everything that is due.
    fn tick(&mut self, start: Instant) {
        // What is there at the first look did not come within the window.
        let now = if self.seen.is_empty() { 0 } else { ms(start).max(1) };
        let pids = self.view.pids();
        for pid in &pids {
            let last = self.seen.get(pid).and_then(|all| all.last());
            let due = last.is_none_or(|t| t.process.gone || t.looked.elapsed() >= AGAIN);
            if due && let Some(sighting) = self.view.look(*pid) {
                self.note(sighting, now, &pids);
            }
        }
        for (pid, all) in &mut self.seen {
            if let Some(tracked) = all.last_mut()
                && pids.binary_search(pid).is_err()
            {
                tracked.process.gone = true;
            }
        }
    }

    fn note(&mut self, sighting: Sighting, now: u64, pids: &[u32]) {
        let from_outside = pids.binary_search(&sighting.status.parent).is_err();
        let first = self.seen.is_empty();
        let parent = self.seen.get(&sighting.status.parent).and_then(|all| all.last());
        let of_entered = parent.is_some_and(|t| t.process.entered);
        let age_ms = self.view.age_ms(sighting.born);
        let all = self.seen.entry(sighting.pid).or_default();
        match all.last_mut().filter(|t| t.born == sighting.born) {
            Some(tracked) => tracked.again(sighting, now),
            None => all.push(Tracked {
                born: sighting.born,
                looked: Instant::now(),
                of_children: sighting.of_children,
                process: Process {
                    pid: sighting.pid,
                    parent: sighting.status.parent,
                    command: sighting.command,
                    threads: sighting.status.threads,
                    credentials: sighting.credentials,
                    entered: of_entered || from_outside && !first && sighting.status.inner_pid != Some(1),
                    seen_ms: (now, now),
                    age_ms,
                    reaped: 0,
                    gone: false,
                    stopped: sighting.status.stopped,
                },
            }),
        }
    }

    /// What was seen, in the order of birth.
    fn processes(self) -> Vec<Process> {
        let mut all: Vec<Tracked> = self.seen.into_values().flatten().collect();
        all.sort_by_key(|t| (t.born, t.process.pid));
        all.into_iter().map(|t| t.process).collect()
    }
}

impl Tracked {
    fn again(&mut self, sighting: Sighting, now: u64) {
        let process = &mut self.process;
        self.looked = Instant::now();
        process.reaped += u32::from(sighting.of_children > self.of_children);
        self.of_children = sighting.of_children;
        process.seen_ms.1 = now;
        process.gone = false;
        process.stopped &= sighting.status.stopped;
        process.threads = process.threads.max(sighting.status.threads);
        process.command = sighting.command;
        for found in sighting.credentials {
            if !process.credentials.contains(&found) {
                process.credentials.push(found);
            }
        }
    }
}

/// Watches several containers for as long as `window`, and at least once.
pub(crate) fn watch(mut watches: Vec<Watch>, window: Duration) -> Vec<Vec<Process>> {
    let start = Instant::now();
    loop {
        for watch in &mut watches {
            watch.tick(start);
        }
        if start.elapsed() >= window {
            return watches.into_iter().map(Watch::processes).collect();
        }
        std::thread::sleep(TICK);
    }
}

/// Whether something may be being started over and over, so that a longer look is worth its time: a
/// supervisor lost a child, has a new one, or none.
pub(crate) fn suspicious(processes: &[Process]) -> bool {
    let restless = |parent: &Process| {
        let mut children = processes.iter().filter(|c| c.parent == parent.pid).peekable();
        // s6 has supervisors of its own, whose children come and go as they should.
        let own = parent.command.contains("s6-linux-init") || parent.command.contains("s6rc-");
        let idle = !own && children.peek().is_none();
        let young = |c: &Process| c.gone || c.age_ms < 2000 && parent.age_ms > c.age_ms + 5000;
        parent.reaped > 0 || idle || children.any(young)
    };
    processes.iter().any(|p| supervises(p) && !p.gone && restless(p))
}

fn ms(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}
