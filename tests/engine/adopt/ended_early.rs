//! Killed in the middle, and a record that is damaged: the next `adopt` or `--undo` goes on.

use super::{COMPOSE, in_app, kept, listing, running, uid};
use crate::docker_calls::{path_with, put_before};
use crate::report;
use crate::run::{docker, output};
use crate::stack::{Stack, Tool};

/// Adopts, and is killed before `docker` is called with words of this form.
fn killed(stack: &Stack, what: &str, pattern: &str) {
    let folder = stack.path(what);
    put_before(
        &folder,
        &format!("case \"$*\" in {pattern}) kill -9 $PPID; exit 1;; esac"),
    );
    let mut command = stack.command(Tool::Nrcompose, &["adopt", "--yes"]);
    let out = output(command.env("PATH", path_with(&folder)));
    assert_ne!(out.code, 0, "{what}: {}", out.all);
}

#[test]
fn whoever_is_killed_before_the_start_leaves_nothing_half() {
    if !crate::run::is_long() {
        return crate::report::line("left out without --all: an adopt that is killed at each of its steps");
    }
    for (what, pattern) in [
        ("before-the-volume", "volume*create*"),
        ("before-the-helper", "create*nrcompose.helper=1*/adopt/*"),
        ("before-the-owners", "create*--cap-add*CHOWN*"),
        ("before-the-start", "compose*up*--no-start*"),
    ] {
        for undo in [false, true] {
            let since = std::time::Instant::now();
            let stack = running(COMPOSE);
            let before = listing(&stack);
            killed(&stack, what, pattern);
            if !undo {
                let out = stack.run(Tool::Nrcompose, &["adopt", "--yes"]);
                assert_eq!(out.code, 0, "{what}: {}", out.all);
                assert_eq!(uid(&stack, "app"), "4000", "{what}");
                assert_eq!(
                    in_app(&stack, "cat /srv/data/deep/f /srv/vol/v /srv/host/h").ok(),
                    "one\nv\nh"
                );
            }
            let out = stack.run(Tool::Nrcompose, &["adopt", "--undo", "--yes"]);
            assert_eq!(out.code, 0, "{what}: {}", out.all);
            assert_eq!(listing(&stack), before, "{what}, undo {undo}: {}", out.all);
            assert_eq!(
                in_app(&stack, "cat /srv/data/deep/f").ok(),
                "one",
                "{what}, undo {undo}: {}",
                out.all
            );
            assert_eq!(kept(&stack), Vec::<String>::new(), "{what}");
            println!("{what}, undo {undo}: {} s", since.elapsed().as_secs());
        }
    }
    report::line("adopt: killed at four steps, with adopt and with --undo after it: 8 of 8 whole");
}

/// What was written after the copy is in no volume: it is not lost to the next start.
#[test]
fn a_layer_that_was_written_since_is_copied_again() {
    let stack = running(COMPOSE);
    killed(&stack, "early", "compose*up*--no-start*");
    stack.ok(Tool::Plain, &["start"]);
    in_app(&stack, "echo later > /srv/data/later").ok();
    let container = stack.container("app");
    let out = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert_eq!(stack.container("app"), container, "{}", out.all);
    stack.ok(Tool::Nrcompose, &["adopt", "--yes"]);
    assert_eq!(uid(&stack, "app"), "4000");
    assert_eq!(in_app(&stack, "cat /srv/data/later").ok(), "later");
}

/// Nothing is started without the data, and it is found again.
#[test]
fn a_damaged_record_starts_nothing_and_is_made_anew() {
    let stack = running(COMPOSE);
    let before = listing(&stack);
    stack.ok(Tool::Nrcompose, &["adopt", "--yes"]);
    let record = kept(&stack)
        .into_iter()
        .find(|f| f.ends_with("/adopted.json"))
        .unwrap();
    let good = std::fs::read_to_string(&record).unwrap();
    for bad in [
        &good[..good.len() / 2],
        &good.replace("\"version\": 1", "\"version\": 9"),
    ] {
        std::fs::write(&record, bad).unwrap();
        let container = stack.container("app");
        let out = stack.run(Tool::Nrcompose, &["up", "-d", "--force-recreate"]);
        assert_eq!(
            (out.code, out.all.contains("adopted.json")),
            (2, true),
            "{}",
            out.all
        );
        assert_eq!(stack.container("app"), container);
        let out = stack.run(Tool::Nrcompose, &["adopt", "--yes"]);
        assert_eq!(out.code, 0, "{}", out.all);
        stack.ok(Tool::Nrcompose, &["up", "-d", "--force-recreate"]);
        assert_eq!(in_app(&stack, "cat /srv/data/deep/f").ok(), "one");
    }
    std::fs::write(&record, "").unwrap();
    let out = stack.run(Tool::Nrcompose, &["adopt", "--undo", "--yes"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert_eq!(listing(&stack), before, "{}", out.all);
    // `down` takes the container: its data goes back to the next one.
    docker(&[
        "exec",
        "-u",
        "0",
        &stack.container("app"),
        "test",
        "-e",
        "/srv/data/link",
    ])
    .ok();
    report::line(
        "adopt: a damaged record: nothing started, made anew from the engine, undone: listing equal",
    );
}

/// The whole stack is down: the data is in the volume alone.
#[test]
fn a_stack_that_is_down_gets_its_data_back() {
    let stack = running(COMPOSE);
    let before = listing(&stack);
    stack.ok(Tool::Nrcompose, &["adopt", "--yes"]);
    stack.ok(Tool::Nrcompose, &["down"]);
    let out = stack.run(Tool::Nrcompose, &["adopt", "--undo", "--yes"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert_eq!(listing(&stack), before, "{}", out.all);
    stack.ok(Tool::Plain, &["up", "-d"]);
    assert_eq!(in_app(&stack, "cat /srv/data/deep/f").ok(), "one");
}
