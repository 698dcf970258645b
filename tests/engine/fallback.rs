//! Directories of the machine that are root's, under services that are not: what is known to fail is not started hardened,
//! and answers as under plain Compose. Several are told in one line.

use crate::procs::{self, Process};
use crate::run::{docker, eventually};
use crate::stack::{Stack, Tool, root};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};

/// A stand-in that writes a directory, and who is content with it.
pub(crate) struct Writer {
    pub(crate) name: &'static str,
    /// Where it has `./NAME`.
    at: &'static str,
    /// What else its author says of it.
    more: &'static str,
    /// In the container: it answers.
    probe: &'static [&'static str],
}

const fn writer(name: &'static str, at: &'static str, probe: &'static [&'static str]) -> Writer {
    let more = "";
    Writer {
        name,
        at,
        more,
        probe,
    }
}

/// Of as many images: some set owners right when they start as root, some stay root, some have no start as root that is
/// known.
const TWELVE: [Writer; 12] = [
    writer("redis", "/data", &["redis-cli", "ping"]),
    Writer {
        more: "environment: {POSTGRES_PASSWORD: test}",
        ..writer(
            "postgres",
            "/var/lib/postgresql/data",
            &[
                "psql",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-c",
                "create temp table a (b int)",
            ],
        )
    },
    Writer {
        more: "environment: {MARIADB_ROOT_PASSWORD: test}",
        ..writer(
            "mariadb",
            "/var/lib/mysql",
            &[
                "mariadb",
                "-uroot",
                "-ptest",
                "-h127.0.0.1",
                "-e",
                "create database a; drop database a",
            ],
        )
    },
    writer(
        "mosquitto",
        "/mosquitto/data",
        &["mosquitto_pub", "-h", "127.0.0.1", "-t", "alive", "-m", "x"],
    ),
    Writer {
        more: "hostname: rabbit",
        ..writer(
            "rabbitmq",
            "/var/lib/rabbitmq",
            &["rabbitmqctl", "-q", "list_vhosts"],
        )
    },
    writer(
        "radicale",
        "/data",
        &["curl", "-fsS", "http://127.0.0.1:5232/.web/"],
    ),
    writer(
        "pypiserver",
        "/data/packages",
        &["wget", "-qO-", "http://127.0.0.1:8080/health"],
    ),
    writer(
        "registry",
        "/var/lib/registry",
        &[
            "wget",
            "-qO-",
            "--post-data=",
            "http://127.0.0.1:5000/v2/kept/blobs/uploads/",
        ],
    ),
    writer(
        "syncthing",
        "/var/syncthing",
        &["wget", "-qO-", "http://127.0.0.1:8384/"],
    ),
    writer(
        "zookeeper",
        "/data",
        &[
            "bash",
            "-c",
            "exec 3<>/dev/tcp/127.0.0.1/2181; printf srvr >&3; grep -q Mode <&3",
        ],
    ),
    Writer {
        more: "command: [etcd, --data-dir, /var/lib/etcd, --listen-client-urls, 'http://0.0.0.0:2379', \
               --advertise-client-urls, 'http://127.0.0.1:2379']",
        ..writer("etcd", "/var/lib/etcd", &["etcdctl", "role", "list"])
    },
    writer(
        "mumble",
        "/data",
        &["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/64738"],
    ),
];

/// Those of the twelve whose image is there: all with `--all`.
pub(crate) fn writers() -> Vec<&'static Writer> {
    let all = crate::run::is_long();
    let is_there = |w: &&Writer| all || root().join("tests/images").join(w.name).is_dir();
    let there: Vec<_> = TWELVE.iter().filter(is_there).collect();
    assert!(there.len() >= if all { 12 } else { 4 });
    there
}

/// A project of these, each over a directory that is root's alone to write.
pub(crate) fn stack(what: &str, of: &[&Writer]) -> Stack {
    let mut compose = "services:\n".to_owned();
    for Writer { name, at, more, .. } in of {
        compose += &format!(
            "  {name}:\n    image: nrcompose-test/{name}\n    x-nrcompose: {{profile: {name}}}\n    \
             volumes: ['./{name}:{at}']\n"
        );
        if !more.is_empty() {
            compose += &format!("    {more}\n");
        }
    }
    let stack = Stack::of(what, &compose);
    for Writer { name, .. } in of {
        let made = std::fs::DirBuilder::new().mode(0o755).create(stack.path(name));
        made.unwrap();
    }
    stack
}

pub(crate) fn answer(stack: &Stack, of: &[&Writer]) {
    for Writer { name, probe, .. } in of {
        let container = stack.container(name);
        eventually(120, || {
            let out = docker(&[&["exec", &container], *probe].concat());
            match out.code {
                0 => Ok(()),
                code => Err(format!(
                    "{name} does not answer: {code} {}\n{}",
                    out.all,
                    docker(&["logs", "--tail", "20", &container]).all
                )),
            }
        });
    }
}

/// What a person is told, without Compose's own progress.
fn warnings(said: &str) -> Vec<&str> {
    said.lines()
        .filter(|line| line.starts_with("warning: "))
        .collect()
}

#[test]
fn twelve_services_over_directories_of_roots_answer_and_are_told_in_one_line() {
    let writers = writers();
    let stack = stack("twelve", &writers);
    let said = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert_eq!(said.code, 0, "{}", said.all);
    let told = warnings(&said.all);
    let count = writers.len();
    let sum = [
        format!("{count} directories of this machine"),
        format!("{count} services"),
    ];
    assert!(
        matches!(told.as_slice(), [one] if sum.iter().all(|part| one.contains(part))),
        "{}",
        said.all
    );
    assert!(writers.iter().all(|w| told[0].contains(w.name)), "{told:?}");
    for fate in [
        "starts as root with 4 capabilities",
        "stays as its author wrote it, with no-new-privileges added",
    ] {
        assert!(told[0].contains(fate), "no {fate}: {told:?}");
    }
    let helps = said.all.lines().filter(|l| l.contains("help: ")).count();
    assert_eq!(helps, 1, "{}", said.all);
    answer(&stack, &writers);

    // What set its directory right is hardened now; what cannot be is named at every start, as is what would lose what it
    // wrote beside it.
    let zookeeper = writers.iter().find(|w| w.name == "zookeeper");
    let zookeeper = zookeeper.map(|w| stack.container(w.name));
    let again = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert_eq!(again.code, 0, "{}", again.all);
    let parts: &[&str] = match zookeeper {
        Some(_) => &[
            "9 without root",
            "1 start as root: zookeeper",
            "2 as their author wrote them: registry",
            "has files of its own, which would be lost if it were made anew: /conf/zoo.cfg",
        ],
        None => &["3 without root", "1 as their author wrote them: registry"],
    };
    for part in parts {
        assert!(again.all.contains(part), "no {part}: {}", again.all);
    }
    assert!(zookeeper.is_none_or(|id| stack.container("zookeeper") == id));
    answer(&stack, &writers);
}

/// Nothing of the machine is changed by us; what the image itself sets right needs nothing any more.
#[test]
fn one_that_its_image_sets_right_starts_hardened_the_next_time() {
    let redis = [&TWELVE[0]];
    let stack = stack("healed", &redis);
    let said = stack.run(Tool::Nrcompose, &["up", "-d"]);
    for part in [
        "service redis starts as root with what it needs for that, then drops to 999:999",
        "redis belongs to 0:0, 999:999 cannot write it; it keeps 4 capabilities",
        "help: `nrcompose ownership give /",
    ] {
        assert!(said.all.contains(part), "no {part}: {}", said.all);
    }
    assert!(
        !said.all.contains("help: `nrcompose adopt`"),
        "one alone has its own command: {}",
        said.all
    );
    answer(&stack, &redis);
    assert_eq!(std::fs::metadata(stack.path("redis")).unwrap().uid(), 999);
    let said = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert!(said.code == 0 && warnings(&said.all).is_empty(), "{}", said.all);
    answer(&stack, &redis);
    let found = procs::of(&stack.container("redis"));
    assert!(!found.iter().any(Process::is_root), "{found:#?}");
}

#[test]
fn whoever_wants_no_fallback_has_nothing_started() {
    let stack = stack("no-fallback", &[&TWELVE[0], &TWELVE[1]]);
    for (words, says) in [
        (
            &["up", "-d", "--nr-no-fallback"][..],
            "--nr-no-fallback: redis, postgres would not start hardened",
        ),
        (
            &["--nr-no-fallback", "create"],
            "--nr-no-fallback: redis, postgres would not start hardened",
        ),
        (
            &["--nr-policy", "strict", "up", "-d"],
            "policy strict: redis, postgres cannot be hardened",
        ),
    ] {
        let out = stack.run(Tool::Nrcompose, words);
        assert_eq!(out.code, 3, "{words:?}: {}", out.all);
        assert!(
            out.all.contains(says) && out.all.contains("`nrcompose adopt`"),
            "{words:?}: {}",
            out.all
        );
        assert_eq!(stack.left(), Vec::<String>::new(), "{words:?}");
        assert_eq!(stack.state(), [], "{words:?}");
    }
    // Only of those that take part; and of one alone, its own command.
    let out = stack.run(Tool::Nrcompose, &["up", "-d", "--nr-no-fallback", "redis"]);
    assert_eq!(out.code, 3, "{}", out.all);
    assert!(
        out.all
            .contains("--nr-no-fallback: redis would not start hardened")
            && out.all.contains("help: redis: `nrcompose ownership give /"),
        "{}",
        out.all
    );
    stack.ok(Tool::Nrcompose, &["ownership", "give", "redis"]);
    stack.ok(Tool::Nrcompose, &["up", "-d", "--nr-no-fallback", "redis"]);
    answer(&stack, &[&TWELVE[0]]);
    let found = procs::of(&stack.container("redis"));
    assert!(!found.iter().any(Process::is_root), "{found:#?}");
}

#[test]
fn whoever_forces_it_has_it_hardened_and_is_told() {
    let stack = stack("force", &[&TWELVE[0]]);
    let said = stack.run(Tool::Nrcompose, &["up", "-d", "--nr-force"]);
    assert_eq!(said.code, 0, "{}", said.all);
    assert!(
        said.all.contains("redis belongs to 0:0, 999:999 cannot write it"),
        "{}",
        said.all
    );
    let found = procs::of(&stack.container("redis"));
    assert!(
        found.iter().all(|p| !p.is_root() && p.bounding == 0),
        "{found:#?}"
    );
    assert_eq!(std::fs::metadata(stack.path("redis")).unwrap().uid(), 0);
}
