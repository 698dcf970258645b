//! A nextcloud whose start script writes PHP's configuration (`REDIS_HOST`), and its cron side-car: the one goes back to the
//! start as root that is known for its image, the other is left to its author, and both do their work.

use crate::procs;
use crate::report;
use crate::run::{docker, eventually, free_port, is_long};
use crate::stack::{Stack, Tool};

#[test]
fn with_a_redis_and_a_cron_beside_it_it_works_and_says_what_starts_as_root() {
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
    for part in [
        "/usr/local/etc/php/conf.d/redis-session.ini: Permission denied",
        "service app did not work as it was planned",
        "service cron stays as its author wrote it",
        "its entrypoint calls cron, which starts jobs as several users",
    ] {
        assert!(first.all.contains(part), "no {part}: {}", first.all);
    }
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
    assert!(
        !procs::of(&stack.container("redis"))
            .iter()
            .any(procs::Process::is_root)
    );

    let second = stack.run(Tool::Nrcompose, &["up", "-d"]);
    println!("{}", second.all);
    assert_eq!(second.code, 0, "{}", second.all);
    assert!(
        second.all.contains("app") && second.all.contains("did not work here"),
        "{}",
        second.all
    );
    eventually(60, works);
    let plain = stack.run(Tool::Plain, &["up", "-d", "--force-recreate"]);
    assert_eq!(plain.code, 0, "{}", plain.all);
    eventually(60, works);
}
