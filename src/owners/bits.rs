//! Setuid and setgid bits. In a directory of the host no file has any under the owner that it is given to, and it has all
//! of them under the one that it is given back to, unless it may be another file by then.

use super::frame::Act;
use super::tests::*;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

const LATER: (i64, i64) = (i64::MAX - 1, 1);

fn set(root: &Path, records: &[Kept<'_>]) -> Answered {
    work_in(false, (Act::Set, root, US), records, LATER)
}

fn restore(root: &Path, records: &[Kept<'_>], ended: (i64, i64)) -> Answered {
    work_in(false, (Act::Restore, root, US), records, ended)
}

fn bits(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o7777
}

/// The files of [`tree`] that have bits and are somebody else's.
const WITH_BITS: [&str; 3] = ["group", "last", "set"];

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[test]
fn they_are_gone_under_the_new_owner_and_back_under_the_old_one() {
    if !is_root() {
        return;
    }
    let folder = tree();
    let root = folder.path();
    let before = listing(root);
    let scan = work_in(false, (Act::Scan, root, US), &[], LATER);
    assert_eq!(scan.summary.with_bits, 3);
    let given = set(root, &[]);
    assert_eq!((given.summary.cleared, given.summary.failed), (3, 0));
    assert_eq!(sorted(given.cleared), WITH_BITS);
    for (path, (uid, _, mode, _)) in listing(root) {
        let is_program = path.symlink_metadata().unwrap().is_file() && mode & 0o6000 != 0;
        assert!(!is_program && uid == US.uid, "{}: {mode:o}", path.display());
    }
    assert_eq!(
        bits(&root.join("a/b")),
        0o3777,
        "a directory keeps what it hands on"
    );
    let back = restore(root, &[(US, false, &scan.record)], LATER);
    assert_eq!((back.summary.failed, back.summary.cleared), (0, 0));
    assert_eq!(back.untouched.len(), 0, "{:?}", back.untouched);
    assert_eq!(listing(root), before);
}

/// Killed after the change of owners: who goes on puts nothing back, and tells of it.
#[test]
fn a_change_that_is_gone_on_with_puts_none_back() {
    if !is_root() {
        return;
    }
    let folder = tree();
    let root = folder.path();
    let before = listing(root);
    let first = work_in(false, (Act::Scan, root, US), &[], LATER);
    for name in ["set", "a", "theirs/file"] {
        chown(root.join(name), Some(US.uid), Some(US.gid)).unwrap();
    }
    let pending: Kept<'_> = (US, true, &first.record);
    let given = set(root, &[pending]);
    assert_eq!(sorted(given.cleared), WITH_BITS);
    assert_eq!(bits(&root.join("set")), 0o755);
    restore(root, &[pending], (0, 1));
    assert_eq!(listing(root), before);
}

/// Whoever has a file may write it, or put another in its place: that one is never run as the former owner.
#[test]
fn a_file_that_was_changed_since_gets_none() {
    if !is_root() {
        return;
    }
    let folder = tree();
    let root = folder.path();
    let scan = work_in(false, (Act::Scan, root, US), &[], LATER);
    set(root, &[]);
    let given = root.join("last").metadata().unwrap();
    let ended = (given.ctime(), given.ctime_nsec().max(1));
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(root.join("set"), "another program").unwrap();
    // What the service made, and let run as itself.
    let made = root.join("made");
    fs::write(&made, "").unwrap();
    chown(&made, Some(US.uid), Some(US.gid)).unwrap();
    mode(&made, 0o4755);
    let back = restore(root, &[(US, false, &scan.record)], ended);
    let owner = |name: &str| root.join(name).metadata().unwrap().uid();
    assert_eq!((owner("set"), bits(&root.join("set"))), (0, 0o755));
    assert!(back.untouched["set"].contains("changed since"), "{back:?}");
    assert_eq!((owner("made"), bits(&made)), (0, 0o755));
    assert_eq!(back.cleared, ["made"]);
    assert_eq!(bits(&root.join("last")), 0o4000);
}

/// Bits that one owner had are none of the owner before.
#[test]
fn each_owner_has_its_own() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let file = root.join("file");
    fs::write(&file, "").unwrap();
    mode(&file, 0o755);
    let first = work_in(false, (Act::Scan, root, OTHER), &[], LATER);
    work_in(false, (Act::Set, root, OTHER), &[], LATER);
    mode(&file, 0o4755);
    let second = work_in(false, (Act::Scan, root, US), &[], LATER);
    set(root, &[]);
    assert_eq!(bits(&file), 0o755);
    let records: [Kept<'_>; 2] = [(US, false, &second.record), (OTHER, false, &first.record)];
    restore(root, &records[..1], LATER);
    assert_eq!(bits(&file), 0o4755);
    set(root, &[]);
    restore(root, &records, LATER);
    let seen = file.metadata().unwrap();
    assert_eq!((seen.uid(), seen.gid()), (0, 0));
    assert_eq!(bits(&file), 0o755);
}

/// In a volume, put back at once, without going on: the record of what was ended early knows the bits.
#[test]
fn bits_that_were_lost_come_back() {
    if !is_root() {
        return;
    }
    let folder = tree();
    let before = listing(folder.path());
    let first = work(Act::Scan, folder.path(), US, &[]);
    chown(folder.path().join("set"), Some(US.uid), Some(US.gid)).unwrap();
    work(Act::Restore, folder.path(), US, &[(US, true, &first.record)]);
    assert_eq!(listing(folder.path()), before);
}
