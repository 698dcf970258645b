//! What a person is advised about files of the host, on a machine made up for the test: nothing that opens a key, that
//! gives to a group with members here, or that changes what is not the project's.

#![allow(clippy::unwrap_used, reason = "a test that cannot plan has failed")]

mod support;

use nrcompose::facts::config::Config;
use nrcompose::facts::host::{Found, FoundKind, Host};
use nrcompose::facts::settings::{Ids, Settings};
use nrcompose::load::{Options, load};
use nrcompose::locate::locate;
use nrcompose::plan::Plan;
use nrcompose::plan::decision::Outcome;
use nrcompose::plan::service_facts::FactSources;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use support::settings;

#[derive(Default)]
struct Machine {
    files: BTreeMap<PathBuf, (u32, FoundKind)>,
    groups: Vec<u32>,
    key: Option<PathBuf>,
}

impl Host for Machine {
    fn look(&self, path: &Path) -> Option<Found> {
        let mut clean = PathBuf::new();
        for part in path.components() {
            match part {
                Component::ParentDir => _ = clean.pop(),
                part => clean.push(part),
            }
        }
        let (mode, kind) = *self.files.get(&clean)?;
        Some(Found {
            uid: 0,
            gid: 0,
            mode,
            kind,
        })
    }

    fn entries(&self, path: &Path) -> Vec<PathBuf> {
        let below = self.files.keys().filter(|p| p.parent() == Some(path));
        below.cloned().collect()
    }

    fn group(&self, gid: u32) -> Option<String> {
        self.groups.contains(&gid).then(|| "people".to_owned())
    }

    fn is_home(&self, path: &Path) -> bool {
        path == Path::new("/data/ann")
    }

    fn holds_a_key(&self, path: &Path) -> bool {
        self.key.as_deref() == Some(path)
    }
}

/// All that is advised about a service with one mount, the project's directory as `@`. Files that exist: path (`@/…` in
/// the project), mode; a directory ends with `/`.
fn advice(mount: &str, files: &[(&str, u32)], groups: &[u32], key: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path().canonicalize().unwrap();
    let place = |path: &str| PathBuf::from(path.replace('@', here.to_str().unwrap()));
    let text =
        format!("services: {{web: {{image: \"nginx:1.27\", user: \"101:202\", volumes: [\"{mount}\"]}}}}\n");
    std::fs::write(here.join("compose.yaml"), text).unwrap();
    let location = locate(&settings(&here, &["compose.yaml"], &[])).unwrap();
    let project = load(&location, &Options::default()).unwrap();
    let mut host = Machine {
        groups: groups.to_vec(),
        key: Some(place(key)),
        ..Machine::default()
    };
    for (path, mode) in files {
        let kind = match path.ends_with('/') {
            true => FoundKind::Directory,
            false => FoundKind::File,
        };
        host.files
            .insert(place(path.trim_end_matches('/')), (*mode, kind));
    }
    let settings = Settings {
        default_user: Some(Ids { uid: 1000, gid: 1000 }),
        ..Settings::default()
    };
    let plan = Plan::new(
        &project,
        &FactSources::default(),
        &Config::default(),
        settings,
        &host,
    )
    .unwrap();
    let decisions = plan.services["web"].decisions.iter();
    let told = decisions.filter_map(|d| match &d.outcome {
        Outcome::Finding { help, .. } => Some(help.replace(here.to_str().unwrap(), "@")),
        _ => None,
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_file_that_must_stay_its_owners_alone_is_given_whole_or_copied() {
    for name in [
        "acme.json",
        "replica.key",
        "keyfile",
        "mongo-keyfile",
        ".erlang.cookie",
        "cookie",
        "ssh_host_ed25519_key",
        "id_rsa",
        "privkey.pem",
        "tls.key",
        "site.pem",
        "keystore.p12",
        ".pgpass",
        "db_password",
        "token",
    ] {
        let file = format!("@/{name}");
        let said = advice(&format!("./{name}:/x:ro"), &[(&file, 0o600)], &[], "");
        assert_eq!(
            said,
            format!("`sudo chown 101:202 {file}`, since it must stay its owner's alone"),
            "{name}"
        );
        let outside = format!("/data/{name}");
        let said = advice(&format!("{outside}:/x"), &[(&outside, 0o400)], &[], "");
        let copy = format!("mount a copy: `sudo install -m 0400 -o 101 -g 202 {outside} {file}`");
        assert!(said.starts_with(&copy), "{said}");
    }
    // by what is in it, and where it was more open or shut to its owner
    for (mode, after) in [
        (0o600, "`"),
        (0o640, " && sudo chmod u+r,go= @/x.conf`"),
        (0o200, " && sudo chmod 0400 @/x.conf`"),
    ] {
        let said = advice("./x.conf:/x:ro", &[("@/x.conf", mode)], &[], "@/x.conf");
        assert!(
            said.starts_with(&format!("`sudo chown 101:202 @/x.conf{after}")),
            "{said}"
        );
    }
    // one that lies in a mounted directory, alone and among others
    let tls = [("@/tls/", 0o755), ("@/tls/a.pem", 0o600)];
    let said = advice("./tls:/tls:ro", &tls, &[], "");
    assert!(said.contains("`sudo chown 101:202 @/tls/a.pem`"), "{said}");
    let said = advice(
        "./tls:/tls:ro",
        &[&tls[..], &[("@/tls/b.conf", 0o600)]].concat(),
        &[],
        "",
    );
    assert!(said.contains("`sudo chown -R 101:202 @/tls`"), "{said}");
    let both = [
        ("/data/tls/", 0o755),
        ("/data/tls/a.pem", 0o600),
        ("/data/tls/b", 0o600),
    ];
    let said = advice("/data/tls:/tls:ro", &both, &[], "");
    assert!(
        said.contains("`sudo install -m 0400 -o 101 -g 202 /data/tls/a.pem @/a.pem`"),
        "{said}"
    );
    // what is there is not written over
    let said = advice(
        "/data/a.key:/x",
        &[("/data/a.key", 0o600), ("@/a.key", 0o644)],
        &[],
        "",
    );
    assert!(said.contains("/data/a.key @/a.key.copy`"), "{said}");
    // one of the system
    let le = [("/etc/letsencrypt/", 0o755), ("/etc/letsencrypt/live/", 0o700)];
    let said = advice("/etc/letsencrypt:/etc/letsencrypt:ro", &le, &[], "");
    assert!(
        said.contains("copy") && !said.contains("chgrp") && !said.contains(" -R 101:202 /etc"),
        "{said}"
    );
}

#[test]
fn a_group_of_this_machine_is_never_given_anything() {
    let file = [("@/a.conf", 0o600)];
    assert_eq!(
        advice("./a.conf:/x:ro", &file, &[], ""),
        "`sudo chgrp 202 @/a.conf && sudo chmod g+r @/a.conf`"
    );
    assert_eq!(
        advice("./a.conf:/x:ro", &file, &[202], ""),
        "`sudo chown 101 @/a.conf && sudo chmod u+r @/a.conf` (group 202 is people on this machine)"
    );
    let several = [
        ("@/d/", 0o755),
        ("@/d/a", 0o600),
        ("@/d/b", 0o600),
        ("/data/d/", 0o755),
        ("/data/d/a", 0o600),
    ];
    let said = advice("./d:/d:ro", &several, &[], "");
    assert!(
        said.contains("`sudo chgrp -R 202 @/d && sudo chmod -R g+rX @/d`"),
        "{said}"
    );
    let said = advice("./d:/d:ro", &several, &[202], "");
    assert!(
        said.contains("`sudo chown -R 101 @/d && sudo chmod -R u+rX @/d`"),
        "{said}"
    );
    let said = advice("/data/d:/d:ro", &several, &[202], "");
    assert!(
        said.contains("mount a copy: `sudo install") && !said.contains("chgrp"),
        "{said}"
    );
}

#[test]
fn what_is_not_the_projects_stays_as_it_is_unless_it_is_what_is_mounted() {
    for path in [
        "/",
        "/home",
        "/home/",
        "/srv",
        "/mnt",
        "/media",
        "/opt",
        "/root",
        "/tmp",
        "/etc",
        "/var",
        "/var/lib",
        "/usr",
        "/home/ann",
        "/data/ann",
        "/srv/../home",
        "/data/./ann/",
        "..",
    ] {
        let real = match path {
            ".." => PathBuf::from("@/.."),
            path => PathBuf::from(path),
        };
        let clean = match path {
            "/home/" | "/srv/../home" => "/home".to_owned(),
            "/data/./ann/" => "/data/ann".to_owned(),
            ".." => std::env::temp_dir().canonicalize().unwrap().display().to_string(),
            _ => real.display().to_string(),
        };
        let below = format!("{}/x", clean.trim_end_matches('/'));
        let files = [
            (format!("{}/", clean.trim_end_matches('/')), 0o755),
            (below, 0o600),
        ];
        let files: Vec<(&str, u32)> = files.iter().map(|(p, m)| (p.as_str(), *m)).collect();
        for mode in ["", ":ro"] {
            let said = advice(&format!("{path}:/x{mode}"), &files, &[], "");
            let changes = ["chown", "chgrp", "chmod", "ownership give"];
            assert!(
                !changes.iter().any(|command| said.contains(command)),
                "{path}{mode}: {said}"
            );
            assert!(
                path == "/" || !mode.is_empty() || !said.is_empty(),
                "{path}: nothing is said"
            );
        }
    }
    let all = [("/home/", 0o755), ("/home/x", 0o600), ("/home/y", 0o600)];
    for files in [&all[..2], &all[..]] {
        let said = advice("/home:/x:ro", files, &[], "");
        assert!(
            said.contains("mount only the directory that it reads, if 101:202 may"),
            "{said}"
        );
    }
    for (mount, path) in [
        ("./d", "@/d"),
        ("/data/films", "/data/films"),
        ("/mnt/disk", "/mnt/disk"),
    ] {
        let directory = format!("{path}/");
        let said = advice(&format!("{mount}:/x"), &[(&directory, 0o755)], &[202, 1000], "");
        assert!(
            said.contains(&format!("`nrcompose ownership give {path}`")),
            "{said}"
        );
    }
}
