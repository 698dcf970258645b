//! Directories of the host that are root's, that a root run filled, or that somebody has: told, given, taken, and put back.

use crate::container::once;
use crate::docker_calls::{path_with, put_before};
use crate::redis::{says, store};
use crate::run::{docker, output};
use crate::stack::{Stack, Tool};

const REDIS: &str = "
services:
  cache:
    image: nrcompose-test/redis
    x-nrcompose: {profile: redis@}
    volumes: ['./data:/data']
";

/// A redis over `./data`, which this script has made of `/v`, run as root.
fn redis(more: &str, script: &str) -> Stack {
    let stack = Stack::of("host", &REDIS.replace('@', more));
    std::fs::create_dir(stack.path("data")).unwrap();
    in_data(&stack, script);
    stack
}

fn in_data(stack: &Stack, script: &str) -> String {
    let mount = format!("{}:/v", stack.path("data").display());
    once(&["-v", &mount], "base", &["sh", "-c", script]).ok()
}

/// Owner, mode and path of everything.
fn owners(stack: &Stack) -> String {
    in_data(
        stack,
        "cd /v && find . -exec stat -c '%u:%g %a %n' {} + | sort -k3",
    )
}

#[track_caller]
fn up(stack: &Stack) -> String {
    let up = stack.run(Tool::Trusting, &["up", "-d", "--force-recreate"]);
    assert_eq!(up.code, 0, "{}", up.all);
    up.all
}

/// The same of what is known to fail: hardened all the same.
#[track_caller]
fn up_forced(stack: &Stack) -> String {
    let up = stack.run(Tool::Trusting, &["up", "-d", "--force-recreate", "--nr-force"]);
    assert_eq!(up.code, 0, "{}", up.all);
    up.all
}

/// The uid of its first process.
fn runs_as(stack: &Stack) -> String {
    let container = stack.container("cache");
    let status = docker(&["exec", &container, "cat", "/proc/1/status"]).ok();
    let uid = status.lines().find(|l| l.starts_with("Uid:")).unwrap().to_owned();
    uid.split_whitespace().nth(1).unwrap().to_owned()
}

#[test]
fn one_that_is_roots_is_told_given_and_put_back() {
    let stack = redis(
        "",
        "touch /v/old && mkdir -m 700 /v/deep && touch /v/deep/er && chmod 2755 /v/deep && \
         ln -s /etc/passwd /v/link && chown 7:8 /v/old && chmod 755 /v",
    );
    let before = owners(&stack);
    let told = up_forced(&stack);
    assert!(told.contains("belongs to 0:0, 999:999 cannot write it"), "{told}");
    let command = format!(
        "`nrcompose ownership give {}`",
        stack.path("data").canonicalize().unwrap().display()
    );
    assert!(told.contains(&command), "{told}");

    let dry = stack.ok(Tool::Trusting, &["ownership", "give", "./data", "--dry-run"]);
    assert!(
        dry.contains("(0:0, mode 0755)") && dry.contains("5 of 5 entries would be given to 999:999"),
        "{dry}"
    );
    assert_eq!(owners(&stack), before);

    let given = stack.ok(Tool::Trusting, &["ownership", "give", "./data"]);
    assert!(given.contains("entries given to 999:999"), "{given}");
    let passwd = std::fs::metadata("/etc/passwd").unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&passwd), 0);
    let told = up(&stack);
    assert!(!told.contains("cannot write it"), "{told}");
    store(&stack);
    let again = stack.ok(
        Tool::Trusting,
        &["ownership", "give", "cache", "--format", "json"],
    );
    let again: serde_json::Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["directories"][0]["wrong"], 0, "{again}");

    stack.ok(Tool::Trusting, &["down", "-t", "2"]);
    in_data(&stack, "rm -f /v/dump.rdb");
    stack.ok(Tool::Trusting, &["ownership", "restore", "./data"]);
    assert_eq!(owners(&stack), before);
}

/// What has to be done with what runs, and that it is enough; nothing where nothing runs.
#[test]
fn what_to_do_next_is_told() {
    // Of its user already, it found the directory closed.
    let stack = redis("", "chmod 755 /v");
    up_forced(&stack);
    let said = stack.ok(Tool::Trusting, &["ownership", "give", "./data"]);
    assert!(
        said.contains("help: for what runs: `nrcompose restart cache`"),
        "{said}"
    );
    stack.ok(Tool::Trusting, &["restart", "-t", "2", "cache"]);
    store(&stack);
    let again = stack.ok(Tool::Trusting, &["ownership", "give", "./data"]);
    assert!(!again.contains("help:"), "{again}");

    // Of whoever had the directory: the plan is another one now.
    let stack = redis("", "chown 4711:4712 /v && chmod 755 /v");
    up(&stack);
    assert_eq!(runs_as(&stack), "4711");
    let give = [
        "ownership",
        "give",
        "./data",
        "--to",
        "999:999",
        "--format",
        "json",
    ];
    let said: serde_json::Value = serde_json::from_str(&stack.ok(Tool::Trusting, &give)).unwrap();
    assert_eq!(
        said["next"],
        serde_json::json!(["nrcompose up -d cache"]),
        "{said}"
    );
    stack.ok(Tool::Trusting, &["up", "-d", "cache"]);
    assert_eq!(runs_as(&stack), "999");
    store(&stack);

    stack.ok(Tool::Trusting, &["down", "-t", "2"]);
    stack.ok(Tool::Trusting, &["ownership", "restore", "./data"]);
    let said = stack.ok(Tool::Trusting, &give[..5]);
    assert!(said.contains("given to") && !said.contains("help:"), "{said}");
}

/// A `docker` before the real one: when the helper container of this number is made, `data` is a link to `victim`.
fn swapping(stack: &Stack, number: u32) -> String {
    let folder = stack.path(&format!("shim{number}"));
    let swap = format!(
        "case \"$*\" in *nrcompose.helper=1*) echo x >> {0}/made; \
         if [ $(wc -l < {0}/made) = {number} ]; then mv {1} {1}.aside; ln -s victim {1}; fi;; esac",
        folder.display(),
        stack.path("data").display()
    );
    put_before(&folder, &swap);
    path_with(&folder)
}

/// The engine mounts what is at a path then, not what was there when it was judged.
#[test]
fn a_link_that_is_swapped_in_before_the_mount_is_not_given() {
    for (words, more, numbers) in [
        (&["ownership", "give", "./data"][..], "", 1..=3),
        (&["up", "-d"], ", volumes: {./data: own}", 1..=2),
    ] {
        for number in numbers {
            let stack = redis(more, "touch /v/old && chmod 755 /v");
            let victim = stack.path("victim");
            std::fs::create_dir(&victim).unwrap();
            std::fs::write(victim.join("file"), "").unwrap();
            let owner = || {
                [victim.clone(), victim.join("file"), stack.path("data.aside/old")].map(|path| {
                    let meta = std::fs::metadata(path).unwrap();
                    std::os::unix::fs::MetadataExt::uid(&meta)
                })
            };
            let path = swapping(&stack, number);
            let out = output(stack.command(Tool::Trusting, words).env("PATH", path));
            let said = out.failed();
            assert!(
                said.contains("something else was put in its place") && said.contains("/data: "),
                "{words:?} {number}: {said}"
            );
            assert_eq!(owner(), [0, 0, 0], "{words:?} {number}: {said}");
            let listed = stack.ok(Tool::Trusting, &["ownership", "list", "--format", "json"]);
            let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
            assert!(
                listed.as_array().unwrap().len() < 2,
                "{words:?} {number}: {listed}"
            );
        }
    }
}

/// On the person's own machine a setuid file of the service's user would make everybody that user.
#[test]
fn a_setuid_file_is_none_under_its_new_owner() {
    let script = "touch /v/plain && cp /bin/true /v/su && cp /bin/true /v/sg && chown 7:8 /v/sg && \
                  chmod 4755 /v/su && chmod 2755 /v/sg && mkdir -m 2755 /v/deep && chmod 755 /v";
    for more in ["", ", volumes: {./data: own}"] {
        let stack = redis(more, script);
        let before = owners(&stack);
        let told = match more {
            "" => {
                let dry = stack.ok(Tool::Trusting, &["ownership", "give", "./data", "--dry-run"]);
                assert!(dry.contains("2 files would lose setuid or setgid bits"), "{dry}");
                assert_eq!(owners(&stack), before);
                stack.ok(Tool::Trusting, &["ownership", "give", "./data"])
            }
            _ => up(&stack),
        };
        assert!(
            told.contains("setuid or setgid bits taken from 2 files") && told.contains("su"),
            "{told}"
        );
        let given = owners(&stack);
        for wanted in ["999:999 755 ./su", "999:999 755 ./sg", "999:999 2755 ./deep"] {
            assert!(given.contains(wanted), "{given}");
        }
        stack.ok(Tool::Trusting, &["down", "-t", "2"]);
        in_data(&stack, "rm -rf /v/dump.rdb /v/appendonlydir");
        stack.ok(Tool::Trusting, &["ownership", "restore", "./data"]);
        assert_eq!(owners(&stack), before);
    }
}

/// Whoever wrote it may have put a program of theirs there.
#[test]
fn a_setuid_file_that_was_written_since_is_none_any_more() {
    let stack = redis("", "cp /bin/true /v/su && chmod 4755 /v/su && chmod 755 /v");
    stack.ok(Tool::Trusting, &["ownership", "give", "./data"]);
    in_data(&stack, "echo >> /v/su");
    let back = stack.run(Tool::Trusting, &["ownership", "restore", "./data"]);
    assert!(back.code == 1 && back.all.contains("left: su: "), "{}", back.all);
    assert!(owners(&stack).contains("0:0 755 ./su"), "{}", owners(&stack));
}

#[test]
fn one_that_a_root_run_filled_is_taken_over_with_its_data() {
    let as_root = "}\n    entrypoint: [redis-server]\n    user: '0:0'\n    x-more: {";
    let stack = redis(as_root, "chmod 755 /v");
    stack.ok(Tool::Plain, &["up", "-d"]);
    store(&stack);
    stack.ok(Tool::Plain, &["down", "-t", "2"]);
    assert!(
        owners(&stack).contains("0:0 644 ./dump.rdb"),
        "{}",
        owners(&stack)
    );
    stack.write("compose.yaml", &REDIS.replace('@', ""));
    let told = up(&stack);
    assert!(told.contains("cannot write it"), "{told}");
    stack.ok(Tool::Trusting, &["down", "-t", "2"]);
    stack.ok(Tool::Trusting, &["ownership", "give", "cache"]);
    up(&stack);
    says(&stack, &["get", "kept"], "here");
    store(&stack);
    assert_eq!(runs_as(&stack), "999");
}

/// Its start script gave it away as root, but for the group.
#[test]
fn one_that_a_plain_run_filled_needs_nothing() {
    let stack = redis("", "chmod 755 /v");
    stack.ok(Tool::Plain, &["up", "-d"]);
    store(&stack);
    stack.ok(Tool::Plain, &["down", "-t", "2"]);
    assert!(owners(&stack).starts_with("999:0 755 ."), "{}", owners(&stack));
    let told = up(&stack);
    assert!(!told.contains("cannot write"), "{told}");
    says(&stack, &["get", "kept"], "here");
    store(&stack);
    let container = stack.container("cache");
    let user = docker(&["inspect", "-f", "{{.Config.User}}", &container]).ok();
    assert_eq!(user, "999:999");
}

/// What root left in a directory that suits: the service starts, and could not replace it.
#[test]
fn what_root_left_below_is_told_and_given() {
    let stack = redis("", "mkdir /v/appendonlydir && chown 999:999 /v");
    let told = up(&stack);
    assert!(
        told.contains("/data/appendonlydir: left by a start as root"),
        "{told}"
    );
    stack.ok(Tool::Trusting, &["ownership", "give", "./data"]);
    assert!(!up(&stack).contains("left by a start as root"));
    store(&stack);
}

#[test]
fn an_owner_that_exists_stays_and_the_service_takes_it() {
    let stack = redis("", "chown 4711:4712 /v && chmod 755 /v");
    let told = up(&stack);
    assert!(!told.contains("cannot write"), "{told}");
    store(&stack);
    assert_eq!(runs_as(&stack), "4711");
    let owners = owners(&stack);
    assert!(owners.starts_with("4711:4712 755 ."), "{owners}");
    assert!(owners.contains("4711:4712 600 ./dump.rdb"), "{owners}");
}

/// The author says who it is, and a group may write.
#[test]
fn a_service_joins_the_group_that_may_write() {
    let stack = redis(
        "}\n    user: '999:999'\n    x-more: {",
        "chown 4711:4712 /v && chmod 2775 /v",
    );
    let told = up(&stack);
    assert!(!told.contains("cannot write"), "{told}");
    store(&stack);
    assert_eq!(runs_as(&stack), "999");
    assert!(
        owners(&stack).starts_with("4711:4712 2775 ."),
        "{}",
        owners(&stack)
    );
}

/// Before a start by nrcompose, and before another one by the command alone; it may be made for that.
#[test]
fn what_the_configuration_asks_for_is_given() {
    let more = ", volumes: {./data: own}";
    let stack = redis(more, "touch /v/old && chmod 755 /v");
    let told = up(&stack);
    assert!(!told.contains("cannot write"), "{told}");
    store(&stack);
    let owners = owners(&stack);
    assert!(
        owners.lines().all(|line| line.starts_with("999:999 ")),
        "{owners}"
    );

    let stack = redis(more, "touch /v/old && chmod 755 /v");
    let said = stack.ok(Tool::Trusting, &["ownership", "give"]);
    assert!(said.contains("2 of 2 entries given to 999:999"), "{said}");
    let again = stack.ok(Tool::Trusting, &["ownership", "give"]);
    assert!(
        again.contains("nothing of 2 entries is to be done for 999:999"),
        "{again}"
    );

    std::fs::remove_dir_all(stack.path("data")).unwrap();
    up(&stack);
    store(&stack);
}

#[test]
fn of_a_library_the_directory_alone_is_given_unless_all_is_asked_for() {
    let stack = redis("", "true");
    let films = stack.path("films");
    std::fs::create_dir(&films).unwrap();
    std::fs::write(films.join("film"), "").unwrap();
    let owner = |path: &std::path::Path| {
        let meta = std::fs::metadata(path).unwrap();
        std::os::unix::fs::MetadataExt::uid(&meta)
    };
    let former = owner(&films.join("film"));
    let give = ["ownership", "give", "./films", "--to", "4711:4712"];
    let said = stack.ok(Tool::Trusting, &give);
    assert!(said.contains("--recursive"), "{said}");
    assert_eq!((owner(&films), owner(&films.join("film"))), (4711, former));
    stack.ok(Tool::Trusting, &[&give[..], &["--recursive"]].concat());
    assert_eq!((owner(&films), owner(&films.join("film"))), (4711, 4711));
}

/// What tells whether a user can write where owners come from another machine.
#[test]
fn a_write_is_tried_as_the_user() {
    let stack = redis("", "chown 4711:4712 /v && chmod 755 /v");
    let data = format!("{}:/tree", stack.path("data").display());
    let program = format!("{}:/nrcompose:ro", env!("CARGO_BIN_EXE_nrcompose"));
    for (user, code) in [("4711:1", 0), ("4712:4712", 1), ("1:1", 1)] {
        let options = ["-v", &data, "-v", &program, "--user", user, "--cap-drop", "ALL"];
        let out = once(&options, "base", &["/nrcompose", "__write-test"]);
        assert_eq!(out.code, code, "{user}: {}", out.all);
    }
    assert_eq!(owners(&stack), "4711:4712 755 .");
}
