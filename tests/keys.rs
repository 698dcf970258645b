//! Every key of a service's configuration against a profile that says otherwise: the person's word is carried out, or
//! it is refused by name. Nothing is dropped in silence.

#![allow(clippy::unwrap_used, reason = "a test that cannot plan has failed")]

use nrcompose::facts::config::{SERVICE, TOP};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::{Command, Output};

/// An image that takes its own user alone, keeps data and content, is known with low ports that can be moved, and
/// neither with an entry in passwd nor a read-only root.
const PROFILE: &str = "
images: [example.org/contrary]
about: an image that says no
evidence: {made: {kind: documented, says: made up}}
class: {value: user-with-help, evidence: made}
start: {value: drops, evidence: made}
user: {uid: 700, gid: 701, others: none, evidence: made}
needs_passwd: {value: false, evidence: made}
no_new_privileges: {value: true, evidence: made}
read_only: {value: false, evidence: made}
root_start: {capabilities: [CHOWN, SETGID, SETUID], evidence: made}
writable:
  - {path: /etc/app, kind: config, owner: \"700:701\", mode: \"0755\", content: true, optional: true, evidence: made}
  - {path: /data, kind: data, owner: \"700:701\", mode: \"0755\", volume: true, evidence: made}
  - {path: /run/app, kind: runtime, owner: \"0:0\", mode: \"0755\", evidence: made}
ports:
  - {port: 80, move: {to: 8080, environment: {PORT: \"{port}\"}}, evidence: made}
";

/// The same where everything of it says yes, or where it starts as root.
fn contrary() -> String {
    PROFILE
        .replace("needs_passwd: {value: false", "needs_passwd: {value: true")
        .replace("read_only: {value: false", "read_only: {value: true")
}

fn rooted() -> String {
    PROFILE.replace("value: user-with-help", "value: root-start")
}

struct Project(tempfile::TempDir);

impl Project {
    fn new(profile: &str, service: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let profiles = directory.path().join(".nrcompose/profiles");
        std::fs::create_dir_all(&profiles).unwrap();
        std::fs::write(profiles.join("contrary.yaml"), profile).unwrap();
        let project = Project(directory);
        project.write(
            "compose.yaml",
            &format!("services:\n  app:\n    image: example.org/contrary\n    ports: [\"80:80\"]\n    volumes:\n      - data:/data\n{service}volumes: {{data: }}\n"),
        );
        project
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn run(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_nrcompose"))
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", "/nowhere")
            .env("HOME", "/nowhere")
            .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
            .args(["--nr-user", "1000:1000", "-p", "case"])
            .args(words)
            .output()
            .unwrap()
    }

    fn plan(&self) -> Value {
        let out = self.run(&["explain", "--format", "json"]);
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{said}");
        serde_json::from_slice::<Value>(&out.stdout).unwrap()["services"]["app"].clone()
    }
}

/// What a control changes, `path value` each.
fn edits(plan: &Value) -> Vec<String> {
    let decisions = plan["decisions"].as_array().unwrap().iter();
    let edits = decisions.flat_map(|d| d["edits"].as_array().unwrap());
    edits
        .map(|e| {
            let path = e["path"]
                .as_str()
                .unwrap()
                .trim_start_matches("services.app.")
                .to_owned();
            format!("{path} {}", e["value"].as_str().unwrap_or("-"))
        })
        .collect()
}

fn changes(plan: &Value, wanted: &str) -> bool {
    edits(plan).iter().any(|e| e == wanted)
}

fn refuses(plan: &Value, control: &str) -> bool {
    plan["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .any(|r| r["by"] == control)
}

/// A key as written, the profile that contradicts it, what else the service says, and what must come of it.
struct Row {
    key: &'static str,
    said: &'static str,
    profile: String,
    beside: &'static str,
    holds: fn(&Value) -> bool,
}

fn row(key: &'static str, said: &'static str, profile: String, holds: fn(&Value) -> bool) -> Row {
    Row {
        key,
        said,
        profile,
        beside: "",
        holds,
    }
}

fn rows() -> Vec<Row> {
    let no = || PROFILE.to_owned();
    let mut rows = vec![
        row("as_root", "true", no(), |p| changes(p, "user \"0:0\"")),
        row("passwd", "true", no(), |p| {
            // Its image is not here, so nobody can read the file: that is told.
            let mut decisions = p["decisions"].as_array().unwrap().iter();
            decisions.any(|d| d["control"] == "passwd")
        }),
        row("passwd", "false", contrary(), |p| {
            let mut decisions = p["decisions"].as_array().unwrap().iter();
            !decisions.any(|d| d["control"] == "passwd")
        }),
        row("ports", "remap", no(), |p| changes(p, "ports.0.target 8080")),
        row("ports", "remap", rooted(), |p| changes(p, "ports.0.target 8080")),
        row("ports", "sysctl", no(), |p| {
            changes(p, "sysctls.net.ipv4.ip_unprivileged_port_start \"0\"")
        }),
        row("ports", "keep", no(), |p| {
            !edits(p).iter().any(|e| e.starts_with("ports"))
        }),
        row("probe", "\"true\"", no(), |p| p["verdict"] == "nonroot"),
        row("profile", "redis", no(), |p| p["profile"] == "redis"),
        row("read_only", "true", contrary(), |p| changes(p, "read_only true")),
        // The one that an image can forbid: refused by name, and strict counts it.
        row("read_only", "true", no(), |p| {
            refuses(p, "read_only") && changes(p, "user \"700:701\"") && changes(p, "cap_drop ALL")
        }),
        row("read_only", "false", contrary(), |p| {
            !changes(p, "read_only true")
        }),
        row("skip", "mine", no(), |p| {
            p["verdict"] == "skipped" && edits(p).is_empty()
        }),
        row("suppress", "{privileges: mine}", no(), |p| {
            changes(p, "user \"700:701\"") && !changes(p, "cap_drop ALL")
        }),
        row("tmpfs", "[/etc/app]", no(), |p| {
            changes(p, "tmpfs \"/etc/app:uid=700,gid=701\"")
        }),
        row("tmpfs", "[/etc/app/]", rooted(), |p| {
            changes(p, "tmpfs \"/etc/app:uid=700,gid=701\"")
        }),
        row("tmpfs", "[\"/run/app:exec,size=10m,mode=1777\"]", no(), |p| {
            let text = "tmpfs \"/run/app:uid=700,gid=701,exec,size=10m,mode=1777\"";
            changes(p, text) && edits(p).iter().filter(|e| e.starts_with("tmpfs")).count() == 1
        }),
        row("tmpfs", "[\"/opt/y:uid=0,gid=5\"]", no(), |p| {
            changes(p, "tmpfs \"/opt/y:uid=0,gid=5\"")
        }),
        row("tmpfs", "[/tmp]", no(), |p| {
            changes(p, "tmpfs \"/tmp:uid=700,gid=701,mode=1777\"")
        }),
        row("tmpfs", "[/data]", no(), |p| refuses(p, "tmpfs")),
        row("user", "\"5000:5001\"", no(), |p| {
            changes(p, "user \"5000:5001\"")
        }),
        row("user", "\"5000:5001\"", rooted(), |p| {
            changes(p, "user \"5000:5001\"")
        }),
    ];
    rows.push(Row {
        beside: "    command: sh -c \"apt-get update && exec app\"\n",
        ..row("user", "\"5000:5001\"", no(), |p| {
            changes(p, "user \"5000:5001\"")
        })
    });
    rows.push(Row {
        beside: "    user: root\n",
        ..row("override_root", "true", no(), |p| changes(p, "user \"700:701\""))
    });
    rows.push(Row {
        beside: "    user: root\n",
        ..row("override_root", "true", rooted(), |p| {
            p["verdict"] == "root_start"
        })
    });
    let socket = "      - /var/run/docker.sock:/var/run/docker.sock\n";
    rows.push(Row {
        beside: socket,
        ..row("socket", "direct", no(), |p| !refuses(p, "socket_proxy"))
    });
    // Nobody knows what to let pass: the socket stays, which is said.
    rows.push(Row {
        beside: socket,
        ..row("socket", "proxy", no(), |p| refuses(p, "socket_proxy"))
    });
    rows
}

#[test]
fn every_key_beats_a_profile_that_says_otherwise() {
    let mut wrong = Vec::new();
    for row in rows() {
        let (key, said) = (row.key, row.said);
        let own = format!("{}    x-nrcompose: {{{key}: {said}}}\n", row.beside);
        let in_service = Project::new(&row.profile, &own).plan();
        let project = Project::new(&row.profile, row.beside);
        project.write(
            "nrcompose.yaml",
            &format!("services:\n  app: {{{key}: {said}}}\n"),
        );
        for (place, plan) in [("service", in_service), ("nrcompose.yaml", project.plan())] {
            if !(row.holds)(&plan) {
                wrong.push(format!("{key}: {said} in {place}: {:?}\n{plan:#}", edits(&plan)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a case of `tests/cases` has the key, on a line of its own, and comes out otherwise without that line.
fn is_shown_by_a_case(key: &str) -> bool {
    let harden = |text: &str| {
        let project = Project(tempfile::tempdir().unwrap());
        project.write("compose.yaml", text);
        let out = project.run(&["harden"]);
        out.status.success().then_some(out.stdout)
    };
    let cases = std::fs::read_dir("tests/cases").unwrap();
    let mut texts =
        cases.filter_map(|case| std::fs::read_to_string(case.unwrap().path().join("compose.yaml")).ok());
    texts.any(|with| {
        let is_it = |line: &&str| line.trim().starts_with(&format!("{key}:"));
        let without: String = with
            .lines()
            .filter(|l| !is_it(l))
            .map(|l| format!("{l}\n"))
            .collect();
        without != with && harden(&without).is_some_and(|out| harden(&with).is_some_and(|with| with != out))
    })
}

/// A key that is added to the configuration needs a row, or a case where it makes the difference.
#[test]
fn every_key_is_tried() {
    let rows = rows();
    let tried: BTreeSet<&str> = rows.iter().map(|r| r.key).collect();
    let mut all = SERVICE.iter().map(|k| k.name);
    let untried: Vec<&str> = all
        .by_ref()
        .filter(|key| !tried.contains(key) && !is_shown_by_a_case(key))
        .collect();
    assert!(
        untried.is_empty(),
        "no row here and no case in tests/cases: {untried:?}"
    );
    let unknown: Vec<&&str> = tried
        .iter()
        .filter(|key| SERVICE.iter().all(|k| k.name != **key))
        .collect();
    assert!(unknown.is_empty(), "no such keys: {unknown:?}");
    // At the top: those of all services, and what no profile speaks of.
    let top: Vec<&str> = TOP.iter().map(|k| k.name).collect();
    assert_eq!(
        top,
        [
            "policy",
            "ports",
            "registries",
            "services",
            "socket_proxy",
            "user"
        ]
    );
}

#[test]
fn ports_at_the_top_count_for_every_service() {
    let project = Project::new(PROFILE, "");
    project.write("nrcompose.yaml", "ports: remap\n");
    assert!(changes(&project.plan(), "ports.0.target 8080"));
}

#[test]
fn a_tmpfs_that_cannot_be_is_an_error_with_its_place() {
    for (said, wanted) in [
        ("run/app", "`run/app` is not an absolute path"),
        ("/", "a tmpfs over the whole image"),
        ("/opt/y:exce", "`exce` of /opt/y: there is no such option"),
        ("/opt/y:size=lots", "`size=lots` of /opt/y: its value is a size"),
        (
            "/opt/y:exec,noexec",
            "`noexec` of /opt/y: `exec` says so already, or says otherwise",
        ),
        ("/opt/../etc", "`/opt/../etc` goes up again"),
        ("/proc/x", "/proc/x is the engine's own mount"),
        ("/opt/y:ro", "`ro` of /opt/y: there is no such option"),
    ] {
        let service = Project::new(PROFILE, &format!("    x-nrcompose: {{tmpfs: [\"{said}\"]}}\n"));
        let project = Project::new(PROFILE, "");
        project.write(
            "nrcompose.yaml",
            &format!("services:\n  app:\n    tmpfs: [/ok, \"{said}\"]\n"),
        );
        let policy = Project::new(PROFILE, "");
        policy.write(
            "law.yaml",
            &format!("services:\n  app: {{tmpfs: [\"{said}\"]}}\n"),
        );
        let law = policy.0.path().join("law.yaml").display().to_string();
        let runs = [
            (service.run(&["harden"]), "compose.yaml:7:27"),
            (project.run(&["harden"]), "nrcompose.yaml:3:18"),
            (policy.run(&["harden", "--policy-file", &law]), "law.yaml:2:17"),
        ];
        for (out, place) in runs {
            let text = String::from_utf8_lossy(&out.stderr);
            assert_eq!(out.status.code(), Some(2), "{said}: {text}");
            assert!(out.stdout.is_empty(), "{said}");
            for part in [wanted, place, "help: "] {
                assert!(text.contains(part), "{said}: no {part:?} in {text}");
            }
        }
    }
}

/// What a variable holds is never written into an override.
#[test]
fn a_tmpfs_from_a_variable_is_an_error() {
    let project = Project::new(PROFILE, "    x-nrcompose: {tmpfs: [\"${SCRATCH}:exec\"]}\n");
    project.write(".env", "SCRATCH=/opt/s3same\n");
    let out = project.run(&["harden"]);
    let text = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{text}");
    assert!(
        out.stdout.is_empty() && text.contains("help: write the path itself"),
        "{text}"
    );
    assert!(!text.contains("s3same"), "{text}");
}

/// Of two that say otherwise the stronger counts, `false` too, and `user` against `as_root`.
#[test]
fn the_stronger_configuration_counts() {
    for (weak, strong, wanted) in [
        ("as_root: true", "as_root: false", "700:701"),
        ("as_root: true", "user: \"5:6\"", "5:6"),
        ("user: \"5:6\"", "as_root: true", "0:0"),
        ("user: \"5:6\"", "user: \"7:8\"", "7:8"),
    ] {
        let project = Project::new(PROFILE, &format!("    x-nrcompose: {{{weak}}}\n"));
        project.write("law.yaml", &format!("services:\n  app: {{{strong}}}\n"));
        let law = project.0.path().join("law.yaml").display().to_string();
        let out = project.run(&["explain", "--format", "json", "--policy-file", &law]);
        let plan: Value = serde_json::from_slice(&out.stdout).unwrap();
        let plan = &plan["services"]["app"];
        assert!(
            changes(plan, &format!("user \"{wanted}\"")),
            "{weak}, {strong}: {:?}",
            edits(plan)
        );
    }
    let project = Project::new(PROFILE, "    x-nrcompose: {ports: remap}\n");
    project.write("law.yaml", "ports: keep\n");
    let law = project.0.path().join("law.yaml").display().to_string();
    let out = project.run(&["explain", "--format", "json", "--policy-file", &law]);
    let plan: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert!(
        !edits(&plan["services"]["app"])
            .iter()
            .any(|e| e.starts_with("ports")),
        "{plan:#}"
    );
    let project = Project::new(PROFILE, "    x-nrcompose: {tmpfs: [\"/opt/y:exec\", /opt/z]}\n");
    project.write("law.yaml", "services:\n  app: {tmpfs: [\"/opt/y/:noexec\"]}\n");
    let law = project.0.path().join("law.yaml").display().to_string();
    let out = project.run(&["explain", "--format", "json", "--policy-file", &law]);
    let plan: Value = serde_json::from_slice(&out.stdout).unwrap();
    let plan = &plan["services"]["app"];
    for wanted in [
        "tmpfs \"/opt/y:uid=700,gid=701,noexec\"",
        "tmpfs \"/opt/z:uid=700,gid=701\"",
    ] {
        assert!(changes(plan, wanted), "{:?}", edits(plan));
    }
}
