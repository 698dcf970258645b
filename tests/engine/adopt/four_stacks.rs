//! Four stacks with data in volumes, directories of the host and layers: there and back.

use super::{COMPOSE, any_container, in_app, kept, layer, listing, running, tree, uid, volumes_of_ours};
use crate::probe::page;
use crate::redis::{says, store};
use crate::report;
use crate::run::{docker, eventually, free_port};
use crate::stack::{Stack, Tool};

/// Taken over, with one that answers in between, and given back.
fn there(stack: &Stack, services: &[(&str, &str)]) {
    let out = stack.run(Tool::Nrcompose, &["adopt", "--yes"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert!(out.all.contains("taken over and proven"), "{}", out.all);
    for (service, wanted) in services {
        assert_eq!(uid(stack, service), *wanted, "{service}: {}", out.all);
    }
    let again = stack.ok(Tool::Nrcompose, &["adopt", "--yes"]);
    assert!(again.contains("nothing to adopt"), "{again}");
    assert_eq!(again.lines().count(), 1, "{again}");
    // What was adopted is there at every later start.
    let before: Vec<String> = services.iter().map(|(s, _)| any_container(stack, s)).collect();
    stack.ok(Tool::Nrcompose, &["up", "-d"]);
    let after: Vec<String> = services.iter().map(|(s, _)| any_container(stack, s)).collect();
    assert_eq!(before, after);
    stack.ok(Tool::Nrcompose, &["up", "-d", "--force-recreate"]);
}

fn back(stack: &Stack, services: &[(&str, &str)]) {
    let out = stack.run(Tool::Nrcompose, &["adopt", "--undo", "--yes"]);
    assert_eq!(out.code, 0, "{}", out.all);
    for (service, _) in services {
        let user = docker(&["inspect", "-f", "{{.Config.User}}", &stack.container(service)]).ok();
        assert_eq!(user, "", "{service}: {}", out.all);
    }
    assert_eq!(kept(stack), Vec::<String>::new(), "{}", out.all);
    assert_eq!(volumes_of_ours(stack), "");
}

#[test]
fn a_service_that_keeps_its_data_everywhere() {
    let stack = running(COMPOSE);
    let services = [("app", "4000"), ("other", "4100")];
    let before = listing(&stack);
    there(&stack, &services);
    let wrote = "cat /srv/data/deep/f /srv/vol/v /srv/host/h && echo new > /srv/data/new && rm /srv/data/new";
    assert_eq!(in_app(&stack, wrote).ok(), "one\nv\nh");
    back(&stack, &services);
    assert_eq!(listing(&stack), before);
    report::line("adopt: app: layer, volume and directory: listings equal");
}

#[test]
fn a_site_in_the_layer_of_nginx() {
    let port = free_port();
    let stack = Stack::of(
        "adopt",
        &format!(
            "services:\n  app:\n    image: nrcompose-test/nginx\n    x-nrcompose: {{profile: nginx}}\n    \
             ports: [\"127.0.0.1:{port}:80\"]\n"
        ),
    );
    stack.ok(Tool::Plain, &["up", "-d"]);
    let url = format!("http://127.0.0.1:{port}/site.html");
    docker(&[
        "exec",
        &stack.container("app"),
        "sh",
        "-c",
        "echo mine > /usr/share/nginx/html/site.html",
    ])
    .ok();
    page(&url, "mine");
    let list = || layer(&stack, "app", "/usr/share/nginx/html");
    let before = list();
    there(&stack, &[("app", "101")]);
    page(&url, "mine");
    back(&stack, &[("app", "101")]);
    page(&url, "mine");
    assert_eq!(list(), before);
    report::line("adopt: nginx: answers HTTP before, hardened and after; listing equal");
}

/// Without its start script, which would give itself what it has: root's stays root's.
#[test]
fn a_redis_over_a_directory_of_the_host() {
    let compose = "services:\n  cache:\n    image: nrcompose-test/redis\n    x-nrcompose: {profile: redis}\n    \
                   entrypoint: [redis-server, --dir, /data]\n    volumes: [\"./data:/data\"]\n  more:\n    \
                   image: nrcompose-test/base\n    init: true\n    command: [sleep, \"600\"]\n    \
                   x-nrcompose: {user: \"4000:4000\"}\n";
    let stack = Stack::of("adopt", compose);
    std::fs::create_dir(stack.path("data")).unwrap();
    stack.ok(Tool::Plain, &["up", "-d"]);
    store(&stack);
    let data = stack.path("data").display().to_string();
    let more = "touch /v/old && mkdir -m 750 /v/backup && touch /v/backup/1 && chown 5:6 /v/backup";
    crate::container::once(&["-v", &format!("{data}:/v")], "base", &["sh", "-c", more]).ok();
    docker(&[
        "exec",
        &stack.container("more"),
        "sh",
        "-c",
        "mkdir /srv/x && echo 1 > /srv/x/1",
    ])
    .ok();
    // What redis writes of itself into its file has another length each time.
    let list = || {
        let tree = tree(&data);
        let lines = tree
            .lines()
            .map(|line| match line.split(' ').collect::<Vec<_>>().as_slice() {
                [owner, mode, kind, _, path] if path.ends_with(".rdb") => {
                    format!("{owner} {mode} {kind} {path}")
                }
                _ => line.to_owned(),
            });
        format!(
            "{}\n{}",
            lines.collect::<Vec<_>>().join("\n"),
            layer(&stack, "more", "/srv/x")
        )
    };
    let before = list();
    assert!(before.contains("0:0 644 f ./dump.rdb"), "{before}");
    let services = [("cache", "999"), ("more", "4000")];
    there(&stack, &services);
    says(&stack, &["get", "kept"], "here");
    says(&stack, &["save"], "OK");
    back(&stack, &services);
    says(&stack, &["get", "kept"], "here");
    assert_eq!(list(), before);
    report::line("adopt: redis over ./data: has its key before, hardened and after; listing equal");
}

#[test]
fn a_postgres_in_a_volume_with_a_note_in_its_layer() {
    let compose = "services:\n  app:\n    image: nrcompose-test/postgres\n    x-nrcompose: {profile: postgres}\n    \
                   environment: {POSTGRES_PASSWORD: x}\n    volumes: [\"data:/var/lib/postgresql/data\"]\nvolumes: {data: }\n";
    let stack = Stack::of("adopt", compose);
    stack.ok(Tool::Plain, &["up", "-d"]);
    let sql = |text: &str, wanted: &str| {
        eventually(60, || {
            let words = [
                "exec",
                "-u",
                "postgres",
                &stack.container("app"),
                "psql",
                "-U",
                "postgres",
                "-qAtc",
                text,
            ];
            let out = docker(&words);
            if out.code == 0 && out.stdout.trim() == wanted {
                Ok(())
            } else {
                Err(out.all)
            }
        });
    };
    sql(
        "create table if not exists t (n int); insert into t values (7); select max(n) from t",
        "7",
    );
    let note = "mkdir -p /backups && echo dump > /backups/dump.sql && chmod 600 /backups/dump.sql";
    docker(&["exec", "-u", "0", &stack.container("app"), "sh", "-c", note]).ok();
    // Owners and modes: what a database writes while it runs has other sizes.
    let owners = |text: String| -> Vec<String> {
        let mut lines: Vec<String> = text
            .lines()
            .map(|l| {
                l.split(' ')
                    .enumerate()
                    .filter(|(at, _)| *at != 3)
                    .map(|(_, w)| w)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .filter(|l| {
                !l.contains("postmaster.")
                    && !l.contains("pg_stat")
                    && !l.contains("pg_wal")
                    && !l.contains("init")
            })
            .collect();
        lines.sort();
        lines
    };
    let list = || {
        (
            owners(tree(&stack.volume("data"))),
            layer(&stack, "app", "/backups"),
        )
    };
    let before = list();
    there(&stack, &[("app", "999")]);
    sql("select max(n) from t", "7");
    assert_eq!(in_app(&stack, "cat /backups/dump.sql").ok(), "dump");
    back(&stack, &[("app", "999")]);
    sql("select max(n) from t", "7");
    assert_eq!(list(), before);
    report::line("adopt: postgres: answers its query before, hardened and after; owners and modes equal");
}
