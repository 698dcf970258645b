//! Programs, whatever image they are in: of images that nobody described, and of what is built here, the plan knows what they
//! start, and by that plan alone they answer.

use crate::procs;
use crate::report;
use crate::run::{docker, is_long};
use crate::stack::{Stack, Tool};
use serde_json::Value;

/// A program, and how one knows that it works.
struct Row {
    name: &'static str,
    image: &'static str,
    /// More attributes of its service.
    more: &'static str,
    /// A command that succeeds in its container, as whoever it is.
    probe: &'static [&'static str],
    /// Whether a root start is the best that there is.
    is_root: bool,
}

const fn row(
    name: &'static str,
    image: &'static str,
    more: &'static str,
    probe: &'static [&'static str],
) -> Row {
    Row {
        name,
        image,
        more,
        probe,
        is_root: false,
    }
}

const fn root(
    name: &'static str,
    image: &'static str,
    more: &'static str,
    probe: &'static [&'static str],
) -> Row {
    Row {
        is_root: true,
        ..row(name, image, more, probe)
    }
}

/// A page of a server in the container, for images that have Perl alone.
const PAGE: &[&str] = &[
    "perl",
    "-MIO::Socket::INET",
    "-e",
    "$s = IO::Socket::INET->new('127.0.0.1:'.($ARGV[0] // 80)) or exit 1; print $s \"GET / HTTP/1.0\\r\\n\\r\\n\"; exit(<$s> !~ / 200 /)",
];

/// Images of the set that every run has; their names are in no profile.
const ROWS: &[Row] = &[
    row("apache", "php-apache", "", PAGE),
    row("nginx", "nginx", "", PAGE),
    row("memcached", "memcached", "", &["sh", "-c", "pidof memcached"]),
    row(
        "redis",
        "redis",
        "volumes: ['redis:/data']",
        &["redis-cli", "ping"],
    ),
    row(
        "postgres",
        "postgres",
        "environment: {POSTGRES_PASSWORD: x}\n    volumes: ['pg:/var/lib/postgresql/data']",
        &["pg_isready", "-h", "127.0.0.1"],
    ),
    row(
        "python",
        "python",
        "command: [python3, -m, http.server, '8000']",
        &[
            "python3",
            "-c",
            "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/')",
        ],
    ),
    row(
        "node",
        "node",
        "command: [node, -e, \"require('http').createServer((q, r) => r.end('x')).listen(8000)\"]",
        &[
            "node",
            "-e",
            "require('http').get('http://127.0.0.1:8000/').on('error', () => process.exit(1))",
        ],
    ),
    row(
        "busybox",
        "busybox",
        "command: [/bin/busybox, httpd, -f, -p, '8080', -h, /]",
        &[
            "/bin/sh",
            "-c",
            "echo 'GET / HTTP/1.0' | /bin/busybox nc 127.0.0.1 8080 | /bin/busybox grep HTTP",
        ],
    ),
    root(
        "cron",
        "cron",
        "",
        &["sh", "-c", "kill -0 $(cat /var/run/crond.pid)"],
    ),
    root("supervisord", "supervisord", "", &["sh", "-c", "pidof python3"]),
    root(
        "s6",
        "puid-app",
        "environment: {PUID: '1000', PGID: '1000'}",
        &["sh", "-c", "pidof s6-svscan"],
    ),
];

/// The plan of each service, by `explain`.
fn plans(stack: &Stack) -> Value {
    let told = stack.run(Tool::Trusting, &["explain", "--format", "json"]);
    let plan: Value = serde_json::from_str(&told.stdout).unwrap_or_else(|e| panic!("{e}: {}", told.all));
    plan["services"].clone()
}

/// Starts them by plan alone: each answers, and is what its plan says.
fn work(stack: &Stack, rows: &[&Row]) {
    let plans = plans(stack);
    stack.ok(Tool::Trusting, &["up", "-d"]);
    let mut broken = Vec::new();
    for row in rows {
        let plan = &plans[row.name];
        let verdict = if row.is_root { "root_start" } else { "nonroot" };
        let container = stack.ok(Tool::Plain, &["ps", "--all", "--quiet", row.name]);
        let mut answer = Err(String::new());
        for _ in 0..20 {
            let out = docker(&[&["exec", &container], row.probe].concat());
            answer = if out.code == 0 { Ok(()) } else { Err(out.all) };
            if answer.is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        let is_root = answer.is_ok() && procs::of(&container).iter().any(procs::Process::is_root);
        report::line(&format!(
            "{:<12} {:<10} {:<10} answers {} root {}",
            row.name,
            plan["verdict"].as_str().unwrap_or_default(),
            plan["confidence"].as_str().unwrap_or_default(),
            answer.is_ok(),
            is_root,
        ));
        if plan["verdict"] != verdict
            || plan["confidence"] == "guessed"
            || answer.is_err()
            || is_root != row.is_root
        {
            let log = docker(&["logs", "--tail", "5", &container]).all;
            broken.push(format!(
                "{}: {answer:?}, {}, {}\n{log}",
                row.name, plan["verdict"], plan["confidence"]
            ));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn what_an_image_starts_decides_where_nobody_described_it() {
    let services: String = ROWS
        .iter()
        .map(|row| {
            format!(
                "  {}:\n    image: nrcompose-test/{}\n    {}\n",
                row.name, row.image, row.more
            )
        })
        .collect();
    let stack = Stack::of(
        "programs",
        &format!("services:\n{services}volumes: {{redis: , pg: }}\n"),
    );
    work(&stack, &ROWS.iter().collect::<Vec<_>>());
}

/// Programs as Debian packages them, all in one image, each started by the command of its service.
const PACKAGED: &[Row] = &[
    row(
        "caddy",
        "",
        "command: [caddy, file-server, --root, /srv, --listen, ':8080']",
        &["sh", "-c", "pidof caddy"],
    ),
    row(
        "lighttpd",
        "",
        "command: [lighttpd, -D, -f, /etc/lighttpd/lighttpd.conf]",
        PAGE,
    ),
    row("nginx", "", "command: [nginx, -g, daemon off;]", PAGE),
    row("apache2", "", "command: [apachectl, -D, FOREGROUND]", PAGE),
    row(
        "haproxy",
        "",
        "command: [haproxy, -W, -db, -f, /etc/plain-haproxy.cfg]",
        PAGE,
    ),
    row(
        "mosquitto",
        "",
        "command: [mosquitto, -p, '1883']",
        &["sh", "-c", "pidof mosquitto"],
    ),
    row(
        "memcached",
        "",
        "command: [memcached, -u, memcache]",
        &["sh", "-c", "pidof memcached"],
    ),
    row("redis", "", "command: [redis-server]", &["redis-cli", "ping"]),
    row(
        "postgres",
        "",
        "command: [sh, -c, 'initdb -D /tmp/pg && exec postgres -D /tmp/pg']\n    environment: {PATH: '/usr/lib/postgresql/15/bin:/usr/bin:/bin'}",
        &["pg_isready", "-h", "127.0.0.1"],
    ),
    row(
        "squid",
        "",
        "command: [squid, -NYC, -f, /etc/squid/squid.conf]",
        &["sh", "-c", "pidof squid"],
    ),
    row(
        "named",
        "",
        "command: [named, -f, -u, bind]",
        &["sh", "-c", "pidof named"],
    ),
    row(
        "tinyproxy",
        "",
        "command: [tinyproxy, -d]",
        &["sh", "-c", "pidof tinyproxy"],
    ),
    row(
        "etcd",
        "",
        "command: [etcd, --data-dir, /tmp/etcd]",
        &["etcdctl", "endpoint", "health"],
    ),
    row(
        "nats-server",
        "",
        "command: [nats-server]",
        &["sh", "-c", "pidof nats-server"],
    ),
    row(
        "prometheus",
        "",
        "command: [prometheus, --config.file=/etc/prometheus/prometheus.yml, --storage.tsdb.path=/tmp/p]",
        &["sh", "-c", "pidof prometheus"],
    ),
    row(
        "node-exporter",
        "",
        "command: [prometheus-node-exporter]",
        &["sh", "-c", "pidof prometheus-node-exporter"],
    ),
    row(
        "influxd",
        "",
        "command: [influxd]\n    environment: {INFLUXDB_META_DIR: /tmp/m, INFLUXDB_DATA_DIR: /tmp/d, INFLUXDB_DATA_WAL_DIR: /tmp/w}",
        &["sh", "-c", "pidof influxd"],
    ),
    row(
        "registry",
        "",
        "command: [docker-registry, serve, /etc/docker/registry/config.yml]",
        &["sh", "-c", "pidof docker-registry"],
    ),
    row("python", "", "command: [python3, -m, http.server, '80']", PAGE),
    row(
        "perl",
        "",
        "command: [perl, -e, 'sleep']",
        &["sh", "-c", "pidof perl"],
    ),
    row(
        "ruby",
        "",
        "command: [ruby, -e, sleep]",
        &["sh", "-c", "pidof ruby"],
    ),
    row(
        "php",
        "",
        "command: [php, -S, '0.0.0.0:80', -t, /srv]",
        &["sh", "-c", "pidof php"],
    ),
    row(
        "node",
        "",
        "command: [node, -e, 'setInterval(() => {}, 1000)']",
        &["sh", "-c", "pidof node"],
    ),
    root(
        "php-fpm",
        "",
        "command: [php-fpm8.2, -F]",
        &["sh", "-c", "pidof php-fpm8.2"],
    ),
    root("cron", "", "command: [cron, -f]", &["sh", "-c", "pidof cron"]),
    root(
        "sshd",
        "",
        "command: [/usr/sbin/sshd, -D, -e]",
        &["sh", "-c", "pidof sshd"],
    ),
    root(
        "supervisord",
        "",
        "command: [supervisord, -n]",
        &["supervisorctl", "pid"],
    ),
    root(
        "postfix",
        "",
        "command: [postfix, start-fg]",
        &["sh", "-c", "pidof master"],
    ),
    root(
        "dovecot",
        "",
        "command: [dovecot, -F]",
        &["sh", "-c", "pidof dovecot"],
    ),
    root(
        "vsftpd",
        "",
        "command: [vsftpd, /etc/vsftpd.conf, -obackground=no]",
        &["sh", "-c", "pidof vsftpd"],
    ),
    root(
        "smbd",
        "",
        "command: [smbd, -F, --no-process-group]",
        &["sh", "-c", "pidof smbd"],
    ),
    root(
        "runit",
        "",
        "command: [runsvdir, /etc/service]",
        &["sh", "-c", "pidof runsvdir"],
    ),
];

#[test]
fn thirty_programs_work_by_what_is_known_of_them() {
    if !is_long() {
        return report::line("left out without --all: thirty programs as Debian packages them");
    }
    let services: String = PACKAGED
        .iter()
        .map(|row| {
            format!(
                "  {}:\n    image: nrcompose-test/programs\n    {}\n",
                row.name, row.more
            )
        })
        .collect();
    let stack = Stack::of("packaged", &format!("services:\n{services}"));
    work(&stack, &PACKAGED.iter().collect::<Vec<_>>());
}

/// What is built here, with the start scripts and the users that people write.
const BUILT: &[(&str, &str, &str)] = &[
    // A script that changes owners and steps down, whoever it is.
    (
        "steps",
        "FROM nrcompose-test/debian\nRUN packages gosu && useradd -u 1234 app\nCOPY entry.sh /entry.sh\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"sleep\", \"inf\"]\n",
        "#!/bin/sh\nset -e\nmkdir -p /data\nchown -R app:app /data\nexec gosu app \"$@\"\n",
    ),
    // One that asks who it is.
    (
        "asks",
        "FROM nrcompose-test/debian\nRUN packages gosu && useradd -u 1234 app\nCOPY entry.sh /entry.sh\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"sleep\", \"inf\"]\n",
        "#!/bin/sh\nset -e\nif [ \"$(id -u)\" = 0 ]; then\n  chown -R app:app /data\n  exec gosu app \"$0\" \"$@\"\nfi\nexec \"$@\"\n",
    ),
    // A user by name whose number the Dockerfile does not tell.
    (
        "named",
        "FROM nrcompose-test/debian\nRUN useradd app && mkdir /data && chown app /data\nCOPY entry.sh /entry.sh\nUSER app\nCMD [\"sh\", \"-c\", \"touch /data/x && sleep inf\"]\n",
        "",
    ),
    // What only root can do, in a shell's words.
    (
        "cron",
        "FROM nrcompose-test/debian\nRUN packages cron\nCOPY entry.sh /entry.sh\nCMD [\"cron\", \"-f\"]\n",
        "",
    ),
];

/// By the files alone, and once more when it is built: then its users have numbers.
#[test]
fn what_is_built_here_starts_as_its_dockerfile_and_its_scripts_need_it() {
    let services: String = BUILT
        .iter()
        .map(|(name, ..)| format!("  {name}: {{build: ./{name}, volumes: ['{name}:/data']}}\n"))
        .collect();
    let volumes: String = BUILT.iter().map(|(name, ..)| format!("  {name}:\n")).collect();
    let stack = Stack::of("built", &format!("services:\n{services}volumes:\n{volumes}"));
    for (name, dockerfile, script) in BUILT {
        stack.write(&format!("{name}/Dockerfile"), dockerfile);
        stack.write(&format!("{name}/entry.sh"), script);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(stack.path(&format!("{name}/entry.sh")), mode).unwrap();
    }
    let before = plans(&stack);
    let of = |plans: &Value, name: &str| {
        let plan = &plans[name];
        (
            plan["verdict"].as_str().unwrap().to_owned(),
            plan["user"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let wanted = |verdict: &str, user: &str| (verdict.to_owned(), user.to_owned());
    assert_eq!(of(&before, "steps"), wanted("root_start", ""));
    assert_eq!(of(&before, "asks"), wanted("nonroot", "1234:1234"));
    assert_eq!(of(&before, "named"), wanted("refused", ""), "{before:#}");
    assert_eq!(of(&before, "cron"), wanted("root_start", ""));
    stack.ok(Tool::Plain, &["build"]);
    let after = plans(&stack);
    assert_eq!(of(&after, "named"), wanted("nonroot", "1000:1000"), "{after:#}");
    stack.ok(Tool::Trusting, &["up", "-d"]);
    for (name, ..) in BUILT {
        let container = stack.container(name);
        let state = docker(&["inspect", "-f", "{{.State.Status}} {{.RestartCount}}", &container]).ok();
        assert_eq!(
            state.trim(),
            "running 0",
            "{name}: {}",
            docker(&["logs", &container]).all
        );
        let is_root = procs::of(&container).iter().any(procs::Process::is_root);
        assert_eq!(is_root, *name == "cron", "{name}");
    }
    let owner = docker(&["exec", &stack.container("steps"), "stat", "-c", "%u:%g", "/data"]).ok();
    assert_eq!(owner.trim(), "1234:1234");
    docker(&[
        "compose",
        "-f",
        stack.path("compose.yaml").to_str().unwrap(),
        "down",
        "--rmi",
        "local",
        "-t",
        "0",
        "-v",
    ]);
}
