use super::*;

fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let mut problems = Vec::new();
    let files = files.iter().map(|(n, t)| (PathBuf::from(n), (*t).to_owned()));
    let library = Library::read(files, &mut problems);
    library.check(&|_| None, &mut problems);
    problems.iter().map(ToString::to_string).collect()
}

const GOOD: &str = "images: [redis]\nabout: Redis\nevidence:\n  d: {kind: dockerfile, says: Dockerfile}\n\
    class: {value: user, evidence: d}\nuser: {uid: 999, gid: 1000, others: any, evidence: d}\n";

fn with(more: &str) -> Vec<String> {
    problems(&[("a.yaml", &format!("{GOOD}{more}"))])
}

#[test]
fn a_good_profile_passes() {
    assert_eq!(with(""), [""; 0]);
}

#[test]
fn what_the_types_catch_has_the_line() {
    assert!(with("colour: red\n")[0].starts_with("a.yaml:7: unknown field `colour`"));
    assert!(with("ports: 80\n")[0].starts_with("a.yaml:7: ports: invalid type"));
    assert!(
        with("conditions:\n  - when: {tag: x}\n    set:\n      colour: 1\n")[0].starts_with("a.yaml:10:")
    );
}

#[test]
fn evidence_must_exist() {
    let said =
        with("writable:\n  - {path: /a, kind: data, evidence: d}\n  - {path: /b, kind: data, evidence: e}\n");
    assert_eq!(said, ["a.yaml:9: there is no evidence named `e`"]);
    let said = with("writable:\n  - {path: /a, kind: data, evidence: []}\n");
    assert_eq!(said, ["a.yaml:8: every value needs evidence"]);
}

#[test]
fn no_memory_over_data() {
    let said = with("writable:\n  - {path: /a, kind: data, tmpfs: true, evidence: d}\n");
    assert_eq!(said, ["a.yaml:8: a tmpfs over data would lose it"]);
    let said = with(
        "writable:\n  - {path: /a, kind: cache, evidence: d}\n  - {path: /a/b, kind: data, evidence: d}\n",
    );
    assert_eq!(said, ["a.yaml:8: a tmpfs here would cover the data in /a/b"]);
    let said = with(
        "conditions:\n  - when: {tag: x}\n    set:\n      writable:\n        - {path: /v, kind: data, tmpfs: true, evidence: d}\n",
    );
    assert_eq!(said, ["a.yaml:11: a tmpfs over data would lose it"]);
}

#[test]
fn one_image_one_profile() {
    let other = GOOD.replace("[redis]", "[docker.io/library/redis]");
    assert_eq!(
        problems(&[("a.yaml", GOOD), ("b.yaml", &other)]),
        ["b.yaml:1: `docker.io/library/redis` already has a profile: a"]
    );
    let tagged = GOOD.replace("[redis]", "[\"redis:7\"]");
    assert_eq!(
        problems(&[("a.yaml", &tagged)]),
        ["a.yaml:1: `redis:7` is no image name (without tag, lowercase)"]
    );
}

#[test]
fn extends_must_end_somewhere() {
    let a = "extends: b\nabout: a\n";
    let b = "extends: a\nabout: b\n";
    assert_eq!(
        problems(&[("a.yaml", a), ("b.yaml", b)]),
        [
            "b.yaml:1: `a` extends this profile in turn",
            "a.yaml:1: `b` extends this profile in turn"
        ]
    );
    assert_eq!(
        problems(&[("a.yaml", "about: a\nextends: nobody\n")]),
        ["a.yaml:2: there is no profile `nobody` to extend"]
    );
}

#[test]
fn a_child_does_not_change_what_its_base_rests_on() {
    let child = "extends: a\nabout: b\nevidence:\n  d: {kind: documented, says: elsewhere}\n";
    assert_eq!(
        problems(&[("a.yaml", GOOD), ("b.yaml", child)]),
        ["b.yaml:4: the base has other evidence named `d`: choose another name"]
    );
}

#[test]
fn the_longest_pattern_wins() {
    let mut problems = Vec::new();
    let file = |n: &str, image: &str| {
        (
            PathBuf::from(n),
            GOOD.replace("[redis]", &format!("[\"{image}\"]")),
        )
    };
    let files = [
        file("a.yaml", "x/*"),
        file("b.yaml", "x/y-*"),
        file("c.yaml", "x/y-z"),
    ];
    let library = Library::read(files, &mut problems);
    assert_eq!(library.name_for("x/q"), Some("a"));
    assert_eq!(library.name_for("x/y-q"), Some("b"));
    assert_eq!(library.name_for("x/y-z"), Some("c"));
    assert_eq!(library.name_for("z"), None);
}
