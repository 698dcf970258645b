//! Plans for engines that map ids, on a host that the test makes up: what belongs to whom is told, and used, as
//! containers count.

// clippy sees helpers outside of #[test] as no test code.
#![allow(clippy::unwrap_used)]

mod support;

use nrcompose::engine::IdMap;
use nrcompose::facts::Catalog;
use nrcompose::facts::config::Config;
use nrcompose::facts::engine::{EngineFacts, EngineKind, Mapped, Maps};
use nrcompose::facts::host::{Found, FoundKind, Host};
use nrcompose::facts::settings::{Ids, Settings};
use nrcompose::load::{Options, load};
use nrcompose::locate::{Location, locate};
use nrcompose::lower::compose::lower;
use nrcompose::plan::Plan;
use nrcompose::plan::decision::Outcome;
use nrcompose::plan::service_facts::FactSources;
use nrcompose::render::human;
use std::path::Path;

/// By path: owner, group, mode; what ends in `sock` is a socket, and `/new` is not there yet.
struct Made(&'static [(&'static str, u32, u32, u32)]);

impl Host for Made {
    fn look(&self, path: &Path) -> Option<Found> {
        let (name, uid, gid, mode) = *self.0.iter().find(|(p, ..)| Path::new(p) == path)?;
        let kind = match name.ends_with("sock") {
            true => FoundKind::Special,
            false => FoundKind::Directory,
        };
        Some(Found { uid, gid, mode, kind })
    }

    fn will_make(&self, path: &Path) -> bool {
        path == Path::new("/new")
    }
}

/// As a rootless dockerd of user 1001 shows it in `/proc/PID/uid_map`.
fn rootless() -> EngineFacts {
    let map = || IdMap::parse("0 1001 1\n1 100000 65536\n");
    EngineFacts {
        maps: Some(Maps {
            uids: map(),
            gids: map(),
        }),
        ..EngineFacts::assumed(EngineKind::Rootless, false)
    }
}

/// What becomes of a service with these volumes: the user, and all that is said.
fn planned(engine: EngineFacts, host: &dyn Host, volumes: &str) -> (Ids, String) {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("services:\n  app:\n    image: example.com/app:1\n    volumes: {volumes}\n");
    std::fs::write(directory.path().join("compose.yaml"), text).unwrap();
    let location: Location = locate(&support::settings(directory.path(), &[], &[])).unwrap();
    let project = load(&location, &Options::default()).unwrap();
    let sources = FactSources {
        catalog: Catalog::open(&[]).unwrap(),
        images: Default::default(),
        ..FactSources::default()
    };
    let caller = Some(Ids { uid: 1001, gid: 1001 });
    let maps = engine.maps.clone();
    let settings = Settings {
        caller,
        engine,
        ..Settings::default()
    };
    let mapped = maps.as_ref().map(|maps| Mapped { host, maps });
    let host = mapped.as_ref().map_or(host, |m| m as &dyn Host);
    let plan = Plan::new(&project, &sources, &Config::default(), settings, host).unwrap();
    let service = &plan.services["app"];
    let mut said = String::new();
    let lowered = lower(&project, &plan);
    for (decision, change) in service.decisions.iter().zip(lowered.changes("app")) {
        if let Outcome::Change(_) | Outcome::Finding { .. } | Outcome::AlreadyOk(_) = decision.outcome {
            said.push_str(&human::decision(decision, change, &project.sources).join("\n"));
            said.push('\n');
        }
    }
    (service.start.worker().unwrap(), said)
}

const HOST: Made = Made(&[
    ("/subordinate", 101_336, 101_337, 0o750),
    ("/mine", 1001, 1001, 0o755),
    ("/foreign", 1000, 1000, 0o755),
    ("/mine/docker.sock", 1001, 100_104, 0o660),
    ("/foreign/docker.sock", 0, 998, 0o660),
    ("/half/docker.sock", 0, 100_104, 0o660),
    ("/uid-alone", 101_336, 1000, 0o755),
    ("/gid-alone", 1000, 101_337, 0o755),
    ("/mine-in-a-group", 1001, 101_337, 0o755),
    ("/in-my-group", 101_336, 1001, 0o755),
]);

#[test]
fn the_owner_of_a_directory_is_a_user_of_the_container() {
    let (ids, said) = planned(rootless(), &HOST, "[\"/subordinate:/data\"]");
    assert_eq!(ids, Ids { uid: 1337, gid: 1338 });
    assert!(
        said.contains("belongs to 1337:1338, as containers count"),
        "{said}"
    );
    assert!(said.contains("1337:1338 can write /subordinate"), "{said}");
    // On an engine that does not map, it is who it is.
    let (ids, _) = planned(EngineFacts::default(), &HOST, "[\"/subordinate:/data\"]");
    assert_eq!(ids.uid, 101_336);
}

/// A uid without a group, or a group without a uid, is no user; group 0 is that of one who is not root.
#[test]
fn half_an_owner_is_no_user() {
    for directory in ["/uid-alone", "/gid-alone", "/mine-in-a-group"] {
        let (ids, said) = planned(rootless(), &HOST, &format!("[\"{directory}:/data\"]"));
        assert_eq!(ids, Ids { uid: 1000, gid: 1000 }, "{directory}: {said}");
    }
    let (ids, said) = planned(rootless(), &HOST, "[\"/in-my-group:/data\"]");
    assert_eq!(ids, Ids { uid: 1337, gid: 0 }, "{said}");
}

#[test]
fn whoever_runs_the_engine_is_root_inside_and_nobody_runs_as_that() {
    for directory in ["/mine", "/foreign", "/new"] {
        let (ids, said) = planned(rootless(), &HOST, &format!("[\"{directory}:/data\"]"));
        assert_eq!(ids, Ids { uid: 1000, gid: 1000 }, "{directory}");
        assert!(
            said.contains(&format!("`sudo chown -R 100999:100999 {directory}`")),
            "{said}"
        );
    }
    let (_, said) = planned(rootless(), &HOST, "[\"/mine:/data\"]");
    assert!(
        said.contains("/mine belongs to 0:0, as containers count"),
        "{said}"
    );
    let (_, said) = planned(rootless(), &HOST, "[\"/foreign:/data\"]");
    assert!(
        said.contains("/foreign belongs to nobody that containers have"),
        "{said}"
    );
    let (ids, _) = planned(EngineFacts::default(), &HOST, "[\"/mine:/data\"]");
    assert_eq!(ids.uid, 1001);
}

/// On a rootless engine `group_add` of the host's number ends with `setgroups: invalid argument`, and that of the
/// container's opens the socket.
#[test]
fn a_group_is_added_as_containers_count_or_not_at_all() {
    let (_, said) = planned(rootless(), &HOST, "[\"/mine/docker.sock:/var/run/docker.sock\"]");
    assert!(said.contains("+ group_add: \"105\""), "{said}");
    // Whoever owns it: the group is what lets the user in.
    let (_, said) = planned(rootless(), &HOST, "[\"/half/docker.sock:/var/run/docker.sock\"]");
    assert!(said.contains("+ group_add: \"105\""), "{said}");
    let (_, said) = planned(
        rootless(),
        &HOST,
        "[\"/foreign/docker.sock:/var/run/docker.sock\"]",
    );
    assert!(!said.contains("group_add: "), "{said}");
    assert!(
        said.contains("no group can open /foreign/docker.sock: a rootless engine maps the groups"),
        "{said}"
    );
    let (_, said) = planned(
        EngineFacts::default(),
        &HOST,
        "[\"/foreign/docker.sock:/var/run/docker.sock\"]",
    );
    assert!(said.contains("+ group_add: \"998\""), "{said}");
}
