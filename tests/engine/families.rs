//! Image families, each as the runner of the product tries it: as written and hardened, on fresh and on used volumes.
//!
//! A family is a Dockerfile below `tests/images` or `tests/families` whose first line names the published image and
//! the profile: `# Stand-in for redis:7, profile redis`. All of them are for the long set; one a class otherwise.

use crate::report::line;
use crate::run::{Out, bounded, docker, eventually, output};
use crate::stack::root;
use serde_json::Value;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

/// How many of how many must work.
const WORK: usize = 38;
const OF: usize = 40;
/// One of each class.
const ONE_A_CLASS: [&str; 5] = ["memcached", "redis", "nginx", "yamtrack", "sshd"];
/// The starts in the order of the table.
const ROUNDS: [&str; 5] = ["as-written", "first-start", "restart", "recreated", "over-root"];

struct Family {
    name: String,
    tag: String,
    profile: String,
    /// `--image` for the services beside it.
    beside: Option<String>,
}

/// Every Dockerfile that says which family it is.
fn families() -> Vec<Family> {
    let mut found = Vec::new();
    for folder in ["tests/images", "tests/families"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(path.join("Dockerfile")).unwrap_or_default();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            found.extend(family(name, text.lines().next().unwrap_or_default()));
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn family(name: String, first: &str) -> Option<Family> {
    let (image, rest) = first.strip_prefix("# Stand-in for ")?.split_once(", profile ")?;
    let end = |text: &str| {
        let end = text.find([',', ' ']).unwrap_or(text.len());
        text[..end].trim_end_matches([':', '.']).to_owned()
    };
    let beside = rest.split_once("beside ").map(|(_, r)| end(r));
    Some(Family {
        tag: image.rsplit_once(':')?.1.to_owned(),
        profile: end(rest),
        beside: beside.and_then(|b| {
            Some(format!(
                "{}=nrcompose-test/{}",
                b.split_once('=')?.0,
                b.split_once('=')?.1
            ))
        }),
        name,
    })
}

impl Family {
    fn image(&self) -> String {
        format!("nrcompose-test/{}:{}", self.name, self.tag)
    }

    /// The command line that tries a profile on this image.
    fn check(&self, profile: &str) -> Vec<String> {
        let image = self.image();
        let mut words = vec![
            "profiles", "check", profile, "--format", "json", "--image", &image,
        ];
        words.extend(self.beside.iter().flat_map(|b| ["--image", b.as_str()]));
        words.into_iter().map(String::from).collect()
    }

    fn own_profile(&self) -> String {
        root()
            .join(format!("profiles/{}.yaml", self.profile))
            .display()
            .to_string()
    }
}

fn nrcompose(words: &[String]) -> Out {
    output(bounded(900, env!("CARGO_BIN_EXE_nrcompose")).args(words))
}

/// What the runner found of one family, and whether it is content.
struct Row {
    name: String,
    class: String,
    rounds: Vec<Value>,
    works: bool,
    said: String,
}

impl Row {
    fn of(family: &Family) -> Row {
        let out = nrcompose(&family.check(&family.own_profile()));
        let told: Value = serde_json::from_str(&out.stdout).unwrap_or_default();
        let test = &told["tests"][0];
        let rounds = test["rounds"].as_array().cloned().unwrap_or_default();
        Row {
            name: family.name.clone(),
            class: test["class"].as_str().unwrap_or("?").to_owned(),
            works: out.code == 0 && rounds.len() == ROUNDS.len(),
            rounds,
            said: out.all,
        }
    }

    fn round(&self, name: &str) -> Option<&Value> {
        self.rounds.iter().find(|r| r["round"] == name)
    }

    fn answers(&self, name: &str) -> &'static str {
        match self.round(name).and_then(|r| r["wrong"].as_array()) {
            Some(wrong) if wrong.is_empty() => "yes",
            Some(_) => "NO",
            None => "-",
        }
    }

    /// The most that was seen of something in the hardened starts.
    fn most(&self, what: &str) -> usize {
        let hardened = ROUNDS[1..].iter().filter_map(|r| self.round(r));
        hardened
            .map(|r| r[what].as_array().map_or(usize::MAX, Vec::len))
            .max()
            .unwrap_or(usize::MAX)
    }

    fn line(&self) -> String {
        let [plain, first, restart, again, over] = ROUNDS.map(|r| self.answers(r));
        let (roots, held, bounding) = (
            self.most("root_processes"),
            self.most("effective"),
            self.most("bounding"),
        );
        let shown = |n: usize| {
            if n == usize::MAX {
                "?".to_owned()
            } else {
                n.to_string()
            }
        };
        format!(
            "{:24} {:15} {plain:6} {first:6} {restart:8} {again:9} {over:10} {:6} {:5} {}",
            self.name,
            self.class,
            shown(roots),
            shown(held),
            shown(bounding)
        )
    }
}

/// Two at a time: most of it is waiting for a server.
fn rows(families: Vec<Family>) -> Vec<Row> {
    let (next, rows) = (Mutex::new(families.into_iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(family) = next.lock().unwrap().next() else {
                        return;
                    };
                    let row = Row::of(&family);
                    rows.lock().unwrap().push(row);
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows
}

#[test]
fn families_work_hardened() {
    let all = crate::run::is_long();
    let mut chosen = families();
    if !all {
        chosen.retain(|f| ONE_A_CLASS.contains(&f.name.as_str()));
        assert_eq!(chosen.len(), ONE_A_CLASS.len());
    }
    let rows = rows(chosen);
    line(
        "family                   class           plain  first  restart  recreated over root  uid 0  held  bounding",
    );
    rows.iter().for_each(|row| line(&row.line()));

    let works = rows.iter().filter(|r| r.works).count();
    let starts_as_root = |r: &&Row| ["root-start", "cannot"].contains(&r.class.as_str());
    let without_root: Vec<&Row> = rows
        .iter()
        .filter(|r| r.works && !starts_as_root(r) && r.most("root_processes") == 0)
        .collect();
    let mean = |what: &str| {
        let sum: usize = without_root.iter().map(|r| r.most(what)).sum();
        sum as f64 / without_root.len().max(1) as f64
    };
    line(&format!(
        "works {works} of {}; {} of them never root, with {:.2} capabilities held on average, and {:.2} in the bounding \
         set, for files that cannot be executed without",
        rows.len(),
        without_root.len(),
        mean("effective"),
        mean("bounding"),
    ));
    let broken: Vec<&str> = rows
        .iter()
        .filter(|r| !r.works)
        .map(|r| r.said.as_str())
        .collect();
    let (wanted, of) = if all {
        (WORK, OF)
    } else {
        (rows.len(), ONE_A_CLASS.len())
    };
    assert!(rows.len() >= of, "only {} families", rows.len());
    assert!(works >= wanted, "only {works} work:\n{}", broken.join("\n"));
    assert!(mean("effective") == 0.0, "a non-root family holds capabilities");
}

/// A copy of a profile with something else in one place, tried on the image it is about.
fn tampered(family: &str, from: &str, to: &str) -> Out {
    let family = families().into_iter().find(|f| f.name == family).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tampered.yaml");
    let text = fs::read_to_string(family.own_profile()).unwrap();
    assert!(text.contains(from), "the profile no longer has {from}");
    fs::write(&file, text.replace(from, to)).unwrap();
    nrcompose(&family.check(file.to_str().unwrap()))
}

/// Which starts the runner found wrong.
fn wrong(out: &Out) -> Vec<String> {
    let told: Value = serde_json::from_str(&out.stdout).unwrap_or_default();
    let rounds = told["tests"][0]["rounds"].as_array().cloned().unwrap_or_default();
    let bad = rounds
        .iter()
        .filter(|r| r["wrong"].as_array().is_none_or(|w| !w.is_empty()));
    bad.map(|r| r["round"].as_str().unwrap_or_default().to_owned())
        .collect()
}

const HARDENED: [&str; 4] = ["over-root", "first-start", "restart", "recreated"];

#[test]
fn a_profile_that_forgets_a_directory_is_found_out() {
    let out = tampered(
        "nginx",
        "{path: /var/cache/nginx, kind: cache,",
        "{path: /srv/cache, kind: cache,",
    );
    assert_eq!(
        (out.code, wrong(&out)),
        (1, HARDENED.map(String::from).to_vec()),
        "{}",
        out.all
    );
    assert!(out.stdout.contains("/var/cache/nginx"), "{}", out.all);
}

#[test]
fn a_profile_with_the_wrong_user_is_found_out() {
    let out = tampered("yamtrack", "class: {value: root-start,", "class: {value: user,");
    assert_eq!(
        (out.code, wrong(&out)),
        (1, HARDENED.map(String::from).to_vec()),
        "{}",
        out.all
    );
}

#[test]
fn a_test_that_never_answers_is_no_success() {
    let out = tampered(
        "redis",
        "probe: [redis-cli, ping]",
        "wait: 1\n  probe: [redis-cli, -p, \"1\", ping]",
    );
    assert_eq!((out.code, wrong(&out).len()), (1, 5), "{}", out.all);
}

/// Everything of the runner's projects, by the process that ran it.
fn left(process: u32) -> Vec<String> {
    let name = format!("name=nrcompose-check-redis-{process}-");
    let lists = [
        &["ps", "-aq"][..],
        &["network", "ls", "-q"],
        &["volume", "ls", "-q"],
    ];
    let found = lists.map(|list| docker(&[list, &["--filter", &name]].concat()).stdout);
    found
        .iter()
        .flat_map(|ids| ids.lines())
        .map(str::to_owned)
        .collect()
}

/// Killed outright, while `docker compose` is at work: nothing of it is left all the same.
#[test]
fn a_killed_runner_leaves_nothing() {
    let family = families().into_iter().find(|f| f.name == "redis").unwrap();
    let mut runner = Command::new(env!("CARGO_BIN_EXE_nrcompose"));
    runner.env_remove("CI");
    runner.args(family.check(&family.own_profile())).process_group(0);
    let mut runner = runner
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually(60, || match left(runner.id()) {
        found if found.is_empty() => Err("nothing was started".to_owned()),
        _ => Ok(()),
    });
    runner.kill().unwrap();
    runner.wait().unwrap();
    eventually(90, || match left(runner.id()) {
        found if found.is_empty() => Ok(()),
        found => Err(format!("left: {found:?}")),
    });
    let prefix = format!("nrcompose-check-redis-{}-", runner.id());
    eventually(10, || {
        let entries = fs::read_dir(std::env::temp_dir()).unwrap().filter_map(Result::ok);
        let kept = entries
            .filter(|e| e.file_name().to_string_lossy().starts_with(&prefix))
            .count();
        if kept == 0 {
            Ok(())
        } else {
            Err(format!("{kept} directories are left"))
        }
    });
}

/// What our own override adds to a project goes with it.
#[test]
fn a_runner_takes_what_the_plan_added_with_it() {
    let family = families().into_iter().find(|f| f.name == "yamtrack").unwrap();
    let mut runner = Command::new(env!("CARGO_BIN_EXE_nrcompose"));
    runner.env_remove("CI");
    runner.args(family.check(&family.own_profile()));
    let mut runner = runner
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    runner.wait().unwrap();
    let name = format!("name=nrcompose-check-yamtrack-{}-", runner.id());
    for list in [&["ps", "-a"][..], &["network", "ls"], &["volume", "ls"]] {
        let left = docker(&[list, &["-q", "--filter", &name]].concat()).ok();
        assert_eq!(left, "", "{list:?}");
    }
}

/// Compose hands a nameless volume on to a container that it makes anew, and then removes it no more.
#[test]
fn a_runner_takes_its_nameless_volumes_with_it() {
    let family = families().into_iter().find(|f| f.name == "redis").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("redis.yaml");
    let text = fs::read_to_string(family.own_profile()).unwrap();
    let (from, to) = ("[\"data:/data\"]", "[\"data:/data\", /more]");
    assert!(text.contains(from), "the profile no longer has {from}");
    fs::write(&file, text.replace(from, to)).unwrap();
    let mut runner = Command::new(env!("CARGO_BIN_EXE_nrcompose"));
    runner.env_remove("CI");
    runner.args(family.check(file.to_str().unwrap()));
    let mut runner = runner
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let name = format!("name=nrcompose-check-redis-{}-", runner.id());
    let mut seen = std::collections::BTreeSet::new();
    while runner.try_wait().unwrap().is_none() {
        let ids = docker(&["ps", "-aq", "--filter", &name]).stdout;
        for id in ids.lines() {
            let volumes = docker(&["inspect", "-f", "{{range .Mounts}}{{println .Name}}{{end}}", id]).stdout;
            seen.extend(volumes.lines().filter(|v| v.len() == 64).map(str::to_owned));
        }
    }
    assert!(!seen.is_empty(), "it has a volume without a name");
    let left: Vec<&String> = seen
        .iter()
        .filter(|v| docker(&["volume", "inspect", v]).code == 0)
        .collect();
    assert_eq!(left, Vec::<&String>::new());
}
