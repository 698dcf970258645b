//! Programs that only root can use, and what of root's power each of them needs.

/// A program that needs root.
#[derive(Debug)]
pub(crate) struct RootProgram {
    /// As commands call it.
    pub(crate) name: &'static str,
    /// What it does, as in "which …".
    pub(crate) does: &'static str,
    /// The capabilities that it needs.
    pub(crate) needs: &'static [&'static str],
}

const OWNERS: &[&str] = &["CHOWN", "DAC_OVERRIDE", "FOWNER"];
const USERS: &[&str] = &["SETGID", "SETUID"];
/// A crontab belongs to its user, who alone may read it.
const JOBS: &[&str] = &["DAC_OVERRIDE", "SETGID", "SETUID"];
const PACKAGES: &[&str] = &["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];
const LOGINS: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "SETGID",
    "SETUID",
    "SYS_CHROOT",
];

const fn program(name: &'static str, does: &'static str, needs: &'static [&'static str]) -> RootProgram {
    RootProgram { name, does, needs }
}

/// Sorted by name.
const PROGRAMS: &[RootProgram] = &[
    program("adduser", "makes users", OWNERS),
    program("apk", "installs packages", PACKAGES),
    program("apt", "installs packages", PACKAGES),
    program("apt-get", "installs packages", PACKAGES),
    program("chown", "changes owners", OWNERS),
    program("chpasswd", "sets passwords", OWNERS),
    program("chpst", "changes its user", USERS),
    program(
        "chroot",
        "changes its root directory",
        &["SETGID", "SETUID", "SYS_CHROOT"],
    ),
    program("cron", "starts jobs as several users", JOBS),
    program("crond", "starts jobs as several users", JOBS),
    program("dnf", "installs packages", PACKAGES),
    program("dpkg", "installs packages", PACKAGES),
    program("gosu", "changes its user", USERS),
    program("groupadd", "makes groups", OWNERS),
    program("groupmod", "changes groups", OWNERS),
    program("iptables", "changes the firewall", &["NET_ADMIN", "NET_RAW"]),
    program("microdnf", "installs packages", PACKAGES),
    program("modprobe", "loads kernel modules", &["SYS_MODULE"]),
    program("mount", "mounts file systems", &["SYS_ADMIN"]),
    program("nft", "changes the firewall", &["NET_ADMIN"]),
    program("runuser", "changes its user", USERS),
    program("s6-setuidgid", "changes its user", USERS),
    program("setpriv", "changes its user", USERS),
    program("sshd", "lets people log in as several users", LOGINS),
    program("start-stop-daemon", "starts a program as another user", USERS),
    program("su", "changes its user", USERS),
    program("su-exec", "changes its user", USERS),
    program("sudo", "changes its user", USERS),
    program("sysctl", "changes kernel settings", &["SYS_ADMIN"]),
    program("useradd", "makes users", OWNERS),
    program("usermod", "changes users", OWNERS),
    program("yum", "installs packages", PACKAGES),
];

/// Programs with which a start script gives up root, and becomes somebody.
const STEP_DOWN: &[&str] = &[
    "chpst",
    "doas",
    "gosu",
    "runuser",
    "s6-setuidgid",
    "setpriv",
    "su",
    "su-exec",
    "sudo",
];

/// The program of this name that needs root. A script named after one is there to call it (`docker-cron.sh`).
pub(crate) fn find(name: &str) -> Option<&'static RootProgram> {
    let name = name.strip_suffix(".sh").unwrap_or(name);
    PROGRAMS.iter().find(|p| p.name == name)
}

/// Whether it is called to give up root.
pub(crate) fn steps_down(name: &str) -> bool {
    STEP_DOWN.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_listed_once_and_sorted() {
        let names: Vec<_> = PROGRAMS.iter().map(|p| p.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
        assert!(find("cron.sh").is_some() && find("cron").is_some() && find("acron").is_none());
    }
}
