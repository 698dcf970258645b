use super::*;
use crate::verify::answer::{AskedFrom, PortAnswer, Reply};
use crate::verify::observation::{
    Bind, Credentials, KernelMount, Listener, PathFact, Powers, ProbeSeen, Process, RaisingFile,
};
use std::collections::BTreeMap;

/// A container as it should be: one process, 1000:1000, nothing it could become.
fn clean() -> Observation {
    let mut seen = Observation {
        processes: vec![process(7, 0, "app", 1000)],
        mounts: Some(vec![
            mount("/", "overlay", "ro"),
            mount("/run", "tmpfs", "rw,nosuid,nodev"),
            mount("/data", "ext4", "rw,relatime"),
        ]),
        listening: Some(vec![Listener {
            port: 80,
            protocol: "tcp".into(),
            address: "0.0.0.0".into(),
            uid: 1000,
        }]),
        passwd: Some(vec![0, 1000]),
        raising: Some(Vec::new()),
        denials: Some(Vec::new()),
        capable: Some(BTreeMap::from([("/bin/ping".into(), Vec::new())])),
        answers: vec![PortAnswer {
            port: 80,
            protocol: "tcp".into(),
            from: AskedFrom::Network,
            address: "172.18.0.2:80".into(),
            reply: Reply::Http {
                status: 200,
                marker: None,
            },
        }],
        probe: Some(ProbeSeen {
            command: "true".into(),
            code: Some(0),
            said: String::new(),
            ms: 1,
        }),
        window_ms: 1000,
        ..Observation::default()
    };
    seen.engine.user = "1000:1000".into();
    seen.engine.status = "running".into();
    seen.engine.read_only = true;
    for (path, uid, mode) in [("/", 0, 0o755), ("/data", 1000, 0o750)] {
        seen.paths.insert(
            path.into(),
            Some(PathFact {
                uid,
                gid: uid,
                mode,
                directory: true,
            }),
        );
    }
    seen
}

fn process(pid: u32, parent: u32, command: &str, uid: u32) -> Process {
    Process {
        pid,
        parent,
        command: command.into(),
        threads: 1,
        credentials: vec![Credentials {
            uid: [uid; 4],
            gid: [uid; 4],
            groups: Vec::new(),
            powers: Some(Powers {
                no_new_privileges: true,
                seccomp: Some(2),
                ..Powers::default()
            }),
        }],
        seen_ms: (0, 1000),
        ..Process::default()
    }
}

fn mount(target: &str, kind: &str, options: &str) -> KernelMount {
    KernelMount {
        target: target.into(),
        kind: kind.into(),
        options: options.split(',').map(String::from).collect(),
    }
}

fn bind(source: &str, target: &str) -> Bind {
    Bind {
        source: source.into(),
        host_path: true,
        target: target.into(),
        writable: true,
        propagation: "rprivate".into(),
    }
}

fn all() -> Vec<Claim> {
    let path = || "/data".to_owned();
    vec![
        Claim::Uid { uid: 1000 },
        Claim::Gid { gid: 1000 },
        Claim::NoRootProcess,
        Claim::NoRootGroup,
        Claim::BoundingSet {
            capabilities: Vec::new(),
        },
        Claim::NoEffectiveCapabilities,
        Claim::NoNewPrivileges,
        Claim::NotPrivileged,
        Claim::Writable { path: path() },
        Claim::OwnedBy {
            path: path(),
            uid: 1000,
            gid: 1000,
        },
        Claim::Tmpfs {
            path: "/run".into(),
            exec: true,
        },
        Claim::ReadOnlyRoot,
        Claim::Listens {
            port: 80,
            protocol: "tcp".into(),
        },
        Claim::ListensInside {
            port: 80,
            protocol: "tcp".into(),
        },
        Claim::Responds {
            port: 80,
            protocol: "tcp".into(),
        },
        Claim::Connected,
        Claim::Executes,
        Claim::PasswdEntry { uid: 1000 },
        Claim::InGroup { gid: 1000 },
        Claim::Readable { path: path() },
        Claim::Groups { gids: Vec::new() },
        Claim::NoEngineAccess,
        Claim::Seccomp,
        Claim::OwnNamespaces,
        Claim::NoDevices,
        Claim::NoHostPaths,
        Claim::NoSetuidFiles,
        Claim::Running,
        Claim::Healthy,
        Claim::Steady,
        Claim::NoDenials,
        Claim::Answers,
    ]
}

#[test]
fn a_clean_container_keeps_every_claim() {
    for claim in all() {
        assert_eq!(judge(&claim, &clean()), Judgement::Held, "{claim}");
    }
}

#[test]
fn what_was_not_seen_is_never_held() {
    let blind = Observation::default();
    let engine_knows = [
        Claim::NotPrivileged,
        Claim::OwnNamespaces,
        Claim::NoDevices,
        Claim::NoHostPaths,
        Claim::Connected,
    ];
    let without = [Claim::NoEngineAccess, Claim::Healthy];
    for claim in all()
        .into_iter()
        .filter(|c| !engine_knows.contains(c) && !without.contains(c))
    {
        assert_ne!(judge(&claim, &blind), Judgement::Held, "{claim}");
    }
}

/// A fault, and the only claims that it may break.
fn only(fault: impl Fn(&mut Observation), broken: &[Claim]) {
    let mut seen = clean();
    fault(&mut seen);
    for claim in all() {
        let verdict = judge(&claim, &seen);
        let expected = broken.contains(&claim);
        assert_eq!(
            matches!(verdict, Judgement::Broken { .. }),
            expected,
            "{claim}: {verdict:?}"
        );
    }
}

fn who(seen: &mut Observation) -> &mut Credentials {
    &mut seen.processes[0].credentials[0]
}

#[test]
fn a_saved_uid_of_root_is_root() {
    only(
        |s| who(s).uid[2] = 0,
        &[Claim::Uid { uid: 1000 }, Claim::NoRootProcess],
    );
}

#[test]
fn a_second_process_as_root_is_found() {
    only(
        |s| {
            let mut root = process(8, 7, "cron", 0);
            root.credentials[0].gid = [1000; 4];
            s.processes.push(root);
        },
        &[Claim::Uid { uid: 1000 }, Claim::NoRootProcess],
    );
}

#[test]
fn group_0_and_the_engines_group_are_found() {
    only(
        |s| who(s).groups.push(0),
        &[Claim::NoRootGroup, Claim::Groups { gids: Vec::new() }],
    );
    only(
        |s| {
            who(s).groups.push(105);
            s.engine.socket_gids = vec![105];
        },
        &[Claim::NoEngineAccess, Claim::Groups { gids: Vec::new() }],
    );
}

#[test]
fn one_capability_anywhere_is_found() {
    let bounding = Claim::BoundingSet {
        capabilities: Vec::new(),
    };
    let powers = |s: &mut Observation| who(s).powers.clone().unwrap();
    only(
        |s| {
            who(s).powers = Some(Powers {
                bounding: 0x400,
                ..powers(s)
            })
        },
        std::slice::from_ref(&bounding),
    );
    only(
        |s| {
            who(s).powers = Some(Powers {
                ambient: 1,
                ..powers(s)
            })
        },
        &[Claim::NoEffectiveCapabilities],
    );
    only(
        |s| {
            who(s).powers = Some(Powers {
                no_new_privileges: false,
                ..powers(s)
            })
        },
        &[Claim::NoNewPrivileges],
    );
    only(
        |s| {
            who(s).powers = Some(Powers {
                seccomp: Some(0),
                ..powers(s)
            })
        },
        &[Claim::Seccomp],
    );
    let mut seen = clean();
    who(&mut seen).powers = None;
    assert!(matches!(judge(&bounding, &seen), Judgement::Unchecked { .. }));
}

#[test]
fn a_setuid_file_counts_only_where_it_works() {
    let file = RaisingFile {
        path: "/bin/su".into(),
        uid: 0,
        gid: 0,
        mode: 0o4755,
        capabilities: 0,
    };
    only(|s| s.raising = Some(vec![file.clone()]), &[]);
    only(
        |s| {
            s.raising = Some(vec![file.clone()]);
            who(s).powers.as_mut().unwrap().no_new_privileges = false;
        },
        &[Claim::NoNewPrivileges, Claim::NoSetuidFiles],
    );
}

#[test]
fn what_the_machine_gave_is_found() {
    only(|s| s.engine.privileged = true, &[Claim::NotPrivileged]);
    only(
        |s| s.engine.shared_namespaces.push("pid".into()),
        &[Claim::OwnNamespaces],
    );
    only(|s| s.engine.devices.push("/dev/mem".into()), &[Claim::NoDevices]);
    only(
        |s| s.engine.binds.push(bind("/srv/run/docker.sock", "/x.sock")),
        &[Claim::NoEngineAccess],
    );
    only(
        |s| s.engine.binds.push(bind("/etc", "/host/etc")),
        &[Claim::NoHostPaths],
    );
    only(
        |s| {
            s.engine.binds.push(Bind {
                propagation: "rshared".into(),
                ..bind("/srv", "/srv")
            })
        },
        &[Claim::NoHostPaths],
    );
    only(
        |s| s.engine.binds.push(bind("/etc/localtime", "/etc/localtime")),
        &[],
    );
    only(|s| s.engine.binds.push(bind("/srv/app", "/app")), &[]);
}

#[test]
fn a_volume_of_somebody_else_is_not_writable() {
    let data = || "/data".to_owned();
    only(
        |s| {
            let fact = PathFact {
                uid: 999,
                gid: 999,
                mode: 0o755,
                directory: true,
            };
            s.paths.insert(data(), Some(fact));
        },
        &[
            Claim::Writable { path: data() },
            Claim::OwnedBy {
                path: data(),
                uid: 1000,
                gid: 1000,
            },
        ],
    );
    only(
        |s| {
            s.mounts
                .as_mut()
                .unwrap()
                .push(mount("/data", "ext4", "ro,relatime"))
        },
        &[Claim::Writable { path: data() }],
    );
    only(
        |s| {
            s.paths.insert(
                "/".into(),
                Some(PathFact {
                    uid: 0,
                    gid: 0,
                    mode: 0o750,
                    directory: true,
                }),
            );
        },
        &[Claim::Writable { path: data() }, Claim::Readable { path: data() }],
    );
}

#[test]
fn a_root_healthcheck_is_found_although_it_is_not_running() {
    only(
        |s| {
            s.engine.user = String::new();
            s.engine.healthcheck = Some("curl -f localhost".into());
        },
        &[Claim::NoRootProcess],
    );
}

#[test]
fn a_child_started_over_and_over_is_found() {
    let child = |pid, first| Process {
        seen_ms: (first, first + 10),
        gone: true,
        ..process(pid, 7, "run", 1000)
    };
    let three = || [child(10, 100), child(11, 400), child(12, 700)];
    // A script with a loop is no supervisor.
    only(|s| s.processes.extend(three()), &[]);
    only(
        |s| {
            s.processes[0].command = "s6-supervise app".into();
            s.processes.extend(three());
        },
        &[Claim::Steady],
    );
    only(
        |s| {
            s.failure = Some("cannot bind".into());
            s.processes.extend(three());
        },
        &[Claim::Steady],
    );
    // Three workers that stay are no respawn.
    only(
        |s| {
            s.processes[0].command = "s6-supervise app".into();
            s.processes.extend([child(10, 0), child(11, 0), child(12, 0)]);
        },
        &[],
    );
}

#[test]
fn states_are_told() {
    only(|s| s.engine.status = "restarting".into(), &[Claim::Running]);
    only(|s| s.probe.as_mut().unwrap().code = Some(7), &[Claim::Answers]);
    only(|s| s.engine.restarts = 3, &[Claim::Running]);
    only(|s| s.engine.health = Some("unhealthy".into()), &[Claim::Healthy]);
    only(|s| s.processes[0].stopped = true, &[Claim::Running]);
}

/// Restarts are history for one that stays by now, and a finding for one that does not.
#[test]
fn restarts_count_while_it_does_not_stay() {
    let after = |up: u64, run: u64, pause: u64| {
        let mut seen = clean();
        seen.engine.restarts = 4;
        seen.engine.up_ms = Some(up);
        seen.engine.run_ms = Some(run);
        seen.engine.pause_ms = Some(pause);
        judge(&Claim::Running, &seen)
    };
    // A service that waited for its database by ending.
    assert_eq!(after(11_000, 3_000, 6_400), Judgement::Held);
    assert!(matches!(after(4_000, 3_000, 6_400), Judgement::Pending { .. }));
    // One that ends every fifteen seconds.
    assert!(matches!(after(12_000, 15_000, 110), Judgement::Broken { .. }));
    assert_eq!(after(40_000, 15_000, 110), Judgement::Held);
}

#[test]
fn a_program_that_cannot_be_executed_is_named() {
    let ping = BTreeMap::from([("/bin/ping".to_owned(), vec!["NET_RAW".to_owned()])]);
    only(|s| s.capable = Some(ping.clone()), &[Claim::Executes]);
    let in_reach = |s: &mut Observation| {
        s.capable = Some(ping.clone());
        who(s).powers.as_mut().unwrap().bounding = 1 << 13;
    };
    only(
        in_reach,
        &[Claim::BoundingSet {
            capabilities: Vec::new(),
        }],
    );
}

#[test]
fn a_denial_on_what_is_writable_by_now_is_no_trouble() {
    let log = |path: &str| {
        crate::verify::logs::denials(&format!(
            "chown: changing ownership of '{path}': Operation not permitted"
        ))
    };
    only(|s| s.denials = Some(log("/data")), &[]);
    only(|s| s.denials = Some(log("/data/new")), &[]);
    only(|s| s.denials = Some(log("/etc/app")), &[Claim::NoDenials]);
}
