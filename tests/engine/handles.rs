//! No program of an image or a volume reaches the host's files by their handles (`open_by_handle_at`) in what nrcompose
//! starts beside a service. The programs are those of the stand-in `hostile`, which write down what they got.

use crate::container::{Container, Volume, once};
use crate::run::{docker, unique};
use crate::stack::{Stack, Tool};
use std::path::PathBuf;

/// What the program of the stand-in was told, by the mark that it left in a directory: `sh`, `find`, `chown`, `preload`.
pub(crate) fn told(volume: &str) -> Vec<String> {
    let mount = format!("{volume}:/v");
    let shown = once(&["-v", &mount], "hostile", &["/bin/sh", "--show", "/v"]).ok();
    let mut lines: Vec<String> = shown.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// The program of the stand-in, or its library, on this machine.
pub(crate) struct Planted(PathBuf);

impl Planted {
    pub(crate) fn file(inside: &str) -> Planted {
        let container = Container::create(&[], "hostile", &[]);
        let file = std::env::temp_dir().join(unique("planted"));
        docker(&["cp", &format!("{}:{inside}", container.0), file.to_str().unwrap()]).ok();
        Planted(file)
    }

    /// Puts it into a volume, for anybody to run.
    pub(crate) fn put(&self, volume: &str, names: &[&str]) {
        let holder = Container::create(&["-v", &format!("{volume}:/v")], "base", &["true"]);
        for name in names {
            let to = format!("{}:/v/{name}", holder.0);
            docker(&["cp", self.0.to_str().unwrap(), &to]).ok();
        }
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Without this the tests below could not fail: with that one capability the same program does reach the host.
#[test]
fn the_program_reaches_the_host_with_the_capability() {
    for (capability, reached) in [("DAC_READ_SEARCH", true), ("DAC_OVERRIDE", false)] {
        let volume = Volume::new();
        let mount = volume.at("/data");
        let options = ["--cap-drop", "ALL", "--cap-add", capability, "-v", &mount];
        let said = once(&options, "hostile", &["/bin/find", "/data"]).ok();
        assert_eq!(said != "EPERM", reached, "{capability}: {said}");
    }
}

const SERVICE: &str = "
services:
  app:
    image: nrcompose-test/hostile
    volumes: ['data:/data']
volumes: {data: }
";

/// The image's own shell is what the init runs.
#[test]
fn a_hostile_image_in_the_init() {
    let stack = Stack::of("hostile", SERVICE);
    stack.ok(Tool::File, &["up", "-d"]);
    let told = told(&stack.volume("data"));
    assert!(
        told.contains(&"handle-sh: EPERM by uid 0, interfaces 0".to_owned()),
        "{told:?}"
    );
}

/// In a trial as well, and there it has no network either.
#[test]
fn a_hostile_image_in_a_trial() {
    let stack = Stack::of("hostile-trial", SERVICE);
    let show = [
        "test", "--format", "json", "app", "--", "/bin/sh", "--show", "/data",
    ];
    let out = stack.run(Tool::Trusting, &show);
    let told: serde_json::Value = serde_json::from_str(&out.stdout).expect(&out.all);
    let hardened = told["hardened"]["said"].as_str().unwrap();
    assert!(
        hardened.contains("handle-sh: EPERM by uid 0, interfaces 0"),
        "{}",
        out.all
    );
}

/// An honest image, and what its service could have left in its volumes: programs on PATH, a library to load first.
#[test]
fn what_a_service_planted_is_not_run_by_the_init() {
    let image = unique("path");
    let stack = Stack::of(
        "planted",
        &format!(
            "
services:
  app:
    image: {image}
    init: true
    user: '4000:4000'
    command: [sleep, '600']
    volumes: ['bin:/usr/local/bin', 'data:/data']
volumes: {{bin: , data: }}
"
        ),
    );
    stack.write(
        "Dockerfile",
        "FROM nrcompose-test/base\nENV PATH=/data:/usr/local/bin:/usr/bin:/bin LD_PRELOAD=/data/preload.so BASH_ENV=/data/sh\nLABEL nrcompose-test=1\n",
    );
    let folder = stack.path("");
    docker(&["build", "-q", "-t", &image, folder.to_str().unwrap()]).ok();
    let outcome = std::panic::catch_unwind(|| {
        let (program, library) = (Planted::file("/bin/find"), Planted::file("/lib/preload.so"));
        let (bin, data) = (stack.volume("bin"), stack.volume("data"));
        for volume in [&bin, &data] {
            docker(&["volume", "create", "--label", "nrcompose-test=1", volume]).ok();
            program.put(volume, &["find", "chown", "sh", "[", "sleep"]);
        }
        library.put(&data, &["preload.so"]);
        let mount = format!("{data}:/data");
        docker(&["run", "--rm", "-v", &mount, &image, "/bin/true"]).ok();
        assert_eq!(
            told(&data).len(),
            1,
            "the library is loaded by whatever runs in the image"
        );
        once(&["-v", &mount], "base", &["rm", "/data/handle-preload"]).ok();
        let up = stack.run(Tool::Trusting, &["harden"]);
        stack.ok(Tool::File, &["create"]);
        // The service itself would leave marks of its own.
        let init = stack.ok(Tool::Plain, &["ps", "-aq", "nrcompose-init-app"]);
        docker(&["start", &init]).ok();
        assert_eq!(
            docker(&["wait", &init]).ok(),
            "0",
            "{}",
            docker(&["logs", &init]).all
        );
        assert_eq!(told(&data), Vec::<String>::new());
        assert_eq!(told(&bin), Vec::<String>::new());
        assert!(
            up.all.contains("/usr/local/bin is where programs come from"),
            "{}",
            up.all
        );
        let mounts = docker(&[
            "inspect",
            "-f",
            "{{range .Mounts}}{{.Destination}} {{end}}",
            &init,
        ])
        .ok();
        assert_eq!(mounts.trim(), "/data");
    });
    stack.run(Tool::Trusting, &["down", "-v", "-t", "1"]);
    docker(&["rmi", "-f", &image]);
    if let Err(why) = outcome {
        std::panic::resume_unwind(why);
    }
}
