//! That the pipeline finds out when an override does not say what was planned, whatever is wrong with it.

use super::engine::Nobody;
use super::failure::{Failure, code};
use super::{Prepared, Request};
use crate::locate::{ProcessSettings, Stdin, locate};
use indexmap::IndexMap;
use std::cell::Cell;

/// What a test makes of an override after it is written: one that says something else.
type Spoil = fn(String) -> String;

thread_local! {
    static CHANGE: Cell<Spoil> = const { Cell::new(|text| text) };
}

/// The override as it leaves the renderer in this thread.
pub(super) fn miswritten(text: String) -> String {
    CHANGE.get()(text)
}

const PROJECT: &str = "services:
  web: {image: \"nginx:1.27\", environment: {A: a}}
  cache: {image: \"redis:7\", volumes: [\"data:/data\"]}
  own: {image: \"example.org/app:1\", user: \"3000:6000\"}
volumes: {data: }
";

fn prepared(change: Spoil) -> Result<Prepared, Failure> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("compose.yaml"), PROJECT).unwrap();
    let settings = ProcessSettings {
        cwd: directory.path().to_owned(),
        stdin: Stdin::with(""),
        ..ProcessSettings::default()
    };
    let location = locate(&settings).unwrap();
    CHANGE.set(change);
    let result = Request::new(&location, &IndexMap::new(), &Nobody).prepare();
    CHANGE.set(|text| text);
    result
}

#[test]
fn an_override_that_says_what_was_planned_passes() {
    let prepared = prepared(|text| text).unwrap();
    let text = prepared.text.unwrap();
    assert!(
        text.contains("user: \"101:101\"") && text.contains("cap_drop"),
        "{text}"
    );
}

#[test]
fn an_override_that_says_something_else_ends_with_4() {
    let rows: [(&str, Spoil); 10] = [
        ("services.web.user", |t| {
            t.replace("user: \"101:101\"", "user: \"0:0\"")
        }),
        ("services.web.user", |t| {
            t.replace("user: \"101:101\"", "user: \"101:102\"")
        }),
        ("services.web.cap_drop", |t| {
            t.replacen("    cap_drop: [ALL]\n", "", 4)
        }),
        ("security_opt", |t| {
            t.replace("no-new-privileges:true", "no-new-privileges:false")
        }),
        ("services.web.tmpfs", |t| t.replace("uid=101,gid=101", "uid=101")),
        ("services.web.privileged", |t| {
            t.replace("  web:\n", "  web:\n    privileged: true\n")
        }),
        ("nrcompose-init-cache", |t| {
            t.replace("[CHOWN, DAC_OVERRIDE]", "[CHOWN, DAC_OVERRIDE, SYS_ADMIN]")
        }),
        ("services.own", |t| {
            t.replace("  own:\n", "  own:\n    user: root\n")
        }),
        ("services.more", |t| {
            t.replace("services:\n", "services:\n  more: {image: x}\n")
        }),
        ("", |_| String::from("services: {}\n")),
    ];
    for (place, change) in rows {
        let failure = prepared(change).expect_err(place);
        let said = format!("{failure:?}");
        assert_eq!(failure.code, code::INTERNAL, "{place}: {said}");
        let what = "the override does not say what was planned at";
        assert!(said.contains(what) && said.contains(place), "{place}: {said}");
    }
}

#[test]
fn an_override_that_cannot_be_read_ends_with_4() {
    let rows: [Spoil; 3] = [
        |text| text.replace("services:\n", "services:\n- "),
        |text| text.replace("cap_drop", "cap_drop_"),
        |text| text + "\t",
    ];
    for change in rows {
        let failure = prepared(change).unwrap_err();
        assert_eq!(failure.code, code::INTERNAL, "{failure:?}");
        assert!(
            format!("{failure:?}").contains("the override is refused"),
            "{failure:?}"
        );
    }
}
