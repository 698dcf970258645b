//! Where profiles come from: counted, and read again in copies of repositories.

use crate::scene::{Out, Scene};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

/// A project with a copy of the repository `maker/app`, in which the file that it pins changed, and `git` on the PATH.
struct Copy {
    scene: Scene,
    pinned: String,
}

impl Copy {
    fn new() -> Copy {
        let copy = Copy {
            scene: Scene::new(),
            pinned: String::new(),
        };
        let git = which::which("git").unwrap();
        std::os::unix::fs::symlink(git, copy.scene.path("../bin/git")).unwrap();
        fs::create_dir_all(copy.scene.path("copies/maker+app/repo")).unwrap();
        copy.git(&["init", "--quiet"]);
        copy.write("Dockerfile", "FROM debian\nUSER 1000\nEXPOSE 80\nCMD [\"run\"]\n");
        copy.write("entrypoint.sh", "one\ntwo\nthree\n");
        copy.write("old.sh", "moved\n");
        copy.write("steps/1.sh", "first\n");
        copy.write("README.md", "same\n");
        let pinned = copy.commit();
        copy.write("Dockerfile", "FROM debian\nUSER 1001\nEXPOSE 80\nCMD [\"run\"]\n");
        copy.write("entrypoint.sh", "one\nother\nthree\n");
        copy.write("steps/2.sh", "second\n");
        fs::rename(copy.place("old.sh"), copy.place("new.sh")).unwrap();
        copy.commit();
        Copy { pinned, ..copy }
    }

    fn place(&self, file: &str) -> std::path::PathBuf {
        self.scene.path("copies/maker+app/repo").join(file)
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.place(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn git(&self, words: &[&str]) -> String {
        let out = Command::new("git")
            .current_dir(self.place(""))
            .args([
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@example.org",
                "-c",
                "commit.gpgSign=false",
            ])
            .args(words)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(out.status.success(), "{words:?}: {out:?}");
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "x"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// With a profile that rests on this.
    fn resting_on(mut self, evidence: &[(&str, Value)]) -> Copy {
        let evidence: serde_json::Map<String, Value> = evidence
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.clone()))
            .collect();
        let names: Vec<&String> = evidence.keys().collect();
        let profile = json!({
            "images": ["maker/app"], "about": "an app", "evidence": evidence,
            "class": {"value": "cannot", "evidence": names},
            "start": {"value": "root", "evidence": names},
            "blockers": [{"note": "it does", "evidence": names}],
        });
        self.scene = self.scene.file(
            ".nrcompose/profiles/docker.io/maker/app.yaml",
            profile.to_string(),
        );
        self
    }

    fn source(&self, repo: &str, path: &str) -> Value {
        json!({"kind": "dockerfile", "repo": repo, "path": path, "commit": self.pinned, "date": "2026-01-01"})
    }

    #[track_caller]
    fn refresh(&self, more: &[&str]) -> Out {
        let before = self.scene.files();
        let words = ["profiles", "refresh", "maker/app", "--from", "copies"];
        let out = self.scene.run(&[&words, more].concat());
        assert_eq!(before, self.scene.files(), "it writes nothing");
        out
    }
}

#[test]
fn what_changed_is_told_with_what_it_was() {
    let copy = Copy::new();
    let of = |path| copy.source("maker/app", path);
    let evidence = [
        ("dockerfile", of("Dockerfile")),
        ("script", of("entrypoint.sh")),
        ("old", of("old.sh")),
        ("steps", of("steps/*.sh")),
        ("readme", of("README.md")),
    ];
    let copy = copy.resting_on(&evidence);
    let out = copy.refresh(&[]);
    assert_eq!(out.code, Some(1), "{out:?}");
    for told in [
        "maker/app\n",
        "  dockerfile: maker/app: Dockerfile: changed, 2 lines\n    USER: 1000; now 1001\n",
        "  script: maker/app: entrypoint.sh: changed, 2 lines\n",
        "  old: maker/app: old.sh: gone, the same is now new.sh\n",
        "  steps: maker/app: steps/2.sh: new\n",
        "2 files unchanged, 4 changed, 0 not compared, 0 repositories not there, 0 unpinned\n",
    ] {
        assert!(out.stdout.contains(told), "no {told:?}: {}", out.stdout);
    }
    let out = copy.refresh(&["--format", "json"]);
    let told: Value = serde_json::from_str(&out.stdout).unwrap();
    let changes = &told["changed"][0]["changes"];
    assert_eq!(
        changes[0]["values"],
        json!([{"instruction": "USER", "then": ["1000"], "now": ["1001"]}])
    );
    assert_eq!(
        (&changes[2]["change"], &changes[2]["moved_to"]),
        (&json!("gone"), &json!("new.sh"))
    );
    assert_eq!((out.code, &told["unchanged"]), (Some(1), &json!(2)));
}

#[test]
fn what_cannot_be_compared_is_listed_and_no_change() {
    let copy = Copy::new();
    let mut unknown = copy.source("maker/app", "README.md");
    unknown["commit"] = json!("0123456789012345678901234567890123456789");
    let mut unpinned = copy.source("maker/app", "README.md");
    unpinned["commit"] = json!("unpinned");
    let evidence = [
        ("readme", copy.source("maker/app", "README.md")),
        ("unknown", unknown),
        ("nowhere", copy.source("maker/app", "none.sh")),
        ("elsewhere", copy.source("other/one", "Dockerfile")),
        ("outside", copy.source("../..", "Dockerfile")),
        ("unpinned", unpinned),
    ];
    let copy = copy.resting_on(&evidence);
    let out = copy.refresh(&[]);
    assert_eq!(out.code, Some(0), "{out:?}");
    for told in [
        "maker/app: unknown was not compared: the copy of maker/app has no commit 0123456789012345678901234567890123456789\n",
        "maker/app: nowhere was not compared: maker/app has no none.sh at commit ",
        "not there: ../.., for 1 source\nnot there: other/one, for 1 source\n",
        "`git clone --bare https://github.com/other/one copies/other/one` brings one",
        "1 file unchanged, 0 changed, 2 not compared, 2 repositories not there, 1 unpinned\n",
    ] {
        assert!(out.stdout.contains(told), "no {told:?}: {}", out.stdout);
    }
}

/// What a repository brings along is not run, and what its files say is not obeyed by a terminal.
#[test]
fn a_copy_decides_nothing() {
    let copy = Copy::new();
    copy.write("Dockerfile", "FROM debian\nUSER \u{1b}[2J\n");
    copy.commit();
    let trap = copy.scene.path("trap");
    let touch = format!("touch {} ;", trap.display());
    for setting in [
        "core.pager",
        "core.fsmonitor",
        "diff.external",
        "diff.x.textconv",
        "alias.cat-file",
    ] {
        copy.git(&["config", setting, &touch]);
    }
    let evidence = [("dockerfile", copy.source("maker/app", "Dockerfile"))];
    let copy = copy.resting_on(&evidence);
    let mut command = copy
        .scene
        .command(&["profiles", "refresh", "maker/app", "--from", "copies"]);
    command
        .env("GIT_DIR", "/nowhere")
        .env("GIT_EXTERNAL_DIFF", &touch);
    let out = crate::scene::output(&mut command);
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stdout.contains("USER: 1000; now \\x1b[2J\n"), "{out:?}");
    assert!(!trap.exists());
}

#[test]
fn a_wrong_call_is_told() {
    let copy = Copy::new();
    for (words, why) in [
        (
            ["nothing/known", "--from", "copies"],
            "there is no profile of this image",
        ),
        (["nginx", "--from", "nowhere"], "there is no such folder"),
    ] {
        let out = copy.scene.run(&[&["profiles", "refresh"][..], &words].concat());
        assert_eq!((out.code, out.stdout.as_str()), (Some(2), ""), "{out:?}");
        assert!(
            out.stderr.contains(why) && out.stderr.contains("help: "),
            "{out:?}"
        );
    }
    fs::remove_file(copy.scene.path("../bin/git")).unwrap();
    let out = copy.scene.run(&["profiles", "refresh", "--from", "copies"]);
    assert_eq!(out.code, Some(2), "{out:?}");
    assert!(
        out.stderr.contains("looking for git") && out.stderr.contains("help: "),
        "{out:?}"
    );
}

#[test]
fn evidence_is_counted() {
    let scene = Scene::new();
    let out = scene.run(&["profiles", "evidence"]);
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(
        out.stdout
            .starts_with("kind         entries    pinned  unpinned     dated\ndocumented "),
        "{out:?}"
    );
    assert!(
        out.stdout.contains(" profiles rest on unpinned evidence alone\n"),
        "{out:?}"
    );
    let out = scene.run(&["profiles", "evidence", "--format", "json"]);
    let told: Value = serde_json::from_str(&out.stdout).unwrap();
    let number = |at: &str| told.pointer(at).unwrap().as_u64().unwrap();
    let of_kinds: u64 = told["kinds"]
        .as_object()
        .unwrap()
        .values()
        .map(|k| k["entries"].as_u64().unwrap())
        .sum();
    assert_eq!(of_kinds, number("/all/entries"));
    assert!(number("/unpinned_alone") <= number("/profiles"));
    assert!(
        number("/kinds/dockerfile/pinned") + number("/kinds/dockerfile/unpinned")
            == number("/kinds/dockerfile/entries")
    );
}
