//! Removes a Compose project of ours once nobody needs it any more, however that came about.
//!
//! A process of its own waits at the reading end of a pipe. The writing end is held by this process and by every
//! `docker compose` that it starts, so it closes when the last of them is gone: when all is done, after Ctrl-C,
//! after a kill. No signal has to be caught for that, and nothing is made any more once the removing begins.

use super::compose;
use anyhow::{Context, Result, bail};
use std::io::{PipeWriter, Read, pipe};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The word that makes this program the process that waits.
pub const VERB: &str = "__keep";

/// How often what is left is tried again: an engine lets go of a network some time after its last container.
const TRIES: u32 = 5;

/// A project and a directory that will be removed.
#[derive(Debug)]
pub struct Keeper {
    child: Child,
    held: PipeWriter,
    project: String,
}

impl Keeper {
    /// From now on the containers, networks and volumes of `project` and the directory are as good as gone.
    ///
    /// # Errors
    /// This program cannot be started once more.
    pub fn start(project: &str, directory: &Path) -> Result<Keeper> {
        let doing = || format!("starting what removes the project {project} in the end");
        let (end, held) = pipe().with_context(doing)?;
        // This very program, also when its file was replaced meanwhile.
        let mut command = Command::new("/proc/self/exe");
        command.arg(VERB).arg(project).arg(directory);
        command
            .stdin(Stdio::from(end))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // Ctrl-C is for the others.
        let child = command.process_group(0).spawn().with_context(doing)?;
        Ok(Keeper {
            child,
            held,
            project: project.to_owned(),
        })
    }

    /// Lets a command that makes things for the project hold the pipe; its standard input is spent for that.
    ///
    /// # Errors
    /// No more file descriptors.
    pub fn hold(&self, command: &mut Command) -> Result<()> {
        let held = self.held.try_clone().context("handing a pipe on")?;
        command.stdin(Stdio::from(held));
        Ok(())
    }

    /// Lets go; the removing goes on by itself.
    pub fn let_go(self) -> Leaving {
        Leaving {
            child: self.child,
            project: self.project,
        }
    }
}

/// A project that is being removed.
#[derive(Debug)]
pub struct Leaving {
    child: Child,
    project: String,
}

impl Leaving {
    /// Waits until everything is gone.
    ///
    /// # Errors
    /// Something could not be removed.
    pub fn gone(mut self) -> Result<()> {
        let project = &self.project;
        let status = self
            .child
            .wait()
            .with_context(|| format!("removing the project {project}"))?;
        if !status.success() {
            bail!(
                "removing the project {project}: something of it is left\n\
                 help: `docker compose -p {project} down --volumes` removes it"
            );
        }
        Ok(())
    }
}

/// What that process does: waits, removes, and tells by its exit code whether all is gone.
pub fn keep(project: &str, directory: &str) -> bool {
    let mut end = std::io::stdin().lock();
    let mut nothing = Vec::new();
    if end.read_to_end(&mut nothing).is_err() || project.is_empty() || !Path::new(directory).is_absolute() {
        return false;
    }
    let nameless = nameless(project).unwrap_or_default();
    let gone = (0..TRIES).any(|attempt| {
        if attempt > 0 {
            std::thread::sleep(Duration::from_secs(1));
        }
        remove(project, &nameless).unwrap_or(false)
    });
    let removed = match std::fs::remove_dir_all(directory) {
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        Ok(()) => true,
    };
    gone && removed
}

/// The volumes without a name of its containers. Compose hands them on to a container that it makes anew, by the name
/// that the engine gave them, and from then on nobody takes them for nameless.
fn nameless(project: &str) -> Result<Vec<String>> {
    let ids = docker(&["ps", "-aq", "--no-trunc", "--filter", &label(project)])?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let format = "{{range .Mounts}}{{println .Name}}{{end}}";
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut names = docker(&[&["container", "inspect", "-f", format, "--"], &ids[..]].concat())?;
    names.retain(|name| name.len() == 64 && name.chars().all(|c| c.is_ascii_hexdigit()));
    Ok(names)
}

/// One attempt; whether nothing is left.
fn remove(project: &str, nameless: &[String]) -> Result<bool> {
    let filter = label(project);
    // By its name alone. Without its files Compose does not know all volumes.
    let down = ["down", "--volumes", "--remove-orphans", "--timeout", "3"];
    docker(&[&["compose", "-p", project], &down[..]].concat())?;
    for volume in nameless {
        // Most went with their containers.
        docker(&["volume", "rm", "-f", volume])?;
    }
    let mut nothing_left = true;
    for (list, removing) in [
        (&["ps", "-aq"][..], &["rm", "-fv"][..]),
        (&["network", "ls", "-q"], &["network", "rm"]),
        (&["volume", "ls", "-q"], &["volume", "rm", "-f"]),
    ] {
        let found = docker(&[list, &["--filter", &filter]].concat())?;
        let ids: Vec<&str> = found.iter().map(String::as_str).collect();
        if !ids.is_empty() {
            docker(&[removing, &ids].concat())?;
            nothing_left &= docker(&[list, &["--filter", &filter]].concat())?.is_empty();
        }
    }
    Ok(nothing_left)
}

fn label(project: &str) -> String {
    format!("label=com.docker.compose.project={project}")
}

/// The words that a command of the engine prints; none when it fails.
fn docker(words: &[&str]) -> Result<Vec<String>> {
    let run = Command::new(compose::docker()?)
        .args(words)
        .current_dir("/")
        .output()?;
    let said = String::from_utf8_lossy(&run.stdout);
    Ok(said.split_whitespace().map(str::to_owned).collect())
}
