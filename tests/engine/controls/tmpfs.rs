//! *tmpfs*: what its author mounts keeps what is written there, and what Compose copies in is seen.

use super::app;
use crate::procs;
use crate::run::{Out, docker};
use crate::stack::{Stack, Tool};

fn nginx(more: &[&str]) -> String {
    let image = ["image: nrcompose-test/nginx"];
    app(&[&image, more].concat())
}

fn exec(stack: &Stack, options: &[&str], script: &str) -> Out {
    let container = stack.container("app");
    docker(&[&["exec"], options, &[&container, "sh", "-c", script]].concat())
}

/// What is written to `directory` is there after the container was made anew.
#[track_caller]
fn keeps(stack: &Stack, directory: &str) {
    stack.ok(Tool::Trusting, &["up", "-d"]);
    super::runs_as(stack, "app", 101, 101, &[]);
    exec(stack, &[], &format!("echo kept > {directory}/note")).ok();
    stack.ok(Tool::Trusting, &["up", "-d", "--force-recreate"]);
    assert_eq!(exec(stack, &[], &format!("cat {directory}/note")).ok(), "kept");
}

#[test]
fn data_below_a_volume_of_the_authors_survives() {
    for target in ["/var/cache", "/var//lib/../cache/"] {
        let volume = format!("volumes: [\"cache:{target}\"]");
        let text = nginx(&["x-nrcompose: {profile: nginx}", &volume]) + "volumes: {cache: }\n";
        keeps(&Stack::of("tmpfs-below", &text), "/var/cache/nginx");
    }
}

#[test]
fn data_in_a_volume_below_a_tmpfs_of_ours_survives() {
    let text = nginx(&[
        "x-nrcompose: {profile: nginx}",
        "volumes: [\"data:/run/app/data\"]",
    ]);
    keeps(
        &Stack::of("tmpfs-above", &(text + "volumes: {data: }\n")),
        "/run/app/data",
    );
}

#[test]
fn a_tmpfs_of_ours_inside_one_of_the_authors_can_be_written() {
    let text = nginx(&["x-nrcompose: {profile: nginx}", "tmpfs: [/var/cache]"]);
    let stack = Stack::of("tmpfs-inside", &text);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    super::runs_as(&stack, "app", 101, 101, &[]);
    exec(&stack, &[], "touch /var/cache/nginx/x /var/cache/x").ok();
}

/// A tmpfs on /run would hide it, so there is none.
#[test]
fn a_secret_that_compose_copies_in_is_seen() {
    let text = nginx(&["x-nrcompose: {profile: nginx}", "secrets: [token]"]);
    let stack = Stack::of(
        "tmpfs-secret",
        &(text + "secrets: {token: {environment: TOKEN}}\n"),
    );
    let up = crate::run::output(
        stack
            .command(Tool::Trusting, &["up", "-d"])
            .env("TOKEN", "s3same"),
    );
    assert_eq!(up.code, 0, "{}", up.all);
    assert!(up.all.contains("which would hide token"), "{}", up.all);
    assert_eq!(exec(&stack, &[], "cat /run/secrets/token").ok(), "s3same");
    let found = procs::of(&stack.container("app"));
    assert!(found.iter().all(|p| p.no_new_privileges), "{found:#?}");
}

#[test]
fn a_named_tmpfs_is_mounted_as_it_is_said() {
    let named = "tmpfs: [\"/opt/y:exec,size=1m\", /tmp, \"/opt/z:mode=0700\"]";
    let stack = Stack::of(
        "tmpfs-named",
        &nginx(&[&format!("x-nrcompose: {{profile: nginx, {named}}}")]),
    );
    stack.ok(Tool::Trusting, &["up", "-d"]);
    exec(&stack, &[], "cp /bin/true /opt/y/true && /opt/y/true").ok();
    let full = exec(&stack, &[], "head -c 2000000 /dev/zero > /opt/y/zero").failed();
    assert!(full.contains("No space left"), "{full}");
    assert_eq!(
        exec(&stack, &[], "stat -c %a:%u /opt/z /tmp").ok(),
        "700:101\n1777:101"
    );
    // Whoever else works in the container may write /tmp, too.
    exec(&stack, &["-u", "5000:5000"], "touch /tmp/x").ok();
}

/// The long form cannot say an owner, so it is written in the short one.
#[test]
fn a_tmpfs_in_the_long_form_can_be_written() {
    let long = "volumes: [{type: tmpfs, target: /var/cache/nginx, tmpfs: {size: 1m}}]";
    let stack = Stack::of("tmpfs-long", &nginx(&["x-nrcompose: {profile: nginx}", long]));
    stack.ok(Tool::Trusting, &["up", "-d"]);
    super::runs_as(&stack, "app", 101, 101, &[]);
    exec(&stack, &[], "touch /var/cache/nginx/x").ok();
    let full = exec(&stack, &[], "head -c 2000000 /dev/zero > /var/cache/nginx/zero").failed();
    assert!(full.contains("No space left"), "{full}");
}
