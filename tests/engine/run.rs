//! Commands with a time limit, and waiting with one. An engine can hang; a test must not.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Out {
    pub code: i32,
    pub stdout: String,
    /// Standard output and standard error, in this order.
    pub all: String,
}

impl Out {
    /// The trimmed standard output of a command that had to succeed.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert!(self.code == 0, "exit {}:\n{}", self.code, self.all);
        self.stdout.trim().to_owned()
    }

    /// Everything said by a command that had to fail.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert!(
            self.code != 0 && self.code != 124,
            "exit {}:\n{}",
            self.code,
            self.all
        );
        self.all
    }
}

/// A command that is killed after `seconds` (exit code 124).
pub(crate) fn bounded(seconds: u32, program: &str) -> Command {
    let mut command = Command::new("timeout");
    // As a person has it: in CI nobody watches what starts.
    command.env_remove("CI");
    command.args(["-k", "5", &seconds.to_string(), program]);
    command
}

pub(crate) fn output(command: &mut Command) -> Out {
    told(command.stdin(std::process::Stdio::null()).output().unwrap())
}

/// The same with something to read.
pub(crate) fn output_of(command: &mut Command, stdin: &str) -> Out {
    use std::io::Write;
    use std::process::Stdio;
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // Whoever does not read it has ended already.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    told(child.wait_with_output().unwrap())
}

fn told(out: std::process::Output) -> Out {
    let stdout = String::from_utf8_lossy(&out.stdout).into_owned();
    let all = format!("{stdout}{}", String::from_utf8_lossy(&out.stderr));
    Out {
        code: out.status.code().unwrap_or(-1),
        stdout,
        all,
    }
}

pub(crate) fn docker(args: &[&str]) -> Out {
    output(bounded(120, "docker").args(args))
}

/// A name nobody else has; `tests/run` sweeps by its beginning.
pub(crate) fn unique(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let run = std::env::var("NRCOMPOSE_TEST_RUN").unwrap_or_else(|_| "nrct0".to_owned());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{run}-{what}-{}-{count}", std::process::id())
}

/// Tries until it succeeds; the last error is the one told.
#[track_caller]
pub(crate) fn eventually<T>(seconds: u64, mut attempt: impl FnMut() -> Result<T, String>) -> T {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(error) if Instant::now() > end => panic!("not within {seconds} s: {error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(300)),
        }
    }
}

/// A port of this machine that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Whether the long sets are asked for, too: `tests/run --all`.
pub(crate) fn is_long() -> bool {
    std::env::var_os("NRCOMPOSE_TEST_ALL").is_some_and(|v| !v.is_empty())
}
