//! What `-o` may name: a file, a link to one, a device, a pipe, and what it must never replace.

use crate::scene::{Out, Scene, is_root, may_sudo, output};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const WEB: &str = "services:\n  web: {image: \"nginx:1.27\"}\n";

/// Both commands that have the flag.
const WRITERS: [&[&str]; 3] = [&["harden"], &["harden", "--full"], &["model"]];

/// Runs it, and fails if it does not come back.
#[track_caller]
fn in_time(command: &mut Command) -> Out {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(10);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
            panic!("it hangs: {command:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut out = Out {
        code: child.wait().unwrap().code(),
        stdout: String::new(),
        stderr: String::new(),
    };
    child.stdout.unwrap().read_to_string(&mut out.stdout).unwrap();
    child.stderr.unwrap().read_to_string(&mut out.stderr).unwrap();
    out
}

/// The program, started by another one, with as little around it as in any scene.
fn through(scene: &Scene, starter: &[&str], words: &[&str]) -> Command {
    let mut command = Command::new(starter[0]);
    command
        .args(&starter[1..])
        .arg(env!("CARGO_BIN_EXE_nrcompose"))
        .args(words)
        .current_dir(scene.path(""))
        .env_clear()
        .env("PATH", "/nowhere")
        .env("HOME", scene.home());
    command
}

#[track_caller]
fn written(scene: &Scene, writer: &[&str], to: &str) -> Out {
    in_time(&mut scene.command(&[writer, &["-o", to]].concat()))
}

#[track_caller]
fn refused(out: &Out, why: &str) {
    assert_eq!((out.code, out.stdout.as_str()), (Some(2), ""), "{out:?}");
    assert!(
        out.stderr.contains(why) && out.stderr.contains("help: "),
        "no {why:?}: {out:?}"
    );
}

fn fifo(scene: &Scene) -> PathBuf {
    let path = scene.path("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Devices like those of the machine, which a test that finds a fault must not lose: ours where root can make them, the
/// machine's own for somebody who could not replace them.
fn devices(scene: &Scene) -> PathBuf {
    if !is_root() {
        return "/dev".into();
    }
    let folder = scene.path("dev");
    fs::create_dir(&folder).unwrap();
    for (name, major, minor) in [
        ("null", "1", "3"),
        ("zero", "1", "5"),
        ("full", "1", "7"),
        ("tty", "5", "0"),
    ] {
        let node = folder.join(name);
        let made = Command::new("mknod").arg(node).args(["c", major, minor]).status();
        assert!(made.unwrap().success(), "root makes devices");
    }
    for (name, number) in [("stdout", "1"), ("stderr", "2")] {
        symlink(Path::new("/proc/self/fd").join(number), folder.join(name)).unwrap();
    }
    folder
}

#[test]
fn devices_stay_devices() {
    let scene = Scene::compose(WEB);
    let folder = devices(&scene);
    if File::options().write(true).open(folder.join("null")).is_err() {
        println!("left out: devices below {} cannot be opened", folder.display());
        assert!(std::env::var_os("CI").is_none(), "in CI they have to be");
        return;
    }
    let [null, zero, full, tty] =
        ["null", "zero", "full", "tty"].map(|n| folder.join(n).display().to_string());
    let seen = || {
        [&null, &zero, &full, &tty].map(|path| {
            let found = fs::symlink_metadata(path).unwrap();
            (
                found.file_type().is_char_device(),
                found.ino(),
                found.rdev(),
                found.mode(),
                found.uid(),
            )
        })
    };
    let before = seen();
    symlink(&null, scene.path("link")).unwrap();
    for writer in WRITERS {
        for to in [&null, &zero, "link"] {
            let out = written(&scene, writer, to);
            assert_eq!((out.code, out.stdout.as_str()), (Some(0), ""), "{to}: {out:?}");
        }
        refused(&written(&scene, writer, &full), "No space left");
        assert_eq!(fs::read_link(scene.path("link")).unwrap(), Path::new(&null));
        assert_eq!(seen(), before, "{writer:?}");
        // A session of its own has no terminal.
        let out = in_time(&mut through(
            &scene,
            &["/usr/bin/setsid", "-w"],
            &[writer, &["-o", &tty]].concat(),
        ));
        refused(&out, &format!("writing {tty}"));
    }
}

/// Writing over a disk would be the end of what is on it.
#[test]
fn a_disk_is_no_output() {
    let scene = Scene::compose(WEB);
    let disk = scene.path("disk");
    let made = is_root()
        && Command::new("mknod")
            .arg(&disk)
            .args(["b", "7", "250"])
            .status()
            .unwrap()
            .success();
    if !made {
        println!("left out: only root makes devices");
        assert!(std::env::var_os("CI").is_none(), "in CI this has to run as root");
        return;
    }
    for writer in WRITERS {
        refused(&written(&scene, writer, "disk"), "it is a disk");
        assert!(disk.symlink_metadata().unwrap().file_type().is_block_device());
    }
}

#[test]
fn standard_output_by_any_name() {
    let scene = Scene::compose(WEB);
    let folder = devices(&scene);
    let [stdout, stderr] = ["stdout", "stderr"].map(|n| folder.join(n).display().to_string());
    for writer in WRITERS {
        let wanted = scene.run(writer).stdout;
        for name in ["-", &stdout, "/proc/self/fd/1"] {
            let before = scene.files();
            let out = written(&scene, writer, name);
            assert_eq!((out.code, &out.stdout), (Some(0), &wanted), "{name}: {out:?}");
            assert_eq!(scene.files(), before, "{name}");
            // The same into a file, behind what stands there.
            let path = scene.path("log");
            fs::write(&path, "before\n").unwrap();
            let log = File::options().append(true).open(&path).unwrap();
            let out = output(scene.command(&[writer, &["-o", name]].concat()).stdout(log));
            assert_eq!(out.code, Some(0), "{out:?}");
            assert_eq!(
                fs::read_to_string(&path).unwrap(),
                format!("before\n{wanted}"),
                "{name}"
            );
            fs::remove_file(path).unwrap();
        }
        let out = written(&scene, writer, &stderr);
        assert!(out.code == Some(0) && out.stderr.ends_with(&wanted), "{out:?}");
    }
    assert!(fs::symlink_metadata(stdout).unwrap().is_symlink());
}

#[test]
fn a_pipe_is_written_to_and_waited_for_by_nobody() {
    let scene = Scene::compose(WEB);
    let path = fifo(&scene);
    for writer in WRITERS {
        refused(&written(&scene, writer, "pipe"), "nobody is at its other end");
        let mut reader = Command::new("cat")
            .arg(&path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Until the reader has opened it, nobody is there.
        let end = Instant::now() + Duration::from_secs(10);
        let out = loop {
            let out = written(&scene, writer, "pipe");
            if out.code == Some(0) || Instant::now() > end {
                break out;
            }
        };
        assert_eq!(out.code, Some(0), "{out:?}");
        let mut text = String::new();
        reader.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        reader.wait().unwrap();
        assert_eq!(text, scene.run(writer).stdout);
        assert!(path.symlink_metadata().unwrap().file_type().is_fifo());
    }
}

#[test]
fn what_is_neither_is_refused() {
    let scene = Scene::compose(WEB);
    let socket = std::os::unix::net::UnixListener::bind(scene.path("socket")).unwrap();
    fs::create_dir(scene.path("folder")).unwrap();
    symlink("folder", scene.path("to-folder")).unwrap();
    symlink("nowhere", scene.path("dangling")).unwrap();
    symlink("round", scene.path("round")).unwrap();
    let before = scene.files().len();
    for writer in WRITERS {
        refused(&written(&scene, writer, "folder"), "is a directory");
        refused(&written(&scene, writer, "to-folder"), "is a directory");
        refused(&written(&scene, writer, "."), "is a directory");
        refused(&written(&scene, writer, "socket"), "is a socket");
        refused(
            &written(&scene, writer, "dangling"),
            "it is a link to nowhere, which does not exist",
        );
        refused(&written(&scene, writer, "round"), "writing round");
        refused(
            &written(&scene, writer, "no/such/folder.yaml"),
            "its directory cannot be opened",
        );
        refused(&written(&scene, writer, "compose.yaml/x"), "compose.yaml/x");
        refused(&written(&scene, writer, "new/"), "it is no name of a file");
        refused(&written(&scene, writer, "new/."), "it is no name of a file");
        assert_eq!(written(&scene, writer, "").code, Some(2));
    }
    assert_eq!(scene.files().len(), before);
    for link in ["to-folder", "dangling", "round"] {
        assert!(scene.path(link).symlink_metadata().unwrap().is_symlink());
    }
    drop(socket);
}

#[test]
fn a_link_is_followed_and_stays() {
    let scene = Scene::compose(WEB)
        .file("elsewhere/ours.yaml", "")
        .file("elsewhere/theirs.yaml", "mine\n");
    symlink("elsewhere/ours.yaml", scene.path("link")).unwrap();
    symlink("link", scene.path("link-to-link")).unwrap();
    symlink("elsewhere/theirs.yaml", scene.path("foreign")).unwrap();
    for name in ["link", "link-to-link"] {
        fs::write(scene.path("elsewhere/ours.yaml"), "").unwrap();
        assert_eq!(written(&scene, &["harden"], name).code, Some(0));
        assert!(scene.path(name).symlink_metadata().unwrap().is_symlink());
        let text = fs::read_to_string(scene.path("elsewhere/ours.yaml")).unwrap();
        assert_eq!(text, scene.run(&["harden"]).stdout);
    }
    refused(
        &written(&scene, &["harden"], "foreign"),
        "was not written by nrcompose",
    );
    assert_eq!(
        fs::read_to_string(scene.path("elsewhere/theirs.yaml")).unwrap(),
        "mine\n"
    );
    // Nothing is left beside either.
    assert_eq!(fs::read_dir(scene.path("elsewhere")).unwrap().count(), 2);
    assert_eq!(fs::read_dir(scene.path("")).unwrap().count(), 5);
}

/// What somebody else wrote, however it begins, and what cannot be read.
#[test]
fn a_file_of_somebody_else_stays() {
    let scene = Scene::compose(WEB);
    let mark = "# Written by nrcompose. Do not edit: it is written anew.";
    for text in [
        "mine\n",
        "# Written by nrcompose, I think\n",
        &format!("{mark} Or not.\n"),
        &format!("\n{mark}\n"),
        "{}\n",
        "{\"version\": 1}\n",
    ] {
        let scene = Scene::compose(WEB).file("out", text);
        for writer in [
            &["harden"][..],
            &["harden", "--full"],
            &["harden", "--format", "json"],
        ] {
            refused(&written(&scene, writer, "out"), "was not written by nrcompose");
            assert_eq!(fs::read_to_string(scene.path("out")).unwrap(), text);
        }
    }
    // Each kind of ours may be written again, and over another.
    for writer in [
        &["harden"][..],
        &["harden", "--full"],
        &["harden", "--format", "json"],
        &["harden"],
    ] {
        for _ in 0..2 {
            assert_eq!(written(&scene, writer, "out").code, Some(0), "{writer:?}");
            assert_eq!(
                fs::read_to_string(scene.path("out")).unwrap(),
                scene.run(writer).stdout
            );
        }
    }
}

#[test]
fn a_new_file_has_the_mode_of_any_and_an_old_one_keeps_its_own() {
    for (umask, mode) in [("022", 0o644), ("002", 0o664), ("077", 0o600)] {
        for writer in WRITERS {
            let scene = Scene::compose(WEB).file("old", "").file("other", "");
            for (name, mode) in [("old", 0o640), ("other", 0o444)] {
                fs::set_permissions(scene.path(name), fs::Permissions::from_mode(mode)).unwrap();
            }
            for name in ["new", "old", "other"] {
                let words = [writer, &["-o", name]].concat();
                let line = format!("umask {umask}; exec \"$0\" \"$@\"");
                let out = output(&mut through(&scene, &["/bin/sh", "-c", &line], &words));
                assert_eq!(out.code, Some(0), "{out:?}");
            }
            let modes = ["new", "old", "other"].map(|n| scene.path(n).metadata().unwrap().mode() & 0o7777);
            assert_eq!(modes, [mode, 0o640, 0o444], "{writer:?}");
        }
    }
}

/// A file that cannot be whole is not there, and what was there stays.
#[test]
fn no_half_file_is_left() {
    for old in [
        None,
        Some("# Written by nrcompose. Do not edit: it is written anew.\nservices: {}\n"),
    ] {
        for writer in WRITERS {
            let services = (0..200).map(|n| format!("  w{n}: {{image: \"nginx:1.27\"}}\n"));
            let scene = Scene::compose(&format!("services:\n{}", services.collect::<String>()));
            if let Some(text) = old {
                fs::write(scene.path("out"), text).unwrap();
            }
            let before = scene.files();
            // The largest file that may be written is one block.
            let line = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
            let out = output(&mut through(
                &scene,
                &["/bin/sh", "-c", line],
                &[writer, &["-o", "out"]].concat(),
            ));
            refused(&out, "writing out: ");
            assert_eq!(scene.files(), before, "{writer:?}");
        }
    }
}

/// Under sudo a file is the person's, whoever's the folder is; in theirs, no link of theirs leads root astray.
#[test]
fn under_sudo_it_is_the_persons() {
    if !may_sudo() {
        return;
    }
    let chown = |path: &Path| std::os::unix::fs::chown(path, Some(4242), Some(4343)).unwrap();
    for is_theirs in [true, false] {
        for writer in WRITERS {
            let scene = Scene::compose(WEB)
                .file("secret/of-root", "")
                .file("old.yaml", "");
            let secret = scene.path("secret");
            fs::set_permissions(&secret, fs::Permissions::from_mode(0o700)).unwrap();
            chown(&scene.path("old.yaml"));
            if is_theirs {
                chown(&scene.path(""));
            }
            symlink("secret/of-root", scene.path("link")).unwrap();
            symlink("secret", scene.path("folder")).unwrap();
            let run = |to: &str| {
                let mut command = scene.command(&[writer, &["-o", to]].concat());
                in_time(command.env("SUDO_UID", "4242").env("SUDO_GID", "4343"))
            };
            for name in ["new.yaml", "old.yaml"] {
                assert_eq!(run(name).code, Some(0), "{writer:?}");
                let made = scene.path(name).metadata().unwrap();
                assert_eq!((made.uid(), made.gid()), (4242, 4343), "{name} {writer:?}");
            }
            for name in ["link", "folder/new.yaml"] {
                refused(&run(name), "Permission denied");
            }
            assert_eq!(fs::read_dir(&secret).unwrap().count(), 1);
            assert_eq!(fs::read_to_string(secret.join("of-root")).unwrap(), "");
        }
    }
}
