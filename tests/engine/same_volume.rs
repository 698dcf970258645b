//! What is recorded is put back where it was changed and nowhere else: not in what has its name by now; and one thing
//! that cannot be put back hinders no other.

use crate::container::{Container, Volume, once};
use crate::owners::Owners;
use crate::run::{docker, output};
use crate::stack::{Stack, Tool};
use std::path::PathBuf;
use std::process::Command;

/// As a start does it that finds the volume empty: without a look by a helper.
fn give_empty(owners: &Owners, volume: &Volume) {
    let app = Container::create(&["-v", &volume.at("/data")], "base", &["true"]);
    let seen = format!("{}:/data", app.0);
    let given = owners
        .run(&["set", &volume.0, "4242:4343", "--seen-in", &seen])
        .ok();
    assert!(given.contains("\"changed\":1"), "{given}");
}

fn made_anew(volume: &Volume) {
    docker(&["volume", "rm", &volume.0]).ok();
    docker(&["volume", "create", "--label", "nrcompose-test=1", &volume.0]).ok();
}

fn roots(volume: &Volume) -> String {
    volume.with("cd /v && find . -printf '%U:%G %p\\n' | sort")
}

#[test]
fn an_empty_volume_that_was_made_anew_is_another_one() {
    let (owners, volume) = (Owners::new(), Volume::new());
    give_empty(&owners, &volume);
    made_anew(&volume);
    volume.with("touch /v/x && chown -R 4242:4343 /v");
    let theirs = roots(&volume);
    let listed = owners.run(&["list", "--format", "json"]).ok();
    assert!(listed.contains("\"is_of_another\": true"), "{listed}");
    let refused = owners.run(&["restore", &volume.0]).failed();
    assert!(
        refused.contains("is of another one of that name, which is gone"),
        "{refused}"
    );
    // Nor if the person says that they do not need a proof: it is certain.
    owners.run(&["restore", "--unproven", &volume.0]).failed();
    assert_eq!(roots(&volume), theirs);
}

#[test]
fn an_empty_volume_that_was_filled_since_is_put_back() {
    let (owners, volume) = (Owners::new(), Volume::new());
    // What is of an earlier one says the same and is replaced.
    give_empty(&owners, &volume);
    made_anew(&volume);
    give_empty(&owners, &volume);
    assert_eq!(owners.records("record"), 1);
    let listed = owners.run(&["list"]).ok();
    assert!(listed.contains("  1 entry given to 4242:4343"), "{listed}");
    volume.with("touch /v/x && chown 4242:4343 /v/x");
    owners.run(&["restore", &volume.0]).ok();
    assert_eq!(roots(&volume), "0:0 .\n0:0 ./x");
    assert_eq!(owners.records("record"), 0);
}

/// A project of three services, each with a volume of its own and a directory: root's data is given to their user.
fn three() -> Stack {
    let service = |name: &str| {
        format!(
            "  {name}:\n    image: nrcompose-test/base\n    init: true\n    user: '4000:4000'\n    command: [sleep, '600']\n    \
             volumes: ['{name}:/data', './{name}:/more']\n    x-nrcompose: {{volumes: {{./{name}: own}}}}\n"
        )
    };
    let all = ["one", "two", "three"];
    let stack = Stack::of(
        "restored",
        &format!(
            "services:\n{}volumes: {{one: , two: , three: }}\n",
            all.map(service).concat()
        ),
    );
    for name in all {
        std::fs::create_dir(stack.path(name)).unwrap();
    }
    stack.ok(Tool::Trusting, &["up", "-d"]);
    stack.ok(Tool::Trusting, &["down", "-t", "1"]);
    stack
}

fn root_of(stack: &Stack, place: &str) -> String {
    let mount = format!("{place}:/v");
    let _ = stack;
    once(&["-v", &mount], "base", &["stat", "-c", "%u:%g", "/v"]).ok()
}

fn directory(stack: &Stack, name: &str) -> String {
    stack.path(name).display().to_string()
}

#[test]
fn what_is_gone_hinders_no_other() {
    let stack = three();
    for place in [stack.volume("two"), directory(&stack, "two")] {
        assert_eq!(root_of(&stack, &place), "4000:4000");
    }
    docker(&["volume", "rm", &stack.volume("one")]).ok();
    std::fs::remove_dir(stack.path("one")).unwrap();
    // Another one stands there by now.
    std::fs::rename(stack.path("three"), stack.path("aside")).unwrap();
    std::fs::create_dir(stack.path("three")).unwrap();
    std::os::unix::fs::chown(stack.path("three"), Some(4000), Some(4000)).unwrap();
    let back = stack.run(Tool::Trusting, &["ownership", "restore"]);
    assert_eq!(back.code, 0, "{}", back.all);
    for gone in [
        stack.volume("one"),
        directory(&stack, "one"),
        directory(&stack, "three"),
    ] {
        let mut lines = back.stdout.lines();
        assert!(
            lines.any(|line| line.starts_with("left: ") && line.contains(&gone)),
            "{gone}: {}",
            back.all
        );
    }
    for place in [
        stack.volume("two"),
        stack.volume("three"),
        directory(&stack, "two"),
    ] {
        assert_eq!(root_of(&stack, &place), "0:0", "{place}: {}", back.all);
    }
    assert_eq!(root_of(&stack, &directory(&stack, "three")), "4000:4000");
    // Who names it is told, as an error.
    let named = stack.run(Tool::Trusting, &["ownership", "restore", "one"]);
    assert_eq!(named.code, 2, "{}", named.all);
    assert!(named.all.contains("help:"), "{}", named.all);
}

#[test]
fn what_is_in_use_hinders_no_other() {
    let stack = three();
    let mount = format!("{}:/v", stack.volume("one"));
    let running = Container::start(&["-v", &mount], "base", &["sleep", "60"]);
    let back = stack.run(Tool::Trusting, &["ownership", "restore", "--format", "json"]);
    assert_eq!(back.code, 1, "{}", back.all);
    let told: serde_json::Value = serde_json::from_str(&back.stdout).unwrap();
    let errors = told.as_array().unwrap().iter();
    let errors: Vec<&str> = errors.filter_map(|one| one["error"].as_str()).collect();
    assert!(
        errors.len() == 1 && errors[0].contains(&running.0),
        "{}",
        back.all
    );
    assert_eq!(root_of(&stack, &stack.volume("two")), "0:0");
    assert_eq!(root_of(&stack, &directory(&stack, "one")), "0:0");
}

#[test]
fn a_damaged_record_hinders_no_other() {
    let (owners, damaged, other) = (Owners::new(), Volume::new(), Volume::new());
    for volume in [&damaged, &other] {
        volume.with("touch /v/file");
        owners.run(&["set", &volume.0, "4242:4343"]).ok();
    }
    let find = ["-path", &format!("*/{}/0001.record", damaged.0)];
    let record = output(Command::new("find").arg(&owners.0).args(find)).ok();
    std::fs::write(&record, "hi\n").unwrap();
    let listed = owners.run(&["list"]);
    assert_eq!(listed.code, 1, "{}", listed.all);
    assert!(listed.stdout.contains(&other.0), "{}", listed.all);
    assert!(
        listed.all.contains(&record) && listed.all.contains("mv "),
        "{}",
        listed.all
    );
    let refused = owners.run(&["restore", &damaged.0]).failed();
    assert!(refused.contains(&record), "{refused}");
    owners.run(&["restore", &other.0]).ok();
    assert_eq!(roots(&other), "0:0 .\n0:0 ./file");
    // What is told to do helps.
    std::fs::rename(&record, format!("{record}.damaged")).unwrap();
    owners.run(&["list"]).ok();
    owners.run(&["set", &damaged.0, "4343:4242"]).ok();
}

/// A file system that is mounted read-only, at a path of this machine, as long as it is needed.
struct ReadOnly(PathBuf);

impl ReadOnly {
    fn at(path: PathBuf) -> ReadOnly {
        std::fs::create_dir(&path).unwrap();
        output(Command::new("mount").args(["-t", "tmpfs", "tmpfs"]).arg(&path)).ok();
        std::fs::write(path.join("x"), "").unwrap();
        output(Command::new("mount").args(["-o", "remount,ro"]).arg(&path)).ok();
        ReadOnly(path)
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        output(Command::new("umount").arg("-l").arg(&self.0));
    }
}

/// What could not be given is not on record as given; what was given beside it is.
#[test]
fn what_is_refused_leaves_no_record() {
    let stack = Stack::of("refused", "services: {}\n");
    let _mounted = ReadOnly::at(stack.path("ro"));
    std::fs::create_dir(stack.path("rw")).unwrap();
    let give = ["ownership", "give", "./rw", "./ro", "--to", "4242:4343"];
    let refused = stack.run(Tool::Trusting, &give);
    assert_ne!(refused.code, 0, "{}", refused.all);
    assert!(refused.all.contains("/ro to 4242:4343"), "{}", refused.all);
    let listed = stack.ok(Tool::Trusting, &["ownership"]);
    assert!(
        !listed.contains("/ro") && !listed.contains("ended early"),
        "{listed}"
    );
    assert!(listed.contains("1 entry given to 4242:4343"), "{listed}");
    let named = stack.run(Tool::Trusting, &["ownership", "restore", "./rw"]);
    assert!(named.stdout.contains("1 of 1 entry put back"), "{}", named.all);
}

/// Whoever had nrcompose's records could say whose everything was.
#[test]
fn our_own_state_is_given_to_nobody() {
    let stack = Stack::of("state", "services: {}\n");
    stack.ok(Tool::Trusting, &["ownership", "list"]);
    std::fs::create_dir_all(stack.path(".home/XDG_STATE_HOME/nrcompose/volumes")).unwrap();
    for path in [
        "./.home",
        "./.home/XDG_STATE_HOME",
        "./.home/XDG_STATE_HOME/nrcompose/volumes",
    ] {
        for dry in [&["--dry-run"][..], &[]] {
            let give = [&["ownership", "give", path, "--to", "4242:4343"][..], dry].concat();
            let refused = stack.run(Tool::Trusting, &give).failed();
            assert!(
                refused.contains("nrcompose keeps its own state there"),
                "{refused}"
            );
        }
    }
}

/// What was given beyond the project is put back by its name: whoever puts back the project is told.
#[test]
fn what_is_beyond_the_project_is_told() {
    let beyond = tempfile::tempdir().unwrap();
    let path = beyond.path().canonicalize().unwrap().display().to_string();
    let stack = Stack::of(
        "beyond",
        &format!(
            "services:\n  app: {{image: nrcompose-test/base, command: [sleep, '600'], volumes: ['{path}:/data']}}\n"
        ),
    );
    let give = ["ownership", "give", &path, "--to", "4242:4343"];
    stack.ok(Tool::Trusting, &give);
    let back = stack.ok(Tool::Trusting, &["ownership", "restore"]);
    assert!(
        back.contains(&format!("`nrcompose ownership restore {path}`")),
        "{back}"
    );
    let named = stack.ok(Tool::Trusting, &["ownership", "restore", &path]);
    assert!(named.contains("1 of 1 entry put back"), "{named}");
    let back = stack.ok(Tool::Trusting, &["ownership", "restore"]);
    assert!(!back.contains("left:"), "{back}");
}
