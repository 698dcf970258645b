//! `examples/python-dev`: files that a development server writes belong to whoever owns the source.

use std::os::unix::fs::MetadataExt;

use crate::probe;
use crate::stack::{Stack, Tool};

const HARDENED: Tool = Tool::Nrcompose;

fn written_by(tool: Tool) -> u32 {
    let stack = Stack::example("python-dev").stand_ins("python-dev");
    let port = stack.free_port("compose.yaml", "${API_PORT:-8000}", |free| free.to_string());
    let source = stack.path("src");
    std::os::unix::fs::chown(&source, Some(1000), Some(1000)).unwrap();
    stack.ok(tool, &["up", "-d"]);
    probe::page(&format!("http://127.0.0.1:{port}/"), "visit");
    std::fs::metadata(source.join("visits.txt")).unwrap().uid()
}

#[test]
fn development_files_are_the_owners() {
    assert_eq!(written_by(Tool::Plain), 0, "else there is nothing to mend");
    assert_eq!(written_by(HARDENED), 1000);
}
