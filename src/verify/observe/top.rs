//! The last resort: the engine's `top`. All ids of all processes, no threads, no capabilities.

use crate::engine::{Engine, Result};
use crate::verify::observation::{Credentials, Process};

const COLUMNS: [&str; 11] = [
    "pid", "ppid", "ruid", "euid", "suid", "fuid", "rgid", "egid", "sgid", "supgid", "args",
];

/// Asks once.
pub fn processes(engine: &dyn Engine, id: &str) -> Result<Vec<Process>> {
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
        entered: false,
        seen_ms: (0, 0),
        gone: false,
    })
}
