//! Whether a service that does not answer yet is at work: its processes use the processor, or its log grows.

use crate::engine::{Container, Engine};

/// How much of a log is compared.
const LINES: usize = 20;

/// How far a service's containers were.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy {
    seen: Vec<Progress>,
}

/// How far one container was.
#[derive(Debug, PartialEq, Eq)]
struct Progress {
    /// Its processes and the time that each used, as `ps` shows it.
    times: Option<Vec<Vec<String>>>,
    /// The end of its log.
    log: Option<String>,
}

impl Busy {
    /// Looks.
    pub(super) fn look(engine: &dyn Engine, own: &[&Container]) -> Busy {
        let one = |c: &&Container| Progress {
            times: engine.top(&c.id, &["pid", "time"]).ok(),
            log: engine.logs(&c.id, "", "", LINES).ok(),
        };
        Busy {
            seen: own.iter().map(one).collect(),
        }
    }

    /// Whether they went on since.
    pub(super) fn is_so_still(&self, engine: &dyn Engine, own: &[&Container]) -> bool {
        *self != Busy::look(engine, own)
    }
}
