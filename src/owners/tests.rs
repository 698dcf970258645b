//! The whole way through real trees. Only root can give files away.

use super::Owner;
use super::frame::{self, Act, Answer, Orders, RecordOrder, TreeOrder, TreeSummary};
use super::serve::Work;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Cursor;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};

pub(super) const US: Owner = Owner { uid: 4242, gid: 4343 };
pub(super) const OTHER: Owner = Owner { uid: 33, gid: 34 };

pub(super) fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        println!("left out: only root can give files away");
        assert!(std::env::var_os("CI").is_none(), "in CI this has to run as root");
    }
    is_root
}

/// What was answered of one tree.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub(super) summary: TreeSummary,
    pub(super) record: Vec<u8>,
    pub(super) untouched: BTreeMap<String, String>,
    pub(super) cleared: Vec<String>,
}

/// A record as it is kept: whom the tree was given to, whether that was ended early, the entries.
pub(super) type Kept<'r> = (Owner, bool, &'r [u8]);

/// In a volume.
pub(super) fn work(act: Act, root: &Path, give_to: Owner, records: &[Kept<'_>]) -> Answered {
    work_in(true, (act, root, give_to), records, (0, 1))
}

/// In a volume, where files keep their bits, or in a directory of the host; all records are of changes that were done at
/// this time.
pub(super) fn work_in(
    keeps_bits: bool,
    (act, root, give_to): (Act, &Path, Owner),
    records: &[Kept<'_>],
    ended: (i64, i64),
) -> Answered {
    let order = |(given_to, is_pending, entries): &Kept<'_>| RecordOrder {
        given_to: *given_to,
        recursive: true,
        is_pending: *is_pending,
        ended,
        bytes: entries.len() as u64,
    };
    let orders = Orders {
        act,
        trees: vec![TreeOrder {
            at: root.to_str().unwrap().to_owned(),
            subpath: None,
            identity: String::new(),
            give_to,
            recursive: true,
            keeps_bits,
            records: records.iter().map(order).collect(),
        }],
    };
    let mut input = Vec::new();
    frame::send(&mut input, frame::ORDERS, &serde_json::to_vec(&orders).unwrap()).unwrap();
    records
        .iter()
        .for_each(|(_, _, entries)| input.extend_from_slice(entries));
    let mut output = Vec::new();
    Work::read(&mut Cursor::new(input))
        .unwrap()
        .run(&mut output)
        .unwrap();
    let (mut answers, mut answered) = (Cursor::new(output), Answered::default());
    while let Some(answer) = Answer::take(&mut answers).unwrap() {
        match answer {
            Answer::Record(entries) => answered.record.extend(entries),
            Answer::Untouched(path, why) => _ = answered.untouched.insert(path, why),
            Answer::Cleared(path) => answered.cleared.push(path),
            Answer::Tree(summary) => answered.summary = summary,
            Answer::Refused(why) | Answer::Broken(why) => panic!("{why}"),
            Answer::Progress(..) | Answer::End(_) => {}
        }
    }
    answered
}

/// Owner, mode and number of links of everything in a tree.
pub(super) fn listing(root: &Path) -> BTreeMap<PathBuf, (u32, u32, u32, u64)> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let seen = path.symlink_metadata().unwrap();
        if seen.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.insert(path, (seen.uid(), seen.gid(), seen.mode(), seen.nlink()));
    }
    found
}

pub(super) fn mode(path: &Path, bits: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(bits)).unwrap();
}

/// A tree with everything that may stand in one, of several owners.
pub(super) fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["a", "a/b", "a/b/c", "theirs", "ours"] {
        fs::create_dir(at(name)).unwrap();
    }
    for name in [
        "a/file",
        "a/b/c/file",
        "theirs/file",
        "theirs/roots",
        "ours/file",
        "set",
        "group",
        "new\nline",
        "last",
    ] {
        fs::write(at(name), name).unwrap();
    }
    let odd = folder.path().join(OsStr::from_bytes(b"no \xff text"));
    fs::write(&odd, "").unwrap();
    fs::write(at(&"x".repeat(255)), "").unwrap();
    fs::hard_link(at("a/file"), at("a/b/link")).unwrap();
    symlink("/etc/passwd", at("passwd")).unwrap();
    symlink("../../..", at("a/up")).unwrap();
    symlink("nowhere", at("a/lost")).unwrap();
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    for (name, owner) in [
        ("theirs", OTHER),
        ("theirs/file", OTHER),
        ("ours", US),
        ("ours/file", US),
        ("last", OTHER),
    ] {
        chown(at(name), Some(owner.uid), Some(owner.gid)).unwrap();
    }
    lchown(at("a/lost"), Some(7), Some(8)).unwrap();
    chown(&odd, Some(US.uid), Some(0)).unwrap();
    chown(at("group"), Some(0), Some(50)).unwrap();
    for (name, bits) in [
        ("set", 0o6755),
        ("group", 0o2710),
        ("a/b", 0o3777),
        ("theirs", 0o2750),
        ("last", 0o4000),
    ] {
        mode(&at(name), bits);
    }
    folder
}

#[test]
fn what_is_given_comes_back_bit_for_bit() {
    if !is_root() {
        return;
    }
    let folder = tree();
    let root = folder.path();
    let before = listing(root);
    let passwd = fs::metadata("/etc/passwd").unwrap();
    let scan = work(Act::Scan, root, US, &[]);
    assert_eq!(listing(root), before);
    assert_eq!(scan.summary.entries, before.len() as u64);
    let wrong = before
        .values()
        .filter(|(uid, gid, ..)| (*uid, *gid) != (US.uid, US.gid));
    assert_eq!(scan.summary.wrong, wrong.count() as u64);
    assert_eq!((scan.summary.with_bits, scan.summary.with_setgid), (3, 2));
    let set = work(Act::Set, root, US, &[]);
    assert_eq!(
        (set.summary.changed, set.summary.untouched),
        (scan.summary.wrong - 1, 0),
        "one has two names"
    );
    for (path, (uid, gid, bits, links)) in listing(root) {
        let (.., old_bits, old_links) = before[&path];
        assert_eq!(
            (uid, gid, bits, links),
            (US.uid, US.gid, old_bits, old_links),
            "{}",
            path.display()
        );
    }
    assert_eq!(work(Act::Scan, root, US, &[]).summary.wrong, 0);
    assert_eq!(work(Act::Set, root, US, &[]).summary.changed, 0);
    let back = work(Act::Restore, root, US, &[(US, false, &scan.record)]);
    assert_eq!(back.summary.failed, 0);
    assert_eq!(listing(root), before);
    let now = fs::metadata("/etc/passwd").unwrap();
    assert_eq!(
        (now.uid(), now.mode(), now.ctime()),
        (passwd.uid(), passwd.mode(), passwd.ctime())
    );
}

#[test]
fn what_was_made_since_gets_the_former_owner_of_its_directory() {
    if !is_root() {
        return;
    }
    let folder = tree();
    let root = folder.path();
    let mut expected = listing(root);
    let scan = work(Act::Scan, root, US, &[]);
    work(Act::Set, root, US, &[]);
    for name in ["new", "a/b/new", "theirs/new", "ours/new"] {
        fs::create_dir(root.join(name)).unwrap();
        fs::write(root.join(name).join("file"), "").unwrap();
        for path in [root.join(name), root.join(name).join("file")] {
            chown(path, Some(US.uid), Some(US.gid)).unwrap();
        }
    }
    let stranger = root.join("theirs/stranger");
    fs::write(&stranger, "").unwrap();
    chown(&stranger, Some(9), Some(US.gid)).unwrap();
    // The service took the bit away itself.
    mode(&root.join("last"), 0o600);
    work(Act::Restore, root, US, &[(US, false, &scan.record)]);
    let found = listing(root);
    let owner = |name: &str| {
        let (uid, gid, ..) = found[&root.join(name)];
        Owner { uid, gid }
    };
    let roots = Owner { uid: 0, gid: 0 };
    for (name, was) in [
        ("new", roots),
        ("a/b/new", roots),
        ("theirs/new", OTHER),
        ("ours/new", US),
    ] {
        assert_eq!(
            (owner(name), owner(&format!("{name}/file"))),
            (was, was),
            "{name}"
        );
    }
    assert_eq!(owner("theirs/stranger"), Owner { uid: 9, gid: US.gid });
    assert_eq!(found[&root.join("last")].2 & 0o7777, 0o600);
    expected.retain(|path, _| *path != root.join("last"));
    for (path, (uid, gid, ..)) in expected {
        assert_eq!((found[&path].0, found[&path].1), (uid, gid), "{}", path.display());
    }
}

/// Two changes, the first of which was ended between the change of an owner and the putting back of its bits.
#[test]
fn what_was_ended_early_is_gone_on_with() {
    if !is_root() {
        return;
    }
    let folder = tree();
    let root = folder.path();
    let before = listing(root);
    let first = work(Act::Scan, root, US, &[]);
    for name in ["set", "a", "a/b", "theirs/file"] {
        chown(root.join(name), Some(US.uid), Some(US.gid)).unwrap();
    }
    assert_eq!(root.join("set").metadata().unwrap().mode() & 0o7777, 0o755);
    let pending: Kept<'_> = (US, true, &first.record);
    let again = work(Act::Scan, root, US, &[pending]);
    assert_eq!(again.summary.unknown, 0, "all of it is in the record");
    fs::write(root.join("a/roots"), "").unwrap();
    chown(root.join("a/roots"), Some(1), Some(1)).unwrap();
    let second = work(Act::Scan, root, US, &[pending]);
    assert_eq!(second.summary.unknown, 1);
    work(Act::Set, root, US, &[pending]);
    assert_eq!(root.join("set").metadata().unwrap().mode() & 0o7777, 0o6755);
    assert_eq!(work(Act::Scan, root, US, &[]).summary.wrong, 0);
    // The newest first.
    work(
        Act::Restore,
        root,
        US,
        &[(US, false, &second.record), (US, false, &first.record)],
    );
    fs::remove_file(root.join("a/roots")).unwrap();
    assert_eq!(listing(root), before);
}
