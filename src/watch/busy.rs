//! Whether a service that does not answer yet is at work: its processes use the processor, or its log grows.

use crate::engine::{Container, Engine};

/// How much of a log is compared.
const LINES: usize = 20;

/// How far a service's containers were.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy {
    /// By container: the time its processes used, as `ps` shows it, and the end of its log.
    seen: Vec<(Option<Vec<Vec<String>>>, Option<String>)>,
}

impl Busy {
    /// Looks.
    pub(super) fn look(engine: &dyn Engine, own: &[&Container]) -> Busy {
        let one = |c: &&Container| {
            let times = engine.top(&c.id, &["pid", "time"]).ok();
            (times, engine.logs(&c.id, "", LINES).ok())
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
