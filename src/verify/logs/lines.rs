//! The lines of a log that are read: how it begins, where what is denied at a start stands, and how it ends.

use crate::engine::{Container, Engine, EngineResult};
use crate::verify::moment;

/// How many lines of each.
const LINES: usize = 500;
/// So long a start is, in milliseconds.
const START_MS: u64 = 60_000;
/// How much is looked at, in bytes.
const MOST: usize = 1 << 20;

/// Of this run of a container.
pub(crate) fn of(engine: &dyn Engine, container: &Container) -> EngineResult<String> {
    let since = container.state.log_since();
    let end = engine.logs(&container.id, since, "", LINES)?;
    let started = moment::parse(&container.state.started_at);
    let start = match started.filter(|_| end.lines().count() >= LINES) {
        Some(started) => {
            let until = (started + START_MS) / 1000;
            engine.logs(&container.id, since, &until.to_string(), LINES)?
        }
        None => String::new(),
    };
    Ok(cut(&start, MOST / 2).to_owned() + cut(&end, MOST / 2))
}

/// The last lines of all its runs, for a person.
pub(crate) fn last(engine: &dyn Engine, id: &str, count: usize) -> Vec<String> {
    const LONGEST: usize = 200;
    let log = engine.logs(id, "", "", count).unwrap_or_default();
    let lines = log.lines().map(str::trim_end).filter(|l| !l.is_empty());
    let lines: Vec<String> = lines.map(|l| l.chars().take(LONGEST).collect()).collect();
    lines[lines.len().saturating_sub(count)..].to_vec()
}

/// The last of it, at the beginning of a line.
fn cut(text: &str, most: usize) -> &str {
    let Some(from) = text.len().checked_sub(most) else {
        return text;
    };
    let line = text.as_bytes()[from..].iter().position(|b| *b == b'\n');
    line.and_then(|at| text.get(from + at + 1..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_long_log_is_cut_at_a_line() {
        assert_eq!(cut("a\nb\n", 10), "a\nb\n");
        assert_eq!(cut("äää\nbb\ncc\n", 5), "cc\n");
        assert_eq!(cut("one long line", 3), "");
    }
}
