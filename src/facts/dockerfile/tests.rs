use super::*;
use crate::facts::library::typed;
use crate::facts::profile::Class;

fn build(text: &str) -> Build {
    recipe(text, None, &[]).expect("a stage")
}

fn recipe(text: &str, target: Option<&str>, args: &[(&str, &str)]) -> Option<Build> {
    read(&Recipe {
        name: "Dockerfile".into(),
        text: text.into(),
        target: target.map(str::to_owned),
        args: args
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        ..Recipe::default()
    })
}

fn ids(text: &str) -> Option<(u32, Option<u32>)> {
    build(text).user.and_then(|u| u.ids)
}

#[test]
fn the_last_stage_counts_or_the_target() {
    let text =
        "FROM golang:1 AS build\nUSER 1\nFROM alpine:3.20 AS run\nUSER 2:3\nFROM run\nEXPOSE 80 53/udp\n";
    let last = build(text);
    assert_eq!(last.base.map(|b| b.to_string()).as_deref(), Some("alpine:3.20"));
    assert_eq!(last.user.map(|u| u.text).as_deref(), Some("2:3"));
    assert_eq!(last.ports, [(80, "tcp".into(), 6), (53, "udp".into(), 6)]);
    let target = recipe(text, Some("BUILD"), &[]).expect("a stage");
    assert_eq!(target.user.map(|u| u.text).as_deref(), Some("1"));
    assert!(recipe(text, Some("nobody"), &[]).is_none());
}

#[test]
fn arguments_reach_the_base_and_the_user() {
    let text = "ARG V=3\nFROM node:${V}-alpine\nARG UID=5\nUSER $UID:$UID\n";
    assert_eq!(ids(text), Some((5, Some(5))));
    let given = recipe(text, None, &[("V", "22"), ("UID", "7")]).expect("a stage");
    assert_eq!(
        given.base.map(|b| b.to_string()).as_deref(),
        Some("node:22-alpine")
    );
    assert_eq!(given.user.and_then(|u| u.ids), Some((7, Some(7))));
}

#[test]
fn a_user_is_known_by_what_made_it() {
    let text = "FROM debian\nRUN groupadd -g 10 g && useradd -u 9 -g g app\nUSER app\n";
    assert_eq!(ids(text), Some((9, Some(10))));
    assert_eq!(ids("FROM debian\nRUN useradd app\nUSER app\n"), None);
    assert_eq!(ids("FROM debian\nUSER ${WHO}\n"), None);
}

#[test]
fn a_volume_has_the_owner_that_a_run_gave_it() {
    let build = build("FROM debian\nRUN mkdir /a && chown 9:9 /a /b\nVOLUME [\"/a\", \"/c\"]\n");
    let part = build.part(Path::new("Dockerfile"), &Fragment::new(), &|_| None);
    let profile = typed(&part).expect("a profile");
    let of = |path: &str| {
        let w = profile.writable.iter().find(|w| w.path == path).expect("listed");
        (w.owner.clone().unwrap_or_default(), w.volume, w.optional)
    };
    assert_eq!(of("/a"), ("9:9".into(), true, false));
    assert_eq!(of("/b"), ("9:9".into(), false, true));
    assert_eq!(of("/c"), ("0:0".into(), true, false));
    assert_eq!(profile.evidence["dockerfile:3"].place(), "Dockerfile:3");
}

#[test]
fn a_user_makes_it_nonroot_and_root_unmakes_it() {
    let class = |text: &str, base: Value| {
        let base = base.as_object().cloned().unwrap_or_default();
        let part = build(text).part(Path::new("Dockerfile"), &base, &|_| None);
        typed(&super::super::merge::merge(base, &part))
            .expect("a profile")
            .class
            .value
    };
    assert_eq!(class("FROM a\nUSER 7\n", json!({})), Class::Nonroot);
    let nonroot = json!({"class": {"value": "nonroot", "evidence": "x"}});
    assert_eq!(class("FROM a\nUSER root\n", nonroot), Class::User);
    let root = json!({"class": {"value": "root-start", "evidence": "x"}, "root_start": {"capabilities": [], "evidence": []}});
    assert_eq!(
        class("FROM a\nENTRYPOINT [\"x\"]\n", root.clone()),
        Class::Unknown
    );
    assert_eq!(class("FROM a\nCMD [\"x\"]\n", root), Class::RootStart);
}

#[test]
fn nothing_panics() {
    for text in [
        "",
        "FROM",
        "USER",
        "FROM $",
        "FROM a\nVOLUME [\nRUN <<\nENV\nARG =\nEXPOSE x\nWORKDIR\nCOPY --chown=",
        "\\",
    ] {
        let _ = recipe(text, None, &[]);
    }
}
