//! Plans that depend on what the machine has, with a machine made up for the test; and that the order of the controls
//! does not matter.

#![allow(clippy::unwrap_used, reason = "a test that cannot plan has failed")]

#[path = "support/machine.rs"]
mod machine;
mod support;

use machine::Machine;
use nrcompose::controls::CONTROLS;
use nrcompose::facts::config::Config;
use nrcompose::facts::host::{FoundKind, Host};
use nrcompose::facts::recipes::Recipes;
use nrcompose::facts::settings::{Ids, Settings};
use nrcompose::facts::{Catalog, Local};
use nrcompose::load::{Options, Project, load};
use nrcompose::locate::locate;
use nrcompose::lower::compose::lower;
use nrcompose::pipeline::render;
use nrcompose::plan::intent::Intent;
use nrcompose::plan::service_facts::FactSources;
use nrcompose::plan::{Fall, Plan, ServicePlan};
use nrcompose::render::{PlanView, explain, human};
use support::settings;

fn project(text: &str) -> Project {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("compose.yaml"), text).unwrap();
    let location = locate(&settings(directory.path(), &["compose.yaml"], &[])).unwrap();
    load(&location, &Options::default()).unwrap()
}

fn plan(project: &Project, host: &dyn Host) -> Plan {
    let settings = Settings {
        default_user: Some(Ids { uid: 1000, gid: 1000 }),
        ..Settings::default()
    };
    Plan::new(
        project,
        &FactSources::default(),
        &Config::default(),
        settings,
        host,
    )
    .unwrap()
}

/// The override, and what is told of it.
fn planned(text: &str, host: &dyn Host) -> (String, String) {
    let project = project(text);
    let mut plan = plan(&project, host);
    let rendered = render(&project, &mut plan, host).unwrap();
    let view = PlanView {
        plan: &plan,
        lowered: &rendered.lowered,
        sources: &project.sources,
    };
    let told = explain::explain(&view, &[]);
    (rendered.text.unwrap_or_default(), told)
}

fn docker() -> Machine {
    Machine::default().with("/var/run/docker.sock", 0, 998, 0o660, FoundKind::Special)
}

const TRAEFIK: &str = "services:
  proxy:
    image: traefik:v3.3
    command: [--providers.docker=true]
    volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\", \"./dynamic:/dynamic:ro\"]
    x-nrcompose: {socket: proxy}
";

#[test]
fn the_socket_gives_way_to_a_proxy() {
    let (text, told) = planned(TRAEFIK, &docker());
    let parts = [
        "command: [\"--providers.docker=true\", \"--providers.docker.endpoint=tcp://nrcompose-socket-proxy:2375\"]",
        "default: null",
        "nrcompose-socket-proxy: null",
        "-allowGET=(/v[0-9.]+)?/(_ping|containers|events|networks|nodes|services|tasks|version)(/.*)?",
        "-allowfrom=proxy",
        "user: \"65534:998\"",
        "internal: true",
        "volumes: !override",
    ];
    for part in parts {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    let own = text.split("\n  proxy:").nth(1).unwrap();
    assert!(!own.contains("docker.sock") && own.contains("/dynamic"), "{own}");
    assert!(
        !text.contains("allowPOST") && !told.contains("is the engine"),
        "{told}"
    );
}

#[test]
fn a_socket_of_root_alone_keeps_its_mount() {
    for (gid, mode) in [(998, 0o600), (0, 0o660)] {
        let host = Machine::default().with("/var/run/docker.sock", 0, gid, mode, FoundKind::Special);
        let (text, told) = planned(TRAEFIK, &host);
        assert!(!text.contains("nrcompose-socket-proxy"), "{text}");
        assert!(told.contains("only root may use the socket"), "{told}");
    }
}

/// One that lets containers be started is root all the same, which is said; one that lets them be looked at is not.
#[test]
fn a_proxy_by_which_containers_can_be_started_is_told() {
    let profile = "images: [example.org/own]\nabout: a test\n\
                   evidence: {t: {kind: documented, says: here}}\n\
                   class: {value: user, evidence: t}\nstart: {value: root, evidence: t}\n\
                   user: {uid: 4000, gid: 5000, others: any, evidence: t}\n\
                   docker_api: {sections: [SECTIONS], endpoint: {environment: {DOCKER_HOST: \"{endpoint}\"}}, evidence: t}\n";
    let app = "services: {app: {image: \"example.org/own:1\", x-nrcompose: {socket: proxy}, \
               volumes: [\"/var/run/docker.sock:/var/run/docker.sock\"]}}\n";
    for (sections, starts) in [
        ("CONTAINERS, POST", true),
        ("EXEC, POST", true),
        ("CONTAINERS", false),
        ("IMAGES, POST", false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let profile = profile.replace("SECTIONS", sections);
        std::fs::write(folder.path().join("own.yaml"), profile).unwrap();
        let sources = FactSources {
            catalog: Catalog::open(&[folder.path().to_owned()]).unwrap(),
            ..FactSources::default()
        };
        let project = project(app);
        let plan = Plan::new(
            &project,
            &sources,
            &Config::default(),
            Settings::default(),
            &docker(),
        )
        .unwrap();
        let decisions = &plan.services["app"].decisions;
        let is_proxied = decisions
            .iter()
            .any(|d| !d.intents().is_empty() && d.control == "socket_proxy");
        let is_told = decisions
            .iter()
            .any(|d| d.because.contains("may start containers through the proxy"));
        assert!(is_proxied, "{sections}: {decisions:?}");
        assert_eq!(is_told, starts, "{sections}: {decisions:?}");
    }
}

#[test]
fn a_proxy_that_cannot_be_is_told_and_the_socket_stays() {
    let variations = [
        (
            "command: [--providers.docker=true]",
            "restart: always",
            "no command",
        ),
        (
            "command: [--providers.docker=true]",
            "command: [--ping]\n    network_mode: bridge",
            "network_mode",
        ),
        ("traefik:v3.3", "example.org/app:1", "which sections"),
    ];
    for (from, to, why) in variations {
        let (text, told) = planned(&TRAEFIK.replace(from, to), &docker());
        assert!(
            told.contains("keeps the engine's socket") && told.contains(why),
            "{told}"
        );
        assert!(
            !text.contains("nrcompose-socket-proxy") && text.contains("998"),
            "{text}"
        );
    }
    let (_, told) = planned(TRAEFIK, &Machine::default());
    assert!(told.contains("not on this host"), "{told}");
    let (text, told) = planned(&TRAEFIK.replace("{socket: proxy}", "{socket: direct}"), &docker());
    assert!(
        !text.contains("nrcompose-socket-proxy") && told.contains("`x-nrcompose: {socket: proxy}`"),
        "{told}"
    );
}

#[test]
fn what_the_user_cannot_read_is_told_with_the_cure() {
    let tls = |key: Machine| {
        key.with("/tls", 0, 0, 0o755, FoundKind::Directory).with(
            "/tls/cert.pem",
            0,
            0,
            0o644,
            FoundKind::File,
        )
    };
    let text = "services:
  web: {image: \"nginx:1.27\", volumes: [\"/tls/key.pem:/key.pem:ro\"]}
  dir: {image: \"nginx:1.27\", volumes: [\"/tls:/tls:ro\"]}
";
    let cases = [
        (
            0,
            0o600,
            Some("mount a copy: `sudo install -m 0400 -o 101 -g 101 /tls/key.pem "),
        ),
        // By a group of the machine that is as good as root; any other one is joined.
        (78, 0o640, Some("`group_add: [\"78\"]`")),
        (77, 0o640, None),
        (0, 0o644, None),
    ];
    for (gid, mode, help) in cases {
        let host = Machine::default().with_group(78, "shadow");
        let host = tls(host.with("/tls/key.pem", 0, gid, mode, FoundKind::File));
        let (_, told) = planned(text, &host);
        let (_, below) = told.split_once("\ndir ").unwrap();
        match help {
            Some(help) => {
                let mode = format!("101:101 cannot read /tls/key.pem (0:{gid} {mode:04o})");
                let copy = "help: mount a copy: `sudo install -m 0400 -o 101 -g 101 /tls/key.pem ";
                assert!(
                    told.contains(&mode) && told.contains(help) && below.contains(copy),
                    "{told}"
                );
            }
            None => assert!(
                !told.split("\ndir ").next().unwrap().contains("cannot read"),
                "{told}"
            ),
        }
    }
    // a directory that nobody but root can enter
    let host = Machine::default().with("/tls", 0, 0, 0o700, FoundKind::Directory);
    assert!(
        planned(text, &host)
            .1
            .contains("101:101 cannot read /tls (0:0 0700)")
    );
}

#[test]
fn controls_in_any_order_give_the_same_plan() {
    let text = "services:
  web: {image: \"nginx:1.27\", network_mode: host, volumes: [\"cache:/var/cache/nginx\"]}
  db: {image: \"postgres:16\", volumes: [\"db:/var/lib/postgresql/data\"], init: true}
  app: {image: lscr.io/linuxserver/sonarr, environment: {PUID: 1000, PGID: 1000}, init: true, volumes: [\"c:/config\"]}
  proxy: {image: \"traefik:v3\", command: [--ping], volumes: [\"/var/run/docker.sock:/var/run/docker.sock\"]}
volumes: {cache: , db: , c: }
";
    let project = project(text);
    let of = |controls: &[nrcompose::plan::control::Control]| {
        let (sources, config) = (FactSources::default(), Config::default());
        let plan = Plan::by(
            controls,
            &project,
            &sources,
            &config,
            Settings::default(),
            &docker(),
        )
        .unwrap();
        let mut edits: Vec<String> = lower(&project, &plan)
            .edits(&plan)
            .iter()
            .map(|e| format!("{} {:?}", e.path, e.op))
            .collect();
        edits.sort();
        (
            edits,
            format!(
                "{:?}",
                plan.services.values().map(|s| &s.verdict).collect::<Vec<_>>()
            ),
        )
    };
    let usual = of(CONTROLS);
    assert!(usual.0.len() > 10);
    let mut controls = CONTROLS.to_vec();
    for _ in 0..controls.len() {
        controls.rotate_left(1);
        assert_eq!(of(&controls), usual);
        let reversed: Vec<_> = controls.iter().rev().copied().collect();
        assert_eq!(of(&reversed), usual);
    }
}

/// The image on this machine says where a path leads to.
#[test]
fn links_of_the_image_are_followed_before_paths_are_compared() {
    let text = "services:
  linked: {image: \"nginx:1.27\", volumes: [\"cache:/srv/cache\"]}
  other: {image: \"nginx:1.26\", volumes: [\"cache:/srv/cache\"]}
volumes: {cache: }
";
    let project = project(text);
    let links = [("/var/cache".to_owned(), "/srv/cache".to_owned())];
    let local = Local {
        id: "sha256:0123456789ab".into(),
        links: links.into_iter().collect(),
        ..Local::default()
    };
    let sources = FactSources {
        images: [("nginx:1.27".to_owned(), local)].into_iter().collect(),
        ..FactSources::default()
    };
    let (config, settings) = (Config::default(), Settings::default());
    let plan = Plan::new(&project, &sources, &config, settings, &Machine::default()).unwrap();
    let has_tmpfs = |service: &str| {
        let mut intents = plan.services[service].intents();
        intents.any(|i| matches!(i, Intent::Scratch(s) if s.path == "/var/cache/nginx"))
    };
    assert!(!has_tmpfs("linked"));
    assert!(has_tmpfs("other"));
}

#[test]
fn volumes_of_another_service_are_mounts_too() {
    let text = "services:
  data: {image: \"redis:7\", volumes: [\"cache:/var/cache\"]}
  between: {image: \"redis:7\", volumes_from: [data]}
  web: {image: \"nginx:1.27\", volumes_from: [\"between:rw\"]}
  alone: {image: \"nginx:1.27\"}
volumes: {cache: }
";
    let project = project(text);
    let plan = plan(&project, &Machine::default());
    let has_tmpfs = |service: &str| {
        let mut intents = plan.services[service].intents();
        intents.any(|i| matches!(i, Intent::Scratch(s) if s.path == "/var/cache/nginx"))
    };
    assert!(!has_tmpfs("web"));
    assert!(has_tmpfs("alone"));
}

/// What the plan comes to in words: the verdict, and how many edits.
fn verdict(project: &Project, plan: &Plan, service: &str) -> (String, usize) {
    let planned = &plan.services[service];
    let edits = lower(project, plan).edits(plan);
    let own = edits.iter().filter(|e| {
        e.path
            .segments()
            .starts_with(&["services".into(), service.into()])
    });
    (human::verdict(planned), own.count())
}

/// Edits that an override cannot say: first the root start goes in, then what its author wrote with
/// no-new-privileges.
fn fall_of(service: &str, why: &str) -> Fall {
    Fall {
        service: service.to_owned(),
        blocker: why.to_owned(),
        help: "write the value itself".to_owned(),
    }
}

#[test]
fn a_service_falls_back_step_by_step() {
    let text = "services:
  web: {image: \"nginx:1.27\"}
  unknown: {image: example.org/app}
";
    let project = project(text);
    let mut plan = plan(&project, &Machine::default());
    let host = Machine::default();
    let fall = |plan: &mut Plan, service: &str, why: &str| {
        plan.fall_back(&project, &host, vec![fall_of(service, why)])
            .unwrap();
    };
    fall(&mut plan, "web", "it cannot be said");
    let (said, edits) = verdict(&project, &plan, "web");
    assert!(
        said.starts_with("starts as root") && said.ends_with("it cannot be said"),
        "{said}"
    );
    assert!(edits > 2);
    fall(&mut plan, "web", "nor that");
    let (said, edits) = verdict(&project, &plan, "web");
    assert!(
        said.contains("no-new-privileges added: nor that") && edits == 1,
        "{said}"
    );
    fall(&mut plan, "web", "nothing can");
    assert_eq!(
        verdict(&project, &plan, "web"),
        ("stays as its author wrote it: nothing can".into(), 0)
    );
    fall(&mut plan, "unknown", "it cannot be said");
    assert_eq!(
        verdict(&project, &plan, "unknown"),
        ("stays as its author wrote it: it cannot be said".into(), 0)
    );
    for service in ["web", "unknown"] {
        assert!(!plan.services[service].refusals.is_empty(), "{service}");
    }
}

/// A neighbour is decided about with what really becomes of a service.
#[test]
fn a_service_that_falls_back_has_no_user_for_its_neighbours() {
    let text = "services:
  first: {image: \"nginx:1.27\", command: sh -c \"apt-get update\", volumes: [\"shared:/shared\"]}
  second: {image: \"python:3.12\", volumes: [\"shared:/shared\"]}
volumes: {shared: }
";
    let (_, told) = planned(text, &Machine::default());
    assert!(
        !told.contains("shared is shared with first, which runs as another user"),
        "{told}"
    );
}

const SHARED: &str = "services:
  first: {image: redis:7, volumes: [\"one:/data\"]}
  second: {image: redis:7, volumes: [\"one:/data\", \"two:/more\"]}
  third: {image: redis:7, volumes: [\"two:/data\"]}
  other: {image: redis:7, volumes: [\"alone:/data\"]}
volumes: {one: , two: , alone: }
";

/// What turns out to start otherwise takes its volumes from those that share them: nobody is given them any more.
#[test]
fn a_late_refusal_takes_the_shared_volumes_along() {
    let project = project(SHARED);
    let mut plan = plan(&project, &Machine::default());
    let given = |plan: &Plan| -> Vec<String> {
        let owned = |(name, planned): (&String, &ServicePlan)| -> Vec<String> {
            let volumes = planned
                .ownership()
                .map(|o| format!("{name} {}", o.volume.as_deref().unwrap_or(&o.target)));
            volumes.collect()
        };
        plan.services.iter().flat_map(owned).collect()
    };
    let others = ["second two", "third two", "other alone"];
    assert_eq!(given(&plan), [&["first one", "second one"], &others[..]].concat());
    let fall = fall_of("first", "nobody could see that before");
    plan.fall_back(&project, &Machine::default(), vec![fall]).unwrap();
    assert_eq!(given(&plan), others);
    let inits = lower(&project, &plan).edits(&plan);
    let inits: Vec<String> = inits.iter().map(|e| e.path.to_string()).collect();
    assert!(!inits.iter().any(|path| path.contains("init-first")), "{inits:?}");
    assert!(plan.services["first"].user().is_none());
}

/// A host directory under a volume's name is looked at like any other: its owner, and that of what lies in it.
#[test]
fn a_host_directory_under_a_volumes_name_is_looked_at() {
    let text = "services: {app: {image: redis:7, volumes: [\"data:/data\"]}}
volumes: {data: {driver_opts: {type: none, o: bind, device: /srv/data}}}
";
    let (directory, file) = (FoundKind::Directory, FoundKind::File);
    let own = || Machine::default().with("/srv/data", 999, 999, 0o750, directory);
    for (machine, hardened) in [
        (own(), true),
        (own().with("/srv/data/dump.rdb", 0, 0, 0o644, file), true),
        (own().with("/srv/data/dump.rdb", 0, 0, 0o600, file), false),
        (
            Machine::default().with("/srv/data", 0, 0, 0o755, directory),
            false,
        ),
        (Machine::default().with("/srv/data", 0, 0, 0o777, directory), true),
    ] {
        let (text, told) = planned(text, &machine);
        assert_eq!(text.contains("user: \"999:999\""), hardened, "{told}");
        assert!(!text.contains("nrcompose-init"), "{text}");
        assert!(
            hardened || told.contains("`nrcompose ownership give --to 999:999 /srv/data`"),
            "{told}"
        );
    }
}

/// A volume of ours at or below an image's `VOLUME` would hide what a container has in it already; the image and its
/// Dockerfile count, whatever a profile says of the path.
#[test]
fn what_an_image_declares_as_a_volume_is_not_hidden() {
    let profile = "images: [example.org/a, example.org/base]\nabout: a test\n\
                   evidence: {t: {kind: documented, says: here}}\n\
                   class: {value: user, evidence: t}\nstart: {value: root, evidence: t}\n\
                   user: {uid: 4000, gid: 4000, others: any, evidence: t}\n\
                   writable: [{path: /srv/app/data, kind: data, evidence: t}]\n";
    let text = "services:
  none: {image: \"example.org/a:0\"}
  image: {image: \"example.org/a:1\"}
  above: {image: \"example.org/a:2\"}
  linked: {image: \"example.org/a:3\"}
  mounted: {image: \"example.org/a:1\", volumes: [\"data:/srv/app/data\"]}
  built: {build: {dockerfile_inline: \"FROM example.org/base:0\\nRUN true\\nVOLUME /srv/app/\"}}
  based: {build: {dockerfile_inline: \"FROM example.org/base:1\\nRUN true\"}}
  free: {build: {dockerfile_inline: \"FROM example.org/base:0\\nRUN true\"}}
volumes: {data: }
";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yaml"), profile).unwrap();
    let local = |volumes: &[&str]| Local {
        id: "sha256:0123456789ab".into(),
        volumes: volumes.iter().map(|v| (*v).to_owned()).collect(),
        links: [("/opt/app".to_owned(), "/srv/app".to_owned())].into(),
        shell: true,
        ..Local::default()
    };
    let images = [
        ("example.org/a:1", local(&["/srv/app/data/"])),
        ("example.org/a:2", local(&["/srv/app"])),
        ("example.org/a:3", local(&["/opt/app"])),
        ("example.org/base:0", local(&[])),
        ("example.org/base:1", local(&["/srv"])),
    ];
    let sources = FactSources {
        catalog: Catalog::open(&[folder.path().to_owned()]).unwrap(),
        images: images.into_iter().map(|(n, l)| (n.to_owned(), l)).collect(),
        ..FactSources::default()
    };
    let project = project(text);
    let sources = FactSources {
        recipes: Recipes::read(&project),
        ..sources
    };
    let (config, settings) = (Config::default(), Settings::default());
    let plan = Plan::new(&project, &sources, &config, settings, &Machine::default()).unwrap();
    for (service, of_ours) in [
        ("none", true),
        ("image", false),
        ("above", false),
        ("linked", false),
        ("mounted", false),
        ("built", false),
        ("based", false),
        ("free", true),
    ] {
        let mut intents = plan.services[service].intents();
        let is_made = intents.any(|i| matches!(i, Intent::Volume { path, .. } if path == "/srv/app/data"));
        assert_eq!(is_made, of_ours, "{service}");
        let verdict = human::verdict(&plan.services[service]);
        let is_refused = verdict.contains("nothing is mounted there");
        assert_eq!(
            is_refused,
            !of_ours && service != "mounted",
            "{service}: {verdict}"
        );
    }
}

/// A service whose image, as another user, needs its engine at a place that is not where the proxy is.
fn torn(needed: &str) -> Plan {
    let profile = format!(
        "images: [example.org/torn]\nabout: a test\n\
         evidence: {{t: {{kind: documented, says: here}}}}\n\
         class: {{value: user, evidence: t}}\nstart: {{value: root, evidence: t}}\n\
         user: {{uid: 4000, gid: 5000, others: any, evidence: t}}\n\
         environment: [{{name: DOCKER_HOST, value: \"{needed}\", evidence: t}}]\n\
         no_new_privileges: {{value: true, evidence: t}}\n\
         docker_api: {{sections: [CONTAINERS], evidence: t, \
         endpoint: {{environment: {{DOCKER_HOST: \"{{endpoint}}\"}}}}}}\n"
    );
    let text = "services:
  torn:
    image: example.org/torn:1
    volumes: [\"/var/run/docker.sock:/var/run/docker.sock\"]
    x-nrcompose: {socket: proxy}
  whole: {image: redis:7}
";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("torn.yaml"), profile).unwrap();
    let sources = FactSources {
        catalog: Catalog::open(&[folder.path().to_owned()]).unwrap(),
        ..FactSources::default()
    };
    let (project, config) = (project(text), Config::default());
    let of = |controls: &[nrcompose::plan::control::Control]| {
        Plan::by(
            controls,
            &project,
            &sources,
            &config,
            Settings::default(),
            &docker(),
        )
        .unwrap()
    };
    let mut reversed = CONTROLS.to_vec();
    reversed.reverse();
    let (plan, other) = (of(CONTROLS), of(&reversed));
    for service in ["torn", "whole"] {
        assert_eq!(
            plan.services[service].is_refused(),
            other.services[service].is_refused()
        );
        assert_eq!(
            plan.services[service].refusals.len(),
            other.services[service].refusals.len()
        );
    }
    plan
}

/// Two controls that want different things of one variable: nobody can know which is right, so neither is done, and
/// it is told. Of the same thing they may both speak.
#[test]
fn controls_that_contradict_each_other_refuse_the_service() {
    let plan = torn("tcp://elsewhere:2375");
    let service = &plan.services["torn"];
    let [refusal] = service.refusals.as_slice() else {
        panic!("{:?}", service.refusals)
    };
    let blocker = &refusal.blocker;
    for part in [
        "environment",
        "socket_proxy",
        "want different things of",
        "DOCKER_HOST",
    ] {
        assert!(blocker.contains(part), "{blocker}");
    }
    assert!(service.user().is_none());
    let said = human::verdict(service);
    assert!(said.contains("want different things of"), "{said}");
    let wanted: Vec<String> = service.intents().map(|i| format!("{i:?}")).collect();
    let is_theirs = |i: &String| i.contains("DOCKER_HOST") || i.contains("4000");
    assert!(!wanted.iter().any(is_theirs), "{wanted:?}");
    // The others are decided about as ever.
    assert!(plan.services["whole"].refusals.is_empty() && plan.services["whole"].user().is_some());

    let plan = torn("tcp://nrcompose-socket-torn:2375");
    let service = &plan.services["torn"];
    assert!(service.refusals.is_empty(), "{:?}", service.refusals);
    assert_eq!(service.user().map(|u| u.ids), Some(Ids { uid: 4000, gid: 5000 }));
    let wanted: Vec<String> = service.intents().map(|i| format!("{i:?}")).collect();
    assert!(wanted.iter().any(|i| i.contains("DOCKER_HOST")), "{wanted:?}");
}
