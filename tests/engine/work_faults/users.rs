//! Faults of what works as root, and not as the user that it was given.

use super::table::*;
use nrcompose::plan::claim::Claim;

const USER: &str = "works as root, not as its user";

/// What root could do and the user cannot.
pub(super) fn users() -> Vec<WorkFault> {
    let of = |name, claim, found, with, twin| fault(USER, name, claim, found, with, twin);
    let own = "chown 1000:1000 /v";
    let daemon = "--restart always -v VOLUME:/data";
    let writes = |fill| shell(daemon, "echo x > /data/x || exit 1; sleep 900").fill(fill);
    // It goes on without, and says so.
    let careless = |fill| {
        let script = format!(
            "import sys\ntry: open('/data/db','w')\nexcept OSError as e: print(repr(e).replace('PermissionError','PermissionError:'),e,file=sys.stderr,flush=True)\n{}",
            web("0.0.0.0", 80, 200, "ok")
        );
        python("-v VOLUME:/data", &script).published(&["80"]).fill(fill)
    };
    let fails = |fill| {
        let script = "import http.server as h\nclass H(h.BaseHTTPRequestHandler):\n def do_GET(s):\n  try: open('/data/x','w');c=200\n  except OSError: c=500\n  s.send_response(c);s.end_headers()\nh.ThreadingHTTPServer(('',80),H).serve_forever()";
        python("-v VOLUME:/data", script).published(&["80"]).fill(fill)
    };
    let sqlite = |fill| {
        let script = "import sqlite3,sys,http.server as h\nclass H(h.BaseHTTPRequestHandler):\n def do_GET(s):\n  try: sqlite3.connect('/data/a').execute('create table if not exists t(i)');c=200\n  except Exception as e: print(e,file=sys.stderr);c=500\n  s.send_response(c);s.end_headers()\nh.ThreadingHTTPServer(('',80),H).serve_forever()";
        python("-v VOLUME:/data", script).published(&["80"]).fill(fill)
    };
    let key = |fill| shell(daemon, "cat /data/key.pem >/dev/null || exit 1; sleep 900").fill(fill);
    let pid = |directory: &str| {
        let script = format!("touch {directory}/app.pid && exec python3 -m http.server 80; sleep 900");
        actor("python", "", &["sh", "-c", &script]).published(&["80"])
    };
    let steps_down = |command| shell("--restart always", command);
    let nginx = |fill| {
        let tmpfs = "--tmpfs /var/cache/nginx:uid=1000,gid=1000 --tmpfs /run:uid=1000,gid=1000 -v VOLUME:/usr/share/nginx/html:ro";
        actor("nginx", tmpfs, &[]).published(&["80"]).fill(fill)
    };
    let redis = |fill| {
        let options = "--restart always -v VOLUME:/store";
        let command = ["redis-server", "--dir", "/store", "--appendonly", "yes"];
        actor("redis", options, &command).fill(fill)
    };
    let postgres = |fill| {
        let options = "--restart always -e POSTGRES_PASSWORD=x -e PGDATA=/store/pg -v VOLUME:/store";
        actor("postgres", options, &[]).fill(fill)
    };
    let supervised = |run: &str| {
        let script = format!(
            "mkdir -p /run/s/app; printf '#!/bin/sh\\n{run}\\n' > /run/s/app/run; chmod +x /run/s/app/run; exec s6-svscan /run/s"
        );
        actor(
            "s6-base",
            "--tmpfs /run:uid=1000,gid=1000,exec --entrypoint sh",
            &["-c", &script],
        )
    };
    vec![
        of(
            "data-of-root",
            Claim::Running,
            "restarting",
            writes("chown 0:0 /v"),
            writes(own),
        ),
        of(
            "goes-on-without-data",
            Claim::NoDenials,
            "/data/db",
            careless("chown 0:0 /v"),
            careless(own),
        ),
        of(
            "fails-each-request",
            responds(80),
            "HTTP 500",
            fails("chown 0:0 /v"),
            fails(own),
        ),
        of(
            "sqlite-of-root",
            responds(80),
            "HTTP 500",
            sqlite("touch /v/a; chmod 644 /v/a"),
            sqlite("touch /v/a; chown -R 1000:1000 /v"),
        ),
        of(
            "key-of-root",
            Claim::Running,
            "restarting",
            key("echo k > /v/key.pem; chmod 600 /v/key.pem"),
            key("echo k > /v/key.pem; chmod 644 /v/key.pem"),
        ),
        of(
            "pid-file",
            listens(80, "tcp"),
            "nothing",
            pid("/etc"),
            pid("/tmp"),
        ),
        of(
            "steps-down",
            Claim::Running,
            "restarting",
            steps_down("setpriv --reuid=33 --regid=33 --clear-groups sleep 900"),
            steps_down("sleep 900"),
        ),
        of(
            "site-of-root",
            Claim::NoDenials,
            "/usr/share/nginx/html",
            nginx("echo hi > /v/index.html; chmod 600 /v/index.html"),
            nginx("echo hi > /v/index.html"),
        ),
        of(
            "redis-of-root",
            Claim::Running,
            "restarting",
            redis("mkdir /v/appendonlydir; chmod 700 /v/appendonlydir"),
            redis(own),
        ),
        of(
            "postgres-of-root",
            Claim::Running,
            "restarting",
            postgres("mkdir -m 700 /v/pg"),
            postgres("mkdir -m 700 /v/pg; chown -R 1000:1000 /v"),
        ),
        of(
            "supervised",
            Claim::Steady,
            "s6-supervise",
            supervised("touch /etc/x || exit 1; exec sleep 900"),
            supervised("touch /tmp/x; exec sleep 900"),
        ),
    ]
}
