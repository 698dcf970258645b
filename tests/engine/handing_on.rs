//! What is handed on is `docker compose`'s own: its output, its exit code, its signals.

use crate::run::{Out, docker, eventually, output_of};
use crate::stack::{Stack, Tool};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

const BOTH: [Tool; 2] = [Tool::Plain, Tool::Nrcompose];

const COMPOSE: &str = "\
services:
  app:
    image: nrcompose-test/base
    init: true
    command: [sh, -c, 'echo started; exec sleep 600']
";

fn started() -> Stack {
    let stack = Stack::of("handing-on", COMPOSE);
    stack.ok(Tool::Nrcompose, &["up", "-d"]);
    stack
}

/// Compose lists the labels of a container in another order every time.
fn in_order(text: &str) -> String {
    let sorted = |line: &str| {
        let Some((before, rest)) = line.split_once("\"Labels\":\"") else {
            return line.to_owned();
        };
        let (labels, after) = rest.split_once('"').unwrap();
        let mut labels: Vec<&str> = labels.split(',').collect();
        labels.sort_unstable();
        format!("{before}{labels:?}{after}")
    };
    // Before Compose's own words stands the sum of a start.
    let lines = text.lines().filter(|line| !line.starts_with("nrcompose: "));
    lines.map(|line| sorted(line) + "\n").collect()
}

/// Standard output, everything said and the exit code are the same with both; since some of it is how long ago
/// something was, one of several tries is enough.
#[track_caller]
fn same(stack: &Stack, args: &[&str]) -> Out {
    let mut tries = 0;
    loop {
        let [plain, ours] = BOTH.map(|tool| {
            let mut out = stack.run(tool, args);
            out.all = in_order(&out.all);
            out.stdout = in_order(&out.stdout);
            out
        });
        let is_same = (plain.code, &plain.stdout, &plain.all) == (ours.code, &ours.stdout, &ours.all);
        if is_same {
            return ours;
        }
        tries += 1;
        assert!(
            tries < 5,
            "{args:?}: docker compose: {plain:#?}\nnrcompose: {ours:#?}"
        );
    }
}

#[test]
fn looking_and_executing_are_the_same() {
    let stack = started();
    let out = same(
        &stack,
        &["exec", "-T", "app", "sh", "-c", "echo out; echo err >&2; exit 5"],
    );
    assert_eq!((out.code, out.stdout.as_str()), (5, "out\n"));
    assert!(out.all.contains("err\n"));

    assert_eq!(same(&stack, &["exec", "-T", "nobody", "true"]).code, 1);
    for args in [
        &["ps", "--format", "json"][..],
        &["ps", "-q"],
        &["logs", "--no-color"],
        &["images", "--format", "json"],
        &["port", "app", "80"],
        &["top", "nobody"],
        &["version", "--short"],
        &["config", "--services"],
        &["up", "--no-such-flag"],
    ] {
        same(&stack, args);
    }
    for tool in BOTH {
        let out = output_of(&mut stack.command(tool, &["exec", "-T", "app", "cat"]), "tulip");
        assert_eq!((out.code, out.stdout.as_str()), (0, "tulip"), "{}", out.all);
    }
}

#[test]
fn a_command_of_its_own_gives_its_exit_code() {
    let stack = started();
    let script = "id -u; grep CapBnd /proc/self/status; exit 7";
    let out = stack.run(Tool::Nrcompose, &["run", "--rm", "-T", "app", "sh", "-c", script]);
    assert_eq!(out.code, 7, "{}", out.all);
    assert!(!out.stdout.starts_with("0\n"), "{}", out.all);
    assert!(out.stdout.contains("CapBnd:\t0000000000000000"), "{}", out.all);
    // `-h` behind the service is the command's: it is no reason to start as the author wrote it.
    let out = stack.run(
        Tool::Nrcompose,
        &["run", "--rm", "-T", "app", "sh", "-c", "id -u", "-h"],
    );
    assert!(out.code == 0 && !out.stdout.starts_with("0\n"), "{}", out.all);
    let mut run = stack.command(Tool::Nrcompose, &["run", "--rm", "-T", "app", "cat"]);
    assert_eq!(output_of(&mut run, "tulip").stdout, "tulip");
}

/// Ctrl-C reaches `docker compose`, since this process has become that one.
#[test]
fn following_logs_ends_with_control_c_as_compose_does() {
    let stack = started();
    let codes = BOTH.map(|tool| {
        let mut command = stack.command(tool, &["logs", "-f"]);
        // Of `timeout`, which would be the first process of the group.
        let mut inner = Command::new(command.get_args().nth(3).unwrap());
        inner.args(command.get_args().skip(4));
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inner.env(name, value),
                None => inner.env_remove(name),
            };
        }
        inner.current_dir(command.get_current_dir().unwrap());
        command = inner;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.process_group(0).spawn().unwrap();
        let pid = child.id();
        eventually(30, || {
            let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            if comm.trim() == "docker" {
                Ok(())
            } else {
                Err(format!("{pid} is {comm}"))
            }
        });
        let mut first = [0; 1];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
        let group = format!("-{pid}");
        assert!(
            Command::new("kill")
                .args(["-INT", "--", &group])
                .status()
                .unwrap()
                .success()
        );
        let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code();
            }
            if std::time::Instant::now() > end {
                let _ = child.kill();
                panic!("does not end");
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    });
    assert_eq!(codes[0], codes[1]);
    assert_eq!(
        docker(&["inspect", "-f", "{{.State.Running}}", &stack.container("app")]).ok(),
        "true"
    );
}
