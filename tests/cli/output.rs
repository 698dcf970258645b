//! Formats, and a reader that goes away or a disk that is full.

use crate::scene::{Scene, output};
use std::fs::File;
use std::process::Stdio;

const STACK: &str = "\
services:
  web: {image: \"nginx:1.27\", ports: [\"80:80\"]}
  db:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: \"${PASSWORD:-x}\"}
    volumes: [\"data:/var/lib/postgresql/data\"]
  bad: {image: \"nginx:1.27\", privileged: true}
volumes: {data: }
";

const PLANNERS: [&str; 3] = ["harden", "diff", "explain"];

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let scene = Scene::compose(STACK);
    for words in [
        &["harden"][..],
        &["diff"],
        &["explain"],
        &["model"],
        &["--help"],
        &["profiles", "list"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let out = output(scene.command(words).stdout(writer).stderr(Stdio::piped()));
        assert_eq!(out.code, Some(0), "{words:?}: {out:?}");
        assert!(
            !out.stderr.contains("panicked") && !out.stderr.contains("error"),
            "{out:?}"
        );
    }
}

/// Half a file with exit code 0 would be taken for a whole one.
#[test]
fn a_full_disk_is_an_error() {
    let scene = Scene::compose(STACK);
    for words in [&["harden"][..], &["diff"], &["explain"], &["model"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let out = output(scene.command(words).stdout(full).stderr(Stdio::piped()));
        assert_eq!(out.code, Some(2), "{words:?}: {out:?}");
        assert!(
            out.stderr.contains("error: writing to standard output: "),
            "{out:?}"
        );
    }
}

#[test]
fn json_is_one_document_of_a_shape_that_is_written_down() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../schemas/plan.json")).unwrap();
    let scene = Scene::compose(STACK);
    for verb in PLANNERS {
        let out = scene.run(&[verb, "--format", "json"]);
        assert_eq!(out.code, Some(0), "{out:?}");
        let plan: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
        let mut wrong = Vec::new();
        conforms(&plan, &schema, &schema, "plan", &mut wrong);
        assert!(wrong.is_empty(), "{verb}: {wrong:#?}");
        assert_eq!(plan["services"]["web"]["verdict"], "nonroot");
        assert_eq!(plan["services"]["bad"]["verdict"], "refused");
    }
    let out = scene.run(&["explain", "--format", "json", "web"]);
    let plan: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!(plan["services"].as_object().unwrap().len(), 1);
}

/// What a program needs to mark a line: SARIF and annotations ask for no more.
#[test]
fn every_decision_has_a_level_and_a_place() {
    let scene = Scene::compose(
        "services:
  web:
    image: redis:7
    pid: host
  root:
    image: redis:7
    user: root
  given:
    image: redis:7
",
    )
    .file("more.yaml", "services: {given: {privileged: true}}\n");
    let out = scene.run(&[
        "-f",
        "compose.yaml",
        "-f",
        "more.yaml",
        "diff",
        "--format",
        "json",
    ]);
    let plan: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
    let mut found = Vec::new();
    for (name, service) in plan["services"].as_object().unwrap() {
        for d in service["decisions"].as_array().unwrap() {
            let place = d["place"].as_object().unwrap_or_else(|| panic!("{name}: {d:#}"));
            let file = place["file"].as_str().unwrap().rsplit('/').next().unwrap();
            let word = |key: &str| d[key].as_str().unwrap().to_owned();
            found.push(format!(
                "{name} {} {} {} {file}:{}:{}",
                word("control"),
                word("outcome"),
                word("level"),
                place["line"],
                place["column"]
            ));
        }
    }
    for wanted in [
        // What the author wrote, where they wrote it.
        "web namespaces finding warning compose.yaml:4:10",
        "root user finding warning compose.yaml:7:11",
        "given privileges refuse error more.yaml:1:32",
        // Nobody wrote anything of it: the service.
        "web user change note compose.yaml:2:3",
    ] {
        assert!(found.iter().any(|f| f == wanted), "no {wanted} in {found:#?}");
    }
}

/// As much of JSON Schema as `schemas/plan.json` uses; a keyword that is not known here fails, so that none is
/// written that nobody checks.
fn conforms(
    value: &serde_json::Value,
    schema: &serde_json::Value,
    root: &serde_json::Value,
    at: &str,
    wrong: &mut Vec<String>,
) {
    use serde_json::Value;
    let rules = schema.as_object().unwrap();
    for (keyword, rule) in rules {
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                conforms(value, root.pointer(pointer).unwrap(), root, at, wrong);
            }
            "type" => {
                let kind = match value {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::Number(_) => "integer",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) => "object",
                };
                let allowed = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                if !allowed.iter().any(|a| a == kind) {
                    wrong.push(format!("{at} is {kind}, not {rule}"));
                }
            }
            "enum" => {
                if !rule.as_array().unwrap().contains(value) {
                    wrong.push(format!("{at} is {value}, not one of {rule}"));
                }
            }
            "const" => {
                if rule != value {
                    wrong.push(format!("{at} is {value}, not {rule}"));
                }
            }
            "required" => {
                for key in rule.as_array().unwrap() {
                    if value.get(key.as_str().unwrap()).is_none() {
                        wrong.push(format!("{at} lacks {key}"));
                    }
                }
            }
            "properties" => {
                for (key, rule) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(key) {
                        conforms(value, rule, root, &format!("{at}.{key}"), wrong);
                    }
                }
            }
            "additionalProperties" => {
                let known = rules.get("properties").and_then(Value::as_object);
                for (key, value) in value.as_object().into_iter().flatten() {
                    match rule {
                        _ if known.is_some_and(|k| k.contains_key(key)) => {}
                        Value::Bool(false) => wrong.push(format!("{at} has an unknown {key}")),
                        rule => conforms(value, rule, root, &format!("{at}.{key}"), wrong),
                    }
                }
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    conforms(value, rule, root, &format!("{at}.{index}"), wrong);
                }
            }
            other => panic!("schemas/plan.json uses {other}, which is not checked here"),
        }
    }
}

#[test]
fn bytes_are_the_same_every_time() {
    let scene = Scene::compose(STACK);
    for words in [
        &["harden"][..],
        &["harden", "--full"],
        &["diff"],
        &["explain"],
        &["diff", "--format", "json"],
    ] {
        let first = scene.run(words).stdout;
        assert!(!first.is_empty());
        for _ in 0..3 {
            assert_eq!(scene.run(words).stdout, first, "{words:?}");
        }
    }
}

#[test]
fn colour_only_when_asked() {
    let scene = Scene::compose("services: [\n");
    let out = scene.run(&["diff"]);
    assert!(!out.stderr.contains('\u{1b}'), "{out:?}");
    let out = scene.run(&["--nr-color", "always", "diff"]);
    assert!(out.stderr.contains('\u{1b}'), "{out:?}");
}

/// Standard output is the override; what keeps the service from starting stands beside it, with the cure: a file, one
/// in a directory that it only reads, and a directory that is closed.
#[test]
fn what_a_service_cannot_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    for (mount, closed, letters, modes) in [
        ("./my page:/page:ro", "my page", ["g+r", "u+r"], [0o600, 0o644]),
        (
            "./pages:/pages:ro",
            "pages/deep/my page",
            ["g+r", "u+r"],
            [0o600, 0o604],
        ),
        (
            "./pages:/pages:ro",
            "pages/deep",
            ["g+rx", "u+rx"],
            [0o700, 0o755],
        ),
    ] {
        let stack = format!("services: {{web: {{image: \"nginx:1.27\", volumes: [\"{mount}\"]}}}}\n");
        let scene = Scene::compose(&stack)
            .file("my page", "")
            .file("pages/deep/my page", "");
        let path = scene.path(closed);
        let to = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        to(modes[0]);
        let out = scene.run(&["--nr-guess", "harden"]);
        let name = path.display().to_string();
        let word = if name.contains(' ') {
            format!("'{name}'")
        } else {
            name
        };
        let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
        let cure = match groups.lines().any(|l| l.split(':').nth(2) == Some("101")) {
            false => format!("`sudo chgrp 101 {word} && sudo chmod {} {word}`", letters[0]),
            true => format!("`sudo chown 101 {word} && sudo chmod {} {word}`", letters[1]),
        };
        assert!(
            out.stderr.contains("101:101 cannot read") && out.stderr.contains(&cure),
            "{out:?}"
        );
        // A file that is mounted for it is one that it needs; of a directory nobody knows.
        let is_needed = mount.starts_with("./my page");
        let (falls, is_cure) = (
            out.stderr.contains("service web starts as root"),
            out.stderr.contains("help: if the service reads that: "),
        );
        assert_eq!((falls, is_cure), (is_needed, !is_needed), "{out:?}");
        to(modes[1]);
        assert_eq!(scene.run(&["--nr-guess", "harden"]).stderr, "");
    }
}

/// A volume that only its container knows can be given to its user by who looks at the container before it starts, and not by
/// a file: the plan of `up` is the better one.
#[test]
fn a_volume_without_a_name_is_given_by_up_alone() {
    let scene = Scene::compose("services:\n  app: {image: lscr.io/linuxserver/radarr}\n");
    let out = scene.run(&["harden", "--guess"]);
    assert!(
        out.stderr
            .contains("service app starts as root with what it needs for that"),
        "{out:?}"
    );
    let json = scene.run(&["explain", "--format", "json"]).stdout;
    let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
    let app = &plan["services"]["app"];
    assert_eq!(app["verdict"], "nonroot", "{app:#}");
    let owned = app["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|d| d["ownership"].get(0));
    assert_eq!(
        owned.map(|o| (&o["volume"], &o["target"])),
        Some((&serde_json::Value::Null, &"/config".into())),
        "{app:#}"
    );
}

/// Whatever a refusal leaves: it is told once, stands in the document, and policy strict counts it.
#[test]
fn a_refusal_is_told_once_and_counted() {
    let cases = [
        (
            "image: rabbitmq:3.13, x-nrcompose: {read_only: true}",
            "service app: read_only is refused: it keeps data in /var/lib/rabbitmq",
            ("nonroot", "the_rest"),
        ),
        (
            "image: mariadb:11, command: sh -c \"apt-get update; apk add x\"",
            "service app stays as its author wrote it, with no-new-privileges added: its command calls apt-get",
            ("refused", "as_written"),
        ),
        (
            "image: example.org/app, cap_add: [SYS_ADMIN]",
            "service app stays as its author wrote it: its author gives it SYS_ADMIN",
            ("refused", "root_start"),
        ),
        (
            "image: caddy:2, network_mode: host",
            "service app stays as its author wrote it, with no-new-privileges added: port 80",
            ("refused", "root_start"),
        ),
    ];
    for (service, wanted, (verdict, instead)) in cases {
        let scene = Scene::compose(&format!("services:\n  app: {{{service}}}\n"));
        let out = scene.run(&["harden"]);
        assert_eq!(out.code, Some(0), "{out:?}");
        let told: Vec<&str> = out
            .stderr
            .lines()
            .filter(|l| l.starts_with("warning: "))
            .collect();
        assert!(
            matches!(told.as_slice(), [one] if one.contains(wanted)),
            "{wanted}: {told:#?}"
        );
        assert!(out.stderr.contains("help: "), "{out:?}");
        let strict = scene.run(&["harden", "--policy", "strict"]);
        assert_eq!((strict.code, strict.stdout.as_str()), (Some(3), ""), "{strict:?}");
        let json = scene.run(&["explain", "--format", "json"]).stdout;
        let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
        let app = &plan["services"]["app"];
        assert_eq!(app["verdict"], verdict, "{app:#}");
        assert_eq!(app["refusals"][0]["instead"], instead, "{app:#}");
    }
}

/// A secret or config that Compose copies in is opened to every process of the container: whoever starts it is told.
#[test]
fn an_opened_secret_is_told() {
    let text = "services:
  web: {image: \"redis:7\", secrets: [{source: s, mode: 0400, uid: '999'}, {source: open}]}
secrets: {s: {environment: HOME}, open: {environment: HOME}}
";
    let scene = Scene::compose(text).with_docker();
    for words in [&["harden"][..], &["up", "-d"]] {
        let said = scene.run(words).stderr;
        assert!(
            said.contains("has to read /run/secrets/s, so its mode becomes 0444 instead of 0400")
                && said.contains("help: to keep it closed")
                && !said.contains("/run/secrets/open"),
            "{said}"
        );
    }
}

/// A profile's test is planned in a directory of its own: what anybody put beside it is not read.
#[test]
fn nothing_of_the_shared_temporary_directory_is_read_for_a_test() {
    let profile = "about: an app
images: [example.org/app]
class: {value: user, evidence: e}
user: {uid: 101, gid: 101, others: any, evidence: e}
evidence: {e: {kind: inferred, says: a guess}}
test: {probe: [\"true\"]}
";
    let scene = Scene::new()
        .file("app.yaml", profile)
        .file("tmp/nrcompose.yaml", "services: {planted: {skip: x}}\n")
        .file("tmp/nrcompose.yml", "bogus: 1\n")
        .file("tmp/.env", "this is = \"broken\nCOMPOSE_FILE=x\n")
        .file("tmp/.nrcompose/profiles/bad.yaml", "bogus: 1\n")
        .file("tmp/compose.yaml", "bogus: 1\n");
    let mut command = scene.command(&["profiles", "check", "app.yaml"]);
    let out = output(command.env("TMPDIR", scene.path("tmp")));
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(out.stdout.contains("its test was not run: "), "{out:?}");
    let left = std::fs::read_dir(scene.path("tmp")).unwrap().count();
    assert_eq!(left, 5);
}

/// The text of a range stands for all of its ports: repeated for each, the override would be read for their square.
#[test]
fn a_range_is_repeated_once() {
    let text = "services: {web: {image: \"nginx:1.27\", ports: [\"80:80\", \"8000-8003:8000-8003/udp\"]}}\n";
    let scene = Scene::compose(text).with_engine("rootless");
    let said = scene.run(&["harden"]).stdout;
    assert_eq!(said.matches("8000-8003:8000-8003/udp").count(), 1, "{said}");
    assert!(said.contains("8080:80"), "{said}");
}

/// A link in the project leads wherever it leads: what is advised is judged by that.
#[test]
fn no_advice_changes_the_system_through_a_link() {
    let text = "services:
  a: {image: \"redis:7\", user: \"12345:12345\", volumes: [\"./root/etc:/data\"]}
  b: {image: \"redis:7\", user: \"12345:12345\", volumes: [\"./etc/ssl:/data\", \"./root:/x:ro\"]}
";
    let scene = Scene::compose(text).with_docker();
    std::os::unix::fs::symlink("/", scene.path("root")).unwrap();
    std::os::unix::fs::symlink("/etc", scene.path("etc")).unwrap();
    for words in [
        &["explain"][..],
        &["--project-directory", "/etc", "-f", "compose.yaml", "explain"],
    ] {
        let out = scene.run(words);
        assert_eq!(out.code, Some(0), "{out:?}");
        let said = out.stdout + &out.stderr;
        for command in ["chown -R", "chgrp -R", "chmod -R"] {
            assert!(!said.contains(&format!("`sudo {command}")), "{words:?}: {said}");
        }
    }
}
