//! A person's yes at a terminal, a policy, a socket; and a project of ours that was never adopted.

use super::{any_container, in_app, kept, layer, listing, running, uid, volumes_of_ours};
use crate::report;
use crate::run::{Out, bounded, docker, output_of};
use crate::stack::{Stack, Tool};

/// `nrcompose adopt` at a terminal where somebody types this.
fn typed(stack: &Stack, answer: &str) -> Out {
    let command = stack.command(Tool::Nrcompose, &["adopt"]);
    let words: Vec<String> = command
        .get_args()
        .skip(3)
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut script = bounded(120, "script");
    script.args(["-qec", &words.join(" "), "/dev/null"]);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    script.current_dir(stack.path(""));
    output_of(&mut script, answer)
}

#[test]
fn who_is_asked_at_a_terminal_decides() {
    let stack = running(super::COMPOSE);
    let (before, container) = (listing(&stack), stack.container("app"));
    for answer in ["\n", "n\n", "what\n"] {
        let out = typed(&stack, answer);
        assert!(out.all.contains("[y/N]"), "{}", out.all);
        assert_eq!(out.code, 1, "{answer:?}: {}", out.all);
        assert!(out.all.contains("nothing was changed"), "{}", out.all);
    }
    assert_eq!((listing(&stack), stack.container("app")), (before, container));
    let out = typed(&stack, "y\n");
    assert_eq!(out.code, 0, "{}", out.all);
    assert_eq!(uid(&stack, "app"), "4000");
    report::line("adopt: at a terminal: enter, n and what change nothing, y takes it over");
}

#[test]
fn policy_strict_takes_over_all_or_nothing() {
    let stack = running(super::COMPOSE);
    let in_other = |script: &str| docker(&["exec", &stack.container("other"), "sh", "-c", script]);
    in_other("echo 1 > /etc/other.conf").ok();
    let (before, container) = (listing(&stack), stack.container("app"));
    let out = stack.run(Tool::Nrcompose, &["--nr-policy", "strict", "adopt", "--yes"]);
    assert_eq!(out.code, 3, "{}", out.all);
    assert!(out.all.contains("other cannot be taken over"), "{}", out.all);
    assert_eq!((listing(&stack), stack.container("app")), (before, container));
    assert_eq!(kept(&stack), Vec::<String>::new());
    let out = stack.run(Tool::Nrcompose, &["adopt", "--yes"]);
    assert_eq!(
        (out.code, uid(&stack, "app").as_str()),
        (0, "4000"),
        "{}",
        out.all
    );
}

/// What is in a directory of the system, or in each of several containers, cannot become a volume: that service stays.
#[test]
fn what_cannot_become_a_volume_stays_as_it_runs() {
    let stack = running(super::COMPOSE);
    let other = stack.container("other");
    docker(&["exec", &other, "sh", "-c", "echo 1 > /etc/other.conf"]).ok();
    let out = stack.run(Tool::Nrcompose, &["adopt", "--yes"]);
    assert_eq!(out.code, 0, "{}", out.all);
    for told in [
        "other",
        "as it is",
        "/etc/other.conf",
        "would be lost: /etc is the system's",
    ] {
        assert!(out.all.contains(told), "no {told:?} in {}", out.all);
    }
    assert_eq!(stack.container("other"), other);
    assert_eq!(uid(&stack, "app"), "4000");
}

#[test]
fn how_a_socket_is_reached_is_in_the_table() {
    let stack = Stack::of(
        "adopt",
        "services:\n  app:\n    image: nrcompose-test/base\n    init: true\n    command: [sleep, \"600\"]\n    \
         x-nrcompose: {user: \"4000:4000\"}\n    volumes: [\"./docker.sock:/var/run/docker.sock\"]\n",
    );
    let socket = std::os::unix::net::UnixListener::bind(stack.path("docker.sock")).unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o660);
    std::fs::set_permissions(stack.path("docker.sock"), open).unwrap();
    std::os::unix::fs::chown(stack.path("docker.sock"), Some(0), Some(4242)).unwrap();
    let dry = stack.ok(Tool::Nrcompose, &["adopt", "--dry-run"]);
    assert!(dry.contains("docker.sock") && dry.contains("4242"), "{dry}");
    drop(socket);
}

/// The plan itself made a volume for what the service writes: under plain Compose that is in its layer.
#[test]
fn a_project_that_was_never_adopted_is_given_back_with_its_data() {
    let stack = Stack::of(
        "adopt",
        "services:\n  app:\n    image: nrcompose-test/base\n    init: true\n    command: [sleep, \"600\"]\n    \
         x-nrcompose: {profile: mine}\n",
    );
    stack.write(
        ".nrcompose/profiles/mine.yaml",
        "images: [nrcompose-test/mine]\nabout: keeps something where nothing is mounted\n\
         evidence: {made: {kind: dockerfile, says: made up}}\nclass: {value: nonroot, evidence: made}\nuser: {uid: 4000, gid: 4000, others: any, evidence: made}\n\
         writable: [{path: /srv/kept, kind: data, owner: \"0:0\", mode: \"0755\", evidence: made}]\n",
    );
    let up = stack.run(Tool::Nrcompose, &["up", "-d"]);
    assert_eq!(up.code, 0, "{}", up.all);
    assert_eq!(uid(&stack, "app"), "4000", "{}", up.all);
    in_app(&stack, "umask 077; echo mine > /srv/kept/f").ok();
    let out = stack.run(Tool::Nrcompose, &["adopt", "--undo", "--yes"]);
    assert_eq!(out.code, 0, "{}", out.all);
    assert_eq!(uid(&stack, "app"), "0");
    assert_eq!(in_app(&stack, "cat /srv/kept/f").ok(), "mine");
    // Whoever made it is gone: it is the directory's owner's.
    assert!(
        layer(&stack, "app", "/srv/kept").contains("0/0 -rw------- 5 kept/f"),
        "{}",
        layer(&stack, "app", "/srv/kept")
    );
    let mounts = docker(&["inspect", "-f", "{{len .Mounts}}", &any_container(&stack, "app")]).ok();
    assert_eq!(mounts, "0");
    assert_eq!(kept(&stack), Vec::<String>::new(), "{}", out.all);
    assert_eq!(volumes_of_ours(&stack), "");
    report::line("adopt: a volume that the plan made: its data is in the layer after --undo");
}
