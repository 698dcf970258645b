//! A trial: a command as written and hardened, on copies of the data; the live data stays as it was.

use crate::container::{Volume, once};
use crate::run::{docker, unique};
use crate::stack::{Stack, Tool};
use nrcompose::engine::docker::Docker;
use nrcompose::verify::trial::Copies;

#[test]
fn a_copy_has_the_same_owners_and_is_gone_afterwards() {
    let live = Volume::new();
    live.with("mkdir /v/d && echo x > /v/d/f && chown 999:998 /v/d/f && chmod 640 /v/d/f && chown 1000:1000 /v && chmod 2750 /v");
    let engine = Docker::find().unwrap();
    let (to, missing) = (unique("copy"), unique("missing"));
    let wanted = [(live.0.clone(), to.clone()), (missing.clone(), unique("empty"))];
    let copies = Copies::make(&engine, "nrcompose-test/base", &wanted).unwrap();
    let mount = format!("{to}:/v");
    let seen = once(
        &["-v", &mount],
        "base",
        &[
            "sh",
            "-c",
            "stat -c '%u:%g %a' /v /v/d/f; cat /v/d/f; echo y > /v/d/f",
        ],
    )
    .ok();
    assert_eq!(seen, "1000:1000 2750\n999:998 640\nx");
    assert_eq!(live.with("cat /v/d/f"), "x");
    drop(copies);
    for gone in [&to, &missing] {
        assert!(docker(&["volume", "inspect", gone]).code != 0, "{gone} is left");
    }
}

/// What works both ways is no finding, what only root can do is one, and neither touches the live volume.
#[test]
fn a_command_is_compared_as_written_and_hardened() {
    let stack = Stack::example("six-services").stand_ins("six-services");
    let live = stack.volume("cache");
    let mount = format!("{live}:/v");
    once(
        &["-v", &mount],
        "base",
        &["sh", "-c", "echo x > /v/kept; chown -R 999:999 /v"],
    )
    .ok();
    let spoil = "id -u; rm /data/kept && touch /data/new";
    let same = stack.run(Tool::Nrcompose, &["test", "cache", "--", "sh", "-c", spoil]);
    assert_eq!(same.code, 0, "{}", same.all);
    let differs = stack.run(Tool::Nrcompose, &["test", "cache", "--", "touch", "/etc/new"]);
    assert_eq!(differs.code, 1, "{}", differs.all);
    assert!(differs.all.contains("/etc/new"), "{}", differs.all);
    assert_eq!(once(&["-v", &mount], "base", &["ls", "/v"]).ok(), "kept");
    docker(&["volume", "rm", &live]).ok();
}

/// The namespaces of a live container and the engine's socket are out of reach, by whatever name, and that is told.
#[test]
fn a_trial_reaches_nothing_that_is_live() {
    let stack = Stack::of(
        "trial",
        "services:
  db:
    image: nrcompose-test/base
    init: true
    command: [sleep, '600']
  app:
    image: nrcompose-test/base
    command: [sleep, '600']
    user: '4000:4000'
    pid: 'service:db'
    ipc: 'container:@DB@'
    volumes: ['/var/run:/hostrun:ro']
",
    );
    let db = format!("{}-db-1", stack.project);
    let text = std::fs::read_to_string(stack.path("compose.yaml")).unwrap();
    stack.write("compose.yaml", &text.replace("@DB@", &db));
    stack.ok(Tool::Plain, &["up", "-d", "db"]);
    let look = "! grep -lz '^sleep' /proc/[0-9]*/cmdline && test ! -e /hostrun";
    let out = stack.run(Tool::Nrcompose, &["test", "app", "--", "sh", "-c", look]);
    assert!(out.code == 0 && out.stdout.contains("exit   0"), "{}", out.all);
    for told in ["pid: ", "ipc: ", "the mount of /var/run at /hostrun"] {
        let count = out.all.lines().filter(|l| l.contains(told)).count();
        assert!(count > 0, "no {told:?} in {}", out.all);
    }
}

/// Another service's mounts are copied, and given to the user that has them.
#[test]
fn the_volumes_of_another_service_are_copied() {
    let stack = Stack::of(
        "lent",
        "services:
  base:
    image: nrcompose-test/base
    command: [sleep, '600']
    user: '4000:4000'
    volumes: ['data:/data']
  app:
    image: nrcompose-test/base
    command: [sleep, '600']
    user: '4000:4000'
    volumes_from: [base]
volumes: {data: }
",
    );
    let live = stack.volume("data");
    docker(&["volume", "create", &live]).ok();
    once(
        &["-v", &format!("{live}:/v")],
        "base",
        &["sh", "-c", "echo x > /v/kept; chown -R 4000:4000 /v"],
    )
    .ok();
    let spoil = "grep x /data/kept && rm /data/kept && exit 7";
    let out = stack.run(Tool::Nrcompose, &["test", "app", "--", "sh", "-c", spoil]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert_eq!(out.stdout.matches("exit   7").count(), 2, "{}", out.all);
    assert_eq!(
        once(&["-v", &format!("{live}:/v")], "base", &["ls", "/v"]).ok(),
        "kept"
    );
    docker(&["volume", "rm", &live]).ok();
}

/// What cannot be started both ways is not the same both ways.
#[test]
fn a_trial_that_does_not_start_is_told() {
    let stack = Stack::of(
        "unstarted",
        "services:
  app: {image: nrcompose-test/base, user: '4000:4000'}
  gone: {image: nrcompose-test/no-such-image, pull_policy: never, user: '4000:4000'}
",
    );
    for (service, command, told) in [
        ("app", "/no/such/program", "/no/such/program"),
        ("gone", "true", "no-such-image"),
    ] {
        let out = stack.run(Tool::Nrcompose, &["test", service, "--", command]);
        assert!(out.code > 1 && out.stdout.is_empty(), "{service}: {}", out.all);
        assert!(
            out.all.contains("not started") && out.all.contains(told),
            "{}",
            out.all
        );
    }
    let ended = stack.run(Tool::Nrcompose, &["test", "app", "--", "sh", "-c", "exit 127"]);
    assert!(
        ended.code == 0 && ended.stdout.contains("exit 127"),
        "{}",
        ended.all
    );
}
