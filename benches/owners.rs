//! What it takes to look at the owners of a tree and to set them right, beside `find` and `chown -R` in the same container:
//! both run in turns over the same trees, in a volume of the engine. And how much memory that takes, of trees that differ a
//! hundredfold. It needs an engine with the stand-in images. `cargo bench --bench owners`; more than the bars is a failure.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints its figures, and fails"
)]

#[path = "../tests/support/stand_in.rs"]
mod stand_in;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// How often each command runs.
const RUNS: usize = 11;
/// How much longer than the other command ours may take. The two run one after the other, and the medians of equal
/// commands differ by so much.
const BAR: f64 = 1.05;
/// How many times the memory a tree of a hundred times the entries may take.
const MEMORY_BAR: f64 = 1.1;
/// How many entries are timed.
const ENTRIES: usize = 100_000;
/// Those of which the memory is shown.
const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
/// How many files are in a directory.
const FILES: usize = 1_000;

/// A container with a volume and with what is run there, which is gone in the end.
struct Container<'d> {
    name: String,
    shared: &'d Path,
}

impl Container<'_> {
    fn start<'d>(shared: &'d Path, image: &str) -> Container<'d> {
        let name = format!("nrct0-owners-{}", std::process::id());
        let here = format!("{}:/bench", shared.display());
        let program = format!("{}:/nrcompose:ro", env!("CARGO_BIN_EXE_nrcompose"));
        run(Command::new("docker")
            .args([
                "run",
                "-d",
                "--rm",
                "--init",
                "--name",
                &name,
                "--network",
                "none",
                "-v",
                "/tree",
            ])
            .args(["-v", &here, "-v", &program, image, "sleep", "infinity"]));
        Container { name, shared }
    }

    /// Runs a script there; what it says.
    fn run(&self, script: &str) -> String {
        run(Command::new("docker").args(["exec", &self.name, "sh", "-euc", script]))
    }

    /// A tree of so many entries.
    fn fill(&self, entries: usize) {
        let directories = entries / FILES;
        self.run(&format!(
            "rm -rf /tree/* && cd /tree && for d in $(seq {directories}); do mkdir $d; (cd $d && seq {} | xargs touch); done",
            FILES - 1
        ));
    }

    /// The orders for the program, which are a file for its standard input.
    fn order(&self, act: &str, uid: u32) -> String {
        let orders = format!(
            r#"{{"act":"{act}","trees":[{{"at":"/tree","subpath":null,"identity":"","keeps_bits":true,"give_to":{{"uid":{uid},"gid":{uid}}},"recursive":true,"records":[]}}]}}"#
        );
        let mut frame = vec![b'O'];
        frame.extend_from_slice(&u32::try_from(orders.len()).unwrap().to_le_bytes());
        frame.extend_from_slice(orders.as_bytes());
        let name = format!("{act}-{uid}");
        std::fs::write(self.shared.join(&name), frame).unwrap();
        // It ends where nobody listens any more: this pipe is open at both ends for as long as it is needed.
        format!("exec 9<>/bench/pipe; cat /bench/{name} >&9; /nrcompose __owners <&9 >/bench/answer")
    }

    /// How much memory the program took, in KiB, by its last answer.
    fn memory(&self) -> u64 {
        let answer = std::fs::read(self.shared.join("answer")).unwrap();
        let digits = answer
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (head, value) = answer.split_at(answer.len() - digits);
        assert_eq!(head[head.len() - 5], b'E', "the program did not come to its end");
        std::str::from_utf8(value).unwrap().parse().unwrap()
    }

    /// What these commands take, in milliseconds: they take turns, and before each of them its way is made.
    fn times(&self, commands: &[(String, String); 2]) -> [f64; 2] {
        let mut script = String::from("now() { date +%s%N; }\n");
        for turn in 0..RUNS {
            // Neither is always the one that runs after the other.
            for at in [turn % 2, 1 - turn % 2] {
                let (before, command) = &commands[at];
                _ = writeln!(
                    script,
                    "({before}); sync; t=$(now); ({command}) >/dev/null; u=$(now); echo {at} $((u - t))"
                );
            }
        }
        let mut times = [Vec::new(), Vec::new()];
        for line in self.run(&script).lines() {
            let (at, nanoseconds) = line.split_once(' ').unwrap();
            times[at.parse::<usize>().unwrap()].push(nanoseconds.parse::<f64>().unwrap() / 1e6);
        }
        times.map(|mut times| {
            assert_eq!(times.len(), RUNS);
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        })
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        let _ = Command::new("docker")
            .args(["rm", "-fv", &self.name])
            .stdout(Stdio::null())
            .status();
    }
}

/// What a command says, which must go well.
fn run(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn main() {
    let image = "nrcompose-test/base";
    if !stand_in::is_here(image) {
        return;
    }
    let shared = tempfile::tempdir().unwrap();
    let container = Container::start(shared.path(), image);
    container.run("mkfifo /bench/pipe");
    container.fill(ENTRIES);
    let mut over = Vec::new();
    let mut compare = |what: &str, other: (&str, String, String), ours: (String, String)| {
        let (name, before, command) = other;
        let [theirs, ours] = container.times(&[(before, command), ours]);
        let ratio = ours / theirs;
        println!(
            "{ENTRIES} entries, {what}: {ours:.0} ms, {name} {theirs:.0} ms: {ratio:.2} times (bar: {BAR})"
        );
        if ratio > BAR {
            over.push(what.to_owned());
        }
    };
    let given = |uid: u32| format!("chown -hR {uid}:{uid} /tree");
    container.run(&given(7));
    let none = || ":".to_owned();
    compare(
        "looked at, all right",
        ("find", none(), "find /tree ! -user 7 -o ! -group 7".to_owned()),
        (none(), container.order("scan", 7)),
    );
    compare(
        "set right, all wrong",
        ("chown -hR", given(7), given(8)),
        (given(7), container.order("set", 8)),
    );
    let acts = [("scan", 8), ("set", 9)];
    let mut taken = acts.map(|_| Vec::new());
    for size in SIZES {
        container.fill(size);
        for ((act, uid), taken) in acts.iter().zip(&mut taken) {
            container.run(&container.order(act, *uid));
            taken.push(container.memory());
        }
    }
    let mut grown = Vec::new();
    for ((act, _), taken) in acts.iter().zip(&taken) {
        let most = *taken.iter().max().unwrap() as f64 / *taken.iter().min().unwrap() as f64;
        println!(
            "{act} of {SIZES:?} entries: {taken:?} KiB: at most {most:.2} times the least (bar: {MEMORY_BAR})"
        );
        if most > MEMORY_BAR {
            grown.push(*act);
        }
    }
    assert!(
        grown.is_empty(),
        "the memory grows with the tree: {}",
        grown.join(", ")
    );
    drop(container);
    assert!(over.is_empty(), "over the bar: {}", over.join(", "));
}
