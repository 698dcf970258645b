//! The faults: what is planted, the twin without it, the claim that must find it.

use nrcompose::plan::claim::Claim;

#[derive(Clone)]
pub(super) struct Fault {
    pub name: &'static str,
    pub with: Plant,
    pub twin: Plant,
    /// The claim that must be broken, and what it must say.
    pub claim: Claim,
    pub found: &'static str,
    /// Claims that such a container cannot keep either.
    pub also: Vec<Claim>,
    /// Claims judged beside those that are made of any service.
    pub judged: Vec<Claim>,
}

#[derive(Clone)]
pub(super) struct Plant {
    pub image: &'static str,
    pub options: String,
    pub command: Vec<&'static str>,
}

/// Those that are shown beside the rule of the configured user.
pub(super) const COMPARED: [&str; 9] = [
    "explicit-root",
    "root-child",
    "saved-uid",
    "root-thread",
    "root-healthcheck",
    "root-group",
    "distroless",
    "no-nnp",
    "steps-down",
];

const CLEAN: &str = "-u 1000:1000 --cap-drop ALL --security-opt no-new-privileges";
/// A start as root that can give everything away.
const DROPS: &str =
    "--cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add SETPCAP --security-opt no-new-privileges";
const WAIT: [&str; 3] = ["sh", "-c", "trap exit TERM; sleep 900 & wait"];

/// Gives groups, bounding set and capabilities away; what is left to the case is the uid.
macro_rules! python {
    ($case:literal) => {
        concat!(
            "import ctypes,os,threading,time,platform\n",
            "libc=ctypes.CDLL(None)\n",
            "def give():\n",
            "  libc.capset((ctypes.c_uint32*2)(0x20080522,0),(ctypes.c_uint32*6)())\n",
            "raw=117 if platform.machine()=='x86_64' else 147\n",
            "for c in range(64): libc.prctl(24,c,0,0,0)\n",
            "os.setgroups([]);os.setresgid(1000,1000,1000)\n",
            $case,
            "\ngive();time.sleep(900)"
        )
    };
}

const STEPPED_DOWN: &str = python!("os.setresuid(1000,1000,1000)");
const CHILD: &str = python!("if os.fork()==0: give();time.sleep(900)\nos.setresuid(1000,1000,1000)");
const SAVED: &str = python!("os.setresuid(1000,1000,0)");
const REAL: &str = python!("os.setresuid(0,1000,1000)");
const THREAD: &str = python!(
    "threading.Thread(target=lambda:(give(),time.sleep(900))).start();time.sleep(.2)\nlibc.syscall(raw,1000,1000,1000)"
);
/// Every second a child becomes root for a moment, out of a saved uid, and ends.
const CRON: &str = python!(
    "if os.fork()==0:\n  give()\n  while True:\n    time.sleep(1)\n    if os.fork()==0: give();time.sleep(.05);os._exit(0)\n    os.wait()\nos.setresuid(1000,1000,1000)"
);

fn plant(options: &str, image: &'static str, command: &[&'static str]) -> Plant {
    Plant {
        image,
        options: options.to_owned(),
        command: command.to_vec(),
    }
}

fn clean(more: &str) -> Plant {
    plant(&format!("{CLEAN} {more}"), "base", &WAIT)
}

fn drops(script: &'static str) -> Plant {
    plant(DROPS, "python", &["python3", "-c", script])
}

fn fault(name: &'static str, claim: Claim, found: &'static str, with: Plant, twin: Plant) -> Fault {
    Fault {
        name,
        with,
        twin,
        claim,
        found,
        also: Vec::new(),
        judged: Vec::new(),
    }
}

impl Fault {
    /// None at all.
    pub(super) fn none() -> Fault {
        fault("none", Claim::Running, "", clean(""), clean(""))
    }

    fn also(mut self, claims: &[Claim]) -> Fault {
        self.also.extend_from_slice(claims);
        self
    }

    /// The claim is one that only a plan makes.
    fn judged(mut self) -> Fault {
        self.judged.push(self.claim.clone());
        self
    }
}

pub(super) fn faults() -> Vec<Fault> {
    [identities(), rights(), given(), working()].concat()
}

/// Who the processes are.
fn identities() -> Vec<Fault> {
    let twin = || drops(STEPPED_DOWN);
    let root = |name, found, with| fault(name, Claim::NoRootProcess, found, with, twin());
    // A shell runs it; the options are split at spaces.
    let health = "--health-cmd=sleep${IFS}.4 --health-interval=1s";
    vec![
        Fault {
            twin: clean(""),
            ..root(
                "explicit-root",
                "has uid 0",
                plant(&CLEAN.replace("1000:1000", "0:0"), "base", &WAIT),
            )
            .also(&[Claim::NoRootGroup])
        },
        root("root-child", "has uid 0", drops(CHILD)),
        root("saved-uid", "saved uid 0", drops(SAVED)),
        root("real-uid", "real uid 0", drops(REAL)),
        root("root-thread", "has uid 0", drops(THREAD)),
        root("root-job", "has uid 0", drops(CRON)),
        Fault {
            twin: clean(health),
            ..root(
                "root-healthcheck",
                "",
                plant(
                    &format!("{DROPS} {health}"),
                    "python",
                    &["python3", "-c", STEPPED_DOWN],
                ),
            )
            .also(&[
                Claim::NoRootGroup,
                none_in_bounding(),
                Claim::NoEffectiveCapabilities,
            ])
        },
        // Steps down before anybody looks: no fault in the processes, but the right to come back.
        fault(
            "steps-down",
            none_in_bounding(),
            "SETUID",
            drops_but_keeps_bounding(),
            twin(),
        ),
        fault(
            "root-group",
            Claim::NoRootGroup,
            "supplementary group 0",
            clean("--group-add 0"),
            clean("--group-add 1001"),
        ),
        fault(
            "primary-group-0",
            Claim::NoRootGroup,
            "gid 0",
            plant(&CLEAN.replace(":1000", ":0"), "base", &WAIT),
            clean(""),
        ),
        fault(
            "engine-group",
            Claim::NoEngineAccess,
            "owns the engine's socket",
            clean("--group-add SOCKET_GID"),
            clean(""),
        ),
        fault(
            "another-uid",
            Claim::Uid { uid: 1000 },
            "uid 1001",
            plant(&CLEAN.replace("1000:", "1001:"), "base", &WAIT),
            clean(""),
        )
        .judged(),
        fault(
            "distroless",
            Claim::NoRootProcess,
            "has uid 0",
            plant(
                "--cap-drop ALL --security-opt no-new-privileges",
                "pause",
                &["/pause"],
            ),
            plant(CLEAN, "pause", &["/pause"]),
        )
        .also(&[Claim::NoRootGroup]),
    ]
}

fn drops_but_keeps_bounding() -> Plant {
    let options = "--cap-drop ALL --cap-add SETUID --cap-add SETGID --security-opt no-new-privileges";
    plant(
        options,
        "base",
        &[
            "setpriv",
            "--reuid=1000",
            "--regid=1000",
            "--clear-groups",
            "sh",
            "-c",
            WAIT[2],
        ],
    )
}

fn none_in_bounding() -> Claim {
    Claim::BoundingSet {
        capabilities: Vec::new(),
    }
}

/// What the processes may.
fn rights() -> Vec<Fault> {
    let ambient = [
        "setpriv",
        "--reuid=1000",
        "--regid=1000",
        "--clear-groups",
        "--inh-caps=+net_raw",
        "--ambient-caps=+net_raw",
        "sleep",
        "900",
    ];
    let no_nnp = "-u 1000:1000 --cap-drop ALL";
    vec![
        fault(
            "one-capability",
            none_in_bounding(),
            "NET_RAW",
            clean("--cap-add NET_RAW"),
            clean(""),
        ),
        fault(
            "ambient",
            Claim::NoEffectiveCapabilities,
            "NET_RAW in the ambient set",
            plant(&format!("{DROPS} --cap-add NET_RAW"), "base", &ambient),
            drops(STEPPED_DOWN),
        )
        .also(&[none_in_bounding()]),
        fault(
            "no-nnp",
            Claim::NoNewPrivileges,
            "no no-new-privileges",
            plant(no_nnp, "base", &WAIT),
            clean(""),
        )
        .also(&[Claim::NoSetuidFiles]),
        fault(
            "setuid",
            Claim::NoSetuidFiles,
            "gives uid 0",
            plant(no_nnp, "base", &WAIT),
            clean(""),
        )
        .also(&[Claim::NoNewPrivileges]),
        fault(
            "no-seccomp",
            Claim::Seccomp,
            "no seccomp",
            clean("--security-opt seccomp=unconfined"),
            clean(""),
        ),
        fault(
            "privileged",
            Claim::NotPrivileged,
            "privileged",
            clean("--privileged"),
            clean(""),
        )
        .also(&[none_in_bounding(), Claim::Seccomp]),
    ]
}

/// What the container was given by the machine.
fn given() -> Vec<Fault> {
    let simple = |name, claim, found, option| fault(name, claim, found, clean(option), clean(""));
    vec![
        simple(
            "socket",
            Claim::NoEngineAccess,
            "docker.sock",
            "-v /var/run/docker.sock:/var/run/docker.sock:ro",
        ),
        simple(
            "socket-renamed",
            Claim::NoEngineAccess,
            "docker.sock",
            "-v /var/run/docker.sock:/tmp/api",
        ),
        simple(
            "machine-root",
            Claim::NoHostPaths,
            "/ of the machine",
            "-v /:/host:ro",
        )
        .also(&[Claim::NoEngineAccess]),
        simple(
            "machine-etc",
            Claim::NoHostPaths,
            "/etc of the machine",
            "-v /etc:/host-etc:ro",
        )
        .also(&[]),
        simple(
            "device",
            Claim::NoDevices,
            "/dev/null",
            "--device /dev/null:/dev/extra",
        ),
        simple("pid-namespace", Claim::OwnNamespaces, "pid", "--pid host"),
        simple(
            "network-namespace",
            Claim::OwnNamespaces,
            "network",
            "--network host",
        ),
        simple("ipc-namespace", Claim::OwnNamespaces, "ipc", "--ipc host"),
        Fault {
            twin: clean("--read-only"),
            ..simple("root-writable", Claim::ReadOnlyRoot, "rw", "").judged()
        },
        Fault {
            twin: clean("--tmpfs /run:uid=1000,gid=1000,exec"),
            ..simple(
                "noexec",
                Claim::Tmpfs {
                    path: "/run".into(),
                    exec: true,
                },
                "noexec",
                "--tmpfs /run:uid=1000",
            )
            .judged()
        },
    ]
}

/// Whether it works, whatever its state says.
fn working() -> Vec<Fault> {
    let data = || "/data".to_owned();
    let web = |options: &str, port| {
        plant(
            &format!("{CLEAN} {options}"),
            "python",
            &["python3", "-m", "http.server", port],
        )
    };
    let script = |options: &str, script| plant(&format!("{CLEAN} {options}"), "base", &["sh", "-c", script]);
    let s6 = |run| {
        let options = format!(
            "{CLEAN} --tmpfs /run:uid=1000,gid=1000,exec --health-cmd=true --health-interval=1s --entrypoint sh"
        );
        plant(&options, "s6-base", &["-c", run])
    };
    let healthy = "--health-interval=1s --health-retries=1 --health-cmd=true";
    let sick = "--health-interval=1s --health-retries=1 --health-cmd=false";
    vec![
        fault(
            "volume-of-root",
            Claim::Writable { path: data() },
            "/data (0:0",
            web("-v VOLUME:/data", "80"),
            web("-v OWNED:/data", "80"),
        )
        .judged(),
        fault(
            "volume-read-only",
            Claim::Writable { path: data() },
            "read-only",
            web("-v OWNED:/data:ro", "80"),
            web("-v OWNED:/data", "80"),
        )
        .judged(),
        fault(
            "owner",
            Claim::OwnedBy {
                path: data(),
                uid: 1000,
                gid: 1000,
            },
            "/data (0:0",
            web("-v VOLUME:/data", "80"),
            web("-v OWNED:/data", "80"),
        )
        .judged(),
        fault(
            "port",
            Claim::Listens {
                port: 80,
                protocol: "tcp".into(),
            },
            "8000/tcp",
            web("", "8000"),
            web("", "80"),
        )
        .judged(),
        fault(
            "passwd",
            Claim::PasswdEntry { uid: 33 },
            "",
            plant(CLEAN, "pause", &["/pause"]),
            clean(""),
        )
        .judged(),
        fault(
            "unhealthy",
            Claim::Healthy,
            "unhealthy",
            clean(sick),
            clean(healthy),
        ),
        fault(
            "respawn",
            Claim::Steady,
            "s6-supervise app",
            s6(
                "mkdir -p /run/s/app; printf '#!/bin/sh\\nexit 1\\n' > /run/s/app/run; chmod +x /run/s/app/run; exec s6-svscan /run/s",
            ),
            s6(
                "mkdir -p /run/s/app; printf '#!/bin/sh\\nexec sleep 900\\n' > /run/s/app/run; chmod +x /run/s/app/run; exec s6-svscan /run/s",
            ),
        ),
        fault(
            "respawn-script",
            Claim::Steady,
            "/nothing",
            script(healthy, "while :; do (sh /nothing); sleep 0.3; done"),
            script(healthy, "while :; do date; sleep 0.3; done"),
        ),
    ]
}

/// Every image family that the tests have, as it runs without root.
pub(super) fn families() -> Vec<(&'static str, Plant)> {
    let of = |uid: &str, options: &str, image, command: &[&'static str]| {
        let user = format!("-u {uid}:{uid} --cap-drop ALL --security-opt no-new-privileges {options}");
        (image, plant(&user, image, command))
    };
    let node = "require('http').createServer().listen(80)";
    vec![
        of("1000", "", "base", &WAIT),
        of(
            "101",
            "--tmpfs /var/cache/nginx:uid=101,gid=101 --tmpfs /run:uid=101,gid=101",
            "nginx",
            &[],
        ),
        of("33", "", "php-apache", &[]),
        of("1000", "", "php-cli", &["php", "-S", "0.0.0.0:80", "-t", "/tmp"]),
        of("999", "-e POSTGRES_PASSWORD=x", "postgres", &[]),
        of("999", "", "redis", &[]),
        of("999", "-e MARIADB_ROOT_PASSWORD=x", "mariadb", &[]),
        of("1000", "", "python", &["python3", "-m", "http.server", "80"]),
        of("1000", "", "node", &["node", "-e", node]),
        of("1000", "--tmpfs /run:uid=1000,gid=1000,exec", "s6-user", &[]),
    ]
}
