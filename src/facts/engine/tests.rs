use super::*;
use crate::engine::endpoint::From;
use crate::engine::replay::{Answer, Replay};
use crate::facts::host::{Found, FoundKind, Host, UNMAPPED};
use serde_json::Value;
use std::path::Path;

/// The recorded answers of an engine in `tests/engines`: of rootful, rootless and userns-remap as Docker 20.10 gave
/// them, of the others as their documentation and sources have them.
fn recorded(name: &str) -> Survey {
    let file = format!("{}/tests/engines/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let answers: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    asked(&answers).unwrap()
}

fn asked(answers: &Value) -> crate::engine::EngineResult<Survey> {
    let answer = |args: &[&str], stdout: &Value| Answer {
        args: args.iter().map(|a| (*a).to_owned()).collect(),
        code: 0,
        stdout: stdout.clone(),
        stderr: String::new(),
        tar: Vec::new(),
    };
    Survey::ask(&Replay::docker(vec![
        answer(&["info", "--format", "{{json .}}"], &answers["info"]),
        answer(&["version", "--format", "{{json .}}"], &answers["version"]),
        answer(&["compose", "version", "--short"], &answers["compose"]),
    ]))
}

fn at(host: &str) -> Endpoint {
    Endpoint {
        host: host.to_owned(),
        from: From::Variable,
    }
}

fn facts(name: &str) -> EngineFacts {
    EngineFacts::of(&recorded(name), &at("unix:///nowhere/docker.sock"))
}

#[test]
fn each_kind_is_known_by_its_answers() {
    for (name, kind, words) in [
        ("rootful", EngineKind::Rootful, "a rootful engine"),
        ("rootless", EngineKind::Rootless, "a rootless engine"),
        (
            "userns-remap",
            EngineKind::UsernsRemap,
            "an engine with userns-remap",
        ),
        ("desktop", EngineKind::Desktop, "Docker Desktop"),
        ("podman", EngineKind::Rootful, "a rootful engine"),
        ("old", EngineKind::Rootful, "a rootful engine"),
    ] {
        let facts = facts(name);
        assert_eq!(
            (facts.kind, facts.words(), facts.remote),
            (kind, words, false),
            "{name}"
        );
        assert_eq!(facts.podman, name == "podman");
    }
}

#[test]
fn versions_decide_what_can_be_relied_on() {
    let of = |name| {
        let facts = facts(name);
        (
            facts.version,
            facts.binds_low_ports(),
            facts.compose,
            facts.lacks_override(),
        )
    };
    assert_eq!(of("rootful"), (Some((20, 10)), true, Some((2, 40, 3)), false));
    assert_eq!(of("old"), (Some((19, 3)), false, Some((2, 20, 3)), true));
    assert_eq!(of("podman"), (Some((4, 3)), false, Some((2, 40, 3)), false));
    let usual = EngineFacts::default();
    assert!(usual.binds_low_ports() && !usual.lacks_override() && usual.shows_owners());
}

#[test]
fn over_a_network_it_is_another_machine() {
    let far = EngineFacts::of(&recorded("rootless"), &at("ssh://me@far"));
    assert!(far.remote && !far.shows_owners());
    assert_eq!((far.kind, far.first_port), (EngineKind::Rootless, 1024));
}

#[test]
fn ids_are_mapped_where_it_is_known_how() {
    let remapped = facts("userns-remap");
    assert!(remapped.shows_owners());
    let ids = |uid, gid| Ids { uid, gid };
    assert_eq!(remapped.on_machine(ids(1000, 0)), Some(ids(101_000, 100_000)));
    assert!(remapped.root_is().unwrap().contains("uid 100000 of the machine"));
    // There is no such socket, so nobody knows.
    let rootless = facts("rootless");
    assert!(!rootless.shows_owners());
    assert_eq!(rootless.on_machine(ids(1000, 1000)), None);
    assert_eq!(facts("rootful").on_machine(ids(7, 8)), Some(ids(7, 8)));
    assert!(!facts("desktop").shows_owners());
}

#[test]
fn a_caller_is_nobody_where_ids_are_mapped() {
    let settings = |engine| super::super::settings::Settings {
        caller: Some(Ids { uid: 1000, gid: 1000 }),
        engine,
        ..Default::default()
    };
    assert!(settings(EngineFacts::default()).caller_inside().is_some());
    assert!(settings(facts("rootless")).caller_inside().is_none());
}

struct Owned(u32, u32);

impl Host for Owned {
    fn look(&self, _: &Path) -> Option<Found> {
        Some(Found {
            uid: self.0,
            gid: self.1,
            mode: 0o750,
            kind: FoundKind::Directory,
        })
    }
}

#[test]
fn owners_are_told_as_containers_count() {
    let maps = facts("userns-remap").maps.unwrap();
    let look = |uid, gid| {
        let host = Owned(uid, gid);
        let mapped = Mapped {
            host: &host,
            maps: &maps,
        };
        mapped.look(Path::new("/x")).unwrap()
    };
    let own = look(101_000, 100_000);
    assert_eq!(own.owner(), "1000:0");
    assert!(own.is_writable(Ids { uid: 1000, gid: 1000 }, &[]));
    let foreign = look(1000, 1000);
    assert_eq!(
        (foreign.uid, foreign.owner()),
        (UNMAPPED, "nobody that containers have".to_owned())
    );
    for uid in [0, 1000, 65534] {
        assert!(!foreign.is_writable(Ids { uid, gid: uid }, &[]), "{uid}");
    }
}

/// What is no answer is an error with its kind; what is not said is not known.
#[test]
fn garbage_is_no_engine() {
    use crate::engine::ErrorKind;
    let of = |info: &str| {
        let mut answers = serde_json::json!({"version": "nonsense", "compose": "what?"});
        answers["info"] = Value::String(info.to_owned());
        asked(&answers)
    };
    for info in [
        "",
        "hello",
        "[]",
        "{}",
        "{\"ServerVersion\":7}",
        "{\"ServerVersion\":\"\"}",
        "null",
    ] {
        assert_eq!(of(info).unwrap_err().kind, ErrorKind::Answer, "{info}");
    }
    let error = of(r#"{"ServerVersion":"","ServerErrors":["Cannot connect to the Docker daemon at x."]}"#);
    assert_eq!(error.unwrap_err().kind, ErrorKind::Unreachable);
    let bare = of(r#"{"ServerVersion":"dev"}"#).unwrap();
    assert_eq!((bare.client.as_str(), bare.podman), ("", false));
    assert!(bare.compose.is_err());
    let facts = EngineFacts::of(&bare, &at("unix:///nowhere"));
    assert_eq!((facts.version, facts.compose), (None, None));
    assert!(facts.binds_low_ports() && !facts.lacks_override());
}
