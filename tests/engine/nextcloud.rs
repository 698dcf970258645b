//! A nextcloud whose start script writes PHP's configuration (`REDIS_HOST`), and its cron side-car: the one runs without root,
//! the other starts as root with what its crond needs, and both do their work.

use crate::procs;
use crate::report;
use crate::run::{docker, eventually, free_port, is_long};
use crate::stack::{Stack, Tool};

#[test]
fn with_a_redis_it_runs_without_root_and_its_cron_starts_with_what_it_needs() {
    // It waits for a minute to pass.
    if !is_long() {
        return report::line("left out without --all: nextcloud with redis and cron");
    }
    let port = free_port();
    let compose = format!(
        "services:\n  app:\n    image: nrcompose-test/nextcloud\n    x-nrcompose: {{profile: nextcloud}}\n    environment: {{REDIS_HOST: redis}}\n    ports: ['127.0.0.1:{port}:80']\n    volumes: ['data:/var/www/html']\n  cron:\n    image: nrcompose-test/nextcloud\n    x-nrcompose: {{profile: nextcloud}}\n    entrypoint: /cron.sh\n    volumes: ['data:/var/www/html']\n    depends_on: [app]\n  redis:\n    image: nrcompose-test/redis\n    x-nrcompose: {{profile: redis}}\nvolumes: {{data: }}\n"
    );
    let stack = Stack::of("nextcloud", &compose);
    let first = stack.run(Tool::Nrcompose, &["up", "-d"]);
    println!("{}", first.all);
    assert_eq!(first.code, 0, "{}", first.all);
    let works = || {
        let page = format!("http://127.0.0.1:{port}/");
        let post = crate::run::output(crate::run::bounded(20, "curl").args(["-fsS", "-d", "tulip", &page]));
        match (
            post.code,
            crate::run::output(crate::run::bounded(20, "curl").args(["-fsS", &page])),
        ) {
            (0, got) if got.stdout.contains("tulip") => Ok(()),
            (_, got) => Err(format!("{}{}", post.all, got.all)),
        }
    };
    eventually(60, works);
    // The job of www-data's runs every minute.
    eventually(90, || {
        match docker(&["exec", &stack.container("app"), "cat", "/var/www/html/data/beats"]) {
            out if out.code == 0 && !out.stdout.trim().is_empty() => Ok(()),
            out => Err(out.all),
        }
    });
    for service in ["app", "redis"] {
        let found = procs::of(&stack.container(service));
        assert!(
            !found.iter().any(procs::Process::is_root),
            "{service}: {found:#?}"
        );
    }
    let cron = procs::of(&stack.container("cron"));
    let needed = procs::mask(&["DAC_OVERRIDE", "SETGID", "SETUID"]);
    assert!(cron.iter().all(|p| p.bounding == needed), "{cron:#?}");

    let second = stack.run(Tool::Nrcompose, &["up", "-d"]);
    println!("{}", second.all);
    assert_eq!(second.code, 0, "{}", second.all);
    eventually(60, works);
    let plain = stack.run(Tool::Plain, &["up", "-d", "--force-recreate"]);
    assert_eq!(plain.code, 0, "{}", plain.all);
    eventually(60, works);
}
