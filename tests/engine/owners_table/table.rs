//! What came of it, to be read.

use super::data::{Kind, STATES};
use super::stand_ins::{SIX, TWELVE};
use crate::report::line;

/// What carried it out.
pub(super) const WAYS: [&str; 3] = ["plain", "wrapper", "file"];

/// What came of one service.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Whether the probe came back content; else what there was to see.
    pub answers: Result<(), String>,
    /// Whether any of its processes is root's.
    pub root: bool,
    /// What a second `up` changed of it.
    pub changed: Option<String>,
    /// Whether the plan asked for its directory to be given.
    pub given: bool,
}

/// A stand-in over one kind of data.
pub(super) struct Row {
    pub name: &'static str,
    pub kind: Kind,
    /// By way of [`WAYS`], by state of [`STATES`].
    pub cells: Vec<Vec<Cell>>,
}

impl Row {
    /// `plain/wrapper/file`: `y` answers, `r` answers with a root process, `n` does not; `+` after an `ownership give`.
    fn text(&self, state: usize) -> String {
        let letter = |way: usize| {
            let cell = &self.cells[way][state];
            let letter = match (&cell.answers, cell.root && way > 0) {
                (Ok(()), false) => "y",
                (Ok(()), true) => "r",
                (Err(_), _) => "n",
            };
            format!("{letter}{}", if cell.given { "+" } else { "" })
        };
        format!("{}/{}/{}", letter(0), letter(1), letter(2))
    }

    fn changed(&self, way: usize) -> usize {
        self.cells[way].iter().filter(|c| c.changed.is_some()).count()
    }
}

pub(super) fn print(rows: &[Row]) {
    line(
        "data: plain/wrapper/file, y answers, r with a root process, n does not, + after ownership give; changed by a second up",
    );
    line(&format!(
        "{:13} {:10} {:9} {:9} {:9} {:9} {:9} wrapper file",
        "stand-in", "data", STATES[0], STATES[1], STATES[2], STATES[3], STATES[4]
    ));
    for row in rows {
        let cells: Vec<String> = (0..STATES.len()).map(|s| format!("{:9}", row.text(s))).collect();
        line(&format!(
            "{:13} {:10} {} {:7} {}",
            row.name,
            row.kind.name(),
            cells.join(" "),
            row.changed(1),
            row.changed(2)
        ));
    }
    for kind in [Kind::Volume, Kind::Directory] {
        let of = |way: usize, state: usize| {
            let rows = rows.iter().filter(|r| r.kind == kind);
            rows.filter(|r| r.cells[0][state].answers.is_ok() && r.cells[way][state].answers.is_ok())
                .count()
        };
        let counts: Vec<String> = (0..STATES.len())
            .map(|s| format!("{:9}", format!("{}/{}/{}", of(0, s), of(1, s), of(2, s))))
            .collect();
        line(&format!("{:13} {:10} {}", "all", kind.name(), counts.join(" ")));
    }
    for stand_in in SIX.iter().chain(&TWELVE) {
        if rows.iter().any(|r| r.name == stand_in.name) {
            line(&format!(
                "{:13} {} ({})",
                stand_in.name, stand_in.does, stand_in.script
            ));
        }
    }
}

/// Everything that is not as promised, with what was to be seen.
pub(super) fn wrong(rows: &[Row]) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in rows {
        for (way, cells) in WAYS.iter().zip(&row.cells).skip(1) {
            for ((state, plain), cell) in STATES.iter().zip(&row.cells[0]).zip(cells) {
                let place = format!("{} over a {} ({state}), {way}", row.name, row.kind.name());
                match (&plain.answers, &cell.answers) {
                    (Ok(()), Err(why)) => wrong.push(format!("{place}: does not answer: {why}")),
                    _ => wrong.extend(cell.changed.iter().map(|what| format!("{place}: {what}"))),
                }
            }
        }
    }
    wrong
}
