//! An example as a project of its own: a copy, free ports, a name, and nothing left behind.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::defects;
use crate::run::{self, Out, bounded, docker, output, unique};

/// What carries out `up`, `down` and the rest.
#[derive(Clone, Copy)]
pub(crate) enum Tool {
    /// `docker compose` as it is: everything starts as its author wrote it.
    Plain,
    /// nrcompose itself.
    Nrcompose,
    /// The same with `--nr-trust`, where the question is what a plan comes to: whoever watches would let it go back.
    Trusting,
    /// `docker compose` with the file that nrcompose writes for it at that moment.
    File,
}

pub(crate) struct Stack {
    dir: PathBuf,
    pub project: String,
    files: Vec<PathBuf>,
}

impl Stack {
    /// A copy of `examples/NAME`.
    pub(crate) fn example(name: &str) -> Self {
        let project = unique(name);
        let dir = std::env::temp_dir().join(&project);
        let source = root().join("examples").join(name);
        output(Command::new("cp").arg("-R").arg(&source).arg(&dir)).ok();
        let files = vec![dir.join("compose.yaml")];
        let stack = Self { dir, project, files };
        stack.share_images();
        stack
    }

    /// A project of this `compose.yaml` alone, which is found by its name.
    pub(crate) fn of(what: &str, compose: &str) -> Self {
        let project = unique(what);
        let dir = std::env::temp_dir().join(&project);
        std::fs::create_dir(&dir).unwrap();
        let files = Vec::new();
        let stack = Self { dir, project, files };
        stack.write("compose.yaml", compose);
        stack.share_images();
        stack
    }

    /// What is read of images is the same for all tests, and takes a second each.
    fn share_images(&self) {
        let cache = self.path(".home/XDG_CACHE_HOME/nrcompose");
        std::fs::create_dir_all(&cache).unwrap();
        std::os::unix::fs::symlink(images_read(), cache.join("images")).unwrap();
    }

    /// For a test that is about that: they are read again.
    pub(crate) fn reads_images_anew(&self) {
        std::fs::remove_file(self.path(".home/XDG_CACHE_HOME/nrcompose/images")).unwrap();
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Another file of the example than compose.yaml.
    pub(crate) fn file(mut self, name: &str) -> Self {
        self.files[0] = self.dir.join(name);
        self
    }

    /// One more file.
    pub(crate) fn and(mut self, file: PathBuf) -> Self {
        self.files.push(file);
        self
    }

    /// `tests/images/NAME.yaml` as one more file, unless the published images are asked for.
    pub(crate) fn stand_ins(mut self, name: &str) -> Self {
        if !published() {
            self.files.push(root().join(format!("tests/images/{name}.yaml")));
        }
        self
    }

    /// A free port in the place of a text of the example, such as `HTTP_PORT=80` or `7777:80`.
    pub(crate) fn free_port(&self, file: &str, from: &str, to: impl Fn(u16) -> String) -> u16 {
        let port = run::free_port();
        let path = self.dir.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} no longer has {from}");
        std::fs::write(path, text.replace(from, &to(port))).unwrap();
        port
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The tool with its arguments, in the project.
    pub(crate) fn run(&self, tool: Tool, args: &[&str]) -> Out {
        output(&mut self.command(tool, args))
    }

    /// The same, to be started otherwise.
    pub(crate) fn command(&self, tool: Tool, args: &[&str]) -> Command {
        let mut globals = vec!["-p", &self.project];
        for file in &self.files {
            globals.extend(["-f", file.to_str().unwrap()]);
        }
        if let Tool::File = tool {
            // Compose finds it by its name; where files are named, it is one more.
            let file = self.path("compose.override.yaml");
            let file = file.to_str().unwrap();
            // What the image is is not the question where a file is.
            let harden = [&globals[..], &["harden", "--guess", "-o", file]].concat();
            output(&mut self.words(Tool::Nrcompose, &harden)).ok();
            if !self.files.is_empty() {
                globals.extend(["-f", file]);
            }
            return self.words(Tool::Plain, &[&globals, args].concat());
        }
        self.words(tool, &[&globals, args].concat())
    }

    /// The tool with these words and no other, in the project's directory.
    pub(crate) fn words(&self, tool: Tool, words: &[&str]) -> Command {
        let mut command = match tool {
            Tool::Plain | Tool::File => {
                let mut command = bounded(180, "docker");
                command.arg("compose");
                command
            }
            Tool::Nrcompose => bounded(180, env!("CARGO_BIN_EXE_nrcompose")),
            Tool::Trusting => {
                let mut command = bounded(180, env!("CARGO_BIN_EXE_nrcompose"));
                command.arg("--nr-trust");
                command
            }
        };
        for home in ["XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
            command.env(home, self.dir.join(".home").join(home));
        }
        command.args(words).current_dir(&self.dir);
        command
    }

    /// The files that nrcompose keeps of its projects, with their text.
    pub(crate) fn state(&self) -> Vec<(PathBuf, String)> {
        let projects = self.dir.join(".home/XDG_STATE_HOME/nrcompose/projects");
        let folders = std::fs::read_dir(projects).into_iter().flatten();
        let files = folders.map(|f| f.unwrap().path().join("override.yaml"));
        files
            .filter_map(|f| Some((f.clone(), std::fs::read_to_string(f).ok()?)))
            .collect()
    }

    /// The file of that name that nrcompose keeps of this project.
    pub(crate) fn kept(&self, name: &str) -> Option<String> {
        let (path, _) = self.state().into_iter().next()?;
        std::fs::read_to_string(path.with_file_name(name)).ok()
    }

    /// The user that the container of a service was made for; empty is as its author wrote it.
    #[track_caller]
    pub(crate) fn user(&self, service: &str) -> String {
        let container = self.container(service);
        docker(&["inspect", "-f", "{{.Config.User}}", &container]).ok()
    }

    #[track_caller]
    pub(crate) fn ok(&self, tool: Tool, args: &[&str]) -> String {
        let out = self.run(tool, args);
        if defects::only_stuck_network(&out, &self.network()) {
            return out.stdout;
        }
        out.ok()
    }

    /// The container of a service.
    #[track_caller]
    pub(crate) fn container(&self, service: &str) -> String {
        let by = format!("label=com.docker.compose.service={service}");
        let id = docker(&["ps", "-q", "--filter", &self.own(), "--filter", &by]).ok();
        assert!(
            !id.is_empty(),
            "{service} does not run:\n{}",
            self.run(Tool::Plain, &["logs", service]).all
        );
        id
    }

    pub(crate) fn network(&self) -> String {
        format!("{}_default", self.project)
    }

    pub(crate) fn volume(&self, name: &str) -> String {
        format!("{}_{name}", self.project)
    }

    /// Names of what the engine still has of the project: containers, networks, volumes.
    pub(crate) fn left(&self) -> Vec<String> {
        let (own, mut left) = (self.own(), Vec::new());
        for list in [
            &["ps", "-aq"][..],
            &["network", "ls", "-q"],
            &["volume", "ls", "-q"],
        ] {
            let found = docker(&[list, &["--filter", &own]].concat());
            let kept = found
                .stdout
                .lines()
                .filter(|id| list[0] != "network" || !defects::network_is_stuck(id));
            left.extend(kept.map(str::to_owned));
        }
        left
    }

    fn own(&self) -> String {
        format!("label=com.docker.compose.project={}", self.project)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // By name alone: what the files say now may not be what was started.
        output(bounded(120, "docker").args([
            "compose",
            "-p",
            &self.project,
            "down",
            "--volumes",
            "--remove-orphans",
            "--timeout",
            "5",
        ]));
        for volume in docker(&["volume", "ls", "-q", "--filter", &self.own()])
            .stdout
            .lines()
        {
            docker(&["volume", "rm", "-f", volume]);
        }
        // Containers may have left files of their own users.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Whether the published images are judged instead of the stand-ins.
pub(crate) fn published() -> bool {
    std::env::var_os("NRCOMPOSE_TEST_REAL").is_some()
}

/// Where this process keeps what was read of images; what others left that are gone is removed.
fn images_read() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("images-read");
        for entry in std::fs::read_dir(&all).into_iter().flatten().flatten() {
            let is_gone = !Path::new("/proc").join(entry.file_name()).exists();
            let _ = is_gone.then(|| std::fs::remove_dir_all(entry.path()));
        }
        let own = all.join(std::process::id().to_string());
        std::fs::create_dir_all(&own).unwrap();
        own
    })
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
