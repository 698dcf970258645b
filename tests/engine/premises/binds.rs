//! The engine makes missing bind sources, as root.

use std::os::unix::fs::MetadataExt;

use super::STRANGER;
use crate::container::once;
use crate::run::unique;

#[test]
fn bind_source_that_is_missing_becomes_roots_directory() {
    let parent = std::env::temp_dir().join(unique("bind"));
    let source = parent.join("data.conf");
    let mount = format!("{}:/data", source.display());
    let out = once(
        &[STRANGER, &["-v", &mount]].concat(),
        "base",
        &["touch", "/data/x"],
    );
    let made = std::fs::metadata(&source);
    let _ = std::fs::remove_dir_all(&parent);
    assert!(out.failed().contains("Permission denied"));
    let made = made.unwrap();
    assert!(made.is_dir() && made.uid() == 0, "{made:?}");
}
