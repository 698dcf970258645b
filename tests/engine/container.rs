//! Single containers and volumes that are gone when the test is.

use crate::run::{Out, bounded, docker, eventually, output_of, unique};

pub(crate) fn image(name: &str) -> String {
    format!("nrcompose-test/{name}")
}

/// A container in the background.
pub(crate) struct Container(pub String);

impl Container {
    pub(crate) fn start(options: &[&str], image_name: &str, command: &[&str]) -> Self {
        let made = Self::create(options, image_name, command);
        made.start_it().ok();
        made
    }

    pub(crate) fn create(options: &[&str], image_name: &str, command: &[&str]) -> Self {
        let (name, image) = (unique("c"), image(image_name));
        let mut args = vec!["create", "--label", "nrcompose-test=1", "--name", &name];
        args.extend(options);
        args.push(&image);
        args.extend(command);
        docker(&args).ok();
        Self(name)
    }

    pub(crate) fn start_it(&self) -> Out {
        docker(&["start", &self.0])
    }

    pub(crate) fn stop(&self) {
        docker(&["stop", "-t", "5", &self.0]).ok();
    }

    pub(crate) fn logs(&self) -> String {
        docker(&["logs", &self.0]).all
    }

    pub(crate) fn exec(&self, args: &[&str]) -> Out {
        docker(&[&["exec", self.0.as_str()], args].concat())
    }

    pub(crate) fn running(&self) -> bool {
        docker(&["inspect", "-f", "{{.State.Running}}", &self.0]).ok() == "true"
    }

    /// Waits for the end and gives the exit code.
    #[track_caller]
    pub(crate) fn exit_code(&self) -> i32 {
        docker(&["wait", &self.0]).ok().parse().unwrap()
    }

    #[track_caller]
    pub(crate) fn wait_for_log(&self, wanted: &str) {
        eventually(40, || {
            let logs = self.logs();
            if logs.contains(wanted) {
                Ok(())
            } else {
                Err(format!("no {wanted:?} in:\n{logs}"))
            }
        });
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "-fv", &self.0]);
    }
}

/// One command in a container of its own.
pub(crate) fn once(options: &[&str], image_name: &str, command: &[&str]) -> Out {
    let (name, image) = (unique("once"), image(image_name));
    let mut args = vec!["run", "--rm", "--label", "nrcompose-test=1", "--name", &name];
    args.extend(options);
    args.push(&image);
    args.extend(command);
    docker(&args)
}

/// A named volume.
pub(crate) struct Volume(pub String);

impl Volume {
    pub(crate) fn new() -> Self {
        let name = unique("v");
        docker(&["volume", "create", "--label", "nrcompose-test=1", &name]).ok();
        Self(name)
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}:{path}", self.0)
    }

    /// A command as root with the volume at /v, a path that the image does not have.
    pub(crate) fn with(&self, script: &str) -> String {
        once(&["-v", &self.at("/v")], "base", &["sh", "-c", script]).ok()
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        docker(&["volume", "rm", "-f", &self.0]);
    }
}

/// Every `uid:gid` that owns something in a volume.
pub(crate) fn owners(volume: &str) -> Vec<String> {
    let mount = format!("{volume}:/v");
    let listing = once(&["-v", &mount], "base", &["find", "/v", "-printf", "%U:%G\n"]).ok();
    let mut owners: Vec<String> = listing.lines().map(str::to_owned).collect();
    owners.sort();
    owners.dedup();
    owners
}

/// An image of a few lines, which needs no build context.
pub(crate) struct Built(pub String);

impl Built {
    pub(crate) fn of(dockerfile: &str) -> Self {
        let name = unique("image");
        let text = format!("{dockerfile}\nLABEL nrcompose-test=1\n");
        let build = ["build", "-q", "-t", &name, "-"];
        output_of(
            bounded(120, "docker").env("DOCKER_BUILDKIT", "1").args(build),
            &text,
        )
        .ok();
        Self(name)
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        docker(&["rmi", "-f", &self.0]);
    }
}
