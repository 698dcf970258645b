//! `nrcompose adopt` and `adopt --undo` over stacks that ran under plain Compose: what was whose before is so afterwards, and
//! everything answers in between.

mod asked;
mod ended_early;
mod four_stacks;
mod goes_back;
mod made_anew;
mod roots_directories;

use crate::container::once;
use crate::run::{bounded, docker, output};
use crate::stack::{Stack, Tool};

/// A service that keeps what it has in its layer, in a volume and in a directory, and one beside it.
const COMPOSE: &str = "\
services:
  app:
    image: nrcompose-test/base
    init: true
    command: [sleep, \"600\"]
    x-nrcompose: {user: \"4000:4000\"}
    volumes: [\"data:/srv/vol\", \"./host:/srv/host\"]
  other:
    image: nrcompose-test/base
    init: true
    command: [sleep, \"600\"]
    x-nrcompose: {user: \"4100:4100\"}
volumes: {data: }
";

/// What `app` wrote as root: owners, modes, a setuid bit and a link among it.
const WRITTEN: &str = "umask 022; mkdir -p /srv/data/deep && echo one > /srv/data/deep/f && chown 7:8 /srv/data/deep/f && chmod 640 /srv/data/deep/f \
     && ln -s deep/f /srv/data/link && cp /bin/true /srv/data/set && chmod 4755 /srv/data/set && chmod 710 /srv/data/deep \
     && echo v > /srv/vol/v && chown 9:9 /srv/vol/v && echo h > /srv/host/h && chmod 600 /srv/host/h";

/// Started by plain Compose, with what root wrote.
fn running(compose: &str) -> Stack {
    let stack = Stack::of("adopt", compose);
    std::fs::create_dir(stack.path("host")).unwrap();
    stack.ok(Tool::Plain, &["up", "-d"]);
    docker(&["exec", "-u", "0", &stack.container("app"), "sh", "-c", WRITTEN]).ok();
    stack
}

/// The one container of a service, running or not.
#[track_caller]
fn any_container(stack: &Stack, service: &str) -> String {
    let of = format!("label=com.docker.compose.project={}", stack.project);
    let by = format!("label=com.docker.compose.service={service}");
    let ids = docker(&["ps", "-aq", "--no-trunc", "--filter", &of, "--filter", &by]).ok();
    assert_eq!(ids.lines().count(), 1, "{service}: {ids:?}");
    ids
}

/// Owner, mode, kind, size and path of each entry of a volume or a directory.
fn tree(source: &str) -> String {
    let list = "cd /v && find . -printf '%U:%G %m %y ' \\( -type d -printf '0' -o -printf '%s' \\) -printf ' %p\\n' | sort -k5";
    once(&["-v", &format!("{source}:/v")], "base", &["sh", "-c", list]).ok()
}

/// The same of a directory in a container, without running anything there.
fn layer(stack: &Stack, service: &str, path: &str) -> String {
    let container = any_container(stack, service);
    let list = "docker cp \"$1:$2\" - | tar --numeric-owner -tvf - | awk '{print $2, $1, ($1 ~ /^d/ ? 0 : $3), $6, $7, $8}' | sort -k4";
    output(bounded(60, "sh").args(["-c", list, "sh", &container, path])).ok()
}

/// All three of `app`.
fn listing(stack: &Stack) -> String {
    let volume = tree(&stack.volume("data"));
    let host = tree(&stack.path("host").display().to_string());
    format!("{volume}\n{host}\n{}", layer(stack, "app", "/srv/data"))
}

/// The uid of the first process of a service.
#[track_caller]
fn uid(stack: &Stack, service: &str) -> String {
    let status = docker(&["exec", &stack.container(service), "cat", "/proc/1/status"]).ok();
    let line = status.lines().find(|l| l.starts_with("Uid:")).unwrap();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

fn in_app(stack: &Stack, script: &str) -> crate::run::Out {
    docker(&["exec", &stack.container("app"), "sh", "-c", script])
}

/// What is left of a project in nrcompose's state.
fn kept(stack: &Stack) -> Vec<String> {
    let folder = stack.path(".home/XDG_STATE_HOME/nrcompose");
    let found = output(bounded(20, "find").arg(&folder).args(["-type", "f"]));
    found.stdout.lines().map(str::to_owned).collect()
}

/// The volumes that only nrcompose knows of.
fn volumes_of_ours(stack: &Stack) -> String {
    let name = format!("name={}_nrcompose", stack.project);
    docker(&["volume", "ls", "-q", "--filter", &name]).ok()
}

#[test]
fn what_is_only_shown_is_not_done() {
    let stack = running(COMPOSE);
    let before = (listing(&stack), stack.container("app"), stack.left());
    let dry = stack.ok(Tool::Nrcompose, &["adopt", "--dry-run"]);
    for told in [
        "/srv/data of its container becomes the volume nrcompose-app-srv-data",
        "/host: 2 of 2 entries given to 4000:4000",
        "_data: 2 of 2 entries given to 4000:4000",
        "its container is made anew",
    ] {
        assert!(dry.contains(told), "no {told:?} in {dry}");
    }
    let json = stack.ok(Tool::Nrcompose, &["adopt", "--dry-run", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["services"][0]["layers"][0]["path"], "/srv/data", "{json}");
    assert_eq!(json["services"].as_array().unwrap().len(), 2);
    let one = stack.ok(Tool::Nrcompose, &["adopt", "other", "--dry-run"]);
    assert!(!one.contains("/srv/data"), "{one}");
    // Nobody is there to say yes.
    let out = stack.run(Tool::Nrcompose, &["adopt"]);
    assert_eq!(
        (out.code, out.all.contains("adopt --yes")),
        (2, true),
        "{}",
        out.all
    );
    let out = stack.run(Tool::Nrcompose, &["adopt", "ap", "--yes"]);
    assert_eq!(
        (out.code, out.all.contains("did you mean app?")),
        (2, true),
        "{}",
        out.all
    );
    let undo = stack.ok(Tool::Nrcompose, &["adopt", "--undo", "--yes"]);
    assert!(undo.contains("runs as plain Compose has it"), "{undo}");
    assert_eq!((listing(&stack), stack.container("app"), stack.left()), before);
    assert_eq!(kept(&stack), Vec::<String>::new());
}
