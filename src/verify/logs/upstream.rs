//! Lines as programs write them, and where in their sources they stand: which are read as a denial, of which path, and
//! which are none.

use super::denial;

/// Repository and file, the line as it is logged, and the path it names; `None` for a line that tells of no denial.
#[rustfmt::skip]
const LINES: &[(&str, &str, Option<Option<&str>>)] = &[
    ("redis/redis: src/aof.c", "1:M 17 Dec 2024 23:18:54.634 # Can't open or create append-only dir appendonlydir: Permission denied", Some(None)),
    ("redis/redis: src/rdb.c", "1:M 01 Dec 2026 10:00:00.000 # Failed opening the temp RDB file temp-1.rdb (in server root dir /data) for saving: Permission denied", Some(Some("/data"))),
    ("postgres/postgres: src/backend/utils/init/miscinit.c", "2026-12-01 10:00:00.000 UTC [1] FATAL:  could not create lock file \"postmaster.pid\": Permission denied", Some(None)),
    ("postgres/postgres: src/backend/utils/init/miscinit.c", "2026-12-01 10:00:00.000 UTC [1] FATAL:  data directory \"/var/lib/postgresql/data\" has wrong ownership", Some(Some("/var/lib/postgresql/data"))),
    ("postgres/postgres: src/backend/utils/cache/relmapper.c", "2026-12-01 10:00:00.000 UTC [63] FATAL:  could not open file \"global/pg_filenode.map\": Permission denied", Some(None)),
    ("postgres/postgres: src/backend/catalog/aclchk.c", "2026-12-01 10:00:00.000 UTC [63] ERROR:  permission denied for table accounts", None),
    ("mysql/mysql-server: storage/innobase/os/os0file.cc", "2026-12-01T10:00:00.000000Z 1 [ERROR] [MY-012592] [InnoDB] Operating system error number 13 in a file operation.", Some(None)),
    ("mysql/mysql-server: storage/innobase/srv/srv0start.cc", "2026-12-01T10:00:00.000000Z 1 [ERROR] [MY-012271] [InnoDB] The innodb_system data file 'ibdata1' must be writable", Some(None)),
    ("mysql/mysql-server: mysys/my_open.cc", "mysqld: File './binlog.index' not found (OS errno 13 - Permission denied)", Some(None)),
    ("sqlite/sqlite: src/main.c", "sqlite3.OperationalError: attempt to write a readonly database", Some(None)),
    ("rust-lang/rust: library/std/src/io/error", "Error: Os { code: 13, kind: PermissionDenied, message: \"Permission denied\" }", Some(None)),
    ("rust-lang/rust: library/std/src/io/error", "error: failed to create /data/app.db: Permission denied (os error 13)", Some(Some("/data/app.db"))),
    ("openjdk/jdk: sun/nio/fs/UnixException.java", "java.nio.file.AccessDeniedException: /opt/app/logs/app.log", Some(Some("/opt/app/logs/app.log"))),
    ("dotnet/runtime: System.Private.CoreLib Strings.resx", "System.UnauthorizedAccessException: Access to the path '/config/data.db' is denied.", Some(Some("/config/data.db"))),
    ("rubygems/rubygems: bundler/lib/bundler/errors.rb", "There was an error while trying to write to `/app/.bundle/config`. It is likely that you need to grant write permissions for that path.", Some(Some("/app/.bundle/config"))),
    ("npm/cli: lib/utils/error-message.js", "npm error Your cache folder contains root-owned files, due to a bug in", Some(None)),
    ("npm/cli: lib/utils/error-message.js", "npm ERR! code EACCES", Some(None)),
    ("nodejs/node: lib/internal/errors.js", "Error: EACCES: permission denied, mkdir '/usr/src/app/uploads'", Some(Some("/usr/src/app/uploads"))),
    ("git/git: setup.c", "fatal: detected dubious ownership in repository at '/var/www/app'", Some(Some("/var/www/app"))),
    ("etcd-io/bbolt: db.go", "panic: open /var/lib/app/app.db: permission denied", Some(Some("/var/lib/app/app.db"))),
    ("nginx/docker-nginx: entrypoint/20-envsubst-on-templates.sh", "/docker-entrypoint.d/20-envsubst-on-templates.sh: ERROR: /etc/nginx/templates exists, but /etc/nginx/conf.d is not writable", Some(Some("/etc/nginx/conf.d"))),
    ("nginx/nginx: src/http/modules/ngx_http_static_module.c", "2026/12/01 10:00:00 [error] 29#29: *1 open() \"/usr/share/nginx/html/index.html\" failed (13: Permission denied), client: 172.17.0.1, server: localhost, request: \"GET / HTTP/1.1\", host: \"localhost\"", Some(Some("/usr/share/nginx/html/index.html"))),
    ("nginx/docker-nginx: entrypoint/10-listen-on-ipv6-by-default.sh", "10-listen-on-ipv6-by-default.sh: info: can not modify /etc/nginx/conf.d/default.conf (read-only file system?)", None),
    ("dani-garcia/vaultwarden: docker/start.sh", "sed: couldn't open temporary file /web-vault/app/sedXXXX: Permission denied", None),
    ("procps-ng/procps: library/devname.c", "error: can not access /proc/tty/drivers: Permission denied", None),
    ("openssh/openssh-portable: auth.c", "root@172.17.0.1: Permission denied (publickey,password).", None),
    ("GNU coreutils, de.po", "touch: '/data/x' kann nicht berührt werden: Keine Berechtigung", Some(Some("/data/x"))),
    ("GNU coreutils, fr.po", "mkdir: impossible de créer le répertoire « /data/x »: Permission non accordée", Some(Some("/data/x"))),
    ("python/cpython: Objects/exceptions.c", "PermissionError: [Errno 13] Permiso denegado: '/data/x'", Some(Some("/data/x"))),
];

#[test]
fn lines_of_real_programs_are_read_as_what_they_are() {
    for (place, line, path) in LINES {
        let read = denial(line);
        let found = read.as_ref().map(|d| d.path.as_deref());
        assert_eq!(found, *path, "{place}: {line}");
    }
    assert!(LINES.len() >= 25);
}
