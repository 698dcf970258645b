//! Host directories, on a machine made up for the test: who a service becomes by their owners, what is told of them, and
//! what is given where the person asks for it.

#![allow(clippy::unwrap_used, reason = "a test that cannot plan has failed")]

#[path = "support/machine.rs"]
mod machine;
mod support;

use machine::Machine;
use nrcompose::diagnostic::audience::Topic;
use nrcompose::facts::Catalog;
use nrcompose::facts::config::Config;
use nrcompose::facts::host::FoundKind;
use nrcompose::facts::settings::{Giver, Ids, Settings};
use nrcompose::load::{Options, load};
use nrcompose::locate::locate;
use nrcompose::plan::claim::Claim;
use nrcompose::plan::intent::Intent;
use nrcompose::plan::service_facts::FactSources;
use nrcompose::plan::{Plan, ServicePlan};
use support::settings;

/// An image that writes `/data`, reads `/read`, has `/conf` for a person, and may write `/media`.
const PROFILE: &str = "images: [example.org/own]
about: a test
evidence: {t: {kind: documented, says: here}}
class: {value: CLASS, evidence: t}
start: {value: root, evidence: t}
user: {uid: 4000, gid: 5000, others: OTHERS, evidence: t}
writable:
  - {path: /data, kind: data, evidence: t}
  - {path: /conf, kind: config, optional: true, evidence: t}
  - {path: /etc/own, kind: config, owner: '4000:5000', evidence: t}
  - {path: /media, kind: data, optional: true, evidence: t}
";

/// What a test plans for.
struct Scene {
    class: &'static str,
    others: &'static str,
    machine: Machine,
    more: &'static str,
    giver: Giver,
    force: bool,
}

fn scene() -> Scene {
    Scene {
        class: "user",
        others: "any",
        machine: Machine::default(),
        more: "",
        giver: Giver::InitService,
        force: false,
    }
}

/// The same where what is known to fail is planned all the same: whom a service would be.
fn forced() -> Scene {
    Scene {
        force: true,
        ..scene()
    }
}

impl Scene {
    fn with(mut self, path: &str, uid: u32, gid: u32, mode: u32) -> Scene {
        self.machine = self.machine.with(path, uid, gid, mode, FoundKind::Directory);
        self
    }

    fn with_file(mut self, path: &str, uid: u32, gid: u32, mode: u32) -> Scene {
        self.machine = self.machine.with(path, uid, gid, mode, FoundKind::File);
        self
    }

    fn of_image(self, class: &'static str, others: &'static str) -> Scene {
        Scene {
            class,
            others,
            ..self
        }
    }

    fn saying(self, more: &'static str) -> Scene {
        Scene { more, ..self }
    }

    /// The plan of a service of that image with these mounts.
    fn plan(&self, mounts: &str) -> ServicePlan {
        self.plan_of("example.org/own:1", mounts)
    }

    fn plan_of(&self, image: &str, mounts: &str) -> ServicePlan {
        let directory = tempfile::tempdir().unwrap();
        let more = self.more;
        let text = format!("services: {{app: {{image: \"{image}\", volumes: [{mounts}], {more}}}}}\n");
        std::fs::write(directory.path().join("compose.yaml"), text).unwrap();
        let profile = PROFILE
            .replace("CLASS", self.class)
            .replace("OTHERS", self.others);
        let profiles = tempfile::tempdir().unwrap();
        std::fs::write(profiles.path().join("own.yaml"), profile).unwrap();
        let location = locate(&settings(directory.path(), &["compose.yaml"], &[])).unwrap();
        let project = load(&location, &Options::default()).unwrap();
        let sources = FactSources {
            catalog: Catalog::open(&[profiles.path().to_owned()]).unwrap(),
            ..FactSources::default()
        };
        let settings = Settings {
            default_user: Some(Ids { uid: 1000, gid: 2000 }),
            giver: self.giver,
            force: self.force,
            ..Settings::default()
        };
        let mut plan = Plan::new(&project, &sources, &Config::default(), settings, &self.machine).unwrap();
        plan.services.swap_remove("app").unwrap()
    }
}

fn user(plan: &ServicePlan) -> String {
    plan.user().map_or_else(String::new, |u| u.ids.to_string())
}

/// What is told of its mounts: of each how, and the text with the help.
fn told(plan: &ServicePlan) -> Vec<(Topic, String)> {
    let of_mounts = plan.decisions.iter().filter(|d| d.control == "volumes");
    let told = of_mounts.filter(|d| d.help().is_some());
    told.map(|d| {
        let help = d.help().unwrap_or_default();
        (d.topic(), format!("{}; help: {help}", d.because))
    })
    .collect()
}

#[test]
fn only_what_is_written_is_told_at_a_start() {
    let scene = || {
        let root = |scene: Scene, path| scene.with(path, 0, 0, 0o755);
        ["/srv/a", "/srv/b"].into_iter().fold(scene(), root)
    };
    for (mounts, command, topic, words) in [
        (
            "'/srv/a:/data'",
            "",
            Some(Topic::RefusedWhole),
            "/srv/a belongs to 0:0, 4000:5000 cannot write it; help: `nrcompose ownership give /srv/a`",
        ),
        (
            "'/srv/a:/data/below'",
            "",
            Some(Topic::RefusedWhole),
            "help: `nrcompose ownership give /srv/a`",
        ),
        (
            "'/srv/a:/media'",
            "",
            Some(Topic::Hindrance),
            "whether app does is not known; help: if the service writes there: `nrcompose ownership give /srv/a`",
        ),
        (
            "'/srv/a:/read'",
            "",
            Some(Topic::Finding),
            "/srv/a belongs to 0:0, and app is not known to write there",
        ),
        (
            "'/srv/a:/conf'",
            "",
            Some(Topic::Finding),
            "is not known to write there",
        ),
        ("'/srv/a:/data:ro'", "", None, ""),
        // What a person starts in it may write anywhere.
        (
            "'/srv/a:/read'",
            "command: [sh, -c, run]",
            Some(Topic::Hindrance),
            "is not known; help",
        ),
        (
            "'/srv/a:/read'",
            "entrypoint: [/run]",
            Some(Topic::Hindrance),
            "is not known; help",
        ),
        (
            "'/srv/a:/read'",
            "build: .",
            Some(Topic::Hindrance),
            "is not known; help",
        ),
        (
            "'/srv/a:/read'",
            "command: [--option]",
            Some(Topic::Finding),
            "is not known to write",
        ),
    ] {
        let plan = scene().saying(command).plan(mounts);
        let told = told(&plan);
        assert_eq!(
            told.first().map(|(topic, _)| *topic),
            topic,
            "{mounts} {command}: {told:?}"
        );
        assert!(told.len() < 2, "{told:?}");
        assert!(
            told.iter().all(|(_, text)| text.contains(words)),
            "{mounts} {command}: {told:?}"
        );
    }
    let plan = scene().plan_of("example.com/nobody/knows:1", "'/srv/a:/read'");
    assert_eq!(told(&plan)[0].0, Topic::Hindrance);
}

/// Plain Compose has nobody who makes it for the service's user.
#[test]
fn one_that_is_missing_is_told_where_plain_compose_would_make_it() {
    let planned = |mounts: &str, giver| {
        let mut scene = scene();
        scene.machine = scene.machine.making("/srv/a");
        told(&Scene { giver, ..scene }.plan(mounts))
    };
    let by_file = planned("'/srv/a:/data'", Giver::InitService);
    let [(Topic::Hindrance, text)] = &by_file[..] else {
        panic!("{by_file:?}");
    };
    assert_eq!(
        text,
        "/srv/a is not there: plain `docker compose` would make it root's, and 4000:5000 could not write it; \
         help: make it, then `nrcompose ownership give /srv/a`; `nrcompose up` does both"
    );
    for (mounts, giver) in [
        ("'/srv/a:/read'", Giver::InitService),
        ("'/srv/a:/data'", Giver::Helper),
    ] {
        let told = planned(mounts, giver);
        assert!(told.is_empty(), "{told:?}");
    }
}

#[test]
fn an_owner_that_exists_stays_and_the_service_takes_it() {
    let owned = || forced().with("/srv/a", 4711, 4712, 0o755);
    for (scene, mounts, ids) in [
        (owned(), "'/srv/a:/data'", "4711:4712"),
        (owned().of_image("user", "gid0"), "'/srv/a:/data'", "4711:0"),
        (owned().of_image("nonroot", "any"), "'/srv/a:/data'", "4711:4712"),
        (owned().of_image("nonroot", "gid0"), "'/srv/a:/data'", "4711:0"),
        // An image that takes its own user alone.
        (owned().of_image("user", "none"), "'/srv/a:/data'", "4000:5000"),
        (owned().of_image("nonroot", "none"), "'/srv/a:/data'", "4000:5000"),
        // Neither what it reads, nor a configuration.
        (owned(), "'/srv/a:/read'", "4000:5000"),
        (owned(), "'/srv/a:/conf'", "4000:5000"),
        (owned(), "'/srv/a:/etc/own'", "4000:5000"),
        (owned(), "'/srv/a:/data:ro'", "4000:5000"),
        // The image's own user can write it, or is in its group.
        (
            forced()
                .with("/srv/a", 4711, 4712, 0o777)
                .of_image("nonroot", "any"),
            "'/srv/a:/data'",
            "4000:5000",
        ),
        (
            forced()
                .with("/srv/a", 4711, 5000, 0o775)
                .of_image("nonroot", "any"),
            "'/srv/a:/data'",
            "4000:5000",
        ),
        // Its own already, but for what root left of the group; and never in root's.
        (
            forced().with("/srv/a", 4000, 0, 0o755),
            "'/srv/a:/data'",
            "4000:5000",
        ),
        (
            forced().with("/srv/a", 4711, 0, 0o755),
            "'/srv/a:/data'",
            "4711:4711",
        ),
        // Never root's; another one's counts all the same.
        (
            forced().with("/srv/a", 0, 0, 0o755),
            "'/srv/a:/data'",
            "4000:5000",
        ),
        (
            owned().with("/srv/b", 0, 0, 0o755),
            "'/srv/b:/media', '/srv/a:/data'",
            "4711:4712",
        ),
        // What it does not work without counts alone.
        (
            owned().with("/srv/b", 8, 8, 0o755),
            "'/srv/b:/media', '/srv/a:/data'",
            "4711:4712",
        ),
        (
            owned().with("/srv/b", 8, 8, 0o755),
            "'/srv/b:/data/b', '/srv/a:/data/a'",
            "4000:5000",
        ),
        // The person's own word.
        (owned().saying("user: '7:8'"), "'/srv/a:/data'", "7:8"),
        (
            owned().saying("x-nrcompose: {user: '7:8'}"),
            "'/srv/a:/data'",
            "7:8",
        ),
        (
            owned().saying("x-nrcompose: {volumes: {/srv/a: own}}"),
            "'/srv/a:/data'",
            "4000:5000",
        ),
    ] {
        assert_eq!(
            user(&scene.plan(mounts)),
            ids,
            "{mounts} {} {}",
            scene.others,
            scene.more
        );
    }
    // Of an unknown image, what may be its configuration says nothing.
    for (mount, ids) in [("'/srv/a:/app'", "4711:4712"), ("'/srv/a:/etc/app'", "1000:2000")] {
        assert_eq!(
            user(&owned().plan_of("example.com/unknown:1", mount)),
            ids,
            "{mount}"
        );
    }
}

#[test]
fn a_service_joins_the_group_that_may_write_what_it_writes() {
    let fixed = |gid, mode| forced().with("/srv/a", 4711, gid, mode).of_image("user", "none");
    for (scene, mounts, joins) in [
        (fixed(30, 0o775), "'/srv/a:/data'", true),
        (fixed(30, 0o2770), "'/srv/a:/data'", true),
        (
            fixed(30, 0o775).of_image("nonroot", "any"),
            "'/srv/a:/data'",
            true,
        ),
        (fixed(30, 0o755), "'/srv/a:/data'", false),
        (fixed(30, 0o765), "'/srv/a:/data'", false),
        (fixed(0, 0o775), "'/srv/a:/data'", false),
        // Nobody knows whether it needs that.
        (fixed(30, 0o775), "'/srv/a:/media'", false),
        (fixed(30, 0o775), "'/srv/a:/read'", false),
        (fixed(30, 0o777), "'/srv/a:/data'", false),
        (
            fixed(30, 0o775).saying("group_add: ['30']"),
            "'/srv/a:/data'",
            false,
        ),
        (fixed(5000, 0o775), "'/srv/a:/data'", false),
    ] {
        let plan = scene.plan(mounts);
        assert_eq!(user(&plan), "4000:5000");
        let claims = plan.claims();
        assert_eq!(
            claims.contains(&Claim::InGroup { gid: 30 }),
            joins,
            "{mounts} {:?}",
            told(&plan)
        );
        let path = "/data".to_owned();
        assert!(!joins || claims.contains(&Claim::Writable { path }), "{claims:?}");
        assert!(!joins || told(&plan).is_empty(), "{:?}", told(&plan));
    }
}

/// Root, whoever is in `docker`, and who may read all logs: no service becomes one of them for a directory.
#[test]
fn a_service_joins_no_group_that_is_as_good_as_root() {
    for (name, joins) in [("docker", false), ("sudo", false), ("media", true)] {
        let mut scene = forced().with("/srv/a", 4711, 30, 0o775).of_image("user", "none");
        scene.machine = scene.machine.with_group(30, name);
        let plan = scene.plan("'/srv/a:/data'");
        assert_eq!(
            plan.claims().contains(&Claim::InGroup { gid: 30 }),
            joins,
            "{name}"
        );
    }
}

#[test]
fn what_is_asked_for_is_given() {
    let asked = |more| scene().with("/srv/a", 0, 0, 0o755).saying(more);
    let plan = asked("x-nrcompose: {volumes: {/srv/a/../a: own}}").plan("'/srv/a:/data'");
    let owners: Vec<String> = plan
        .intents()
        .filter_map(Intent::directory)
        .map(|o| format!("{} {} {} {}", o.path.display(), o.target, o.ids, o.recursive))
        .collect();
    assert_eq!(owners, ["/srv/a /data 4000:5000 true"]);
    let claims = plan.claims();
    let path = "/data".to_owned();
    let owned = Claim::OwnedBy {
        path: path.clone(),
        uid: 4000,
        gid: 5000,
    };
    assert!(claims.contains(&owned) && claims.contains(&Claim::Writable { path }));
    // A written file cannot do it, so who writes one is told.
    assert_eq!(told(&plan)[0].0, Topic::GivenBefore);

    let library = asked("x-nrcompose: {volumes: {/srv/a: own}}").plan("'/srv/a:/media'");
    assert!(
        library
            .intents()
            .filter_map(Intent::directory)
            .all(|o| !o.recursive),
        "{:?}",
        told(&library)
    );

    for (path, why) in [
        ("/", "it holds more than the data of a service"),
        ("/etc", "it is the system's"),
        ("/var/lib/x", "it is the system's"),
        ("/home/ann", "it holds more"),
    ] {
        let more = format!("x-nrcompose: {{volumes: {{{path}: own}}}}");
        let mut scene = scene().with(path, 0, 0, 0o755);
        scene.more = Box::leak(more.into_boxed_str());
        let plan = scene.plan(&format!("'{path}:/data'"));
        assert_eq!(plan.intents().filter_map(Intent::directory).count(), 0, "{path}");
        let told = told(&plan);
        assert!(
            told.iter().any(|(_, text)| text.contains(why)),
            "{path}: {told:?}"
        );
    }

    let vain = asked("x-nrcompose: {volumes: {/srv/other: own}}").plan("'/srv/a:/media'");
    assert!(
        told(&vain)
            .iter()
            .any(|(_, t)| t.contains("mounts nothing of that name")),
        "{:?}",
        told(&vain)
    );
}

#[test]
fn what_a_root_run_left_below_is_told() {
    let tree = || scene().with("/srv/a", 4000, 5000, 0o755);
    for (scene, image, mounts, words) in [
        (
            tree().with_file("/srv/a/lock", 0, 0, 0o644),
            "example.org/own:1",
            "'/srv/a:/data'",
            "/srv/a/lock: left by a start as root, 4000:5000 cannot write it; help: `nrcompose ownership give /srv/a`",
        ),
        (
            tree().with("/srv/a/x", 0, 0, 0o755).with("/srv/a/y", 0, 0, 0o755),
            "example.org/own:1",
            "'/srv/a:/data'",
            "/srv/a/x and 1 more below /srv/a: left",
        ),
        (
            tree().with_file("/srv/a/lock", 0, 0, 0o666),
            "example.org/own:1",
            "'/srv/a:/data'",
            "",
        ),
        (
            tree().with_file("/srv/a/other", 7, 7, 0o600),
            "example.org/own:1",
            "'/srv/a:/data'",
            "",
        ),
        (
            tree().with_file("/srv/a/lock", 0, 0, 0o644),
            "example.org/own:1",
            "'/srv/a:/read'",
            "",
        ),
        // Nobody knows what else an unknown one writes.
        (
            tree()
                .with("/srv/a/src", 4000, 5000, 0o755)
                .with("/srv/a/src/node_modules", 0, 0, 0o755),
            "example.com/unknown:1",
            "'/srv/a:/app'",
            "/srv/a/src/node_modules: left",
        ),
        (
            tree().with_file("/srv/a/readme", 0, 0, 0o644),
            "example.com/unknown:1",
            "'/srv/a:/app'",
            "",
        ),
    ] {
        let told = told(&scene.plan_of(image, mounts));
        let has = told
            .iter()
            .any(|(topic, text)| *topic == Topic::Hindrance && text.contains(words));
        match words {
            "" => assert!(told.is_empty(), "{image} {mounts}: {told:?}"),
            words => assert!(has, "{image} {mounts} {words}: {told:?}"),
        }
    }
}
