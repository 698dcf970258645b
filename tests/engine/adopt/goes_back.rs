//! A service that does not work without root, and an engine that fails on the way: nothing is lost, and all runs as it did.

use super::{COMPOSE, in_app, kept, listing, running, uid};
use crate::docker_calls::{path_with, put_before};
use crate::report;
use crate::run::{docker, output};
use crate::stack::Tool;

/// It runs as root, and ends at once as anybody else.
fn insisting() -> String {
    COMPOSE.replacen(
        "command: [sleep, \"600\"]",
        "command: [sh, -c, 'test $$(id -u) = 0 || { echo only root >&2; exit 3; }; exec sleep 600']",
        1,
    )
}

#[test]
fn a_service_that_does_not_work_hardened_is_as_it_was() {
    let stack = running(&insisting());
    let before = listing(&stack);
    let out = stack.run(Tool::Nrcompose, &["adopt", "--yes"]);
    assert_eq!(out.code, 1, "{}", out.all);
    for told in [
        "as its author wrote it again, with its data and owners: app",
        "taken over and proven: other",
    ] {
        assert!(out.all.contains(told), "no {told:?} in {}", out.all);
    }
    assert_eq!(listing(&stack), before, "{}", out.all);
    assert_eq!(
        (uid(&stack, "app").as_str(), uid(&stack, "other").as_str()),
        ("0", "4100")
    );
    assert_eq!(
        in_app(&stack, "cat /srv/data/deep/f /srv/vol/v /srv/host/h").ok(),
        "one\nv\nh"
    );
    let ours = docker(&[
        "volume",
        "ls",
        "-q",
        "--filter",
        &format!("name={}_nrcompose", stack.project),
    ])
    .ok();
    assert_eq!(ours, "", "{}", out.all);
    // What we put back ourselves was made anew by nobody else, and the next start leaves it alone.
    let container = stack.container("app");
    let up = stack.run(Tool::Nrcompose, &["up", "-d"]);
    let doctor = stack.run(Tool::Nrcompose, &["doctor"]);
    for said in [&up.all, &doctor.all] {
        assert!(!said.contains("without nrcompose"), "{said}");
    }
    assert_eq!(stack.container("app"), container, "{}", up.all);
    stack.ok(Tool::Nrcompose, &["adopt", "--undo", "--yes"]);
    assert_eq!(listing(&stack), before);
    assert_eq!(kept(&stack), Vec::<String>::new());
    report::line(
        "adopt: a service that insists on root: gone back, listing equal; the one beside it hardened",
    );
}

/// The engine is away when the volume is to be made, and again when owners are to be given.
#[test]
fn an_engine_that_fails_on_the_way_leaves_everything_as_it_was() {
    let stack = running(COMPOSE);
    let (before, container) = (listing(&stack), stack.container("app"));
    for (at, fails) in [("volume", "volume*create*"), ("give", "create*--cap-add*CHOWN*")] {
        let folder = stack.path(at);
        let gone = "echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1";
        put_before(&folder, &format!("case \"$*\" in {fails}) {gone};; esac"));
        let mut command = stack.command(Tool::Nrcompose, &["adopt", "--yes"]);
        let out = output(command.env("PATH", path_with(&folder)));
        assert_eq!(out.code, 2, "{at}: {}", out.all);
        assert!(
            out.all.contains("Cannot connect to the Docker daemon"),
            "{at}: {}",
            out.all
        );
        assert_eq!(stack.container("app"), container, "{at}: {}", out.all);
        assert_eq!(listing(&stack), before, "{at}: {}", out.all);
        assert_eq!(in_app(&stack, "cat /srv/data/deep/f").ok(), "one");
    }
    stack.ok(Tool::Nrcompose, &["adopt", "--yes"]);
    assert_eq!(uid(&stack, "app"), "4000");
    stack.ok(Tool::Nrcompose, &["adopt", "--undo", "--yes"]);
    assert_eq!(listing(&stack), before);
    report::line("adopt: an engine that goes away at two steps: told, nothing lost, the next adopt does it");
}

/// Without a program of our own on the engine nothing would be on record.
#[test]
fn what_could_not_be_put_back_is_not_begun() {
    let stack = running(COMPOSE);
    let (before, container) = (listing(&stack), stack.container("app"));
    let mut command = stack.command(Tool::Nrcompose, &["adopt", "--yes"]);
    let out = output(command.env("NRCOMPOSE_HELPER", "/nowhere"));
    assert_eq!(out.code, 2, "{}", out.all);
    assert!(out.all.contains("could not be put back"), "{}", out.all);
    assert_eq!((listing(&stack), stack.container("app")), (before, container));
}
