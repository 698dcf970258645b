//! The engine goes away while owners are changed, and comes back: an engine of the test's own, which needs root and Docker's
//! `dockerd`, and is gone with it.

use crate::owners::{Owners, helper_at};
use crate::report::line;
use crate::run::{eventually, output, unique};
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// An engine whose data stays while it is started again and again.
struct OwnEngine {
    folder: PathBuf,
    process: Child,
}

impl OwnEngine {
    fn start() -> OwnEngine {
        let folder = std::env::temp_dir().join(unique("engine"));
        std::fs::create_dir(&folder).unwrap();
        let process = run(&folder);
        let engine = OwnEngine { folder, process };
        engine.answers();
        engine
    }

    fn answers(&self) {
        eventually(60, || {
            match self.docker(&["version"]).status().unwrap().success() {
                true => Ok(()),
                false => Err(std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()),
            }
        });
    }

    fn docker(&self, words: &[&str]) -> Command {
        let mut docker = Command::new("docker");
        docker
            .args(words)
            .env("DOCKER_HOST", host(&self.folder))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        docker
    }

    /// Ends it by this signal, and starts it again.
    fn again(&mut self, signal: Signal) {
        self.end(signal);
        self.process = run(&self.folder);
        self.answers();
    }

    fn end(&mut self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
        let _ = kill_process(pid, signal);
        self.process.wait().unwrap();
        // What is left is gone, as after a failure of the machine: who watched its containers, and what is mounted.
        let rest = "pkill -KILL -f \"$0/exec\"; grep -o \" $0/[^ ]*\" /proc/mounts | sort -r | xargs -r -n 1 umount -l; rm -rf \"$0/exec\"";
        let _ = output(Command::new("sh").args(["-c", rest]).arg(&self.folder));
    }
}

impl Drop for OwnEngine {
    fn drop(&mut self) {
        self.end(Signal::TERM);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn host(folder: &Path) -> String {
    format!("unix://{}/docker.sock", folder.display())
}

fn run(folder: &Path) -> Child {
    let at = |name: &str| folder.join(name);
    let log = std::fs::File::create(at("log")).unwrap();
    // In a network of its own: it would take the bridge of the engine that is here away.
    Command::new("unshare")
        .args(["--net", "dockerd", "--data-root"])
        .arg(at("data"))
        .arg("--exec-root")
        .arg(at("exec"))
        .arg("--pidfile")
        .arg(at("pid"))
        .args([
            "--host",
            &host(folder),
            "--bridge",
            "none",
            "--iptables=false",
            "--ip6tables=false",
        ])
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Owner, mode, links, kind and name of everything.
fn listing(volume: &Path) -> String {
    output(
        Command::new("find")
            .args([".", "-printf", "%p %U:%G %m %n %y\n"])
            .current_dir(volume),
    )
    .ok()
}

#[test]
fn an_engine_that_goes_away_in_the_middle_loses_nothing() {
    if !rustix::process::geteuid().is_root() {
        return line("left out: an engine that goes away, since only root can start one");
    }
    let mut engine = OwnEngine::start();
    let name = unique("volume");
    assert!(
        engine
            .docker(&["volume", "create", &name])
            .status()
            .unwrap()
            .success()
    );
    let volume = engine.folder.join("data/volumes").join(&name).join("_data");
    let fill = "for d in $(seq 30); do mkdir $d; (cd $d; seq 1000 | xargs touch; chmod 4755 7); done; chown -R 33:34 1?";
    output(Command::new("sh").args(["-c", fill]).current_dir(&volume)).ok();
    let before = listing(&volume);
    let (owners, host) = (Owners::new(), host(&engine.folder));
    let command = |words: &[&str]| {
        let mut command = owners.command(words);
        command.env("DOCKER_HOST", &host);
        command
    };
    let set = ["set", &name, "4242:4343"];
    let mut hits = 0;
    for signal in [Signal::KILL, Signal::TERM] {
        let mut child = command(&set)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while !matches!(helper_at(&format!("/{name}/_data")), Some((_, true)))
            && child.try_wait().unwrap().is_none()
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        engine.again(signal);
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!said.contains("panicked"), "{said}");
        // It may have been faster than the signal.
        if !ended.status.success() {
            hits += 1;
            assert!(said.contains("error:") && said.contains("owners"), "{said}");
        }
        eventually(60, || {
            helper_at(&format!("/{name}/_data")).map_or(Ok(()), |_| Err("it goes on".to_owned()))
        });
    }
    line(&format!(
        "owners: an engine that went away was noticed {hits} times of 2"
    ));
    let last = output(&mut command(&set));
    assert_eq!(last.code, 0, "{}", last.all);
    let given = listing(&volume);
    let is_wrong = |line: &&str| !line.contains(" 4242:4343 ");
    assert_eq!(
        given.lines().filter(is_wrong).collect::<Vec<_>>(),
        Vec::<&str>::new()
    );
    let again = output(&mut command(&set)).ok();
    assert!(again.contains("\"changed\":0"), "{again}");
    assert_eq!(output(&mut command(&["restore", &name])).code, 0);
    assert_eq!(
        listing(&volume),
        before,
        "owners, modes and setuid bits are as they were"
    );
}
