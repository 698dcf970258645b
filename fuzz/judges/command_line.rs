//! Any words as a command line: nothing gets lost on the way to Compose.

use nrcompose::cli::split::split;

/// Panics where something is wrong.
pub(crate) fn judge(text: &str) {
    let words: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let Ok(line) = split(words.clone()) else { return };
    let kept = line.globals.len() + usize::from(line.command.is_some()) + line.tail.len();
    assert!(kept + 2 * line.own.len() + 1 >= words.len());
    _ = line.settings();
}
