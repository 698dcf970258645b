//! Trees that somebody made to lead astray.

use super::frame::Act;
use super::tests::*;
use rustix::fs::{CWD, FileType, Mode, mkdirat, mknodat};
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};

/// A directory of the tree is a link out of it every other moment.
#[test]
fn a_link_that_is_swapped_in_leads_nowhere() {
    if !is_root() {
        return;
    }
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for number in 0..20 {
        fs::write(outside.path().join(number.to_string()), "").unwrap();
    }
    mode(&outside.path().join("7"), 0o6755);
    let before = listing(outside.path());
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("d")).unwrap();
    (0..20).for_each(|number| fs::write(at("d").join(number.to_string()), "").unwrap());
    symlink(outside.path(), at("l")).unwrap();
    let (is_over, swaps) = (AtomicBool::new(false), std::sync::atomic::AtomicU32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let flags = rustix::fs::RenameFlags::EXCHANGE;
            while !is_over.load(Ordering::Relaxed) {
                rustix::fs::renameat_with(CWD, at("d"), CWD, at("l"), flags).unwrap();
                swaps.fetch_add(1, Ordering::Relaxed);
            }
        });
        for round in 0..300 {
            let give_to = if round % 2 == 0 { US } else { OTHER };
            work(Act::Set, folder.path(), give_to, &[]);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(swaps.load(Ordering::Relaxed) > 300, "nothing was swapped");
    assert_eq!(listing(outside.path()), before);
}

#[test]
fn what_is_no_business_of_a_service_is_left_and_named() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let device = root.join("null");
    let numbers = rustix::fs::makedev(1, 3);
    let made = mknodat(
        CWD,
        &device,
        FileType::CharacterDevice,
        Mode::from_raw_mode(0o600),
        numbers,
    );
    let fixed = root.join("fixed");
    let held = fs::File::create(&fixed).unwrap();
    let flag = rustix::fs::ioctl_setflags(&held, rustix::fs::IFlags::IMMUTABLE);
    let program = root.join("program");
    fs::write(&program, "").unwrap();
    mode(&program, 0o755);
    let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let flags = rustix::fs::XattrFlags::empty();
    let given = rustix::fs::setxattr(&program, "security.capability", &capability, flags);
    let expected = [
        (made.is_ok(), "null", "device"),
        (flag.is_ok(), "fixed", "immutable"),
        (given.is_ok(), "program", "capabilities"),
    ];
    let looks = [Act::Scan, Act::Set].map(|act| work(act, root, US, &[]));
    if flag.is_ok() {
        rustix::fs::ioctl_setflags(&held, rustix::fs::IFlags::empty()).unwrap();
    }
    for answered in looks {
        for (is_there, name, why) in expected {
            if !is_there {
                println!("left out: {name} cannot be made here");
                assert!(std::env::var_os("CI").is_none() || name != "program", "{given:?}");
                continue;
            }
            assert!(answered.untouched[name].contains(why), "{answered:?}");
            assert_eq!(root.join(name).symlink_metadata().unwrap().uid(), 0, "{name}");
        }
        let left = expected.iter().filter(|(is_there, ..)| *is_there).count();
        assert_eq!(answered.summary.untouched, left as u64);
    }
}

#[test]
fn a_tree_that_is_too_deep_is_gone_through_as_far_as_it_can_be() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let open = |from: &fs::File| -> fs::File {
        mkdirat(from, "d", Mode::from_raw_mode(0o755)).unwrap();
        crate::owners::walk::open_folder(std::os::fd::AsFd::as_fd(from), c"d")
            .unwrap()
            .into()
    };
    let mut deepest = fs::File::open(folder.path()).unwrap();
    for _ in 0..2100 {
        deepest = open(&deepest);
    }
    let answered = work(Act::Scan, folder.path(), US, &[]);
    assert_eq!(answered.summary.untouched, 1);
    assert!(
        answered.untouched.values().all(|why| why.contains("too deep")),
        "{:?}",
        answered.untouched.values()
    );
    assert!(answered.summary.entries > 100);
    // Nothing that goes by paths can remove that.
    let removed = std::process::Command::new("rm")
        .arg("-r")
        .arg(folder.path())
        .status();
    assert!(removed.unwrap().success());
}
