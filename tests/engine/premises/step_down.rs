//! Images that step down themselves need capabilities for it; some go on as root when they have none.

use crate::container::{Container, Volume, once};
use crate::procs;

#[test]
fn gosu_needs_capabilities() {
    let out = once(&["--cap-drop", "ALL"], "redis", &["redis-server"]);
    assert!(
        out.failed()
            .contains("failed switching to \"redis\": operation not permitted")
    );
}

/// The classic set passes the first start and dies on the second, on the directory that is now 0700.
#[test]
fn step_down_passes_once_without_dac_override() {
    let volume = Volume::new();
    let mount = volume.at("/var/lib/postgresql/data");
    let caps = [
        "--cap-drop=ALL",
        "--cap-add=CHOWN",
        "--cap-add=SETUID",
        "--cap-add=SETGID",
    ];
    let options = [&caps[..], &["-e", "POSTGRES_PASSWORD=x", "-v", &mount]].concat();
    let first = Container::start(&options, "postgres", &[]);
    first.wait_for_log("database system is ready to accept connections");
    first.stop();
    let second = Container::start(&options, "postgres", &[]);
    assert_ne!(second.exit_code(), 0, "{}", second.logs());
    assert!(second.logs().contains("Permission denied"), "{}", second.logs());
}

/// Less privilege, more root: workers that cannot step down stay uid 0, and the page is served all the same.
#[test]
fn apache_without_capabilities_keeps_root_workers() {
    let workers = |options: &[&str]| {
        let apache = Container::start(options, "php-app", &[]);
        apache.wait_for_log("resuming normal operations");
        crate::run::eventually(20, || {
            let found = procs::of(&apache.0);
            if found.len() > 1 {
                Ok(found.iter().filter(|process| process.is_root()).count() > 1)
            } else {
                Err("no worker".into())
            }
        })
    };
    assert!(!workers(&[]));
    assert!(workers(&["--cap-drop", "ALL"]));
}

/// With a numeric user the same images skip all that, and need nothing.
#[test]
fn numeric_users_need_no_capability() {
    for (image, user, env, ready) in [
        ("redis", "999:999", "A=b", "Ready to accept connections"),
        (
            "postgres",
            "999:999",
            "POSTGRES_PASSWORD=x",
            "ready to accept connections",
        ),
        (
            "mariadb",
            "999:999",
            "MARIADB_ROOT_PASSWORD=x",
            "ready for connections",
        ),
    ] {
        let options = [
            "--user",
            user,
            "--cap-drop=ALL",
            "--security-opt=no-new-privileges:true",
            "-e",
            env,
        ];
        let container = Container::start(&options, image, &[]);
        container.wait_for_log(ready);
        for process in procs::of(&container.0) {
            assert!(!process.is_root() && !process.gids.contains(&0), "{process:?}");
            assert_eq!((process.bounding, process.effective), (0, 0), "{process:?}");
            assert!(process.no_new_privileges, "{process:?}");
        }
    }
}
