//! `examples/six-services`: six of six answer, five without root and without any capability.

use crate::container::owners;
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool, published};
use crate::{probe, procs, report};

/// What hardens it.
const HARDENED: Tool = Tool::Nrcompose;

/// The service that has to start as root, because it steps down with s6-setuidgid.
const ROOT_START: &str = "books";
/// The most that such a start may keep.
const STEP_DOWN: [&str; 6] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"];
const SERVICES: [&str; 6] = ["web", "app", "db", "cache", "wikidb", ROOT_START];

struct Six {
    stack: Stack,
    web: u16,
    app: u16,
    books: u16,
}

impl Six {
    fn new() -> Self {
        let stack = Stack::example("six-services").stand_ins("six-services");
        let port = |name: &str, usual: u16| {
            stack.free_port(".env", &format!("{name}={usual}"), |free| {
                format!("{name}={free}")
            })
        };
        let (web, app, books) = (
            port("HTTP_PORT", 80),
            port("APP_PORT", 8080),
            port("BOOKS_PORT", 8083),
        );
        Self {
            stack,
            web,
            app,
            books,
        }
    }

    #[track_caller]
    fn all_answer(&self, round: u32) {
        probe::postgres(&self.stack, round);
        probe::redis(&self.stack, round);
        probe::mariadb(&self.stack, round);
        probe::page(
            &format!("http://127.0.0.1:{}/", self.web),
            "Hello from six services",
        );
        probe::upload(self.app, round);
        let books = format!("http://127.0.0.1:{}/", self.books);
        if published() {
            probe::page(&books, "Calibre")
        } else {
            probe::notes(&books, round)
        }
    }

    /// Services with a process of uid 0.
    fn with_root(&self) -> Vec<&str> {
        let rooted = |service: &&str| {
            procs::of(&self.stack.container(service))
                .iter()
                .any(procs::Process::is_root)
        };
        SERVICES.into_iter().filter(rooted).collect()
    }

    /// Prints who runs what, and judges it.
    #[track_caller]
    fn only_one_starts_as_root(&self, title: &str) {
        for service in SERVICES {
            let found = procs::of(&self.stack.container(service));
            let rooted: Vec<&str> = found
                .iter()
                .filter(|process| process.is_root())
                .map(|process| process.command.as_str())
                .collect();
            let bounding = found.iter().fold(0, |all, process| all | process.bounding);
            report::line(&format!(
                "{title}: {service} answers, {} of {} processes uid 0 {rooted:?}, CapBnd {bounding:x}",
                rooted.len(),
                found.len()
            ));
            assert!(
                found.iter().all(|process| process.no_new_privileges),
                "{service}: {found:#?}"
            );
            if service == ROOT_START {
                assert!(
                    found.iter().any(|process| !process.is_root()),
                    "nothing stepped down: {found:#?}"
                );
                assert_eq!(
                    bounding & !procs::mask(&STEP_DOWN),
                    0,
                    "{bounding:x}: more than a step-down takes"
                );
            } else {
                assert_eq!((rooted.len(), bounding), (0, 0), "{service}: {found:#?}");
            }
        }
    }
}

#[test]
fn six_services_answer_without_root() {
    let six = Six::new();
    six.stack.ok(HARDENED, &["up", "-d"]);
    six.all_answer(1);
    six.only_one_starts_as_root("first start");

    six.stack.ok(HARDENED, &["restart"]);
    six.all_answer(2);

    six.stack.ok(HARDENED, &["down"]);
    six.stack.ok(HARDENED, &["up", "-d"]);
    six.all_answer(3);
    six.only_one_starts_as_root("down and up");

    six.stack.ok(HARDENED, &["down", "-v"]);
    assert_eq!(six.stack.left(), Vec::<String>::new());
}

/// Also shows that the stand-ins are no kind ones: root where the published images are root, and data that
/// belongs to each service.
#[test]
fn six_services_take_over_what_root_left() {
    let six = Six::new();
    six.stack.ok(Tool::Plain, &["up", "-d"]);
    six.all_answer(1);
    // More than once, since a health check is a process of the container's own user while it lasts.
    eventually(20, || match six.with_root() {
        services if services == ["web", "app", "books"] => Ok(()),
        services => Err(format!("root in {services:?}")),
    });

    six.stack.ok(Tool::Plain, &["down"]);
    let owned = |volume: &str| owners(&six.stack.volume(volume));
    assert_eq!(owned("pgdata"), ["999:999"]);
    assert_eq!(owned("cache"), ["999:999"]);
    assert_eq!(owned("wikidb"), ["999:999"]);
    assert_eq!(owned("uploads"), ["33:33"]);
    assert_eq!(owned("books"), ["1000:1000"]);

    six.stack.ok(HARDENED, &["up", "-d"]);
    six.all_answer(2);
    six.only_one_starts_as_root("after a plain run as root");
}

/// Compose re-creates nothing when nothing changed: the override has to be the same bytes every time.
#[test]
fn six_services_stay_when_brought_up_twice() {
    let six = Six::new();
    six.stack.ok(HARDENED, &["up", "-d"]);
    let containers = || SERVICES.map(|service| six.stack.container(service));
    let before = containers();
    six.stack.ok(HARDENED, &["up", "-d"]);
    assert_eq!(containers(), before);
    // Stopping has to reach the stepped-down children of a root supervisor: that takes KILL.
    six.stack.ok(HARDENED, &["stop"]);
    eventually(10, || {
        match docker(&["inspect", "-f", "{{.State.ExitCode}}", &before[5]])
            .ok()
            .as_str()
        {
            "0" => Ok(()),
            code => Err(format!("books ended with {code}")),
        }
    });
}
