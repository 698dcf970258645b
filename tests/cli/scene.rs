//! A place where one test runs the program: nothing of the machine's own settings gets in.

use crate::docker::{Listening, StandIn};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Out {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub(crate) struct Scene {
    root: PathBuf,
    socket: Option<Listening>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("nrct-cli-{}-{count}", std::process::id()));
        for directory in ["project", "home", "bin"] {
            fs::create_dir_all(root.join(directory)).unwrap();
        }
        Self { root, socket: None }
    }

    /// A project with this `compose.yaml`.
    pub(crate) fn compose(text: &str) -> Self {
        Self::new().file("compose.yaml", text)
    }

    pub(crate) fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// A `docker` on PATH that takes notes and ends with 7, and the socket of a rootful engine that can be connected
    /// to.
    pub(crate) fn with_docker(self) -> Self {
        self.with_engine("rootful")
    }

    /// The same with an engine of `tests/engines`.
    pub(crate) fn with_engine(self, name: &str) -> Self {
        self.with(&StandIn::of_engine(name).without_containers().that_takes_notes())
    }

    /// A `docker` that does this, whatever it is asked.
    pub(crate) fn with_docker_that(self, does: &str) -> Self {
        self.with(&StandIn::that_does(does))
    }

    fn with(mut self, docker: &StandIn) -> Self {
        docker.put(&self.root.join("bin"));
        if self.socket.is_none() {
            self.socket = Some(docker.listen(&self.root.join("docker.sock")));
        }
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join("project").join(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The program in the project's folder, with a scrubbed environment.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nrcompose"));
        let socket = format!("unix://{}", self.root.join("docker.sock").display());
        command
            .current_dir(self.root.join("project"))
            .env_clear()
            .env("PATH", self.root.join("bin"))
            .env("HOME", self.home())
            .env("DOCKER_HOST", socket)
            .stdin(Stdio::null())
            .args(words);
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Out {
        output(&mut self.command(words))
    }

    /// The same with something to read.
    pub(crate) fn run_with(&self, words: &[&str], stdin: &str) -> Out {
        let mut command = self.command(words);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        told(child.wait_with_output().unwrap())
    }

    /// How `docker` was called, and what it could read.
    pub(crate) fn notes(&self) -> (String, String) {
        let read = |name| fs::read_to_string(self.root.join("bin").join(name)).unwrap();
        (read("notes"), read("stdin"))
    }

    /// How often somebody connected to the engine's socket, beside the `docker` of the scene, which does not.
    pub(crate) fn reached(&self) -> usize {
        self.socket.as_ref().unwrap().connections()
    }

    /// From now on the engine says nothing on its socket.
    pub(crate) fn engine_hangs(&self) {
        self.socket.as_ref().unwrap().hang();
    }

    /// From now on the engine fails at whatever is asked below this path of its socket.
    pub(crate) fn engine_refuses(&self, path: &'static str) {
        self.socket.as_ref().unwrap().refuse(path);
    }

    /// The override that `docker compose` was handed.
    pub(crate) fn handed_override(&self) -> String {
        fs::read_to_string(self.root.join("bin/override")).unwrap()
    }

    /// Whether `docker compose` was called.
    pub(crate) fn was_handed_on(&self) -> bool {
        self.root.join("bin/notes").exists()
    }

    /// Every file of the project and of the home, with its bytes; but for the cache, where what was asked may be kept
    /// although nothing came of it.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        for directory in ["project", "home"] {
            collect(&self.root.join(directory), &mut found);
        }
        found.retain(|path, _| !path.starts_with(self.home().join(".cache")));
        found
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    Path::new("/proc/self").metadata().unwrap().uid() == 0
}

/// Whether a test can run the program as sudo does: only root can. In CI it has to be able to.
pub(crate) fn may_sudo() -> bool {
    let is_root = is_root();
    if !is_root {
        println!("left out: only root can run this as sudo does");
        assert!(std::env::var_os("CI").is_none(), "in CI this has to run as root");
    }
    is_root
}

/// What the installed Compose says of itself. In CI there has to be one.
pub(crate) fn help_of_compose() -> Option<String> {
    help_of(&[])
}

/// The same of one of its commands.
pub(crate) fn help_of(command: &[&str]) -> Option<String> {
    let out = Command::new("docker")
        .arg("compose")
        .args(command)
        .arg("--help")
        .output();
    let text = out.ok().and_then(|out| String::from_utf8(out.stdout).ok());
    let text = text.filter(|text| text.contains("Usage:  docker compose"));
    if text.is_none() {
        println!("left out: there is no docker compose to compare with");
        assert!(
            std::env::var_os("CI").is_none(),
            "in CI there has to be a docker compose"
        );
    }
    text
}

pub(crate) fn output(command: &mut Command) -> Out {
    told(command.output().unwrap())
}

fn told(out: std::process::Output) -> Out {
    Out {
        code: out.status.code(),
        stdout: String::from_utf8(out.stdout).unwrap(),
        stderr: String::from_utf8(out.stderr).unwrap(),
    }
}

fn collect(directory: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
            found.insert(path, Vec::new());
        } else {
            // What a link through /proc leads to is this process's own, and others write there: a log of the tests.
            let is_ours = !fs::read_link(&path).is_ok_and(|to| to.starts_with("/proc"));
            // A pipe is never read to its end.
            let bytes = if is_ours && path.is_file() {
                fs::read(&path).unwrap_or_default()
            } else {
                Vec::new()
            };
            found.insert(path, bytes);
        }
    }
}
