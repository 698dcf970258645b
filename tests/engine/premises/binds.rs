//! The engine makes missing bind sources, as root; a file keeps its owner and mode when it is mounted.

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

/// No way to the file is needed: only the file's own mode counts, and a group is enough.
#[test]
fn bind_of_a_file_is_read_by_its_own_mode_alone() {
    let place = std::env::temp_dir().join(unique("bind"));
    std::fs::create_dir(&place).unwrap();
    let there = format!("{}:/place", place.display());
    let as_root = |script: &str| once(&["-v", &there], "base", &["sh", "-c", script]).ok();
    as_root("install -d -m 700 /place/closed && echo secret > /place/closed/key");
    let mount = format!("{}:/key:ro", place.join("closed/key").display());
    let read = |more: &[&str]| {
        let options = [STRANGER, &["-v", &mount], more].concat();
        once(&options, "base", &["cat", "/key"])
    };
    as_root("chmod 600 /place/closed/key");
    let alone = read(&[]);
    as_root("chown 0:7777 /place/closed/key && chmod 640 /place/closed/key");
    let (without, with) = (read(&[]), read(&["--group-add", "7777"]));
    as_root("rm -r /place/closed");
    let _ = std::fs::remove_dir(&place);
    assert!(alone.failed().contains("Permission denied"));
    assert!(without.failed().contains("Permission denied"));
    assert_eq!(with.ok(), "secret");
}
