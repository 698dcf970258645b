//! What earlier runs, or people, left in a volume is not always its user's. The images heal that when they start as root;
//! under another user nobody but the service that runs before can.

use crate::container::{Built, once, owners};
use crate::redis::{says, store};
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool};

const REDIS: &str = "
services:
  cache:
    image: nrcompose-test/redis
    x-nrcompose: {profile: redis@}
    volumes: ['data:/data']
volumes: {data: }
";

fn redis() -> Stack {
    Stack::of("used", &REDIS.replace('@', ""))
}

/// Starts it anew, on what is there.
#[track_caller]
fn anew(stack: &Stack, globals: &[&str]) {
    let up = ["up", "-d", "--force-recreate"];
    stack.ok(Tool::Trusting, &[globals, &up].concat());
}

fn in_volume(stack: &Stack, volume: &str, script: &str) {
    let mount = format!("{}:/v", stack.volume(volume));
    once(&["-v", &mount], "base", &["sh", "-c", script]).ok();
}

/// `docker cp`, a restored backup, a start script that writes before it drops root.
#[test]
fn a_file_that_root_put_in() {
    let stack = redis();
    anew(&stack, &[]);
    store(&stack);
    stack.ok(Tool::Trusting, &["stop", "-t", "2"]);
    in_volume(&stack, "data", "chown 0:0 /v/dump.rdb && chmod 600 /v/dump.rdb");
    stack.ok(Tool::Trusting, &["up", "-d"]);
    says(&stack, &["get", "kept"], "here");
    store(&stack);
}

#[test]
fn a_user_that_was_asked_for_once() {
    let stack = redis();
    stack.write("compose.yaml", &REDIS.replace('@', ", user: '4000:4000'"));
    anew(&stack, &[]);
    store(&stack);
    stack.write("compose.yaml", &REDIS.replace('@', ""));
    anew(&stack, &[]);
    says(&stack, &["get", "kept"], "here");
    store(&stack);
}

#[test]
fn an_arbitrary_user_once() {
    let stack = redis();
    let random = stack.words(
        Tool::Trusting,
        &["--nr-random-uid", "-p", &stack.project, "up", "-d"],
    );
    crate::run::output(&mut { random }).ok();
    store(&stack);
    anew(&stack, &[]);
    says(&stack, &["get", "kept"], "here");
    store(&stack);
}

/// `postgres:16-alpine` keeps its data as 70, `postgres:16` as 999.
#[test]
fn the_user_of_another_tag() {
    let stack = Stack::of(
        "tag",
        "
services:
  db:
    image: nrcompose-test/postgres:16
    x-nrcompose: {profile: postgres}
    environment: {POSTGRES_PASSWORD: secret}
    volumes: ['data:/var/lib/postgresql/data']
volumes: {data: }
",
    );
    let answers = |sql: &str, answer: &str| {
        eventually(60, || {
            let container = stack.container("db");
            // The server of the first start, which only listens on its socket, goes away again.
            let out = docker(&[
                "exec",
                &container,
                "psql",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-Atc",
                sql,
            ]);
            if out.stdout.trim() == answer {
                Ok(())
            } else {
                Err(format!(
                    "{}{}",
                    out.all,
                    docker(&["logs", "--tail", "20", &container]).all
                ))
            }
        });
    };
    stack.ok(Tool::Trusting, &["up", "-d"]);
    answers("create table kept as select 42 as n", "SELECT 1");
    stack.ok(Tool::Trusting, &["stop", "-t", "10"]);
    in_volume(&stack, "data", "chown -R 70:70 /v");
    stack.ok(Tool::Trusting, &["up", "-d"]);
    answers("select n from kept", "42");
}

/// The programs of busybox do it, too; and every shell that a `/bin/sh` may be.
#[test]
fn a_volume_of_root_in_images_of_other_kinds() {
    let bash = Built::of(
        "FROM nrcompose-test/base\nRUN ln -sf bash /bin/sh\nCMD [\"/bin/sh\", \"-c\", \"id -u > /data/own && exec sleep 600\"]",
    );
    for image in ["nrcompose-test/busybox", &bash.0] {
        let stack = Stack::of(
            "kinds",
            &format!(
                "services:\n  app:\n    image: {image}\n    init: true\n    user: '4000:4000'\n    volumes: ['data:/data']\nvolumes: {{data: }}\n"
            ),
        );
        let volume = stack.volume("data");
        docker(&["volume", "create", "--label", "nrcompose-test=1", &volume]).ok();
        in_volume(
            &stack,
            "data",
            "mkdir -p /v/a/b && chmod 700 /v/a && touch '/v/a/b/c d' && ln -s /etc/passwd /v/link",
        );
        stack.ok(Tool::Trusting, &["up", "-d"]);
        let container = stack.container("app");
        eventually(20, || {
            match docker(&["exec", &container, "cat", "/data/own"]).stdout.trim() {
                "4000" => Ok(()),
                other => Err(other.to_owned()),
            }
        });
        assert_eq!(owners(&volume), ["4000:4000"], "{image}");
    }
}

/// What plain Compose left in the volume of an image that its profile does not speak of is seen afterwards too, and is the
/// service's own.
#[test]
fn a_volume_that_only_the_image_declares() {
    let image = Built::of("FROM nrcompose-test/base\nRUN mkdir -p /srv/app\nVOLUME /srv/app");
    let stack = Stack::of(
        "declared",
        &format!(
            "services:\n  a:\n    image: {}\n    init: true\n    command: [sleep, '600']\n    x-nrcompose: {{profile: mine}}\n",
            image.0
        ),
    );
    stack.write(
        ".nrcompose/profiles/mine.yaml",
        "about: says nothing of the volume
evidence: {here: {kind: measured, says: this test}}
class: {value: user, evidence: here}
user: {uid: 4242, gid: 4242, others: any, evidence: here}
writable: [{path: /srv/app, kind: data, evidence: here}]
",
    );
    stack.ok(Tool::Plain, &["up", "-d"]);
    let write = "echo x > /srv/app/kept";
    docker(&["exec", &stack.container("a"), "sh", "-c", write]).ok();
    let up = stack.run(Tool::Trusting, &["up", "-d"]);
    assert_eq!(up.code, 0, "{}", up.all);
    let container = stack.container("a");
    assert_eq!(docker(&["exec", &container, "id", "-u"]).ok(), "4242");
    docker(&[
        "exec",
        &container,
        "sh",
        "-c",
        "test -O /srv/app && test -O /srv/app/kept",
    ])
    .ok();
    assert_eq!(
        docker(&["exec", &stack.container("a"), "cat", "/srv/app/kept"]).ok(),
        "x"
    );
    stack.ok(Tool::Trusting, &["down", "-v", "-t", "1"]);
}
