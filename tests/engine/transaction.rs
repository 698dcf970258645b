//! `up -d` as a transaction: what is watched, what goes back, what is kept of it, and what is said.

use crate::container::Built;
use crate::docker_calls::{path_with, put_before};
use crate::procs;
use crate::run::{Out, docker, eventually, output};
use crate::stack::{Stack, Tool};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};

/// A project of services of an image that nobody described, each with its shell script and what else stands in it.
fn scripts(what: &str, services: &[(&str, &str, &str)]) -> Stack {
    let one = |(name, script, more): &(&str, &str, &str)| {
        format!(
            "  {name}:\n    image: nrcompose-test/base\n    init: true\n    stop_grace_period: 1s\n    command: [sh, -c, \"{script}\"]\n{more}"
        )
    };
    let services: String = services.iter().map(one).collect();
    let stack = Stack::of(what, &format!("services:\n{services}"));
    std::fs::create_dir_all(stack.path("data")).unwrap();
    stack
}

fn up(stack: &Stack, more: &[&str]) -> Out {
    stack.run(Tool::Nrcompose, &[&["up", "-d"], more].concat())
}

/// Only root may write there.
const ROOTS: &str = "touch /etc/x || exit 3; exec sleep 600";
const RUNS: &str = "exec sleep 600";

#[test]
fn a_fault_after_eight_seconds_goes_back_and_is_not_tried_again() {
    let stack = scripts(
        "late",
        &[("app", "sleep 8; touch /etc/x || exit 3; exec sleep 600", "")],
    );
    let first = up(&stack, &[]);
    assert_eq!((first.code, stack.user("app").as_str()), (0, ""), "{}", first.all);
    assert!(
        first
            .all
            .contains("service app did not work as it was planned: it ended with code 3"),
        "{}",
        first.all
    );
    assert!(
        first.all.contains("Permission denied") && first.all.contains("--nr-force app"),
        "{}",
        first.all
    );
    let container = stack.container("app");
    let second = up(&stack, &[]);
    assert_eq!(
        (second.code, stack.container("app")),
        (0, container),
        "{}",
        second.all
    );
    assert!(
        second.all.contains("app (it did not work here on ") && !second.all.contains("warning"),
        "{}",
        second.all
    );
    // What kept it from working is gone: tried again where the person says so, and only there.
    let text = std::fs::read_to_string(stack.path("compose.yaml")).unwrap();
    stack.write("compose.yaml", &text.replace("/etc/x", "/tmp/x"));
    let third = up(&stack, &["--nr-watch=4s"]);
    assert_eq!(
        stack.user("app"),
        "1000:1000",
        "another command is another start: {}",
        third.all
    );
}

#[test]
fn force_tries_again_what_failed() {
    let stack = scripts(
        "force",
        &[(
            "app",
            "[ -e /data/ok ] || touch /etc/x || exit 3; exec sleep 600",
            "    volumes: ['./data:/data:ro']\n",
        )],
    );
    up(&stack, &["--nr-watch=4s"]);
    assert_eq!(stack.user("app"), "");
    std::fs::write(stack.path("data/ok"), "").unwrap();
    up(&stack, &[]);
    assert_eq!(stack.user("app"), "", "nobody asked for it");
    let forced = up(&stack, &["--nr-force", "--nr-watch=4s"]);
    assert_eq!(stack.user("app"), "1000:1000", "{}", forced.all);
    assert!(
        forced.all.contains("tried here, and working: app"),
        "{}",
        forced.all
    );
}

#[test]
fn jobs_end_and_what_serves_must_not() {
    let port = crate::run::free_port();
    let serves = format!("    ports: ['127.0.0.1:{port}:8080']\n");
    let stack = scripts(
        "jobs",
        &[
            ("job", "exit 0", ""),
            ("server", "touch /etc/x || exit 0; exec sleep 600", &serves),
        ],
    );
    let out = up(&stack, &["--nr-watch=5s"]);
    assert_eq!(stack.user("server"), "", "{}", out.all);
    assert!(out.all.contains("tried here, and working: job"), "{}", out.all);
    assert!(
        out.all
            .contains("service server did not work as it was planned: it ended with code 0"),
        "{}",
        out.all
    );
}

#[test]
fn a_dependency_that_breaks_goes_back_alone() {
    let check = "    healthcheck: {test: [CMD, test, -e, /etc/x], interval: 1s, retries: 3}\n";
    let leans = "    depends_on: {db: {condition: service_healthy}}\n";
    for wait in [&[][..], &["--wait"]] {
        let stack = scripts("leans", &[("db", ROOTS, check), ("app", RUNS, leans)]);
        let out = up(&stack, &[wait, &["--nr-watch=6s"]].concat());
        assert_eq!(out.code, 0, "{wait:?}: {}", out.all);
        assert_eq!(
            (stack.user("db").as_str(), stack.user("app").as_str()),
            ("", "1000:1000"),
            "{}",
            out.all
        );
        assert!(
            out.all.contains("service db did not work") && !out.all.contains("service app did not"),
            "{}",
            out.all
        );
    }
}

#[test]
fn of_three_replicas_one_that_fails_is_seen() {
    let script = "mkdir /data/1 || mkdir /data/2 || touch /etc/x || exit 3; exec sleep 600";
    let more = "    volumes: ['./data:/data']\n    deploy: {replicas: 3}\n";
    let stack = scripts("three", &[("app", script, more)]);
    std::os::unix::fs::chown(stack.path("data"), Some(1507), Some(1507)).unwrap();
    let out = up(&stack, &["--nr-watch=5s"]);
    assert_eq!(out.code, 0, "{}", out.all);
    let project = format!("label=com.docker.compose.project={}", stack.project);
    let ids = docker(&["ps", "-q", "--filter", &project]).ok();
    assert_eq!(ids.split_whitespace().count(), 3, "{}", out.all);
    let roots = ids
        .split_whitespace()
        .filter(|id| procs::of(id).iter().any(procs::Process::is_root));
    assert_eq!(roots.count(), 3, "{}", out.all);
}

#[test]
fn what_worked_here_never_gets_root_back() {
    let script = "[ ! -e /data/corrupt ] || exit 7; exec sleep 600";
    let stack = scripts("outage", &[("app", script, "    volumes: ['./data:/data:ro']\n")]);
    let out = up(&stack, &["--nr-watch=4s"]);
    assert!(out.all.contains("tried here, and working: app"), "{}", out.all);
    std::fs::write(stack.path("data/corrupt"), "").unwrap();
    stack.ok(Tool::Nrcompose, &["restart", "-t", "1"]);
    let by = format!("label=com.docker.compose.project={}", stack.project);
    let app = || docker(&["ps", "-aq", "--filter", &by]).ok();
    eventually(20, || {
        match docker(&["inspect", "-f", "{{.State.ExitCode}}", app().trim()])
            .ok()
            .trim()
        {
            "7" => Ok(()),
            other => Err(other.to_owned()),
        }
    });
    let out = up(&stack, &["--nr-watch=4s"]);
    assert!(
        out.all
            .contains("service app worked here as it is planned, and does not any more"),
        "{}",
        out.all
    );
    assert_eq!(
        docker(&["inspect", "-f", "{{.Config.User}}", app().trim()])
            .ok()
            .trim(),
        "1000:1000",
        "{}",
        out.all
    );
}

#[test]
fn control_c_leaves_all_as_it_is() {
    let stack = scripts("ctrlc", &[("app", RUNS, "")]);
    // Long enough to be watched still when the signal comes, on a busy machine, too.
    let given = stack.command(Tool::Nrcompose, &["--nr-watch=30s", "up", "-d"]);
    let mut command = Command::new(given.get_args().nth(3).unwrap());
    command
        .args(given.get_args().skip(4))
        .current_dir(given.get_current_dir().unwrap());
    for (name, value) in given.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut child = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    // It says when it watches.
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("watching app") {
        assert_ne!(told.read_line(&mut said).unwrap(), 0, "{said}");
    }
    output(Command::new("kill").args(["-INT", "--", &format!("-{}", child.id())])).ok();
    told.read_to_string(&mut said).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(2), "{said}");
    assert!(said.contains("nobody watches any more"), "{said}");
    assert_eq!(stack.user("app"), "1000:1000");
    assert!(stack.kept("receipts.json").is_none());
    let out = up(&stack, &["--nr-watch=4s"]);
    assert!(
        out.all.contains("tried here, and working: app"),
        "it is watched then: {}",
        out.all
    );
}

#[test]
fn in_ci_nothing_is_guessed_and_receipts_come_by_file_alone() {
    let stack = scripts("ci", &[("app", RUNS, "")]);
    let in_ci = |words: &[&str]| {
        let mut command = stack.command(Tool::Nrcompose, words);
        output(command.env("CI", "true"))
    };
    let out = up(&stack, &["--nr-watch=4s"]);
    assert_eq!(stack.user("app"), "1000:1000", "{}", out.all);
    stack.ok(Tool::Nrcompose, &["verify", "--export-receipts", "receipts.json"]);
    let out = in_ci(&["up", "-d"]);
    assert_eq!(
        (out.code, stack.user("app").as_str()),
        (0, ""),
        "its own receipts do not count: {}",
        out.all
    );
    for receipts in ["receipts.json", "compose.yaml"] {
        let out = in_ci(&["--nr-receipts", receipts, "up", "-d"]);
        assert_eq!(
            out.code,
            if receipts == "receipts.json" { 0 } else { 2 },
            "{}",
            out.all
        );
        assert_eq!(stack.user("app"), "1000:1000", "{}", out.all);
    }
    // In the foreground and in a file, only what is known.
    let file = stack.ok(Tool::Nrcompose, &["--nr-no-state", "harden"]);
    assert!(!file.contains("user:"), "{file}");
    let file = stack.ok(Tool::Nrcompose, &["harden", "--guess"]);
    assert!(file.contains("user: \"1000:1000\""), "{file}");
}

#[test]
fn another_image_under_the_same_name_is_watched_and_a_damaged_file_is_set_aside() {
    let image = Built::of("FROM nrcompose-test/base\nCMD [\"sleep\", \"600\"]");
    let stack = Stack::of(
        "moved",
        &format!("services:\n  app:\n    image: {}\n    init: true\n", image.0),
    );
    let watch = &["--nr-watch=4s"];
    assert!(up(&stack, watch).all.contains("tried here, and working"));
    assert!(!up(&stack, watch).all.contains("tried here, and working"));
    // The same name means another image from here on.
    let other = Built::of("FROM nrcompose-test/base\nENV OTHER=1\nCMD [\"sleep\", \"600\"]");
    docker(&["tag", &other.0, &image.0]).ok();
    assert!(up(&stack, watch).all.contains("tried here, and working"));
    let (path, _) = stack.state().into_iter().next().unwrap();
    let path = path.with_file_name("receipts.json");
    let text = std::fs::read_to_string(&path).unwrap();
    for damaged in [
        text.replace("\"version\": 1", "\"version\": 9"),
        text[..text.len() / 2].to_owned(),
    ] {
        std::fs::write(&path, &damaged).unwrap();
        let out = up(&stack, watch);
        assert!(out.code == 0 && out.all.contains("was set aside"), "{}", out.all);
        assert!(out.all.contains("tried here, and working"), "{}", out.all);
        assert_eq!(
            std::fs::read_to_string(path.with_extension("json.set-aside")).unwrap(),
            damaged
        );
    }
}

#[test]
fn what_fails_as_written_too_is_told_and_not_tried_over_and_over() {
    let stack = scripts("alike", &[("app", "sleep 1; exit 5", "")]);
    let out = up(&stack, &["--nr-watch=4s"]);
    assert!(
        out.all
            .contains("service app does not work as its author wrote it, either"),
        "{}",
        out.all
    );
    // The same is not tried over and over: not on the same day, unless somebody says so.
    let out = up(&stack, &["--nr-watch=4s"]);
    assert!(
        out.all.contains("it worked neither way here") && !out.all.contains("did not work as it was planned"),
        "{}",
        out.all
    );
    let out = up(&stack, &["--nr-watch=4s", "--nr-force"]);
    assert!(
        out.all.contains("app did not work as it was planned"),
        "{}",
        out.all
    );
}

/// Who starts the last `docker compose up`: whoever became it has the parent of nrcompose.
fn starter(stack: &Stack, words: &[&str]) -> (String, Out) {
    let folder = stack.path("bin");
    let _ = std::fs::remove_dir_all(&folder);
    put_before(&folder, "cat /proc/$PPID/comm >> \"$0.parents\"");
    let mut command = stack.command(Tool::Nrcompose, words);
    let out = output(command.env("PATH", path_with(&folder)));
    let parents = std::fs::read_to_string(folder.join("docker.parents")).unwrap();
    (parents.lines().next_back().unwrap().to_owned(), out)
}

#[test]
fn with_nothing_to_watch_it_becomes_compose() {
    let stack = scripts("becomes", &[("app", RUNS, "")]);
    let (by, out) = starter(&stack, &["up", "-d", "--nr-watch=4s"]);
    assert_eq!(by, "nrcompose", "{}", out.all);
    let (by, out) = starter(&stack, &["up", "-d"]);
    assert_eq!(by, "timeout", "{}", out.all);
    stack.ok(Tool::Plain, &["down", "-t", "1"]);
    let (by, out) = starter(&stack, &["up", "-d"]);
    assert_eq!(
        by, "timeout",
        "its receipt holds for a new container: {}",
        out.all
    );
    let (by, out) = starter(&stack, &["--nr-no-state", "--nr-guess", "up", "-d"]);
    assert_eq!(by, "timeout", "{}", out.all);
    let trusting = scripts("trusts", &[("app", RUNS, "")]);
    let (by, out) = starter(&trusting, &["up", "-d", "--nr-trust"]);
    assert_eq!(
        (by.as_str(), trusting.user("app").as_str()),
        ("timeout", "1000:1000"),
        "{}",
        out.all
    );
    assert!(trusting.kept("receipts.json").is_none());
}

/// Who asks is told 500 whoever runs it: the plan has no part in that, and nobody gets root for it.
#[test]
fn what_answers_no_better_as_written_runs_as_planned() {
    let serves = "import http.server as h\\nclass H(h.BaseHTTPRequestHandler):\\n  def do_GET(s): s.send_error(500)\\nh.ThreadingHTTPServer(('', 8000), H).serve_forever()";
    let port = crate::run::free_port();
    let stack = Stack::of(
        "alike-500",
        &format!(
            "services:\n  app:\n    image: nrcompose-test/python\n    init: true\n    ports: ['127.0.0.1:{port}:8000']\n    command: [python3, -c, \"{serves}\"]\n"
        ),
    );
    let out = up(&stack, &["--nr-watch=8s"]);
    assert!(
        out.code == 0
            && out
                .all
                .contains("service app does no more as its author wrote it"),
        "{}",
        out.all
    );
    assert_eq!(stack.user("app"), "1000:1000", "{}", out.all);
    let out = up(&stack, &["--nr-watch=8s"]);
    assert!(!out.all.contains("warning:"), "{}", out.all);
}
