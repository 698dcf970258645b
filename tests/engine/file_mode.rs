//! A written override under plain `docker compose`: a service of the file's own gives the volume away, and nothing that
//! Compose starts without that service takes it back.

use crate::container::{Built, owners};
use crate::run::{Out, docker};
use crate::stack::{Stack, Tool};

/// An image of root that has an empty directory where the service keeps its data.
const IMAGE: &str = "FROM nrcompose-test/base\nRUN mkdir /store";
const WRITER: &str = "[sh, -c, 'touch /store/of-the-service && exec sleep 600']";

/// A stack with a written override, and the image that it starts.
fn written(mount: &str, more: &str) -> (Stack, Built) {
    let image = Built::of(IMAGE);
    let compose = format!(
        "services:\n  app:\n    image: {}\n    init: true\n    command: {WRITER}\n    user: \"4000:4000\"\n    \
         volumes: [{mount}]\n{more}volumes: {{data: }}\n",
        image.0
    );
    let stack = Stack::of("file", &compose);
    stack.ok(Tool::Trusting, &["harden", "-o", "compose.override.yaml"]);
    (stack, image)
}

/// Writes nothing, so that the volume stays as empty as it is.
fn look(stack: &Stack, more: &[&str]) -> Out {
    let run = ["run", "--rm", "-T"];
    let command = ["app", "sh", "-c", "test -w /store && id -u"];
    stack.run(Tool::Plain, &[&run, more, &command].concat())
}

const SHORT: &str = "\"data:/store\"";
const LONG: &str = "{type: volume, source: data, target: /store}";

/// At each create of a container the engine would give the empty volume back to the image's owner.
#[test]
fn an_empty_volume_keeps_its_owner() {
    for mount in [SHORT, LONG] {
        let (stack, _image) = written(mount, "");
        let first = look(&stack, &[]);
        assert_eq!((first.code, first.stdout.trim()), (0, "4000"), "{}", first.all);
        // Without the service that gave it away.
        let again = look(&stack, &["--no-deps"]);
        assert_eq!((again.code, again.stdout.trim()), (0, "4000"), "{}", again.all);
        stack.ok(Tool::Plain, &["create", "--force-recreate"]);
        assert_eq!(owners(&stack.volume("data")), ["4000:4000"], "{mount}");
        stack.ok(Tool::Plain, &["up", "-d", "--no-deps", "--force-recreate", "app"]);
        assert_eq!(owners(&stack.volume("data")), ["4000:4000"], "{mount}");
        stack.container("app");
    }
}

/// What its author let the image's files into gets them, and its owner all the same.
#[test]
fn an_image_with_content_is_copied() {
    let image = Built::of("FROM nrcompose-test/base\nRUN mkdir /store && touch /store/of-the-image");
    let stack = Stack::of(
        "file",
        &format!(
            "services:\n  app:\n    image: {}\n    init: true\n    command: {WRITER}\n    user: \"4000:4000\"\n    \
             volumes: [{SHORT}]\nvolumes: {{data: }}\n",
            image.0
        ),
    );
    stack.ok(Tool::Trusting, &["harden", "-o", "compose.override.yaml"]);
    stack.ok(Tool::Plain, &["up", "-d"]);
    let listed = docker(&["exec", &stack.container("app"), "ls", "/store"]).ok();
    assert!(listed.contains("of-the-image"), "{listed}");
    assert_eq!(owners(&stack.volume("data")), ["4000:4000"]);
}

/// A finished service that nobody's profile holds back would fail `up --wait`, and end a stack that ends with its first
/// container.
#[test]
fn the_service_beside_is_no_service_to_compose() {
    let (stack, _image) = written(
        SHORT,
        "    profiles: [extra]\n  other:\n    image: nrcompose-test/base\n    init: true\n    command: [sleep, '2']\n    x-nrcompose: {skip: only here to end}\n",
    );
    let services = |flags: &[&str]| stack.ok(Tool::Plain, &[flags, &["config", "--services"]].concat());
    assert_eq!(services(&[]), "other");
    let all: Vec<String> = services(&["--profile", "extra"])
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(all.len(), 3, "{all:?}");
    let up = ["--profile", "extra", "up"];
    let wait = stack.run(Tool::Plain, &[&up[..], &["-d", "--wait", "app"]].concat());
    assert_eq!(wait.code, 0, "{}", wait.all);
    // Ends with `other`, not with the service beside.
    let ended = stack.run(
        Tool::Plain,
        &[&up[..], &["--exit-code-from", "other", "--force-recreate"]].concat(),
    );
    assert_eq!(ended.code, 0, "{}", ended.all);
    assert!(ended.all.contains("other-1 exited with code 0"), "{}", ended.all);
    assert!(
        !ended.all.contains("nrcompose-init-app-1 exited"),
        "{}",
        ended.all
    );
}
