//! What a start costs where everything runs already: no program beside the Compose that is handed the command, and no
//! container.

use crate::docker_calls::DockerCalls;
use crate::run::{docker, output, unique};
use crate::stack::{Stack, Tool};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const SERVICES: [&str; 5] = ["front", "api", "cache", "jobs", "store"];

fn compose(mount: &str) -> String {
    let services: String = SERVICES
        .map(|name| {
            format!("  {name}: {{image: \"nrcompose-test/redis:7\", x-nrcompose: {{profile: redis}}, volumes: [\"{name}-data:{mount}\"]}}\n")
        })
        .concat();
    let volumes = SERVICES.map(|name| format!("{name}-data: ")).join(", ");
    format!("services:\n{services}volumes: {{{volumes}}}\n")
}

#[test]
fn a_start_of_what_runs_starts_no_program() {
    let stack = Stack::of("warm", &compose("/data"));
    let notes = DockerCalls::of(&stack);
    notes.calls(&stack, &["up", "-d"]);
    let project = &stack.project;
    assert_eq!(
        notes.calls(&stack, &["up", "-d"]),
        [format!("compose -p {project} up -d")]
    );

    // What the engine said of itself is too old to be believed: the engine is asked, not the command.
    let engines = stack.path(".home/XDG_CACHE_HOME/nrcompose/engines");
    let kept = fs::read_dir(engines).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&kept).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["asked"] = 1_700_000_000.into();
    fs::write(&kept, json.to_string()).unwrap();
    assert_eq!(notes.calls(&stack, &["up", "-d"]).len(), 1);
    assert!(!fs::read_to_string(&kept).unwrap().contains("1700000000"));

    for words in [
        &["ps"][..],
        &["logs"],
        &["exec", "-T", "api", "true"],
        &["top"],
        &["stop", "-t", "1"],
    ] {
        assert_eq!(notes.calls(&stack, words).len(), 1, "{words:?}");
    }
}

/// The volumes are only read, so nobody has to be given any.
#[test]
fn a_start_of_what_runs_starts_no_container() {
    let stack = Stack::of("warm", &compose("/data:ro"));
    stack.ok(Tool::Nrcompose, &["up", "-d"]);
    let now = || output(Command::new("date").arg("+%s.%N")).ok();
    let rows = || {
        docker(&[
            "ps",
            "-a",
            "--filter",
            &format!("label=com.docker.compose.project={}", stack.project),
            "--format",
            "{{.ID}} {{.Names}} {{.CreatedAt}}",
        ])
        .ok()
    };
    let (since, before) = (now(), rows());
    let said = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert_eq!(said.code, 0, "{}", said.all);
    assert!(!said.all.contains("orphan"), "{}", said.all);
    assert_eq!(rows(), before);
    assert_eq!(before.lines().count(), SERVICES.len(), "{before}");
    let by = format!("label=com.docker.compose.project={}", stack.project);
    let events = [
        "events",
        "--since",
        &since,
        "--until",
        &now(),
        "--filter",
        &by,
        "--filter",
        "type=container",
    ];
    assert_eq!(docker(&events).ok(), "");
}

/// Where only the names of services count, Compose is spared an override that adds none.
#[test]
fn what_looks_at_services_is_given_an_override_only_for_those_it_adds() {
    let stack = Stack::of(
        "warm",
        "services: {app: {image: nrcompose-test/base, command: [sleep, '600'], init: true}}\n",
    );
    stack.ok(Tool::Nrcompose, &["up", "-d"]);
    let shim = stack.path(&unique("env"));
    fs::create_dir(&shim).unwrap();
    let docker = shim.join("docker");
    fs::write(&docker, "#!/bin/sh\necho \"${COMPOSE_FILE-none}\"\n").unwrap();
    fs::set_permissions(docker, fs::Permissions::from_mode(0o755)).unwrap();
    let handed = |words: &[&str]| {
        let mut command = stack.command(Tool::Nrcompose, words);
        output(command.env("PATH", format!("{}:/usr/bin:/bin", shim.display()))).ok()
    };
    assert_eq!(handed(&["ps"]), "none");
    assert_eq!(handed(&["exec", "app", "true"]), "none");
    assert!(handed(&["down"]).ends_with("override.yaml"));
    assert!(handed(&["build"]).ends_with("override.yaml"));
}
