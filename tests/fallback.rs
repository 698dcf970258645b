//! What is known to fail on a machine is not started hardened, on a machine made up for the test: what it falls to, as small
//! as the reason, and what must not fall.

#![allow(clippy::unwrap_used, reason = "a test that cannot plan has failed")]

#[path = "support/falling.rs"]
mod falling;
#[path = "support/machine.rs"]
mod machine;
mod support;

use falling::{DATA, KEY, Scene, falls_to, hindrances, scene};
use nrcompose::facts::host::FoundKind::{Directory, File, Special};
use nrcompose::plan::claim::Claim;
use nrcompose::plan::decision::Outcome;
use nrcompose::plan::intent::Intent;

/// A start as root is a cure only where it may do with its capabilities what the user may not.
#[test]
fn a_directory_that_it_must_write_and_cannot_leaves_the_smallest_start_that_can() {
    let all = scene().capabilities;
    for (start, capabilities, uid, mode, wanted) in [
        ("drops", all, 0, 0o755, "root"),
        ("drops", all, 7, 0o700, "root"),
        // Root of the container owns it, and gives it away.
        ("drops", "CHOWN, SETGID, SETUID", 0, 0o755, "root"),
        // It neither passes over the mode nor may give it away.
        ("drops", "CHOWN, SETGID, SETUID", 7, 0o755, "nnp"),
        ("drops", "DAC_OVERRIDE, SETGID, SETUID", 0, 0o755, "nnp"),
        ("drops", "SETGID, SETUID", 0, 0o755, "nnp"),
        // Who stays root need not give it away.
        ("root", "KILL", 0, 0o755, "root"),
        ("root", "KILL", 7, 0o755, "nnp"),
        ("drops", "", 0, 0o755, "nnp"),
        ("drops", all, 4000, 0o755, "hardened"),
    ] {
        let scene = Scene {
            start,
            capabilities,
            ..scene()
        };
        let plan = scene.with("/srv/a", uid, uid, mode, Directory).plan(DATA);
        assert_eq!(
            falls_to(&plan),
            wanted,
            "{start} [{capabilities}] {uid} {mode:o}: {plan:#?}"
        );
    }
}

#[test]
fn a_file_that_is_mounted_for_it_and_closed_leaves_the_smallest_start_that_reads_it() {
    let all = scene().capabilities;
    for (capabilities, uid, gid, mode, wanted) in [
        (all, 0, 0, 0o600, "root"),
        (all, 7, 7, 0o600, "root"),
        ("SETGID, SETUID", 0, 0, 0o600, "root"),
        ("SETGID, SETUID", 7, 7, 0o600, "nnp"),
        ("SETGID, SETUID", 7, 0, 0o640, "root"),
        ("", 0, 0, 0o600, "nnp"),
        // What its user may read, or a group that it joins.
        (all, 0, 0, 0o644, "hardened"),
        (all, 0, 5000, 0o640, "hardened"),
        (all, 4000, 0, 0o400, "hardened"),
        (all, 0, 77, 0o640, "hardened"),
    ] {
        let scene = Scene {
            capabilities,
            ..scene()
        };
        let scene = scene.with("/srv/key", uid, gid, mode, File);
        for more in [KEY, "secrets: [key]"] {
            let plan = scene.plan(more);
            assert_eq!(
                falls_to(&plan),
                wanted,
                "[{capabilities}] {uid}:{gid} {mode:o} {more}: {plan:#?}"
            );
            let joins = plan.claims().contains(&Claim::InGroup { gid: 77 });
            assert_eq!(joins, gid == 77, "{more}: {plan:#?}");
        }
    }
}

/// Who is in `shadow` reads more than one file.
#[test]
fn no_group_that_is_as_good_as_root_is_joined_for_a_file() {
    let mut scene = scene().with("/srv/key", 0, 77, 0o640, File);
    scene.machine = scene.machine.with_group(77, "shadow");
    assert_eq!(falls_to(&scene.plan(KEY)), "root");
}

/// Where it is no better off as its author wrote it, nothing is gained by that, and a person is told.
#[test]
fn what_fails_without_us_too_starts_hardened_and_is_told() {
    let closed = || {
        let scene = scene().with("/srv/key", 0, 0, 0o600, File);
        scene.with("/srv/a", 0, 0, 0o755, Directory)
    };
    let nonroot = || Scene {
        class: "nonroot",
        start: "nonroot",
        ..closed()
    };
    for (scene, more, wanted) in [
        (nonroot(), "", "hardened"),
        (closed(), "user: '4000:5000',", "hardened"),
        (closed(), "user: '7:8',", "hardened"),
        // Root that its author takes the capability from is no better than anybody with what is others'.
        (
            closed()
                .with("/srv/key", 7, 7, 0o600, File)
                .with("/srv/a", 7, 7, 0o755, Directory),
            "cap_drop: [ALL],",
            "hardened",
        ),
        // Of its own user's, that a person has it be another one is the reason.
        (
            nonroot()
                .with("/srv/key", 4000, 0, 0o600, File)
                .with("/srv/a", 4000, 0, 0o755, Directory),
            "x-nrcompose: {user: '7:8'},",
            "nnp",
        ),
    ] {
        for what in [KEY, DATA] {
            let plan = scene.plan(&format!("{more} {what}"));
            assert_eq!(falls_to(&plan), wanted, "{more} {what}: {plan:#?}");
            let is_told = hindrances(&plan) > 0;
            assert_eq!(is_told, wanted == "hardened", "{more} {what}: {plan:#?}");
        }
    }
    // With what is root's own, it is: but it cannot give it away.
    for (what, wanted) in [(KEY, "root"), (DATA, "nnp")] {
        let plan = closed().plan(&format!("cap_drop: [ALL], {what}"));
        assert_eq!(falls_to(&plan), wanted, "{what}: {plan:#?}");
    }
}

#[test]
fn a_person_has_it_hardened_by_force_and_is_told() {
    let closed = |force| {
        let scene = Scene { force, ..scene() };
        let scene = scene.with("/srv/key", 0, 0, 0o600, File);
        scene.with("/srv/a", 0, 0, 0o755, Directory)
    };
    let both = "volumes: ['/srv/key:/key:ro', '/srv/a:/data']";
    let plan = closed(true).plan(both);
    assert_eq!((falls_to(&plan), hindrances(&plan)), ("hardened", 2), "{plan:#?}");
    let plan = closed(false).plan(both);
    assert_eq!((falls_to(&plan), plan.refusals.len()), ("root", 2), "{plan:#?}");
    let gives: Vec<bool> = plan.refusals.iter().map(|r| r.gives).collect();
    assert_eq!(gives, [false, true]);
    // Who says which control is not to look has no say of it left.
    let plan = closed(false).plan(&format!("x-nrcompose: {{suppress: {{readable: mine}}}}, {KEY}"));
    assert_eq!(falls_to(&plan), "hardened", "{plan:#?}");
}

/// What is only possible keeps nothing from being hardened.
#[test]
fn what_it_may_do_without_does_not_count() {
    let scene = || {
        let scene = scene().with("/srv/a", 0, 0, 0o755, Directory);
        scene
            .with("/srv/d", 0, 0, 0o755, Directory)
            .with("/srv/d/closed", 0, 0, 0o600, File)
            .with("/srv/shut", 0, 0, 0o700, Directory)
            .with("/srv/k", 0, 0, 0o755, Directory)
            .with("/srv/k/ca.key", 0, 0, 0o600, File)
            .with_key("/srv/k/own.key")
    };
    for (mount, wanted, told) in [
        // Nobody knows whether it writes there.
        ("/srv/a:/media", "hardened", 1),
        ("/srv/a:/elsewhere", "hardened", 0),
        ("/srv/missing:/data", "hardened", 0),
        // Something in a directory that it may never read.
        ("/srv/d:/pages:ro", "hardened", 1),
        ("/srv/d:/pages", "hardened", 0),
        // All of a directory, or one that is there for its keys.
        ("/srv/shut:/pages:ro", "root", 0),
        ("/srv/shut:/pages", "root", 0),
        ("/srv/d:/etc/own/certs:ro", "root", 0),
        ("/srv/d:/etc/own/certs", "root", 0),
        // With a key that can be read, the closed one may be another's.
        ("/srv/k:/etc/own/certs:ro", "hardened", 1),
        ("/srv/k:/etc/own/certs", "hardened", 0),
    ] {
        let plan = scene().plan(&format!("volumes: ['{mount}']"));
        assert_eq!(
            (falls_to(&plan), hindrances(&plan)),
            (wanted, told),
            "{mount}: {plan:#?}"
        );
    }
    // Of an image that nobody knows, too: what it writes is not known, what is mounted for it is.
    let unknown = |more: &str| scene().plan_of("example.com/unknown:1", more);
    assert_eq!(falls_to(&unknown(DATA)), "hardened");
    assert_eq!(
        falls_to(&unknown("volumes: ['/srv/d/closed:/key']")),
        "as written"
    );
}

/// Data that it cannot even read is missing for it.
#[test]
fn data_that_root_left_closed_counts() {
    for (name, kind, mode, wanted, told) in [
        ("db", File, 0o600, "root", 0),
        ("db", Directory, 0o700, "root", 0),
        ("db", File, 0o644, "hardened", 1),
        ("lost+found", Directory, 0o700, "hardened", 1),
    ] {
        let scene = scene().with("/srv/a", 4000, 5000, 0o755, Directory);
        let plan = scene.with(&format!("/srv/a/{name}"), 0, 0, mode, kind).plan(DATA);
        assert_eq!(
            (falls_to(&plan), hindrances(&plan)),
            (wanted, told),
            "{name} {mode:o}: {plan:#?}"
        );
    }
}

#[test]
fn a_device_that_only_root_may_open_counts() {
    for (path, gid, mode, kind, wanted, told) in [
        ("/dev/own", 0, 0o600, Special, "root", 0),
        ("/dev/own", 0, 0o660, Special, "root", 0),
        ("/dev/own", 77, 0o660, Special, "hardened", 0),
        ("/dev/own", 0, 0o666, Special, "hardened", 0),
        // It may want no more than to read it.
        ("/dev/own", 0, 0o644, Special, "hardened", 1),
        // Of the devices in it, it may have one that it can open.
        ("/dev/own", 0, 0o755, Directory, "hardened", 1),
        // Without it, nothing starts either way.
        ("/dev/other", 0, 0o600, Special, "hardened", 1),
    ] {
        let scene = scene().with(path, 0, gid, mode, kind);
        let plan = scene.plan("devices: ['/dev/own:/dev/own']");
        assert_eq!(
            (falls_to(&plan), hindrances(&plan)),
            (wanted, told),
            "{path} {mode:o}: {plan:#?}"
        );
    }
}

/// The directory of devices is root's, and each node in it has a group of its own.
#[test]
fn of_a_directory_of_devices_the_groups_of_the_nodes_are_joined() {
    let scene = scene()
        .with("/dev/dri", 0, 0, 0o755, Directory)
        .with("/dev/dri/by-path", 0, 0, 0o755, Directory)
        .with("/dev/dri/card0", 0, 44, 0o660, Special)
        .with("/dev/dri/renderD128", 0, 104, 0o660, Special)
        .with("/dev/dri/renderD129", 0, 104, 0o660, Special)
        .with("/dev/dri/closed", 0, 0, 0o600, Special);
    // Of an author's own user it is told as well that nothing is mounted at /data.
    for (user, told) in [("", 1), (", user: '4000:5000'", 2)] {
        let plan = scene.plan(&format!("devices: ['/dev/dri:/dev/dri']{user}"));
        let intents = plan.decisions.iter().filter_map(|d| match &d.outcome {
            Outcome::Change(intents) => Some(intents),
            _ => None,
        });
        let groups: Vec<u32> = intents
            .flatten()
            .filter_map(|intent| match intent {
                Intent::Group { gid } => Some(*gid),
                _ => None,
            })
            .collect();
        assert_eq!(groups, [44, 104], "{plan:#?}");
        assert_eq!(
            (falls_to(&plan), hindrances(&plan)),
            ("hardened", told),
            "{plan:#?}"
        );
    }
}

/// A socket is given as it is: one that only root may open counts as a device does.
#[test]
fn a_socket_of_the_engine_that_only_root_may_open_counts() {
    for (gid, mode, wanted) in [(0, 0o600, "root"), (0, 0o660, "root"), (77, 0o660, "hardened")] {
        let scene = scene().with("/var/run/docker.sock", 0, gid, mode, Special);
        let plan = scene.plan("volumes: ['/var/run/docker.sock:/var/run/docker.sock']");
        assert_eq!(falls_to(&plan), wanted, "{gid} {mode:o}: {plan:#?}");
    }
}
