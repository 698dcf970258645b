//! Root for somebody else: what is kept is theirs, and no link of theirs, nor one put in the way at the right moment, lets
//! root write, make or give away anything elsewhere. Only root can run these as sudo does.

use crate::scene::{Out, Scene, may_sudo, output};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

const WEB: &str = "services:\n  web: {image: \"nginx:1.27\"}\n";
const UID: u32 = 4242;
const GID: u32 = 4343;
/// How often a race is run.
const TRIES: usize = 120;

/// A person who is in no passwd file, with a home and a project of theirs, and a directory of root's.
fn scene(compose: &str) -> (Scene, PathBuf) {
    let scene = Scene::compose(compose).with_docker();
    for path in [scene.home(), scene.path(""), scene.path("compose.yaml")] {
        chown(path, Some(UID), Some(GID)).unwrap();
    }
    let outside = scene.home().with_file_name("of-root");
    fs::create_dir(&outside).unwrap();
    fs::set_permissions(&outside, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(outside.join("file"), "of root\n").unwrap();
    (scene, outside)
}

fn sudo(scene: &Scene, words: &[&str]) -> Out {
    let mut command = scene.command(words);
    output(
        command
            .env("SUDO_UID", UID.to_string())
            .env("SUDO_GID", GID.to_string()),
    )
}

#[track_caller]
fn is_untouched(outside: &Path) {
    let entries: Vec<_> = fs::read_dir(outside)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(entries, ["file"]);
    for path in [outside.to_owned(), outside.join("file")] {
        assert_eq!(path.metadata().unwrap().uid(), 0, "{}", path.display());
    }
    assert_eq!(fs::read_to_string(outside.join("file")).unwrap(), "of root\n");
    assert_eq!(outside.metadata().unwrap().mode() & 0o7777, 0o755);
}

/// Everything below a folder, itself too.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.symlink_metadata().unwrap().is_dir() {
            true => found.extend(below(&path)),
            false => found.push(path),
        }
    }
    found
}

#[test]
fn what_is_kept_is_the_persons() {
    if !may_sudo() {
        return;
    }
    let (scene, _) = scene(WEB);
    for words in [&["up", "-d"][..], &["up", "-d"], &["stop"], &["down"]] {
        let out = sudo(&scene, words);
        assert_eq!(out.code, Some(7), "{out:?}");
        assert!(
            scene
                .notes()
                .0
                .contains("/.local/state/nrcompose/projects/project-"),
            "{words:?}"
        );
    }
    let kept = below(&scene.home());
    assert!(kept.iter().any(|p| p.ends_with("override.yaml")) && kept.iter().any(|p| p.ends_with("engines")));
    for path in kept.iter().filter(|p| **p != scene.home()) {
        let found = path.metadata().unwrap();
        assert_eq!((found.uid(), found.gid()), (UID, GID), "{}", path.display());
        let mode = if found.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(found.mode() & 0o7777, mode, "{}", path.display());
    }
}

/// At every level: led to a directory of root's nothing happens there; led to one of the person's it is used.
#[test]
fn a_link_leads_no_further_than_the_person_may_go() {
    if !may_sudo() {
        return;
    }
    let levels = [
        ".local",
        ".local/state",
        ".local/state/nrcompose",
        ".local/state/nrcompose/projects",
    ];
    for level in levels {
        for is_theirs in [false, true] {
            let (scene, outside) = scene(WEB);
            let link = scene.home().join(level);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            let theirs = scene.home().join("disk");
            fs::create_dir(&theirs).unwrap();
            for path in below(&scene.home()) {
                chown(path, Some(UID), Some(GID)).unwrap();
            }
            symlink(if is_theirs { &theirs } else { &outside }, &link).unwrap();
            let out = sudo(&scene, &["up", "-d"]);
            match is_theirs {
                true => {
                    assert_eq!(out.code, Some(7), "{level}: {out:?}");
                    assert!(below(&theirs).iter().any(|p| p.ends_with("override.yaml")));
                }
                false => {
                    assert_eq!(out.code, Some(2), "{level}: {out:?}");
                    assert!(
                        out.stderr
                            .contains("with the rights of 4242:4343: Permission denied"),
                        "{out:?}"
                    );
                    assert!(!scene.was_handed_on());
                }
            }
            is_untouched(&outside);
            assert!(link.symlink_metadata().unwrap().is_symlink());
        }
    }
}

/// The file itself: a link is replaced by a file, whatever it leads to; a pipe keeps nobody waiting.
#[test]
fn what_stands_in_the_place_of_the_override_is_replaced() {
    if !may_sudo() {
        return;
    }
    let (scene, outside) = scene(WEB);
    sudo(&scene, &["up", "-d"]);
    let ours = below(&scene.home())
        .into_iter()
        .find(|p| p.ends_with("override.yaml"))
        .unwrap();
    let text = fs::read(&ours).unwrap();
    fs::remove_file(&ours).unwrap();
    symlink(outside.join("file"), &ours).unwrap();
    assert_eq!(sudo(&scene, &["up", "-d"]).code, Some(7));
    assert!(!ours.symlink_metadata().unwrap().is_symlink() && fs::read(&ours).unwrap() == text);
    is_untouched(&outside);
    fs::remove_file(&ours).unwrap();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&ours)
            .status()
            .unwrap()
            .success()
    );
    for words in [&["ps"][..], &["up", "-d"]] {
        assert_eq!(sudo(&scene, words).code, Some(7));
    }
    assert_eq!(fs::read(&ours).unwrap(), text);
}

/// Swaps a directory for a link to root's and back, for as long as `work` takes.
fn while_swapped(place: &Path, outside: &Path, work: impl FnOnce()) {
    let end = AtomicBool::new(false);
    let aside = place.with_extension("aside");
    std::thread::scope(|scope| {
        let swaps = scope.spawn(|| {
            while !end.load(Ordering::Relaxed) {
                // Whatever of this fails, the program was faster: the next round is another try.
                let _ = fs::rename(place, &aside);
                let _ = symlink(outside, place);
                std::thread::yield_now();
                let _ = fs::remove_file(place);
                if fs::rename(&aside, place).is_err() {
                    let _ = fs::remove_dir_all(&aside);
                }
            }
        });
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        end.store(true, Ordering::Relaxed);
        swaps.join().unwrap();
        done.unwrap();
    });
}

#[test]
fn a_state_folder_that_is_swapped_leads_nowhere() {
    if !may_sudo() {
        return;
    }
    for level in [
        ".local/state",
        ".local/state/nrcompose",
        ".local/state/nrcompose/projects",
    ] {
        let (scene, outside) = scene(WEB);
        let place = scene.home().join(level);
        fs::create_dir_all(&place).unwrap();
        for path in below(&scene.home()) {
            chown(path, Some(UID), Some(GID)).unwrap();
        }
        let mut codes = Vec::new();
        while_swapped(&place, &outside, || {
            for _ in 0..TRIES {
                // So that there is always something to make and to write.
                let _ = fs::remove_dir_all(place.join("nrcompose"));
                let _ = fs::remove_dir_all(place.join("projects"));
                codes.push(sudo(&scene, &["up", "-d"]).code);
                is_untouched(&outside);
            }
        });
        assert!(codes.iter().all(|c| [Some(7), Some(2)].contains(c)), "{codes:?}");
        println!(
            "{level}: {} of {TRIES} got through",
            codes.iter().filter(|c| **c == Some(7)).count()
        );
    }
}

/// A directory to be made: below the project and the home, for the user of the service; nowhere else.
#[test]
fn a_mounted_directory_is_made_for_the_service_and_only_at_home() {
    if !may_sudo() {
        return;
    }
    let (scene, outside) = scene("");
    let place = scene.home().with_file_name("far away");
    let mounts = [
        "./made/inside:/a",
        "./made:/b",
        "~/kept:/c",
        "./link/data:/d",
        "./inner/data:/e",
        &format!("{}/new:/f", place.display()),
        &format!("{}/read:/g:ro", place.display()),
        "./app.conf:/h",
    ];
    let list: Vec<String> = mounts.iter().map(|m| format!("\"{m}\"")).collect();
    let compose = format!(
        "services:\n  web: {{image: \"nginx:1.27\", user: \"7:8\", volumes: [{}]}}\n",
        list.join(", ")
    );
    let scene = scene.file("compose.yaml", compose);
    fs::create_dir(&place).unwrap();
    fs::create_dir(scene.path("real")).unwrap();
    chown(scene.path("real"), Some(UID), Some(GID)).unwrap();
    symlink(&outside, scene.path("link")).unwrap();
    symlink("real", scene.path("inner")).unwrap();
    let mut command = scene.command(&["up", "-d"]);
    command
        .env("SUDO_UID", UID.to_string())
        .env("SUDO_GID", GID.to_string());
    let out = output(&mut command);
    assert_eq!(out.code, Some(7), "{out:?}");
    for made in [
        scene.path("made/inside"),
        scene.path("made"),
        scene.home().join("kept"),
        scene.path("real/data"),
    ] {
        let found = made.metadata().unwrap();
        assert_eq!(
            (found.uid(), found.gid(), found.mode() & 0o7777),
            (7, 8, 0o755),
            "{}",
            made.display()
        );
    }
    is_untouched(&outside);
    assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
    assert!(!scene.path("app.conf").exists());
    let said = out.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        format!("`sudo install -d -o 7 -g 8 '{}/new'`", place.display()),
        format!(
            "`sudo install -d -o 7 -g 8 {}`",
            scene.path("link/data").display()
        ),
    ] {
        assert!(said.contains(&wanted), "no {wanted} in {said}");
    }
    assert!(
        !said.contains("/read"),
        "what is only read is nobody's to write: {said}"
    );
}

/// Parents that no service mounts stay with who owns the place, whatever the umask is.
#[test]
fn parents_are_of_who_owns_the_place() {
    if !may_sudo() {
        return;
    }
    for is_theirs in [true, false] {
        let (scene, _) =
            scene("services:\n  web: {image: \"nginx:1.27\", user: \"7:8\", volumes: [\"./a/b/c:/d\"]}\n");
        if !is_theirs {
            chown(scene.path(""), Some(0), Some(0)).unwrap();
        }
        let line = "umask 077; exec \"$0\" \"$@\"";
        let mut command = std::process::Command::new("/bin/sh");
        let program = scene.command(&[]);
        command
            .args(["-c", line])
            .arg(program.get_program())
            .args(["up", "-d"])
            .current_dir(scene.path(""))
            .env_clear();
        command.envs(program.get_envs().filter_map(|(k, v)| Some((k, v?))));
        let out = output(
            command
                .env("SUDO_UID", UID.to_string())
                .env("SUDO_GID", GID.to_string()),
        );
        assert_eq!(out.code, Some(7), "{out:?}");
        let owner = |name: &str| scene.path(name).metadata().unwrap().uid();
        let keeper = if is_theirs { UID } else { 0 };
        assert_eq!(["a", "a/b", "a/b/c"].map(owner), [keeper, keeper, 7]);
        for name in ["a", "a/b", "a/b/c"] {
            assert_eq!(scene.path(name).metadata().unwrap().mode() & 0o7777, 0o755);
        }
    }
}

#[test]
fn a_project_folder_that_is_swapped_leads_nowhere() {
    if !may_sudo() {
        return;
    }
    let (scene, outside) =
        scene("services:\n  web: {image: \"nginx:1.27\", volumes: [\"./made/deep/inside:/d\"]}\n");
    let place = scene.path("made");
    fs::create_dir(&place).unwrap();
    chown(&place, Some(UID), Some(GID)).unwrap();
    let mut made = 0;
    while_swapped(&place, &outside, || {
        for _ in 0..TRIES {
            let _ = fs::remove_dir_all(place.join("deep"));
            let out = sudo(&scene, &["up", "-d"]);
            assert_eq!(out.code, Some(7), "{out:?}");
            made += usize::from(out.stderr.contains("warning: made "));
            is_untouched(&outside);
        }
    });
    println!("{made} of {TRIES} were made");
}
