//! Words of Compose's beside plain Compose: the same exit codes and the same rows, and afterwards a service that runs owns its
//! volume.

use crate::container::owners;
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool};

const COMPOSE: &str = "
x-app: &app
  image: nrcompose-test/base
  init: true
  x-nrcompose: {user: '4000:4000'}
services:
  app:
    <<: *app
    command: [sh, -c, 'echo x > /data/x && echo y > /nameless/y && exec sleep 600']
    volumes: ['data:/data', /nameless]
    healthcheck: {test: [CMD, test, -e, /nameless/y], interval: 1s, start_period: 20s}
  job:
    <<: *app
    command: [sh, -c, 'echo x > /data/x && exit 7']
    volumes: ['job:/data']
    depends_on: [app]
  aside:
    <<: *app
    command: [sh, -c, 'echo x > /data/x && exec sleep 600']
    volumes: ['aside:/data']
    profiles: [more]
volumes: {data: , job: , aside: }
";

/// What one after the other is asked, and whether the app runs afterwards.
const ASKED: &[(&[&str], bool)] = &[
    (&["config", "--services"], false),
    (
        &["run", "--rm", "-T", "job", "sh", "-c", "echo y > /data/y; exit 3"],
        true,
    ),
    (&["down", "-v", "-t", "1"], false),
    (&["create"], false),
    (&["start", "app"], true),
    (&["up", "--wait", "app"], true),
    (&["up", "-d", "--wait", "app"], true),
    (&["up", "-d", "--force-recreate", "--no-deps", "app"], true),
    (&["up", "-d", "-V", "app"], true),
    (&["up", "-d", "--scale", "app=3", "app"], true),
    (&["scale", "app=2"], true),
    (&["scale", "app=3"], true),
    (&["restart", "-t", "1", "app"], true),
    (&["stop", "-t", "1"], false),
    (&["start"], true),
    (&["up", "-d", "--scale", "app=1"], true),
    (
        &[
            "up",
            "--no-color",
            "-t",
            "1",
            "--exit-code-from",
            "job",
            "--abort-on-container-exit",
        ],
        false,
    ),
    (&["up", "-d", "--remove-orphans"], true),
    (&["--profile", "more", "up", "-d"], true),
    (&["up", "--no-such-flag"], true),
    (&["up", "-d", "no-such-service"], true),
    (&["down", "-v", "-t", "1"], false),
];

/// Service and state of every container, in order.
fn rows(stack: &Stack) -> Vec<String> {
    let listed = stack.ok(Tool::Plain, &["ps", "-a", "--format", "{{.Service}} {{.State}}"]);
    let mut rows: Vec<String> = listed.lines().map(str::to_owned).collect();
    rows.sort();
    rows
}

#[test]
fn the_same_codes_and_the_same_rows() {
    let (plain, ours) = (Stack::of("plain", COMPOSE), Stack::of("ours", COMPOSE));
    for (words, runs) in ASKED {
        let (theirs, mine) = std::thread::scope(|scope| {
            let theirs = scope.spawn(|| plain.run(Tool::Plain, words));
            (plain_of(theirs), ours.run(Tool::Nrcompose, words))
        });
        assert_eq!(
            mine.code, theirs.code,
            "{words:?}: {}\nplain: {}",
            mine.all, theirs.all
        );
        assert!(!mine.all.contains("orphan"), "{words:?}: {}", mine.all);
        if words.contains(&"config") {
            assert_eq!(mine.stdout, theirs.stdout, "{words:?}");
        }
        // One that ends by itself may have ended already, or not.
        eventually(30, || match (rows(&ours), rows(&plain)) {
            (mine, theirs) if mine == theirs => Ok(()),
            both => Err(format!("{words:?}: {both:#?}")),
        });
        if *runs {
            owns_its_volumes(&ours, words);
        }
    }
    assert_eq!(ours.left(), Vec::<String>::new());
}

fn plain_of(thread: std::thread::ScopedJoinHandle<'_, crate::run::Out>) -> crate::run::Out {
    thread.join().unwrap()
}

/// Every container of the app can write its volumes, and the one with a name is its own.
#[track_caller]
fn owns_its_volumes(stack: &Stack, words: &[&str]) {
    let containers = stack.container("app");
    for container in containers.lines() {
        eventually(20, || {
            let write = "touch /data/more /nameless/more && stat -c %u:%g /data /nameless";
            let out = docker(&["exec", container, "sh", "-c", write]);
            match out.stdout.trim() {
                "4000:4000\n4000:4000" => Ok(()),
                _ => Err(format!("{words:?}: {}", out.all)),
            }
        });
    }
    assert_eq!(owners(&stack.volume("data")), ["4000:4000"], "{words:?}");
}

/// `run` makes and starts its container in one step, so that nobody can give it a volume that only that one has: there the
/// service starts as a file for plain Compose would have it.
#[test]
fn a_one_off_container_of_a_service_with_a_volume_without_a_name() {
    let stack = Stack::of("one-off", COMPOSE);
    let out = stack.run(
        Tool::Nrcompose,
        &[
            "run",
            "--rm",
            "-T",
            "app",
            "sh",
            "-c",
            "id -u && stat -c %u /data",
        ],
    );
    assert_eq!(
        (out.code, out.stdout.as_str()),
        (0, "4000\n4000\n"),
        "{}",
        out.all
    );
    assert!(
        out.all.contains("the new volume at /nameless is not given to"),
        "{}",
        out.all
    );
}
