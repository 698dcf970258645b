//! Many services over directories that are root's: what `up` told in one line, one command cures, and gives back.

use super::uid;
use crate::fallback::{answer, stack, writers};
use crate::report;
use crate::stack::Tool;

#[test]
fn what_up_told_in_one_line_is_taken_over_by_one_command() {
    if !crate::run::is_long() {
        return report::line("left out without --all: services over directories of root's, adopted");
    }
    let writers = writers();
    let stack = stack("taken-over", &writers);
    let said = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert!(
        said.code == 0 && said.all.contains("help: `nrcompose adopt`"),
        "{}",
        said.all
    );
    answer(&stack, &writers);

    let adopted = stack.run(Tool::Nrcompose, &["adopt", "--yes"]);
    assert_eq!(adopted.code, 0, "{}", adopted.all);
    answer(&stack, &writers);
    let root: Vec<&str> = writers
        .iter()
        .map(|w| w.name)
        .filter(|name| uid(&stack, name) == "0")
        .collect();
    assert!(root.is_empty(), "{root:?} are root still: {}", adopted.all);
    let again = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert!(
        again.code == 0 && !again.all.contains("warning:"),
        "{}",
        again.all
    );

    stack.ok(Tool::Nrcompose, &["adopt", "--undo", "--yes"]);
    answer(&stack, &writers);
    report::line(&format!(
        "adopt: {} services over directories of root's answer before, without root, and given back",
        writers.len()
    ));
}
