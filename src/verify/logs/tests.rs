//! Each known form gives its path and its control, and what is no denial gives nothing.

use super::*;

/// Messages as they were seen: line, path, control.
const SEEN: &[(&str, Option<&str>, &str)] = &[
    (
        "2026/11/22 nginx: [emerg] 1#1: mkdir() \"/var/cache/nginx/client_temp\" failed (13: Permission denied)",
        Some("/var/cache/nginx/client_temp"),
        "tmpfs",
    ),
    (
        "nginx: [emerg] open() \"/run/nginx.pid\" failed (13: Permission denied)",
        Some("/run/nginx.pid"),
        "tmpfs",
    ),
    (
        "nginx: [emerg] 1#1: bind() to 0.0.0.0:80 failed (13: Permission denied)",
        None,
        "ports",
    ),
    (
        "(13)Permission denied: AH00091: apache2: could not open error log file /var/log/apache2/error.log.",
        Some("/var/log/apache2/error.log"),
        "volumes",
    ),
    (
        "(13)Permission denied: AH00072: make_sock: could not bind to address 0.0.0.0:80",
        None,
        "ports",
    ),
    (
        "AH02156: setgid: unable to set group id to Group 33",
        None,
        "privileges",
    ),
    (
        "PHP Warning:  file_put_contents(/var/www/html/data/x.txt): Failed to open stream: Permission denied in /var/www/html/up.php on line 3",
        Some("/var/www/html/data/x.txt"),
        "volumes",
    ),
    (
        "14:M 22 Nov 2026 10:00:00.000 # Failed opening the temp RDB file temp-14.rdb (in server root dir /data) for saving: Permission denied",
        Some("/data"),
        "volumes",
    ),
    (
        "initdb: error: could not change permissions of directory \"/var/lib/postgresql/data\": Operation not permitted",
        Some("/var/lib/postgresql/data"),
        "volumes",
    ),
    (
        "chown: changing ownership of '/var/lib/mysql': Operation not permitted",
        Some("/var/lib/mysql"),
        "volumes",
    ),
    (
        "mysqld: Can't create/write to file '/var/lib/mysql/aria_log_control' (Errcode: 13 \"Permission denied\")",
        Some("/var/lib/mysql/aria_log_control"),
        "volumes",
    ),
    (
        "[ALERT] (1) : Starting frontend GLOBAL: cannot bind UNIX socket (Permission denied) [/run/haproxy/admin.sock]",
        Some("/run/haproxy/admin.sock"),
        "tmpfs",
    ),
    (
        "[ALERT] (1) : [haproxy.main()] Cannot chroot(/var/lib/haproxy).",
        Some("/var/lib/haproxy"),
        "privileges",
    ),
    (
        "1700000000: Error: Unable to open log file /mosquitto/log/mosquitto.log for writing.",
        Some("/mosquitto/log/mosquitto.log"),
        "volumes",
    ),
    ("Error: Can't drop privilege as nonroot user", None, "user"),
    (
        "sqlite3.OperationalError: unable to open database file",
        None,
        "volumes",
    ),
    ("KeyError: 'getpwuid(): uid not found: 1000'", None, "passwd"),
    (
        "PermissionError: [Errno 13] Permission denied: '/app/db.sqlite'",
        Some("/app/db.sqlite"),
        "volumes",
    ),
    (
        "cron: can't open or create /var/run/crond.pid: Permission denied",
        Some("/var/run/crond.pid"),
        "tmpfs",
    ),
    (
        "s6-svscan: fatal: unable to mkdir .s6-svscan: Permission denied",
        None,
        "tmpfs",
    ),
    (
        "s6-supervise web (child): fatal: unable to exec run: Permission denied",
        None,
        "tmpfs",
    ),
    (
        "preinit: fatal: /run belongs to uid 0 instead of 1000, has insecure and/or unworkable permissions, and we're lacking the privileges to fix it.",
        Some("/run"),
        "tmpfs",
    ),
    (
        "s6-applyuidgid: fatal: unable to set supplementary group list: Operation not permitted",
        None,
        "user",
    ),
    (
        "error: failed switching to \"redis\": operation not permitted",
        None,
        "user",
    ),
    (
        "touch: cannot touch '/data/x': Permission denied",
        Some("/data/x"),
        "volumes",
    ),
    (
        "mkdir: cannot create directory ‘/config/log’: Permission denied",
        Some("/config/log"),
        "volumes",
    ),
    (
        "sh: 1: cannot create /dev/stdout: Permission denied",
        Some("/dev/stdout"),
        "user",
    ),
    (
        "/entrypoint.sh: line 7: /etc/app.conf: Permission denied",
        Some("/etc/app.conf"),
        "volumes",
    ),
    (
        "exec /usr/local/bin/pycap: operation not permitted",
        Some("/usr/local/bin/pycap"),
        "privileges",
    ),
    (
        "open /data/caddy.json: permission denied",
        Some("/data/caddy.json"),
        "volumes",
    ),
    (
        "Error: EACCES: permission denied, open '/app/log'",
        Some("/app/log"),
        "volumes",
    ),
    (
        "Fatal Error Unable to create lock file: Read-only file system (30)",
        None,
        "read_only",
    ),
    (
        "OSError: [Errno 30] Read-only file system: '/var/tmp/x'",
        Some("/var/tmp/x"),
        "read_only",
    ),
    (
        "initdb: could not look up effective user ID 4242: user does not exist",
        None,
        "passwd",
    ),
];

#[test]
fn every_known_form_gives_path_and_control() {
    for (line, path, control) in SEEN {
        let denial = denial(line).unwrap_or_else(|| panic!("not recognised: {line}"));
        assert_eq!(
            (denial.path.as_deref(), denial.control.as_str()),
            (*path, *control),
            "{line}"
        );
        assert!(
            !denial.advice.contains("PATH") && !denial.advice.contains("DIR"),
            "{}",
            denial.advice
        );
    }
}

#[test]
fn what_an_application_says_of_its_own_users_is_no_denial() {
    for line in [
        "ERROR:  permission denied for table accounts",
        "sshd[3]: Permission denied (publickey).",
        "172.17.0.1 - - [22/Nov/2026] \"GET /permission denied HTTP/1.1\" 200 3",
        "listening on /run/app.sock",
        "user bob: permission denied",
    ] {
        assert_eq!(denial(line), None, "{line}");
    }
}

#[test]
fn a_failure_is_told_when_it_repeats() {
    let line = |n| format!("12:00:0{n} unable to open socket {n}\n");
    let log: String = (0..3).map(line).collect();
    assert!(repeated_failure(&log).is_some());
    assert_eq!(repeated_failure(&(0..2).map(line).collect::<String>()), None);
}

#[test]
fn a_path_is_told_once() {
    let line = "touch: cannot touch '/data/x': Permission denied\n";
    assert_eq!(denials(&line.repeat(3)).len(), 1);
}
