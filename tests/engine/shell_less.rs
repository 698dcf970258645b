//! Images without a shell: nothing of theirs can give a volume away. In a file for plain Compose that leaves a service to root;
//! a start of ours gives it away all the same.

use crate::container::{Built, owners};
use crate::procs;
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool};

/// One program, which writes into /data and stays; as `more` says.
fn bare(more: &str) -> Built {
    Built::of(&format!(
        "FROM nrcompose-test/hostile AS program\nFROM scratch\nCOPY --from=program /bin/serve /serve\n{more}\nCMD [\"/serve\", \"/data\"]"
    ))
}

fn stack(image: &str, more: &str) -> Stack {
    Stack::of(
        "bare",
        &format!(
            "
services:
  bare:
    image: {image}
    volumes: ['data:/data']
{more}
  other:
    image: nrcompose-test/base
    init: true
    user: '4000:4000'
    command: [sh, -c, 'touch /data/x && exec sleep 600']
    volumes: ['other:/data']
volumes: {{data: , other: }}
"
        ),
    )
}

/// Runs, having written into its volume, as this user.
#[track_caller]
fn writes(stack: &Stack, service: &str, uid: u32, volume: &str, file: &str) {
    let container = stack.container(service);
    eventually(20, || match docker(&["diff", &container]).code {
        0 if procs::of(&container)
            .iter()
            .all(|p| p.uids.iter().all(|u| *u == uid)) =>
        {
            Ok(())
        }
        _ => Err(format!("{:#?}", procs::of(&container))),
    });
    let volume = stack.volume(volume);
    let mount = format!("{volume}:/v");
    crate::container::once(&["-v", &mount], "base", &["test", "-e", &format!("/v/{file}")]).ok();
}

#[test]
fn a_volume_that_nobody_can_give_away_leaves_its_service_to_root() {
    let image = bare("");
    // With a profile that knows one, it gets the root start.
    for (more, becomes) in [
        ("", "service bare stays as its author wrote it"),
        ("    x-nrcompose: {profile: redis}", "service bare starts as root"),
    ] {
        let stack = stack(&image.0, more);
        let file = stack.run(Tool::Trusting, &["harden", "--guess"]);
        assert!(
            file.all.contains(becomes) && file.all.contains("has no shell"),
            "{}",
            file.all
        );
        stack.ok(Tool::File, &["up", "-d"]);
        writes(&stack, "bare", 0, "data", "handle-serve");
        writes(&stack, "other", 4000, "other", "x");
        assert_eq!(owners(&stack.volume("other")), ["4000:4000"]);
    }
}

/// Whoever starts the services has a program of its own for that, and needs none of the image.
#[test]
fn a_start_of_ours_needs_no_shell() {
    let image = bare("");
    let stack = stack(&image.0, "    x-nrcompose: {user: '4001:4001'}");
    stack.ok(Tool::Trusting, &["up", "-d"]);
    writes(&stack, "bare", 4001, "data", "handle-serve");
    writes(&stack, "other", 4000, "other", "x");
    assert_eq!(owners(&stack.volume("data")), ["4001:4001"]);
}

/// A fresh volume takes the owner of the image's directory: nothing has to be given away.
#[test]
fn a_directory_that_is_its_users_needs_no_init() {
    let image = bare("COPY --from=program --chown=4001:4001 /bin/serve /data/kept\n");
    let stack = stack(&image.0, "    x-nrcompose: {user: '4001:4001'}");
    let up = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(up.code, 0, "{}", up.all);
    writes(&stack, "bare", 4001, "data", "handle-serve");
    let all = stack.ok(Tool::Trusting, &["ps", "-a", "--services"]);
    assert!(!all.contains("nrcompose-init-bare"), "{all}");
}

/// What is built has none either, whatever it was built on.
#[test]
fn an_image_that_is_built_on_nothing() {
    let stack = Stack::of(
        "bare-built",
        "
services:
  bare:
    build: {dockerfile_inline: \"FROM nrcompose-test/hostile AS program\\nFROM scratch\\nCOPY --from=program /bin/serve /serve\\nCMD [\\\"/serve\\\", \\\"/data\\\"]\\n\"}
    x-nrcompose: {user: '4001:4001'}
    volumes: ['data:/data']
volumes: {data: }
",
    );
    let up = stack.run(Tool::Trusting, &["up", "-d"]);
    let built = format!("{}-bare", stack.project);
    let outcome = std::panic::catch_unwind(|| {
        assert_eq!(up.code, 0, "{}", up.all);
        writes(&stack, "bare", 4001, "data", "handle-serve");
    });
    stack.run(Tool::Trusting, &["down", "-v", "-t", "1"]);
    docker(&["rmi", "-f", &built]);
    if let Err(why) = outcome {
        std::panic::resume_unwind(why);
    }
}

/// The image that is here knows better than its profile.
#[test]
fn the_image_beats_its_profile() {
    let stack = Stack::of(
        "shell",
        "
services:
  app:
    image: nrcompose-test/base
    init: true
    command: [sh, -c, 'touch /data/x && exec sleep 600']
    volumes: ['data:/data']
    x-nrcompose: {profile: mine}
volumes: {data: }
",
    );
    stack.write(
        ".nrcompose/profiles/mine.yaml",
        "about: said to have no shell
evidence: {here: {kind: measured, says: this test}}
class: {value: user, evidence: here}
user: {uid: 4242, gid: 4242, others: any, evidence: here}
shell: {value: false, evidence: here}
",
    );
    stack.ok(Tool::Trusting, &["up", "-d"]);
    writes(&stack, "app", 4242, "data", "x");
    assert_eq!(owners(&stack.volume("data")), ["4242:4242"]);
}
