//! What a start that is watched meets: a Compose that does not come to its end, an engine that goes away, a probe that
//! hangs, a stack that is taken down meanwhile.

use crate::container::Built;
use crate::recorder::Recorder;
use crate::run::{docker, eventually, output};
use crate::stack::{Stack, Tool};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A service of an image that nobody described.
const APP: &str = "  app:\n    image: nrcompose-test/base\n    init: true\n    stop_grace_period: 1s\n    command: [sleep, '600']\n";

fn of_project(stack: &Stack) -> Vec<String> {
    let by = format!("label=com.docker.compose.project={}", stack.project);
    let ids = docker(&["ps", "-aq", "--filter", &by]).ok();
    ids.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn what_compose_does_not_come_to_start_is_no_fault_of_a_plan() {
    let bad = "  bad:\n    image: nrcompose-test/base\n    command: [sleep, '600']\n    depends_on: [app]\n    mem_limit: 1b\n";
    let more =
        "  late:\n    image: nrcompose-test/base\n    command: [sleep, '600']\n    depends_on: [bad]\n";
    let stack = Stack::of("cut-short", &format!("services:\n{APP}{bad}{more}"));
    let start = Instant::now();
    let ours = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert!(start.elapsed() < Duration::from_secs(30), "{}", ours.all);
    stack.run(Tool::Plain, &["down", "-t", "1"]);
    let plain = stack.run(Tool::Plain, &["up", "-d"]);
    assert_ne!(plain.code, 0, "{}", plain.all);
    assert_eq!(ours.code, plain.code, "{}", ours.all);
    assert!(!ours.all.contains("did not work"), "{}", ours.all);
    assert!(ours.all.contains("Minimum memory limit"), "{}", ours.all);
    let kept = stack.kept("receipts.json").unwrap_or_default();
    assert!(!kept.contains("\"failed\": \""), "{kept}");
}

/// The engine says why itself, and no plan is to blame for a port that is taken.
#[test]
fn a_port_that_is_taken_is_told_and_no_fault_of_a_plan() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let job = "  job:\n    image: nrcompose-test/base\n    command: [sh, -c, 'echo done']\n";
    let stack = Stack::of(
        "taken-port",
        &format!("services:\n{APP}    ports: ['127.0.0.1:{port}:8000']\n{job}"),
    );
    let start = Instant::now();
    let out = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert!(start.elapsed() < Duration::from_secs(20), "{}", out.all);
    assert_ne!(out.code, 0, "{}", out.all);
    assert!(out.all.contains("address already in use"), "{}", out.all);
    assert!(
        out.all.contains("not started, or taken away meanwhile: app"),
        "{}",
        out.all
    );
    assert!(!out.all.contains("did not work"), "{}", out.all);
    drop(taken);
    let out = stack.run(Tool::Nrcompose, &["up", "-d", "--nr-watch=3s"]);
    assert_eq!(out.code, 0, "{}", out.all);
}

/// What has ended has done its work: it is done once, however often others are started again.
#[test]
fn a_job_runs_once_whatever_becomes_of_others() {
    let job = "  job:\n    image: nrcompose-test/base\n    command: [sh, -c, 'echo done']\n";
    let root = "  root:\n    image: nrcompose-test/base\n    init: true\n    stop_grace_period: 1s\n    command: [sh, -c, 'touch /etc/x || exit 3; exec sleep 600']\n";
    let late = root
        .replace("  root:", "  late:")
        .replace("touch", "sleep 4; touch");
    let stack = Stack::of("once", &format!("services:\n{job}{root}{late}"));
    let out = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert_eq!(out.code, 0, "{}", out.all);
    for service in ["root", "late"] {
        let told = format!("service {service} did not work as it was planned");
        assert!(out.all.contains(&told), "{}", out.all);
    }
    let logs = stack.ok(Tool::Plain, &["logs", "--no-log-prefix", "job"]);
    assert_eq!(logs.matches("done").count(), 1, "{logs}\n{}", out.all);
}

/// Ten seconds of running were no proof: what ends soon after that is no outage of something that worked.
#[test]
fn what_ends_soon_after_it_was_believed_goes_back_at_the_next_start() {
    let late = "sleep 13; touch /etc/x || exit 3; exec sleep 600";
    let stack = Stack::of(
        "refuted",
        &format!(
            "services:\n  app:\n    image: nrcompose-test/base\n    init: true\n    stop_grace_period: 1s\n    command: [sh, -c, '{late}']\n"
        ),
    );
    let first = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert!(
        first.all.contains("tried here, and working: app"),
        "{}",
        first.all
    );
    eventually(30, || {
        match docker(&["inspect", "-f", "{{.State.Status}}", &of_project(&stack)[0]]).ok() {
            state if state.trim() == "exited" => Ok(()),
            state => Err(state),
        }
    });
    let second = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert!(
        second.all.contains("service app did not work as it was planned"),
        "{}",
        second.all
    );
    assert_eq!(stack.user("app"), "", "{}", second.all);
}

/// Between the removal of what did not work and the start of what takes its place, nothing ends this process.
#[test]
fn a_signal_while_a_service_goes_back_leaves_it_started() {
    for signal in ["-INT", "-HUP"] {
        let stack = Stack::of(
            "signalled",
            &format!(
                "services:\n{APP}  root:\n    image: nrcompose-test/base\n    init: true\n    stop_grace_period: 1s\n    command: [sh, -c, 'touch /etc/x || exit 3; exec sleep 600']\n"
            ),
        );
        let mut command = stack.command(Tool::Nrcompose, &["up", "-d"]);
        let mut child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = std::io::BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        for line in std::io::BufRead::lines(lines).map_while(Result::ok) {
            if line.contains("root-1  Removed") {
                output(Command::new("kill").args([signal, "--", &format!("-{}", child.id())])).ok();
            }
            said += &(line + "\n");
        }
        child.wait().unwrap();
        assert!(said.contains("nobody watches any more"), "{signal}: {said}");
        let states = stack.ok(Tool::Plain, &["ps", "-a", "--format", "{{.Service}} {{.State}}"]);
        assert!(
            states.contains("root running") && states.contains("app running"),
            "{signal}: {states}\n{said}"
        );
    }
}

/// A probe may be run in a service that is not watched any more.
#[test]
fn a_probe_in_another_service_is_asked_there() {
    let web = "  web:\n    image: nrcompose-test/base\n    init: true\n    command: [sleep, '600']\n    x-nrcompose: {probe: {in: app, run: [test, -e, /etc/passwd]}}\n";
    let stack = Stack::of("beside", &format!("services:\n{APP}{web}"));
    let out = stack.run(Tool::Nrcompose, &["up", "-d", "--nr-watch=4s", "app"]);
    assert!(out.all.contains("tried here, and working: app"), "{}", out.all);
    let out = stack.run(Tool::Nrcompose, &["up", "-d", "--nr-watch=4s"]);
    assert!(out.all.contains("tried here, and working: web"), "{}", out.all);
    std::fs::write(
        stack.path("compose.yaml"),
        format!("services:\n{APP}{}", web.replace("/etc/passwd", "/none")),
    )
    .unwrap();
    stack.ok(Tool::Plain, &["rm", "-sf", "web"]);
    let receipts = stack.state()[0].0.with_file_name("receipts.json");
    std::fs::remove_file(receipts).unwrap();
    let out = stack.run(Tool::Nrcompose, &["up", "-d", "--nr-watch=4s", "web"]);
    assert!(
        out.all
            .contains("service web did not work as it was planned: this does not hold: it answers its probe"),
        "{}",
        out.all
    );
}

#[test]
fn a_probe_that_hangs_is_given_up_and_nothing_counts_as_tried() {
    let stack = Stack::of(
        "hangs",
        &format!("services:\n{APP}    x-nrcompose: {{probe: sleep 300}}\n"),
    );
    let start = Instant::now();
    let out = stack.run(Tool::Nrcompose, &["up", "-d", "--nr-watch=6s"]);
    let took = start.elapsed();
    assert_eq!(out.code, 0, "{}", out.all);
    assert!(took < Duration::from_secs(20), "{took:?}: {}", out.all);
    assert!(
        out.all
            .contains("service app: nobody knows yet whether it works: its probe said nothing"),
        "{}",
        out.all
    );
    assert!(
        !stack
            .kept("receipts.json")
            .unwrap_or_default()
            .contains("\"app\"")
    );
    assert_eq!(stack.user("app"), "1000:1000");
}

/// Starts in the background, and waits until its container runs.
fn started(stack: &Stack, more: impl FnOnce(&mut Command)) -> std::process::Child {
    let mut command = stack.command(Tool::Nrcompose, &["up", "-d"]);
    more(&mut command);
    let child = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    eventually(30, || {
        let by = format!("label=com.docker.compose.project={}", stack.project);
        match docker(&["ps", "-q", "--filter", &by]).ok() {
            id if id.trim().is_empty() => Err("not yet".to_owned()),
            _ => Ok(()),
        }
    });
    std::thread::sleep(Duration::from_secs(2));
    child
}

#[test]
fn a_stack_that_is_taken_down_meanwhile_stays_down() {
    let stack = Stack::of("down-meanwhile", &format!("services:\n{APP}"));
    let child = started(&stack, |_| ());
    stack.ok(Tool::Plain, &["down", "-t", "1"]);
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(of_project(&stack), Vec::<String>::new(), "{said}");
    assert!(!said.contains("did not work"), "{said}");
}

#[test]
fn an_engine_that_goes_away_is_told_and_what_runs_goes_on() {
    let stack = Stack::of("engine-gone", &format!("services:\n{APP}"));
    let way = Recorder::start();
    let child = started(&stack, |command| {
        command.env("DOCKER_HOST", format!("unix://{}", way.socket.display()));
    });
    way.cut();
    let start = Instant::now();
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(start.elapsed() < Duration::from_secs(30), "{said}");
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(
        said.contains("watching what was started: ") && said.contains("what was started goes on as it is"),
        "{said}"
    );
    assert_eq!(of_project(&stack).len(), 1);
    let again = stack.run(Tool::Nrcompose, &["up", "-d", "--nr-watch=4s"]);
    assert!(
        again.all.contains("tried here, and working: app"),
        "{}",
        again.all
    );
}

/// Nothing in it but one program: what is looked for is looked for without the image's help.
#[test]
fn an_image_without_any_tool_is_watched_as_well() {
    let image = Built::of(
        "FROM nrcompose-test/busybox AS from\nFROM scratch\nCOPY --from=from /bin/busybox /busybox\nENTRYPOINT [\"/busybox\", \"sleep\", \"600\"]",
    );
    let stack = Stack::of(
        "bare",
        &format!("services:\n  app:\n    image: {}\n    init: true\n", image.0),
    );
    let out = stack.run(Tool::Nrcompose, &["up", "-d", "--nr-watch=4s"]);
    assert!(
        out.code == 0 && out.all.contains("tried here, and working: app"),
        "{}",
        out.all
    );
    let seen = output(&mut stack.command(Tool::Nrcompose, &["verify"]));
    assert_eq!(seen.code, 0, "{}", seen.all);
}
