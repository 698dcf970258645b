//! The last resort: the engine's `top`. All ids of all processes, no threads, no capabilities.

use crate::engine::{Engine, EngineResult};
use crate::verify::observation::{Credentials, Process};
use std::time::{Duration, Instant};

const COLUMNS: [&str; 11] = [
    "pid", "ppid", "ruid", "euid", "suid", "fuid", "rgid", "egid", "sgid", "supgid", "args",
];

/// Asks again and again for as long as `window`, and at least once.
pub(crate) fn watch(engine: &dyn Engine, id: &str, window: Duration) -> EngineResult<Vec<Process>> {
    let start = Instant::now();
    let mut all: Vec<Process> = Vec::new();
    loop {
        let now = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let present = processes(engine, id)?;
        for known in &mut all {
            known.gone = !present
                .iter()
                .any(|p| p.pid == known.pid && p.command == known.command);
        }
        for found in present {
            match all
                .iter_mut()
                .find(|k| k.pid == found.pid && k.command == found.command)
            {
                Some(known) => {
                    known.seen_ms.1 = now;
                    let new = found
                        .credentials
                        .into_iter()
                        .filter(|c| !known.credentials.contains(c));
                    let new: Vec<Credentials> = new.collect();
                    known.credentials.extend(new);
                }
                None => all.push(Process {
                    seen_ms: (now, now),
                    ..found
                }),
            }
        }
        if start.elapsed() >= window {
            return Ok(all);
        }
    }
}

/// Asks once.
fn processes(engine: &dyn Engine, id: &str) -> EngineResult<Vec<Process>> {
    let rows = engine.top(id, &COLUMNS)?;
    let pids: Vec<String> = rows.iter().filter_map(|r| r.first().cloned()).collect();
    Ok(rows.iter().filter_map(|row| process(row, &pids)).collect())
}

fn process(row: &[String], pids: &[String]) -> Option<Process> {
    let number = |at: usize| row.get(at)?.parse::<u32>().ok();
    let gids = [number(6)?, number(7)?, number(8)?];
    let inside = pids.contains(row.get(1)?);
    Some(Process {
        pid: number(0)?,
        parent: if inside { number(1)? } else { 0 },
        command: row.get(10)?.clone(),
        threads: 1,
        credentials: vec![Credentials {
            uid: [number(2)?, number(3)?, number(4)?, number(5)?],
            gid: [gids[0], gids[1], gids[2], gids[1]],
            groups: row.get(9)?.split(',').filter_map(|g| g.parse().ok()).collect(),
            powers: None,
        }],
        ..Process::default()
    })
}
