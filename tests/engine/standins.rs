//! Stand-ins are no kind ones: under a bare `user: "1000:1000"` each fails as its published image is known to.

use crate::container::{Container, once};

const USER: &[&str] = &["--user", "1000:1000"];
const NO_NEW: &[&str] = &["--security-opt", "no-new-privileges:true"];
const DROP_ALL: &[&str] = &["--cap-drop", "ALL"];

/// The container ends by itself, not with success, and says so.
#[track_caller]
fn ends_with(options: &[&[&str]], image: &str, message: &str) {
    let container = Container::start(&options.concat(), image, &[]);
    let code = container.exit_code();
    let logs = container.logs();
    assert!(
        code != 0 && logs.contains(message),
        "exit {code}, wanted {message:?} in:\n{logs}"
    );
}

#[test]
fn postgres_cannot_take_its_data_directory() {
    let password = &["-e", "POSTGRES_PASSWORD=x"];
    let message =
        "could not change permissions of directory \"/var/lib/postgresql/data\": Operation not permitted";
    ends_with(&[USER, password], "postgres", message);
}

#[test]
fn mariadb_cannot_write_its_data_directory() {
    ends_with(
        &[USER, &["-e", "MARIADB_ROOT_PASSWORD=x"]],
        "mariadb",
        "(Errcode: 13 \"Permission denied\")",
    );
}

#[test]
fn nginx_stops_at_its_cache_and_then_at_its_pid() {
    ends_with(
        &[USER],
        "nginx",
        "mkdir() \"/var/cache/nginx/client_temp\" failed (13: Permission denied)",
    );
    let cache = &["--tmpfs", "/var/cache/nginx:uid=1000,gid=1000"];
    ends_with(
        &[USER, cache],
        "nginx",
        "open() \"/run/nginx.pid\" failed (13: Permission denied)",
    );
}

/// Up, answering, and unable to keep anything: why "it runs" proves nothing.
#[test]
fn redis_runs_but_cannot_save() {
    let redis = Container::start(USER, "redis", &[]);
    redis.wait_for_log("Ready to accept connections");
    assert_eq!(redis.exec(&["redis-cli", "SET", "a", "b"]).ok(), "OK");
    assert!(redis.exec(&["redis-cli", "SAVE"]).stdout.contains("ERR"));
    assert!(
        redis
            .logs()
            .contains("(in server root dir /data) for saving: Permission denied"),
        "{}",
        redis.logs()
    );
}

#[test]
fn php_serves_on_port_80_but_cannot_store() {
    let php = Container::start(USER, "php-app", &[]);
    php.wait_for_log("resuming normal operations");
    let denied = php
        .exec(&["sh", "-c", "echo x > /var/www/html/uploads/x"])
        .failed();
    assert!(denied.contains("Permission denied"), "{denied}");
    php.exec(&["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/80"]).ok();
    assert!(php.running());
}

#[test]
fn s6_takes_run_only_with_its_setuid_launcher() {
    let app = Container::start(USER, "s6-user", &[]);
    crate::run::eventually(20, || {
        let found = crate::procs::of(&app.0);
        if found.len() == 3 {
            Ok(())
        } else {
            Err(format!("{found:?}"))
        }
    });
    let gate = "/run belongs to uid 0 instead of 1000, has insecure and/or unworkable permissions, \
                and we're lacking the privileges to fix it.";
    ends_with(&[USER, NO_NEW], "s6-user", gate);
    ends_with(
        &[USER, DROP_ALL],
        "s6-user",
        "unable to setgid to root: Operation not permitted",
    );
    ends_with(&[&["--init"]], "s6-user", "can only run as pid 1");
}

/// The container stays up, the service never runs.
#[test]
fn s6_needs_to_execute_what_is_in_run() {
    let run = &["--tmpfs", "/run:uid=1000,gid=1000"];
    let app = Container::start(&[USER, NO_NEW, run].concat(), "s6-user", &[]);
    app.wait_for_log("unable to exec run: Permission denied");
    assert!(app.running());
}

/// With /run its own, the launcher is content; the image's scripts are not.
#[test]
fn puid_image_loops_under_user() {
    let run = &[
        "--tmpfs",
        "/run:uid=1000,gid=1000,exec",
        "-e",
        "PUID=1000",
        "-e",
        "PGID=1000",
    ];
    let app = Container::start(&[USER, NO_NEW, DROP_ALL, run].concat(), "puid-app", &[]);
    app.wait_for_log("groupmod: Permission denied.");
    app.wait_for_log(
        "s6-applyuidgid: fatal: unable to set supplementary group list: Operation not permitted",
    );
    assert!(app.running());
}

#[test]
fn dsmr_stops_at_its_first_chown() {
    let run = &["--tmpfs", "/run:uid=1000,gid=1000,exec"];
    let chown = "chown: changing ownership of '/defaults': Operation not permitted";
    ends_with(&[USER], "dsmr", chown);
    ends_with(&[USER, NO_NEW, DROP_ALL, run], "dsmr", chown);
}

/// Development images are root by default and do not mind another user.
#[test]
fn interpreters_are_root_until_told() {
    for image in ["python", "node", "php-cli"] {
        assert_eq!(once(&[], image, &["id", "-u"]).ok(), "0");
        assert_eq!(once(USER, image, &["id", "-u"]).ok(), "1000");
    }
}

/// Directories as published: who owns them decides who can use an empty volume.
#[test]
fn directories_have_the_published_owners() {
    for (image, path, wanted) in [
        ("postgres", "/var/lib/postgresql/data", "999:999 1777"),
        ("postgres", "/var/run/postgresql", "999:999 3777"),
        ("redis", "/data", "999:999 755"),
        ("mariadb", "/var/lib/mysql", "999:999 755"),
        ("mariadb", "/run/mysqld", "999:999 1777"),
        ("nginx", "/var/cache/nginx", "0:0 755"),
        ("php-apache", "/var/www/html", "33:33 1777"),
        ("php-app", "/var/www/html/uploads", "33:33 755"),
        ("puid-app", "/config", "0:0 755"),
    ] {
        let found = once(&["--entrypoint", "stat"], image, &["-c", "%u:%g %a", path]).ok();
        assert_eq!(found, wanted, "{image} {path}");
    }
}
