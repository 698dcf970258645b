//! A `docker` before the real one that writes down how it is called.

use crate::run::{Out, output};
use crate::stack::{Stack, Tool};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

pub(crate) struct DockerCalls {
    folder: PathBuf,
}

impl DockerCalls {
    pub(crate) fn of(stack: &Stack) -> DockerCalls {
        let folder = stack.path("shim");
        fs::create_dir(&folder).unwrap();
        let real = output(Command::new("sh").args(["-c", "command -v docker"])).ok();
        let script = format!("#!/bin/sh\necho \"$*\" >> \"${{0%/*}}/calls\"\nexec {real} \"$@\"\n");
        let docker = folder.join("docker");
        fs::write(&docker, script).unwrap();
        fs::set_permissions(docker, fs::Permissions::from_mode(0o755)).unwrap();
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
        let path = std::env::var("PATH").unwrap();
        let mut command = stack.command(Tool::Nrcompose, words);
        command.env("PATH", format!("{}:{path}", self.folder.display()));
        let output = output(&mut command);
        let calls = fs::read_to_string(file).unwrap_or_default();
        (calls.lines().map(str::to_owned).collect(), output)
    }
}
