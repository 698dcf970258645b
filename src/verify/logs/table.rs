//! The forms of denial that common software writes.

/// One form: words that must all occur, in lower case, and what it means.
pub(super) struct DenialForm {
    /// All of these.
    pub words: &'static [&'static str],
    /// The control it points to.
    pub control: &'static str,
    /// What to change; `PATH` and `DIR` stand for the path and its directory.
    pub advice: &'static str,
}

/// Directories whose content is made anew at every start.
pub(super) const RUNTIME: [&str; 7] = [
    "/run",
    "/var/run",
    "/tmp",
    "/var/tmp",
    "/var/cache",
    "/var/lock",
    "/dev/shm",
];

/// A denied path at which a tmpfs is right.
pub(super) const TMPFS: DenialForm = form(
    &[],
    "tmpfs",
    "mount a tmpfs on DIR that belongs to the service's uid and gid",
);
/// A denied path that holds data.
pub(super) const VOLUME: DenialForm = form(
    &[],
    "volumes",
    "let PATH belong to the service's uid and gid, or name it under `writable`",
);
/// A write to a read-only place.
pub(super) const READ_ONLY: DenialForm = form(
    &[],
    "read_only",
    "mount a tmpfs or a volume at DIR, or leave the root filesystem writable",
);

const fn form(words: &'static [&'static str], control: &'static str, advice: &'static str) -> DenialForm {
    DenialForm {
        words,
        control,
        advice,
    }
}

/// What to do where only a name without its directory is told.
const OWN_DATA: &str = "the directory of its data, and all in it, must belong to the service's uid and gid";

/// The forms that need more than the kernel's words and a path. The first that fits counts.
pub(super) const SPECIAL: [DenialForm; 38] = [
    form(
        &["exists, but", "is not writable"],
        "tmpfs",
        "mount a tmpfs on PATH that belongs to the service's uid and gid",
    ),
    form(&["append-only dir", "denied"], "volumes", OWN_DATA),
    form(&["append only file", "denied"], "volumes", OWN_DATA),
    form(&["readonly database"], "volumes", OWN_DATA),
    form(
        &["has wrong ownership"],
        "volumes",
        "let PATH belong to the service's uid and gid",
    ),
    form(&["fatal:", "could not", "permission denied"], "volumes", OWN_DATA),
    form(&["data file", "must be writable"], "volumes", OWN_DATA),
    form(&["operating system error number 13"], "volumes", OWN_DATA),
    form(&["os errno 13"], "volumes", OWN_DATA),
    form(&["kind: permissiondenied"], "volumes", OWN_DATA),
    form(
        &["grant", "permissions for"],
        "volumes",
        "let PATH belong to the service's uid and gid",
    ),
    form(
        &["cache folder contains root-owned files"],
        "volumes",
        "give it a HOME or a cache directory that its user may write",
    ),
    form(
        &["npm err", "eacces"],
        "volumes",
        "let PATH belong to the service's uid and gid, or name it under `writable`",
    ),
    form(
        &["dubious ownership"],
        "user",
        "run it as the owner of PATH, or let PATH belong to its user",
    ),
    form(
        &["belongs to uid", "instead of"],
        "tmpfs",
        "mount a tmpfs on PATH with the service's uid and gid, and exec",
    ),
    form(
        &["unable to exec run", "denied"],
        "tmpfs",
        "the tmpfs that holds the run scripts needs exec",
    ),
    form(
        &["unable to mkdir .s6-svscan"],
        "tmpfs",
        "s6 needs a directory of its own to write to: a tmpfs with the service's uid, and exec",
    ),
    form(
        &["bind() to ", "denied"],
        "ports",
        "let it listen on a port above 1023, or give it a network of its own",
    ),
    form(
        &["could not bind to address", "denied"],
        "ports",
        "let it listen on a port above 1023, or give it a network of its own",
    ),
    form(
        &["listen tcp", "denied"],
        "ports",
        "let it listen on a port above 1023, or give it a network of its own",
    ),
    form(
        &["listen eacces"],
        "ports",
        "let it listen on a port above 1023, or give it a network of its own",
    ),
    form(
        &["ah02156"],
        "privileges",
        "its workers keep root: run it with a numeric `user:`, or give it SETUID and SETGID",
    ),
    form(
        &["cannot chroot"],
        "privileges",
        "it changes its root to PATH: turn that off in its configuration, or give it SYS_CHROOT",
    ),
    form(
        &["exec ", ": operation not permitted"],
        "privileges",
        "PATH has a file capability: that one must be in `cap_add`",
    ),
    form(
        &["failed switching to"],
        "user",
        "its entrypoint changes users: give it a numeric `user:`, or SETUID and SETGID",
    ),
    form(
        &["unable to set supplementary group list"],
        "user",
        "its run script changes users: start it as root with SETUID and SETGID",
    ),
    form(
        &["cannot set groups"],
        "user",
        "it changes users: give it a numeric `user:`, or SETUID and SETGID",
    ),
    form(
        &["setgroups", "not permitted"],
        "user",
        "it changes users: give it a numeric `user:`, or SETUID and SETGID",
    ),
    form(
        &["setresuid failed"],
        "user",
        "it changes users: give it a numeric `user:`, or SETUID and SETGID",
    ),
    form(
        &["seteuid: operation not permitted"],
        "user",
        "it changes users for each job: it must start as root",
    ),
    form(
        &["may not be used by non-root users"],
        "user",
        "its entrypoint changes users: it must start as root",
    ),
    form(
        &["can't drop privilege as nonroot"],
        "user",
        "take `user=` out of its configuration, or start it as root",
    ),
    form(
        &["cannot create /dev/std", "denied"],
        "user",
        "only the user it was started as may open the log: give it a numeric `user:`",
    ),
    form(
        &["uid not found"],
        "passwd",
        "give it an entry in /etc/passwd for its uid",
    ),
    form(
        &["could not look up effective user id"],
        "passwd",
        "give it an entry in /etc/passwd for its uid",
    ),
    form(
        &["unable to open database file"],
        "volumes",
        "the directory of its database must belong to the service's uid and gid",
    ),
    form(
        &["unable to open log file", "for writing"],
        "volumes",
        "let PATH belong to the service's uid and gid",
    ),
    form(
        &["read-only file system"],
        "read_only",
        "mount a tmpfs or a volume at DIR, or leave the root filesystem writable",
    ),
];
