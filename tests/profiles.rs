//! The list of profiles stays honest: what README.md shows is valid, every image finds its profile, and the
//! command says what it should.

#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use nrcompose::facts::library::Library;
use nrcompose::facts::{Catalog, ImageRef, Provenance, builtin};
use std::path::PathBuf;

fn nrcompose(args: &[&str]) -> std::process::Output {
    let home = std::env::temp_dir().join("nrcompose-no-home");
    Command::cargo_bin("nrcompose")
        .unwrap()
        .env_clear()
        .env("HOME", home)
        .args(args)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_example_of_the_readme_is_a_valid_profile() {
    let readme = include_str!("../profiles/README.md");
    let block = readme.split("```yaml").nth(1).unwrap();
    let example = block.split("```").next().unwrap();
    let example: String = example
        .lines()
        .map(|l| l.trim_start_matches("   ").to_owned() + "\n")
        .collect();
    let mut problems = Vec::new();
    let library = Library::read([(PathBuf::from("example.yaml"), example)], &mut problems);
    library.check(&|_| None, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn every_image_finds_its_own_profile() {
    let catalog = Catalog::default();
    for (image, name) in builtin::images() {
        let image = image.replace('*', "x");
        let reference = ImageRef::parse(&image).unwrap();
        assert_eq!(reference.name, image, "the index holds canonical names");
        let facts = catalog.for_image(Some(&reference), None).unwrap();
        assert_eq!((facts.name.as_str(), facts.origin), (name, Provenance::BuiltIn));
    }
    assert!(builtin::names().count() >= 200);
}

#[test]
fn every_family_but_the_marked_is_informed() {
    // A profile that proves nothing is only worth its place when it warns of something.
    let catalog = Catalog::default();
    let mut mute: Vec<&str> = Vec::new();
    for name in builtin::names().filter(|n| *n != "generic") {
        let facts = catalog.for_image(None, Some(name)).unwrap();
        let says_something = !facts.profile.writable.is_empty() || !facts.profile.blockers.is_empty();
        if !facts.informed() && !says_something {
            mute.push(name);
        }
    }
    assert!(mute.is_empty(), "{mute:?}");
}

#[test]
fn show_gives_each_value_with_its_source() {
    let out = nrcompose(&["profiles", "show", "docker.io/library/redis:7-alpine"]);
    let said = text(&out.stdout);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert!(said.starts_with("redis (built in)\n"), "{said}");
    assert!(said.contains("user  999:1000, other ids: any"), "{said}");
    assert!(
        said.contains("documented: docker-library/docs: redis/content.md"),
        "{said}"
    );
    assert!(said.contains("For a service that says nothing else:"), "{said}");
    let out = nrcompose(&["profiles", "show", "nobody/knows", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(
        (&json["profile"], &json["informed"]),
        (&"generic".into(), &false.into())
    );
}

#[test]
fn list_has_one_line_a_profile() {
    let out = nrcompose(&["profiles"]);
    let said = text(&out.stdout);
    assert_eq!(said.lines().count(), builtin::names().count() + 1);
    assert!(said.contains("\npostgres "), "{said}");
}

#[test]
fn check_names_the_line_and_fails() {
    let folder = std::env::temp_dir().join(format!("nrcompose-check-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("mine.yaml");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "about: mine\ncolour: red\n").unwrap();
    let out = nrcompose(&["profiles", "check", path]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stdout).starts_with(&format!("{path}:2: unknown field `colour`")));
    std::fs::write(&file, "about: mine\nextends: postgres\n").unwrap();
    let out = nrcompose(&["profiles", "check", path]);
    assert_eq!(
        (out.status.code(), text(&out.stdout).as_str()),
        (Some(0), "1 profile checked, nothing is wrong\n")
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Without an engine a test is not run, and the output says so; that it is a service that can be planned is checked.
#[test]
fn a_test_is_checked_without_an_engine_and_said_not_to_be_run() {
    let folder = std::env::temp_dir().join(format!("nrcompose-check-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("mine.yaml");
    let check = |test: &str, more: &[&str]| {
        std::fs::write(&file, format!("about: mine\nextends: redis\ntest:\n{test}")).unwrap();
        let out = nrcompose(&[&["profiles", "check", file.to_str().unwrap()], more].concat());
        (out.status.code(), text(&out.stdout))
    };
    let (code, said) = check("  probe: [redis-cli, ping]\n", &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("mine: its test was not run: "), "{said}");
    assert!(
        said.contains("docker` on PATH\nhelp: install the docker command line"),
        "{said}"
    );
    let (_, said) = check("  probe: [redis-cli, ping]\n", &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&json["problems"], &json["tests"][0]["rounds"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );
    assert!(json["tests"][0]["not_run"].is_string(), "{said}");
    for (test, wrong) in [
        ("  service: {colour: red}\n  probe: [x]\n", "colour"),
        (
            "  service: {image: redis}\n  probe: [x]\n",
            "`image` is set by who runs the test",
        ),
        ("  probe: []\n", "a test needs a `probe`"),
        ("  probe: [x]\n  read: [x]\n", "`write` and `read` go together"),
        ("  probe: [x]\n  in: db\n", "there is none called `db`"),
        (
            "  probe: [x]\n  neighbours: {db: {}}\n",
            "a neighbour needs an `image`",
        ),
        ("  probe: [x]\n  files: {a: b}\n", "a path is absolute"),
        ("  probe: [x]\n  wait: 601\n", "between 1 and 600"),
    ] {
        let (code, said) = check(test, &[]);
        assert_eq!(code, Some(1), "{test}: {said}");
        assert!(
            said.contains("mine.yaml:") && said.contains(wrong),
            "{test}: {said}"
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_test_of_the_readme_is_one() {
    let readme = include_str!("../profiles/README.md");
    let block = readme
        .split("```yaml")
        .nth(2)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let profile: nrcompose::facts::profile::Profile = serde_yaml::from_str(block).unwrap();
    let test = profile.test.unwrap();
    assert!(!test.probe.is_empty() && !test.neighbours.is_empty());
}

#[test]
fn a_broken_profile_of_the_person_is_told_with_its_line() {
    let folder = std::env::temp_dir().join(format!("nrcompose-own-{}", std::process::id()));
    let profiles = folder.join(".nrcompose/profiles");
    std::fs::create_dir_all(&profiles).unwrap();
    std::fs::write(profiles.join("bad.yaml"), "about: bad\nports: 80\n").unwrap();
    let out = Command::cargo_bin("nrcompose")
        .unwrap()
        .env_clear()
        .current_dir(&folder)
        .args(["profiles", "show", "redis"])
        .output()
        .unwrap();
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains("bad.yaml:2") && said.contains("help:"), "{said}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// With that capability a container opens every file of the host.
#[test]
fn no_profile_names_the_capability_that_opens_the_host() {
    let catalog = Catalog::default();
    for name in builtin::names() {
        let whole = serde_json::Value::Object(catalog.resolve(name).unwrap());
        assert!(!whole.to_string().contains("DAC_READ_SEARCH"), "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.yaml");
    let set = "{capabilities: [DAC_READ_SEARCH], evidence: docs}";
    for part in [
        format!("root_start: {set}"),
        format!("capabilities: {set}"),
        "file_capabilities: [{path: /x, capabilities: [DAC_READ_SEARCH], evidence: docs}]".to_owned(),
        format!("conditions: [{{when: {{tag: '1'}}, set: {{root_start: {set}}}}}]"),
        "test: {probe: [x], service: {cap_add: [cap_dac_read_search]}}".to_owned(),
        "test: {probe: [x], service: {cap_add: [ALL]}}".to_owned(),
        "test: {probe: [x], neighbours: {db: {image: db, cap_add: [DAC_READ_SEARCH]}}}".to_owned(),
    ] {
        std::fs::write(&file, format!("about: mine\nextends: redis\n{part}\n")).unwrap();
        let out = nrcompose(&["profiles", "check", "--no-test", file.to_str().unwrap()]);
        let said = text(&out.stdout);
        assert!(
            out.status.code() == Some(1) && said.contains("opens every file of the host"),
            "{part}: {said}"
        );
    }
}

#[test]
fn every_profile_is_formatted() {
    let run = nrcompose(&["profiles", "fmt", "--check", "profiles"]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stdout));
}

/// Who reads a remark can only act on it; what makes a start fail is a condition, or a control looks at it.
#[test]
fn no_remark_says_that_something_fails() {
    fn remarks<'p>(part: &'p serde_json::Value, all: &mut Vec<&'p str>) {
        let notes = part["gotchas"].as_array().into_iter().flatten();
        all.extend(notes.filter_map(|note| note["note"].as_str()));
        let conditions = part["conditions"].as_array().into_iter().flatten();
        conditions.for_each(|condition| remarks(&condition["set"], all));
    }
    let says_so = |note: &str| {
        let mut words = note.split(|c: char| !c.is_alphanumeric());
        words.any(|word| ["must", "dies", "fails", "exits"].contains(&word))
            || ["need root", "needs root", "cannot start"]
                .iter()
                .any(|phrase| note.contains(phrase))
    };
    let mut found = Vec::new();
    for name in builtin::names() {
        let part = serde_json::Value::Object(builtin::part(name).unwrap());
        let mut all = Vec::new();
        remarks(&part, &mut all);
        found.extend(
            all.into_iter()
                .filter(|note| says_so(note))
                .map(|note| format!("{name}: {note}")),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
}
