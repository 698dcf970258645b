//! Log lines that tell of a denied access: which path, which control it points to, what to change.

mod path;
mod table;

use serde::{Deserialize, Serialize};
use table::{DenialForm, SPECIAL};

/// A line that tells of a denied access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Denial {
    /// The line, shortened.
    pub line: String,
    /// The absolute path it names, if it names one.
    pub path: Option<String>,
    /// The control it points to.
    pub control: String,
    /// What to change.
    pub advice: String,
}

/// What the kernel said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errno {
    Access,
    NotPermitted,
    ReadOnly,
}

/// How the kernel's words are spelt, in lower case.
const ERRNO: [(&str, Errno); 13] = [
    ("permission denied", Errno::Access),
    ("eacces", Errno::Access),
    ("errno 13", Errno::Access),
    ("errcode: 13", Errno::Access),
    ("(13)", Errno::Access),
    ("operation not permitted", Errno::NotPermitted),
    ("eperm", Errno::NotPermitted),
    ("errno 1]", Errno::NotPermitted),
    ("errcode: 1 ", Errno::NotPermitted),
    ("read-only file system", Errno::ReadOnly),
    ("erofs", Errno::ReadOnly),
    ("errno 30", Errno::ReadOnly),
    ("errcode: 30", Errno::ReadOnly),
];

/// The same words said by an application about its own users.
const OWN_BUSINESS: [&str; 6] = [
    "permission denied for ",
    "permission denied (publickey",
    "permission denied to ",
    "permission denied, please try again",
    "\" 403 ",
    "http/1.",
];

/// The denials in a log: each path, or each line that names none, once.
pub(crate) fn denials(log: &str) -> Vec<Denial> {
    let mut all: Vec<Denial> = Vec::new();
    for denial in log.lines().filter_map(denial) {
        let same = |d: &Denial| d.control == denial.control && d.path == denial.path;
        if !all.iter().any(same) {
            all.push(denial);
        }
    }
    all
}

/// Words of failure.
const FAILURE: [&str; 7] = [
    "fatal",
    "error",
    "fail",
    "denied",
    "not permitted",
    "cannot",
    "unable to",
];

/// A failure that is logged three times or more, numbers aside.
pub(crate) fn repeated_failure(log: &str) -> Option<String> {
    let mut counts: std::collections::BTreeMap<String, (usize, &str)> = std::collections::BTreeMap::new();
    for line in log.lines() {
        let plain: String = line
            .chars()
            .filter(|c| !c.is_ascii_digit())
            .collect::<String>()
            .to_lowercase();
        if FAILURE.iter().any(|w| plain.contains(w)) {
            counts.entry(plain).or_insert((0, line)).0 += 1;
        }
    }
    let (count, line) = counts.into_values().max_by_key(|(count, _)| *count)?;
    (count >= 3).then(|| line.chars().filter(|c| !c.is_control()).take(200).collect())
}

/// Reads one line.
pub(crate) fn denial(line: &str) -> Option<Denial> {
    const LONGEST: usize = 300;
    let line: String = line.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let lower = line.to_lowercase();
    if OWN_BUSINESS.iter().any(|w| lower.contains(w)) {
        return None;
    }
    let errno = ERRNO
        .iter()
        .find_map(|(words, errno)| lower.find(words).map(|at| (at, *errno)));
    let path = path::named(&line, &lower, errno.map(|(at, _)| at));
    let special = SPECIAL
        .iter()
        .find(|form| form.words.iter().all(|w| lower.contains(w)));
    let form = match (special, errno) {
        (Some(form), _) => form,
        (None, Some((_, errno))) if path.is_some() => ordinary(errno, path.as_deref()),
        _ => return None,
    };
    let place = path.as_deref().unwrap_or("the path it needs");
    let advice = form
        .advice
        .replace("PATH", place)
        .replace("DIR", path::directory(place));
    Some(Denial {
        line: line.trim().to_owned(),
        path,
        control: form.control.to_owned(),
        advice,
    })
}

/// A denied path in a form that no row knows.
fn ordinary(errno: Errno, path: Option<&str>) -> &'static DenialForm {
    let runtime = |p: &str| {
        table::RUNTIME
            .iter()
            .any(|d| p == *d || p.starts_with(&format!("{d}/")))
    };
    match errno {
        Errno::ReadOnly => &table::READ_ONLY,
        _ if path.is_some_and(runtime) => &table::TMPFS,
        _ => &table::VOLUME,
    }
}

#[cfg(test)]
mod tests {
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
}
