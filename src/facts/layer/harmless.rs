//! What any container leaves in its own layer and nobody misses, each with the reason.

/// Directories whose content is made again or may be lost, and why.
pub(super) const SCRATCH: &[(&str, &str)] = &[
    ("/tmp", "temporary by its name"),
    ("/var/tmp", "temporary by its name"),
    (
        "/run",
        "of the running system: sockets, process numbers, s6 service directories",
    ),
    ("/var/run", "the same"),
    ("/var/lock", "the same"),
    ("/dev", "the engine's"),
    ("/proc", "the kernel's"),
    ("/sys", "the kernel's"),
    ("/var/cache", "caches"),
    ("/root/.cache", "caches"),
    ("/root/.npm", "npm's cache and logs"),
    ("/root/.java/fonts", "Java's cache of fonts"),
    ("/var/log", "logs"),
    ("/var/lib/apt/lists", "lists of packages, fetched again"),
    ("/var/lib/nginx/tmp", "nginx's temporary files on Alpine"),
    (
        "/var/lib/php/sessions",
        "sessions of PHP, which end with the container anyway",
    ),
    (
        "/etc/ssl/certs",
        "update-ca-certificates makes it from the certificates that are there",
    ),
];

/// Files that start scripts write again at every start, and why.
pub(super) const REWRITTEN: &[(&str, &str)] = &[
    ("/etc/passwd", "usermod for PUID, an entry for an arbitrary uid"),
    ("/etc/passwd-", "the copy that usermod keeps"),
    ("/etc/group", "groupmod for PGID"),
    ("/etc/group-", "the copy that groupmod keeps"),
    ("/etc/shadow", "usermod"),
    ("/etc/shadow-", "the copy that usermod keeps"),
    ("/etc/gshadow", "groupmod"),
    ("/etc/gshadow-", "the copy that groupmod keeps"),
    ("/etc/subuid", "useradd"),
    ("/etc/subuid-", "the copy that useradd keeps"),
    ("/etc/subgid", "useradd"),
    ("/etc/subgid-", "the copy that useradd keeps"),
    ("/etc/.pwd.lock", "usermod"),
    ("/etc/hosts", "the engine"),
    ("/etc/hostname", "the engine"),
    ("/etc/resolv.conf", "the engine"),
    ("/etc/mtab", "the engine"),
    ("/.dockerenv", "the engine"),
    ("/sbin/docker-init", "the engine, for `init: true`"),
    ("/usr/sbin/docker-init", "the same, where /sbin is a link"),
    ("/etc/ld.so.cache", "ldconfig"),
    ("/etc/localtime", "TZ"),
    ("/etc/timezone", "TZ"),
    (
        "/etc/nginx/conf.d/default.conf",
        "nginx's start script adds the IPv6 address to the file of the image",
    ),
];

/// Names of files that are of no use to another container, wherever they are, and why.
pub(super) const NAMES: &[(&str, &str)] = &[
    (".ash_history", "what was typed in a shell"),
    (".bash_history", "what was typed in a shell"),
    (".sh_history", "what was typed in a shell"),
    (".lesshst", "what was looked for in a pager"),
    (".viminfo", "what was done in an editor"),
    (".python_history", "what was typed in an interpreter"),
    (".node_repl_history", "what was typed in an interpreter"),
    (".mysql_history", "what was typed in a client"),
    (".mariadb_history", "what was typed in a client"),
    (".psql_history", "what was typed in a client"),
    (".rediscli_history", "what was typed in a client"),
    (".wget-hsts", "which sites want to be asked by TLS"),
    (".rnd", "a seed of OpenSSL's"),
];

/// Names of directories with the same, and why.
pub(super) const FOLDERS: &[(&str, &str)] = &[
    ("__pycache__", "compiled by Python when it is missing"),
    (".cache", "caches, by the convention for home directories"),
];

/// Ends of names with the same, and why.
pub(super) const ENDS: &[(&str, &str)] = &[
    (".pyc", "compiled by Python when it is missing"),
    (".pid", "the number of a process that ends with the container"),
];
