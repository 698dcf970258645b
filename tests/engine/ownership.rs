//! Who owns what a service writes, in the ways a service comes to be started.

use crate::container::{Built, once, owners};
use crate::procs;
use crate::run::{docker, eventually, output};
use crate::stack::{Stack, Tool};

/// Writes a file into its volume, then stays.
const WRITER: &str = "[sh, -c, 'id -u > /data/note-$$(hostname) && exec sleep 600']";

fn writer(more: &str) -> String {
    format!("  app:\n    init: true\n    command: {WRITER}\n    user: \"4000:4000\"\n{more}")
}

#[track_caller]
fn writes(stack: &Stack, service: &str) {
    let container = stack.container(service);
    eventually(20, || {
        let out = docker(&["exec", &container, "sh", "-c", "cat /data/note-$(hostname)"]);
        if out.stdout.trim() == "4000" {
            Ok(())
        } else {
            Err(out.all)
        }
    });
    let found = procs::of(&container);
    assert!(
        found.iter().all(|p| !p.is_root() && p.bounding == 0),
        "{found:#?}"
    );
}

/// The image does not exist when the first `up` is planned, and the service that gives the volume away uses it.
#[test]
fn a_service_that_is_built_first() {
    let image = crate::run::unique("built");
    let stack = Stack::of(
        "built",
        &format!(
            "services:\n{}volumes: {{data: }}\n",
            writer("    build: .\n    volumes: [\"data:/data\"]\n")
        ),
    );
    stack.write(
        "Dockerfile",
        &format!("FROM nrcompose-test/base\nLABEL nrcompose-test={image}\n"),
    );
    let built = format!("{}-app", stack.project);
    let outcome = std::panic::catch_unwind(|| {
        stack.ok(Tool::Trusting, &["up", "-d"]);
        writes(&stack, "app");
        stack.ok(Tool::Trusting, &["up", "-d", "--build"]);
        writes(&stack, "app");
        assert_eq!(owners(&stack.volume("data")), ["4000:4000"]);
        stack.ok(Tool::Trusting, &["down", "-v", "-t", "1"]);
        assert_eq!(stack.left(), Vec::<String>::new());
    });
    docker(&["rmi", "-f", &built]);
    if let Err(why) = outcome {
        std::panic::resume_unwind(why);
    }
}

const NAMED: &str = "    image: nrcompose-test/base\n    volumes: [\"data:/data\"]\n";

fn named() -> Stack {
    Stack::of(
        "named",
        &format!("services:\n{}volumes: {{data: }}\n", writer(NAMED)),
    )
}

#[test]
fn a_host_directory_that_is_missing() {
    let stack = Stack::of(
        "bind",
        &format!(
            "services:\n{}",
            writer("    image: nrcompose-test/base\n    volumes: [\"./made/here:/data\"]\n")
        ),
    );
    let out = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert!(out.all.contains("made/here, which app mounts"), "{}", out.all);
    writes(&stack, "app");
    stack.ok(Tool::Trusting, &["down", "-t", "1"]);
    assert!(stack.path("made/here").is_dir(), "what is the person's stays");
}

#[test]
fn a_command_of_its_own_on_an_empty_volume() {
    let stack = named();
    let run = [
        "run",
        "--rm",
        "-T",
        "app",
        "sh",
        "-c",
        "echo x > /data/x && id -u",
    ];
    let out = stack.run(Tool::Trusting, &run);
    assert_eq!((out.code, out.stdout.trim()), (0, "4000"), "{}", out.all);
    assert_eq!(owners(&stack.volume("data")), ["4000:4000"]);
}

/// A start without dependencies gives the volume away as well. A build that cannot do that leaves it to a service beside, which
/// does not come along then: that is said before it fails.
#[test]
fn without_dependencies() {
    let stack = named();
    let mut start = stack.command(Tool::Trusting, &["up", "-d", "--no-deps"]);
    // A program that is not static.
    let out = output(start.env("NRCOMPOSE_HELPER", "/bin/sh"));
    assert!(
        out.all.contains("`--no-deps`")
            && out.all.contains("app")
            && out
                .all
                .contains("a service of their image gives volumes to their users"),
        "{}",
        out.all
    );
    stack.ok(Tool::Trusting, &["down", "-v", "-t", "1"]);
    stack.ok(Tool::Trusting, &["up", "-d", "--no-deps"]);
    writes(&stack, "app");
}

#[test]
fn a_volume_of_two_services() {
    let stack = Stack::of(
        "shared",
        &format!(
            "services:\n{}{}volumes: {{data: }}\n",
            writer(NAMED),
            writer(NAMED).replace("  app:", "  other:")
        ),
    );
    for _ in 0..2 {
        stack.ok(Tool::Trusting, &["up", "-d"]);
        writes(&stack, "app");
        writes(&stack, "other");
        stack.ok(Tool::Trusting, &["down", "-t", "1"]);
    }
    assert_eq!(owners(&stack.volume("data")), ["4000:4000"]);
}

/// A second `up` re-creates nothing and writes the same bytes.
#[test]
fn a_second_start_changes_nothing() {
    let stack = named();
    stack.ok(Tool::Trusting, &["up", "-d"]);
    let seen = || {
        let container = stack.container("app");
        let started = docker(&["inspect", "-f", "{{.State.StartedAt}}", &container]).ok();
        (container, started, stack.state())
    };
    let before = seen();
    stack.ok(Tool::Trusting, &["up", "-d"]);
    assert_eq!(seen(), before);
}

/// Whoever mounts a new volume first fills it with the image's files, unless it says `nocopy`: what the author says
/// of that holds for the service that gives the volume away, which is the first.
#[test]
fn a_volume_without_the_images_files_stays_without() {
    let image = Built::of("FROM nrcompose-test/base\nRUN mkdir -p /seed && touch /seed/of-the-image");
    let stack = Stack::of(
        "nocopy",
        &format!(
            "services:\n  app:\n    image: {}\n    init: true\n    command: [sleep, '600']\n    user: \"4000:4000\"\n    \
             volumes:\n      - {{type: volume, source: bare, target: /seed, volume: {{nocopy: true}}}}\n  \
             filled:\n    image: {0}\n    init: true\n    command: [sleep, '600']\n    user: \"4000:4000\"\n    \
             volumes: [\"full:/seed\"]\nvolumes: {{bare: , full: }}\n",
            image.0
        ),
    );
    stack.ok(Tool::Trusting, &["up", "-d"]);
    for (volume, has) in [("bare", ""), ("full", "of-the-image")] {
        let volume = stack.volume(volume);
        assert_eq!(owners(&volume), ["4000:4000"], "{volume}");
        let mount = format!("{volume}:/v:ro,nocopy");
        assert_eq!(once(&["-v", &mount], "base", &["ls", "-A", "/v"]).ok(), has);
    }
}
