//! Owners of volumes: looked at, set right and put back by our own program in a container of its own image, whatever
//! stands in them, and however it is ended.

use crate::container::{Container, Volume, once};
use crate::handles::{Planted, told};
use crate::report::line;
use crate::run::{Out, bounded, docker, output, unique};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// State of its own, gone with the test.
pub(crate) struct Owners(pub PathBuf);

impl Owners {
    pub(crate) fn new() -> Owners {
        Owners(std::env::temp_dir().join(unique("owners")))
    }

    pub(crate) fn command(&self, words: &[&str]) -> std::process::Command {
        self.words(&[&["ownership"], words].concat())
    }

    pub(crate) fn words(&self, words: &[&str]) -> std::process::Command {
        let mut command = bounded(170, env!("CARGO_BIN_EXE_nrcompose"));
        for home in ["XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
            command.env(home, self.0.join(home));
        }
        command.args(words).current_dir(std::env::temp_dir());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Out {
        output(&mut self.command(words))
    }

    fn start(&self, words: &[&str]) -> Child {
        let mut command = self.command(words);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// How many files of records there are.
    pub(crate) fn records(&self, ending: &str) -> usize {
        let found = output(
            std::process::Command::new("find")
                .arg(&self.0)
                .args(["-name", &format!("*.{ending}")]),
        );
        found.stdout.lines().count()
    }
}

impl Drop for Owners {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Owner, mode, links, kind and name of everything.
fn listing(volume: &Volume) -> String {
    volume.with("cd /v && find . -printf '%U:%G %m %n %y %p\\0' | sort -z | tr '\\0\\n' '\\n?'")
}

/// So many files, some of somebody else, some with bits, some with two names.
fn fill(volume: &Volume, count: u32) {
    volume.with(&format!(
        "mkdir -p /v/a/b /v/c && cd /v/a/b && seq {} | xargs touch && cd /v/c && seq {} | xargs touch && \
         chown -R 33:34 /v/c && chown 5:6 /v/c/1* && chmod 6755 /v/c/2 /v/a/b/77 && chmod 2755 /v/a && chmod 4711 /v/a/b/5* && \
         chmod g+s,o-r /v/c/3 && cd /v && for n in 1 2 3; do ln a/b/$n c/link$n; done && ln -s /etc/passwd l",
        count / 2,
        count / 2
    ));
}

/// The process that works on a volume, and whether it can change it.
fn helper_of(volume: &Volume) -> Option<(rustix::process::Pid, bool)> {
    helper_at(&format!("/{}/_data", volume.0))
}

/// The same of what ends so on its file system.
pub(crate) fn helper_at(path: &str) -> Option<(rustix::process::Pid, bool)> {
    let mount = format!("{path} /trees/");
    std::fs::read_dir("/proc").unwrap().flatten().find_map(|process| {
        let pid: i32 = process.file_name().to_str()?.parse().ok()?;
        let read = |file: &str| std::fs::read_to_string(process.path().join(file)).ok();
        read("cmdline").filter(|words| words.starts_with("/nrcompose\0"))?;
        let mounts = read("mountinfo")?;
        let (_, options) = mounts.split_once(&mount)?;
        Some((
            rustix::process::Pid::from_raw(pid)?,
            options.split(' ').nth(1)?.starts_with("rw"),
        ))
    })
}

/// As often as asked for, at another moment each time, and then to its end: nothing differs from what was never killed,
/// and all of it comes back.
#[test]
fn what_is_killed_again_and_again_comes_to_the_same() {
    let (entries, kills) = if crate::run::is_long() {
        (100_000, 50)
    } else {
        (20_000, 10)
    };
    let owners = Owners::new();
    let (killed, whole) = (Volume::new(), Volume::new());
    for volume in [&killed, &whole] {
        fill(volume, entries);
    }
    let before = listing(&killed);
    assert_eq!(before, listing(&whole));
    assert_eq!(owners.run(&["set", &whole.0, "4242:4343"]).code, 0);
    let expected = listing(&whole);
    assert_ne!(before, expected);
    let (mut hits, mut ended) = (0, 0);
    while hits < kills {
        let mut child = owners.start(&["set", &killed.0, "4242:4343"]);
        // Now and then the look, which comes first; at another moment each time.
        let is_to_change = hits % 5 != 4;
        let moment = Duration::from_millis(hits * 13 % 120);
        let victim = loop {
            match helper_of(&killed) {
                Some((pid, changes)) if changes == is_to_change => break Some(pid),
                _ if child.try_wait().unwrap().is_some() => break None,
                _ => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        if let Some(pid) = victim {
            std::thread::sleep(moment);
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        match child.wait().unwrap().success() {
            false => hits += 1,
            // It was faster: once more from the beginning.
            true => {
                ended += 1;
                assert!(
                    ended < 3 * kills,
                    "{hits} kills in {ended} runs that ended before"
                );
                assert_eq!(owners.run(&["restore", &killed.0]).code, 0);
                assert_eq!(listing(&killed), before);
            }
        }
    }
    line(&format!(
        "owners: {hits} kills among {entries} entries, {ended} runs came to their end; {} records",
        owners.records("record") + owners.records("pending")
    ));
    let last = owners.run(&["set", &killed.0, "4242:4343"]);
    assert_eq!(last.code, 0, "{}", last.all);
    assert_eq!(listing(&killed), expected);
    assert_eq!(owners.records("pending"), 0);
    let again = owners.run(&["set", &killed.0, "4242:4343"]).ok();
    assert!(again.contains("\"changed\":0"), "{again}");
    for volume in [&killed, &whole] {
        let back = owners.run(&["restore", &volume.0]);
        assert_eq!(back.code, 0, "{}", back.all);
        assert_eq!(listing(volume), before);
    }
    assert_eq!(owners.records("record"), 0);
}

/// Whoever starts it is killed: what it started changes nothing more, or comes to its end, and the next one goes on.
#[test]
fn who_started_it_is_killed() {
    let (owners, volume) = (Owners::new(), Volume::new());
    fill(&volume, 20_000);
    let before = listing(&volume);
    for number in 0_u64..6 {
        let mut child = owners.start(&["set", &volume.0, "4242:4343"]);
        std::thread::sleep(Duration::from_millis(300 + number * 250));
        // `timeout` hands it on.
        let children =
            output(std::process::Command::new("pkill").args(["-KILL", "-P", &child.id().to_string()]));
        let _ = (children, child.kill(), child.wait());
    }
    let last = owners.run(&["set", &volume.0, "4242:4343"]);
    assert_eq!(last.code, 0, "{}", last.all);
    assert_eq!(owners.records("pending"), 0);
    assert_eq!(owners.run(&["restore", &volume.0]).code, 0);
    assert_eq!(listing(&volume), before);
}

/// Links out, devices, hard links, names that no line holds, a volume in the volume, and programs on the way.
#[test]
fn a_hostile_volume_changes_nothing_outside_and_runs_nothing() {
    let (owners, volume, other) = (Owners::new(), Volume::new(), Volume::new());
    other.with("touch /v/file && chmod 6755 /v/file");
    let (mount, inner) = (volume.at("/v"), other.at("/v/nested"));
    // What is mounted there is another volume, and stays it.
    let both = ["-v", &mount, "-v", &inner];
    once(&both, "base", &["sh", "-c", "ls /v/nested/file"]).ok();
    let program = Planted::file("/bin/find");
    program.put(&volume.0, &["find", "chown", "sh", "nrcompose", "docker-init"]);
    volume.with(
        "cd /v && ln -s /etc/passwd passwd && ln -s ../../../.. up && ln -s /trees/0 self && ln -s / root && \
         ln -s /proc/1/root/etc host && mknod null c 1 3 && mknod disk b 8 0 && mkfifo pipe && \
         touch s && chmod 6755 s && ln s s2 && touch \"$(printf 'a\\nb')\" \"$(printf '\\377\\376')\" \"$(printf '\\033[2Jx')\" && \
         touch $(printf 'x%.0s' $(seq 255)) && mkdir -p d/e && touch d/e/f && chmod 0700 d && chown 7:8 d/e",
    );
    let (before, others) = (listing(&volume), listing(&other));
    let host = || {
        ["/etc/passwd", "/etc", "/"]
            .map(|path| output(std::process::Command::new("stat").args(["-c", "%u:%g %a %Z", path])).ok())
    };
    let on_host = host();
    let set = owners.run(&["set", &volume.0, "4242:4343"]);
    assert_eq!(set.code, 1, "two devices are left: {}", set.all);
    assert!(set.stdout.contains("\"untouched\":2"), "{}", set.all);
    let given = listing(&volume);
    let (left, wrong): (Vec<&str>, Vec<&str>) = given
        .lines()
        .filter(|line| !line.starts_with("4242:4343 "))
        .partition(|line| line.ends_with("./null") || line.ends_with("./disk"));
    assert_eq!((left.len(), wrong), (2, Vec::new()), "{given}");
    assert!(given.contains("4242:4343 6755 2 f ./s2"), "{given}");
    assert_eq!(listing(&other), others);
    assert_eq!(host(), on_host);
    assert_eq!(told(&volume.0), Vec::<String>::new());
    let back = owners.run(&["restore", &volume.0]);
    assert_eq!(back.code, 0, "{}", back.all);
    assert_eq!(listing(&volume), before);
    assert_eq!(told(&volume.0), Vec::<String>::new());
}

/// The root of an empty volume needs no container of ours, and its record brings it back.
#[test]
fn an_empty_volume_needs_no_helper() {
    let (owners, volume) = (Owners::new(), Volume::new());
    let mount = volume.at("/deep/data");
    let app = Container::create(&["-v", &mount], "base", &["true"]);
    let seen = format!("{}:/deep/data", app.0);
    let set = ["set", &volume.0, "4242:4343", "--seen-in", &seen];
    let since = Instant::now();
    assert!(owners.run(&set).ok().contains("\"changed\":1"));
    line(&format!(
        "owners: an empty volume's root is set in {} ms",
        since.elapsed().as_millis()
    ));
    assert!(owners.run(&set).ok().contains("\"changed\":0"));
    assert_eq!(owners.records("record"), 1);
    assert!(
        listing(&volume).starts_with("4242:4343 755 2 d ."),
        "{}",
        listing(&volume)
    );
    // To another one and back, twice: all of it is gone back, although the last change says the same as one before.
    for ids in ["5:5", "4242:4343", "5:5"] {
        let set = ["set", &volume.0, ids, "--seen-in", &seen];
        assert!(owners.run(&set).ok().contains("\"changed\":1"));
    }
    owners.run(&["restore", &volume.0]).ok();
    assert!(
        listing(&volume).starts_with("0:0 755 2 d ."),
        "{}",
        listing(&volume)
    );
    // Read-only containers take no archive: there the helper does it.
    let (shut, owners) = (Volume::new(), Owners::new());
    let mount = shut.at("/data");
    let app = Container::create(&["--read-only", "-v", &mount], "base", &["true"]);
    let set = [
        "set",
        &shut.0,
        "4242:4343",
        "--seen-in",
        &format!("{}:/data", app.0),
    ];
    assert!(owners.run(&set).ok().contains("\"changed\":1"));
    assert!(listing(&shut).starts_with("4242:4343 755 2 d ."));
    assert_eq!(owners.run(&["restore", &shut.0]).code, 0);
    assert!(listing(&shut).starts_with("0:0 755 2 d ."));
}

#[test]
fn what_cannot_be_is_said_and_nothing_is_changed() {
    let (owners, volume) = (Owners::new(), Volume::new());
    fill(&volume, 400);
    let before = listing(&volume);
    let missing = unique("missing");
    let failed = owners.run(&["set", &missing, "4242:4343"]).failed();
    assert!(failed.contains(&missing) && failed.contains("help:"), "{failed}");
    assert_ne!(docker(&["volume", "inspect", &missing]).code, 0, "it was made");
    let mount = volume.at("/data");
    let app = Container::start(&["-v", &mount], "base", &["sleep", "60"]);
    for words in [&["set", &volume.0, "4242:4343"][..], &["restore", &volume.0]] {
        let said = owners.run(words).all;
        let is_recorded = words[0] == "set";
        assert!(
            !is_recorded || said.contains(&app.0) && said.contains("docker stop"),
            "{said}"
        );
    }
    assert_eq!(listing(&volume), before);
    assert_eq!(
        owners.records("record") + owners.records("pending") + owners.records("new"),
        0
    );
    drop(app);
    assert_eq!(owners.run(&["set", &volume.0, "4242:4343"]).code, 0);
    let running = Container::start(&["-v", &mount], "base", &["sleep", "60"]);
    let failed = owners.run(&["restore", &volume.0]).failed();
    assert!(failed.contains(&running.0), "{failed}");
    drop(running);
    let record = output(
        std::process::Command::new("find")
            .arg(&owners.0)
            .args(["-name", "0001.record"]),
    )
    .ok();
    let whole = std::fs::read(&record).unwrap();
    let mut newer = whole.clone();
    let at = whole.windows(11).position(|w| w == b"\"version\":1").unwrap() + 10;
    newer[at] = b'2';
    let given = listing(&volume);
    for (damage, what) in [
        (&whole[..whole.len() - 9], "damaged"),
        (&newer, "another version"),
        (b"x\n", "no record"),
    ] {
        std::fs::write(&record, damage).unwrap();
        let failed = owners.run(&["restore", &volume.0]).failed();
        assert!(failed.contains(&record) && failed.contains(what), "{failed}");
        assert_eq!(listing(&volume), given);
    }
    std::fs::write(&record, &whole).unwrap();
    assert_eq!(owners.run(&["restore", &volume.0]).code, 0);
    assert_eq!(listing(&volume), before);
}

/// A full disk while the former owners are written down.
#[test]
fn without_a_record_nothing_is_changed() {
    let (owners, volume) = (Owners::new(), Volume::new());
    fill(&volume, 4_000);
    volume.with("cd /v/c && seq 1 2 2000 | xargs chown 1");
    let before = listing(&volume);
    // No file may grow beyond that.
    let mut command = std::process::Command::new("prlimit");
    let inner = owners.command(&["set", &volume.0, "4242:4343"]);
    command
        .arg("--fsize=4096")
        .arg(inner.get_program())
        .args(inner.get_args());
    command
        .envs(inner.get_envs().filter_map(|(k, v)| Some((k, v?))))
        .current_dir(std::env::temp_dir());
    let out = output(&mut command);
    assert_ne!(out.code, 0, "{}", out.all);
    assert_eq!(listing(&volume), before);
    assert_eq!(
        owners.records("record") + owners.records("pending"),
        0,
        "{}",
        out.all
    );
}

/// Two at once.
#[test]
fn two_at_once_harm_nothing() {
    let (owners, volume) = (Owners::new(), Volume::new());
    fill(&volume, 20_000);
    let before = listing(&volume);
    let mut both = [0, 1].map(|_| owners.start(&["set", &volume.0, "4242:4343"]));
    for child in &mut both {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!((owners.records("record"), owners.records("pending")), (1, 0));
    assert_eq!(owners.run(&["restore", &volume.0]).code, 0);
    assert_eq!(listing(&volume), before);
}
