//! What a plan claims of a service on a machine made up for the test, where no case of `tests/cases` can say it: groups,
//! ports by protocol, files of the host.

#![allow(clippy::unwrap_used, reason = "a test that cannot plan has failed")]

#[path = "support/machine.rs"]
mod machine;
mod support;

use machine::Machine;
use nrcompose::facts::Catalog;
use nrcompose::facts::config::Config;
use nrcompose::facts::host::{FoundKind, Host};
use nrcompose::facts::settings::{Ids, Settings};
use nrcompose::load::{Options, load};
use nrcompose::locate::locate;
use nrcompose::lower::compose::lower;
use nrcompose::plan::Plan;
use nrcompose::plan::claim::Claim;
use nrcompose::plan::service_facts::FactSources;
use nrcompose::render::{PlanView, explain};

/// The claims of service `app`, and what is told; `profile` is one of a person's for its image.
fn planned(app: &str, profile: &str, host: &dyn Host) -> (Vec<Claim>, String) {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("services: {{app: {app}}}\nvolumes: {{data: }}\n");
    std::fs::write(directory.path().join("compose.yaml"), text).unwrap();
    let location = locate(&support::settings(directory.path(), &["compose.yaml"], &[])).unwrap();
    let project = load(&location, &Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    if !profile.is_empty() {
        std::fs::write(folder.path().join("own.yaml"), profile).unwrap();
    }
    let sources = FactSources {
        catalog: Catalog::open(&[folder.path().to_owned()]).unwrap(),
        ..FactSources::default()
    };
    let settings = Settings {
        default_user: Some(Ids { uid: 1000, gid: 2000 }),
        ..Settings::default()
    };
    let plan = Plan::new(&project, &sources, &Config::default(), settings, host).unwrap();
    let view = PlanView {
        plan: &plan,
        lowered: &lower(&project, &plan),
        sources: &project.sources,
    };
    let told = explain::explain(&view, &[]);
    (plan.services["app"].claims(), told)
}

/// A group is claimed where it is added, and where its author adds it; nowhere else.
#[test]
fn the_group_of_a_socket_is_claimed() {
    let host = Machine::default().with("/srv/docker.sock", 3, 998, 0o660, FoundKind::Special);
    let in_group = Claim::InGroup { gid: 998 };
    let rows = [
        ("volumes: [\"/srv/docker.sock:/var/run/docker.sock\"]", true),
        (
            "volumes: [\"/srv/docker.sock:/var/run/docker.sock\"], group_add: [\"998\"]",
            true,
        ),
        ("volumes: [\"/srv/other.sock:/srv/other.sock\"]", false),
        ("volumes: [\"data:/data\"]", false),
    ];
    for (more, wanted) in rows {
        let (claims, told) = planned(&format!("{{image: \"example.org/app:1\", {more}}}"), "", &host);
        assert_eq!(claims.contains(&in_group), wanted, "{more}: {claims:?}\n{told}");
        let of_other = claims
            .iter()
            .any(|c| matches!(c, Claim::InGroup { gid } if *gid != 998));
        assert!(!of_other, "{more}: {claims:?}");
    }
}

/// A group that may not use a socket is not added, and neither is root's.
#[test]
fn a_socket_of_root_alone_has_no_group() {
    let app = "{image: \"example.org/app:1\", volumes: [\"/srv/docker.sock:/var/run/docker.sock\"]}";
    for (gid, mode) in [(998, 0o600), (998, 0o606), (0, 0o660)] {
        let host = Machine::default().with("/srv/docker.sock", 0, gid, mode, FoundKind::Special);
        let (claims, told) = planned(app, "", &host);
        let is_added = claims.iter().any(|c| matches!(c, Claim::InGroup { .. }));
        assert!(!is_added, "{gid} {mode:o}: {claims:?}");
        let is_open = mode & 0o006 == 0o006;
        assert_eq!(
            told.contains("only root may use /srv/docker.sock"),
            !is_open,
            "{told}"
        );
    }
}

/// What the service's groups may read it may read; of a group that is as good as root it is none.
#[test]
fn a_file_of_an_added_group_is_claimed() {
    let host = Machine::default().with_group(77, "shadow");
    let host = host.with("/srv/a.conf", 0, 77, 0o640, FoundKind::File);
    for (groups, may) in [("[\"77\"]", true), ("[\"78\"]", false)] {
        let app =
            format!("{{image: \"nginx:1.27\", group_add: {groups}, volumes: [\"/srv/a.conf:/a.conf:ro\"]}}");
        let (claims, told) = planned(&app, "", &host);
        let is_claimed = claims.iter().any(|c| matches!(c, Claim::Readable { .. }));
        assert_eq!(is_claimed, may, "{groups}: {told}");
    }
}

/// Of low ports, those that listen for sure: what the author publishes, by TCP.
#[test]
fn a_low_port_is_claimed_to_listen_where_it_is_published_by_tcp() {
    let profile = "images: [example.org/own]\nabout: a test\n\
                   evidence: {t: {kind: documented, says: here}}\n\
                   class: {value: user, evidence: t}\nstart: {value: root, evidence: t}\n\
                   user: {uid: 4000, gid: 5000, others: any, evidence: t}\n\
                   ports: [{port: 53, protocol: udp, evidence: t}, {port: 80, evidence: t}, {port: 81, evidence: t}]\n\
                   no_new_privileges: {value: true, evidence: t}\n";
    let app = "{image: \"example.org/own:1\", ports: [\"53:53/udp\", \"8080:80\", \"9000:1024\"]}";
    let (claims, told) = planned(app, profile, &Machine::default());
    let listening: Vec<_> = claims
        .iter()
        .filter(|c| matches!(c, Claim::Listens { .. }))
        .cloned()
        .collect();
    let only = Claim::Listens {
        port: 80,
        protocol: "tcp".to_owned(),
    };
    assert_eq!(listening, [only], "{told}");
}

/// A file is claimed to be readable where its mode says so; where it does not, the service joins the group that may read
/// it, if one may.
#[test]
fn a_file_of_the_host_is_claimed_by_its_mode() {
    let app = "{image: \"nginx:1.27\", volumes: [\"/srv/a.conf:/a.conf:ro\"]}";
    let readable = Claim::Readable {
        path: "/a.conf".to_owned(),
    };
    for (uid, gid, mode, may, by_group) in [
        (0, 0, 0o644, true, false),
        (101, 0, 0o400, true, false),
        (0, 101, 0o040, true, false),
        (0, 77, 0o640, true, true),
        (0, 77, 0o600, false, false),
        (0, 77, 0o620, false, false),
        (0, 0, 0o640, false, false),
    ] {
        let host = Machine::default().with("/srv/a.conf", uid, gid, mode, FoundKind::File);
        let (claims, told) = planned(app, "", &host);
        let row = format!("{uid}:{gid} {mode:04o}");
        assert_eq!(claims.contains(&readable), may, "{row}: {claims:?}");
        assert_eq!(told.contains("cannot read /srv/a.conf"), !may, "{row}: {told}");
        let joins = claims.contains(&Claim::InGroup { gid: 77 });
        assert_eq!(joins, by_group, "{row}: {told}");
    }
}
