//! What verifying costs, and that its ways of looking agree.

use crate::docker_calls::DockerCalls;
use crate::report;
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool};
use nrcompose::engine::docker::Docker;
use nrcompose::verify::observation::Way;
use nrcompose::verify::observe::files::Cache;
use nrcompose::verify::report::Report;
use nrcompose::verify::run::{VerifyRequest, run};
use nrcompose::verify::wait_until_stable::settle;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn six() -> Stack {
    let stack = Stack::example("six-services").stand_ins("six-services");
    for (name, usual) in [("HTTP_PORT", 80), ("APP_PORT", 8080), ("BOOKS_PORT", 8083)] {
        stack.free_port(".env", &format!("{name}={usual}"), |free| {
            format!("{name}={free}")
        });
    }
    stack.ok(Tool::Nrcompose, &["up", "-d", "--no-build"]);
    settle(&Docker::find().unwrap(), &stack.project, Duration::from_secs(120)).unwrap();
    stack
}

fn verify(stack: &Stack, cache: &Cache, way: Option<Way>) -> (Report, Duration) {
    let start = Instant::now();
    let claims = BTreeMap::new();
    let request = VerifyRequest {
        way,
        ..VerifyRequest::of(&stack.project, &claims, cache)
    };
    let report = run(&Docker::find().unwrap(), &request).unwrap();
    (report, start.elapsed())
}

fn median(mut all: Vec<Duration>) -> f64 {
    all.sort();
    all[all.len() / 2].as_secs_f64()
}

/// What the plan of six services claims is so.
#[test]
fn what_is_claimed_of_six_services_holds() {
    let stack = six();
    let said = stack.run(Tool::Nrcompose, &["verify", "--for", "3s"]);
    assert_eq!(said.code, 0, "{}", said.all);
    assert!(!said.all.contains("broken:"), "{}", said.all);
}

/// A start that is proven at once, and one service taken back whose file hands it the engine's socket.
#[test]
fn a_start_is_verified_and_what_is_broken_is_taken_back() {
    let stack = six();
    let socket = stack.path("socket.yaml");
    std::fs::write(
        &socket,
        "services: {cache: {volumes: ['/var/run/docker.sock:/s.sock']}}\n",
    )
    .unwrap();
    let stack = stack.and(socket);
    stack.ok(
        Tool::Plain,
        &["exec", "-T", "cache", "redis-cli", "set", "kept", "yes"],
    );
    stack.ok(Tool::Plain, &["exec", "-T", "cache", "redis-cli", "save"]);
    let said = stack.run(
        Tool::Nrcompose,
        &["up", "-d", "--no-build", "--nr-verify=rollback"],
    );
    assert_eq!(said.code, 1, "{}", said.all);
    assert!(
        said.all.contains("running as its author wrote it: cache"),
        "{}",
        said.all
    );
    let user = docker(&["inspect", "-f", "{{.Config.User}}", &stack.container("cache")]).ok();
    assert_eq!(user, "");
    let kept = eventually(20, || {
        let got = stack.run(Tool::Plain, &["exec", "-T", "cache", "redis-cli", "get", "kept"]);
        if got.stdout.trim() == "yes" {
            Ok(got.stdout)
        } else {
            Err(got.all)
        }
    });
    assert_eq!(kept.trim(), "yes");
}

/// What is taken back has a volume that goes on being used by who has it from there: it stays, and the service is started
/// again all the same.
#[test]
fn what_is_taken_back_leaves_what_others_have() {
    let compose = "services:\n  down: {image: nrcompose-test/base, user: \"1600:1600\", command: [\"false\"], volumes: [\"data:/data\", \"own:/own\"]}\n  \
                   stays: {image: nrcompose-test/base, user: \"1600:1600\", command: [sleep, \"1000\"], init: true, volumes_from: [down]}\n\
                   volumes: {data: , own: }\n";
    let stack = Stack::of("taken-back", compose);
    let said = stack.run(Tool::Nrcompose, &["up", "-d", "--nr-verify=rollback"]);
    assert_ne!(said.code, 0, "{}", said.all);
    assert!(said.all.contains("as its author wrote it: down"), "{}", said.all);
    let volume = format!("volume {}_data keeps the owner", stack.project);
    assert!(said.all.contains(&volume), "{}", said.all);
    // It ends a moment after its start.
    eventually(20, || {
        let there = stack.run(Tool::Plain, &["ps", "-a", "--format", "{{.Service}} {{.State}}"]);
        let mut rows: Vec<&str> = there.stdout.lines().collect();
        rows.sort_unstable();
        match rows == ["down exited", "stays running"] {
            true => Ok(()),
            false => Err(format!("{rows:?} {}", said.all)),
        }
    });
}

/// Six services, nothing restarted, no longer than five times `docker compose ps`.
#[test]
fn verifying_six_services_is_quick_and_disturbs_nothing() {
    let stack = six();
    let cache = Cache {
        directory: Some(stack.path(".cache")),
    };
    let before = started(&stack);
    let (report, first) = verify(&stack, &cache, None);
    assert_eq!(report.services.len(), 6);
    let (mut ours, mut ps) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        let start = Instant::now();
        stack.ok(Tool::Plain, &["ps"]);
        ps.push(start.elapsed());
        ours.push(verify(&stack, &cache, None).1);
    }
    let (ours, ps) = (median(ours), median(ps));
    report::line(&format!(
        "verify {ours:.3} s, compose ps {ps:.3} s: ratio {:.1}; first {:.1}",
        ours / ps,
        first.as_secs_f64() / ps
    ));
    assert_eq!(started(&stack), before);
    assert!(ours <= 5.0 * ps, "{ours} s against {ps} s");
}

fn started(stack: &Stack) -> Vec<String> {
    let services = ["web", "app", "db", "cache", "wikidb", "books"];
    let start = |s| {
        docker(&[
            "inspect",
            "-f",
            "{{.State.StartedAt}} {{.RestartCount}}",
            &stack.container(s),
        ])
        .ok()
    };
    services.map(start).into()
}

/// This machine's `/proc` and a helper container see the same, and the helper leaves nothing behind.
#[test]
fn a_helper_sees_what_this_machine_sees() {
    let stack = six();
    let cache = Cache {
        directory: Some(stack.path(".cache")),
    };
    let (here, _) = verify(&stack, &cache, Some(Way::Proc));
    let start = Instant::now();
    let docker_calls = DockerCalls::of(&stack);
    let (calls, json) = docker_calls.run(&stack, &["verify", "--by", "helper", "--format", "json"]);
    let took = start.elapsed();
    let there: serde_json::Value =
        serde_json::from_str(&json.stdout).unwrap_or_else(|e| panic!("{e}: {}", json.all));
    let made: Vec<&String> = calls
        .iter()
        .filter(|call| call.contains(" --pid container:"))
        .collect();
    assert_eq!(made.len(), 6, "{calls:?}");
    for call in made {
        // A container of our own image has no code of the image that is looked at.
        assert!(
            call.contains(" -- nrcompose-helper:") && call.contains("--read-only"),
            "{call}"
        );
    }
    let start = Instant::now();
    stack.ok(Tool::Plain, &["ps"]);
    let ps = start.elapsed().as_secs_f64();
    report::line(&format!(
        "six services by helpers {:.1} s, compose ps {ps:.3} s: ratio {:.1}",
        took.as_secs_f64(),
        took.as_secs_f64() / ps
    ));
    for (here, there) in here.services.iter().zip(there["services"].as_array().unwrap()) {
        assert_eq!(there["seen"]["way"], "helper", "{there}");
        assert_eq!(
            serde_json::to_value(here.class).unwrap(),
            there["class"],
            "{}",
            here.seen.service
        );
        assert_eq!(
            serde_json::to_value(&here.bounding).unwrap(),
            there["bounding"],
            "{}",
            here.seen.service
        );
        assert_eq!(
            serde_json::to_value(&here.seen.listening).unwrap(),
            there["seen"]["listening"]
        );
        let of = |mounts: serde_json::Value| mounts.as_array().cloned().unwrap_or_default();
        let (one, other) = (
            of(serde_json::to_value(&here.seen.mounts).unwrap()),
            of(there["seen"]["mounts"].clone()),
        );
        let only = |rows: &[serde_json::Value], others: &[serde_json::Value]| {
            let only = rows.iter().filter(|row| !others.contains(row));
            only.map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(
            !one.is_empty() && one == other,
            "{}: only in /proc {:#?}, only by the helper {:#?}",
            here.seen.service,
            only(&one, &other),
            only(&other, &one)
        );
    }
    // Other tests have helpers, too, for a moment.
    eventually(20, || {
        match docker(&["ps", "-aq", "--filter", "label=nrcompose.helper=1"]).ok() {
            none if none.is_empty() => Ok(()),
            left => Err(left),
        }
    });
}
