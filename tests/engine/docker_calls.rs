//! A `docker` before the real one: one that writes down how it is called, and what else a test needs.

use crate::run::{Out, output};
use crate::stack::{Stack, Tool};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A new folder with a `docker` that does something before it becomes the real one, which is `$real` to it.
pub(crate) fn put_before(folder: &Path, what: &str) {
    fs::create_dir_all(folder).unwrap();
    let real = output(Command::new("sh").args(["-c", "command -v docker"])).ok();
    let docker = folder.join("docker");
    fs::write(
        &docker,
        format!("#!/bin/sh\nreal={real}\n{what}\nexec $real \"$@\"\n"),
    )
    .unwrap();
    fs::set_permissions(docker, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A `PATH` on which what is in a folder comes first.
pub(crate) fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

pub(crate) struct DockerCalls {
    folder: PathBuf,
}

impl DockerCalls {
    pub(crate) fn of(stack: &Stack) -> DockerCalls {
        let folder = stack.path("shim");
        put_before(&folder, "echo \"$*\" >> \"${0%/*}/calls\"");
        DockerCalls { folder }
    }

    /// The calls of one command that goes well.
    pub(crate) fn calls(&self, stack: &Stack, words: &[&str]) -> Vec<String> {
        let (calls, output) = self.run(stack, words);
        output.ok();
        calls
    }

    /// The calls of one command, and how it ends.
    pub(crate) fn run(&self, stack: &Stack, words: &[&str]) -> (Vec<String>, Out) {
        let file = self.folder.join("calls");
        let _ = fs::remove_file(&file);
        let mut command = stack.command(Tool::Nrcompose, words);
        command.env("PATH", path_with(&self.folder));
        let output = output(&mut command);
        let calls = fs::read_to_string(file).unwrap_or_default();
        (calls.lines().map(str::to_owned).collect(), output)
    }
}
